"""`openness link review`: decide on proposed links, one after the other."""

from __future__ import annotations

import contextlib
import datetime
import getpass
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from openness.cli import output
from openness.cli.sources import cache_of, decision_files, describers
from openness.cli.state import State, state_of
from openness.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from openness.links.beside import Theirs
    from openness.links.review import Candidate, Review

_FORMATS: Final = ("table", "md", "csv", "tsv", "jsonl")
_TITLES: Final = ("ours", "theirs", "score", "what")
_KEYS: Final = {"a": "accept", "r": "reject", "c": "close match", "s": "skip"}
_HELP: Final = "[a]ccept  [r]eject  [c]lose match  [s]kip  [u]ndo  [q]uit and go on later"


def review(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The candidates: an SSSOM file of link propose.")],
    accept_above: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Accept what scores this or more, and has no rival, without asking."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be accepted; write nothing.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(help="The folder of the links; default: links/ in your workspace."),
    ] = None,
    reviewer: Annotated[
        str | None,
        typer.Option(help="Who decides; default: git's user.name, else the name of your login."),
    ] = None,
    service: Annotated[
        str | None, typer.Option(help="Ask the source at this address: a mirror of it.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Show of theirs only what is kept; ask nobody.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask the sources anew, whatever is kept.")
    ] = False,
    wanted: Annotated[
        str | None,
        output.format_option(
            "Of what --accept-above accepts: table (default on a terminal), csv (default in a "
            "pipe), tsv, md, jsonl.",
            *_FORMATS,
        ),
    ] = None,
) -> None:
    """Step through proposed links, both sides side by side, and accept or reject each.

    Every decision is saved at once; the same command goes on where you stopped. What is rejected
    is remembered, and not proposed again.

    Examples:
        openness link review path/to/wikidata.sssom.tsv

        openness link review path/to/wikidata.sssom.tsv --accept-above 0.95 --dry-run
    """
    state = state_of(context)
    name = output.choose(wanted, _FORMATS, "table", "csv")
    if not file.exists():
        raise NotFoundError(f"There is no file {file}.")
    is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if accept_above is None and (dry_run or not is_terminal):
        raise UsageError(
            "To ask you, openness link review needs a terminal; without one, say from which score "
            "on to accept: --accept-above 0.95 (with --dry-run first)."
        )
    begun = _begin(state, file, to, reviewer)
    if accept_above is not None:
        _accept(state, begun, accept_above, name, dry_run)
    if is_terminal and not dry_run and begun.left:
        sources = {one.source for one in begun.upcoming(begun.left)}
        describe = describers(
            state, cache_of(state, fresh=fresh, offline=offline), sources, service
        )
        _ask(state, begun, describe)
    if not dry_run:
        state.note(_summary(begun))


def _begin(state: State, file: Path, to: Path | None, reviewer: str | None) -> Review:
    """Return the sitting over what the file, the links that are held, and older decisions leave."""
    from openness.graph import workspace
    from openness.links import review as feature
    from openness.links.held import links
    from openness.links.ledger import Ledger, decided_in

    proposal = feature.read(file)
    others = (path for path in decision_files(state) if path.resolve() != file.resolve())
    decided = decided_in(sorted(others))
    who = reviewer or _reviewer()
    state.note(f"reviewer: {who}")
    ledger = Ledger(to or workspace(state.data) / "links")
    return feature.Review(proposal, ledger, links(state.graph), decided, who, datetime.date.today())


def _reviewer() -> str:
    """Return the name that git knows its user by, else the name of the login."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        asked = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, timeout=5, check=True
        )
        if asked.stdout.strip():
            return asked.stdout.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("Nobody is logged in: name yourself with --reviewer.") from None


def _accept(state: State, begun: Review, threshold: float, name: str, dry_run: bool) -> None:
    """Accept what needs no look, and list it with what reaches the threshold and needs one."""
    accepted, contested = begun.automatic(threshold)
    rivals = {one.pair: begun.rivals(one) for one in contested}
    if not dry_run:
        begun.accept_all(accepted, threshold)
    done = "would be accepted" if dry_run else "accepted"
    listed = [(one, done) for one in accepted]
    listed += [(one, "look at it: " + "; ".join(rivals[one.pair])) for one in contested]
    is_shown = name in ("table", "md")
    rows = [[*_ends(one, is_shown), _score(one), what] for one, what in listed]
    if is_shown:
        output.write_rows(_TITLES, rows, name, state.color)
    else:
        output.write_cells(_TITLES, rows, name)
    state.note(
        f"{done}: {len(accepted)}; left to a look: {len(contested)} at {threshold:g} or above, "
        f"{begun.left - len(contested) - (len(accepted) if dry_run else 0)} below"
    )


def _ends(one: Candidate, is_shown: bool) -> tuple[str, str]:
    from openness.terms import compact

    if not is_shown:
        return one.pair
    ours, theirs = (one.row.get(f"{end}_label", "") for end in ("subject", "object"))
    return f"{ours} {compact(one.pair[0])}".strip(), f"{theirs} {one.row['object_id']}".strip()


def _score(one: Candidate) -> str:
    return "" if one.score is None else f"{one.score:.3f}"


def _summary(begun: Review) -> str:
    made = begun.made
    words = [f"{count} {name}" for name, count in made.items() if count]
    decided = f"{', '.join(words)}; " if words else ""
    return f"{decided}{begun.left} of {begun.total} left to decide"


def _ask(state: State, begun: Review, describe: Any) -> None:
    """Show one candidate after the other, and do what the keys say."""
    from openness.cli.keys import END, pressed
    from openness.links.beside import BATCH, Theirs

    state.note(f"{begun.left} of {begun.total} left to decide")
    theirs = Theirs(describe)
    with pressed() as key:
        while (candidate := begun.next()) is not None:
            _show(state, begun, candidate, theirs, begun.upcoming(BATCH))
            while (word := key()) not in _KEYS:
                if word in ("q", END):
                    return
                if word == "u" and begun.undo():
                    _say("undone")
                    break
                _say("nothing to undo" if word == "u" else _HELP)
            else:
                begun.decide(candidate, _KEYS[word])
                _say(f"→ {_KEYS[word]}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _show(
    state: State, begun: Review, one: Candidate, theirs: Theirs, upcoming: list[Candidate]
) -> None:
    """Show a candidate: both sides, the score with its parts, and what speaks against it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from openness.links import beside
    from openness.links.entity import Entity
    from openness.links.ours import entity

    with output.working(state, f"asking {one.source}"):
        their_side = theirs.of(one, upcoming)
    table = Table(title=Text(f"{begun.left} left"), title_justify="left", show_lines=False)
    for title in ("", "ours", one.source):
        table.add_column(title, overflow="fold")
    ours = entity(state.graph, one.pair[0])
    shown = their_side or Entity(one.pair[1], one.row.get("object_label", ""))
    for cells in beside.rows(ours, shown):
        table.add_row(*map(Text, cells))
    console = Console(stderr=True, color_system="auto" if state.color else None, highlight=False)
    console.print(table)
    parts = "  ".join(f"{name} {value}" for name, value in one.parts)
    console.print(Text(f"score {_score(one) or 'not given'}  {parts}".rstrip()))
    warnings = begun.rivals(one)
    if theirs.is_dead(one):
        warnings.append(f"{one.source} does not know {one.pair[1]}")
    if their_side is not None and their_side.iri != one.pair[1]:
        warnings.append(f"{one.source} redirects to {their_side.iri}")
    if one.source in theirs.failed:
        warnings.append(theirs.failed[one.source])
    for line in warnings:
        console.print(Text(f"! {line}", style="bold red"))
    console.print(Text(_HELP))
