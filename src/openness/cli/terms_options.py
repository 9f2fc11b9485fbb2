"""What `why` and `may` share: whose terms, the texts, and the lines that every answer ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import typer

from openness import __version__
from openness.clauses import Clause
from openness.cli.state import State, state_of
from openness.errors import NotFoundError
from openness.table import Table, Thing

NO_ADVICE: Final = "This is a reading of texts by people and rules, and no legal advice."


def complete_terms(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of models and licences that begin with what has been typed."""
    from openness import lookup
    from openness.terms import slug

    engine = state_of(ctx).graph.engine
    iris = [*lookup.things(engine, "model"), *lookup.things(engine, "licence")]
    return sorted({slug(iri) for iri in iris if slug(iri).startswith(incomplete)})


def texts_option() -> Any:
    """Return the option `--texts` of a command."""
    return typer.Option(
        "--texts", help="A folder of licence texts, to print the exact words of clauses."
    )


def find(state: State, text: str) -> Thing:
    """Return the model, else the licence, that a person means; a licence by its SPDX id, too.

    Raises:
        NotFoundError: naming the nearest ids of models.
    """
    try:
        return state.graph.find(text, "model")
    except NotFoundError as no_model:
        for name in (text, f"LicenseRef-scancode-{text}", _spdx_id(text)):
            try:
                return state.graph.find(name, "licence")
            except NotFoundError:
                continue
        raise NotFoundError(str(no_model).replace("no model", "no model or licence")) from None


def _spdx_id(text: str) -> str:
    """Return the SPDX id of a licence that a ScanCode key names, or the text as it is."""
    from license_expression import get_scancode_licensing

    try:
        parsed = get_scancode_licensing().parse(text, validate=True)
    except Exception:  # any text may be asked about; what is no key is looked up as it is
        return text
    return str(getattr(parsed, "spdx_license_key", None) or text)


def quoting(state: State, folder: Path | None) -> Callable[[Clause], str | None]:
    """Return what gives the exact words of a clause: nothing, without a folder of texts."""
    if folder is None:
        return lambda clause: None
    from openness.texts import Texts

    texts = Texts(folder)

    def words(clause: Clause) -> str | None:
        found = texts.words(clause)
        if found is None and clause.sha256:
            state.note(
                f"the text of {clause.document.label} is not in {folder}, or has changed since it "
                f"was read (SHA-256 {clause.sha256[:12]}…)"
            )
        return found

    return words


def closing(state: State, clauses: Iterable[Clause]) -> dict[str, str]:
    """Return what every answer ends with: the data's version, when the terms were read, a caution.

    The version of the data is the day on which the catalogue was last changed.
    """
    changed = state.graph.query("SELECT ?day WHERE { graph:catalogue dcterms:modified ?day }")
    assert isinstance(changed, Table)
    days = sorted({clause.read_on for clause in clauses if clause.read_on})
    return {
        "version": __version__,
        "data": str(changed[0].day) if len(changed) else "unknown",
        "read": " to ".join(dict.fromkeys((days[0], days[-1]))) if days else "",
        "caution": NO_ADVICE,
    }


def closing_lines(end: dict[str, str]) -> str:
    """Return the closing as the last lines of an answer for people."""
    read = f" The terms were read on {end['read']}." if end["read"] else ""
    return f"\nOpenness {end['version']}, data of {end['data']}.{read}\n{end['caution']}\n"
