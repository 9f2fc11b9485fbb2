"""`openness draw`: the views, each a command of its own, written as pictures or graph files."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from openness.cli import ask, output
from openness.cli.show import complete_thing
from openness.cli.state import State, state_of

if TYPE_CHECKING:
    from openness.views import View

_EXAMPLE: Final = "openness draw ecosystem meta -o meta.svg -o meta.graphml"


class DrawGroup(TyperGroup):
    """The views as commands; only the one that is asked for is read."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all views, for the shell to complete."""
        from openness import views

        return sorted(views.find_files(state_of(ctx).queries))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of one view.

        Raises:
            NotFoundError: naming the nearest ones.
        """
        from openness import views

        return command_of(views.find(cmd_name, state_of(ctx).queries))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Leave the list of commands out of --help: `openness draw` shows it."""


app = typer.Typer(
    cls=DrawGroup,
    help="Draw a view as a picture, a graph file or a page; without a name, list the views.",
    epilog="Examples: openness draw · openness draw story -o story.svg · "
    f"{_EXAMPLE} · openness draw lineage --help",
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def draw(
    context: typer.Context,
    wanted: Annotated[
        str | None,
        output.format_option(f"Of the list: {', '.join(output.PEOPLE)}.", *output.PEOPLE),
    ] = None,
) -> None:
    """Draw a view as a picture, a graph file or a page; without a name, list the views."""
    if context.invoked_subcommand is None:
        _list(state_of(context), wanted)


def _list(state: State, wanted: str | None) -> None:
    import json

    from openness import views

    found = [views.load(path) for _, path in sorted(views.find_files(state.queries).items())]
    rows = [(view.name, *_about(view)) for view in found]
    name = output.choose(wanted, output.PEOPLE, "table", "table")
    keys = ("view", "thing", "what it shows")
    if name == "jsonl":
        output.write("".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows))
    else:
        output.write_rows(keys, rows, name, state.color)


def _about(view: View) -> tuple[str, str]:
    """Return what THING is, with its default, and the title of a view."""
    thing = view.thing
    if thing is None:
        return "", view.query.title
    default = f" (default: {thing.default})" if thing.default else ""
    return f"{thing.type}{default}", view.query.title.replace("{thing}", thing.label)


def command_of(view: View) -> Any:
    """Return the Typer command that draws one view."""

    def run(context: typer.Context, **given: Any) -> None:
        _draw(state_of(context), view, given)

    parameters = [
        ask.context_parameter(),
        *([_thing(view)] if view.thing else []),
        *map(ask.option, view.options),
        *_options(),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__ = f"{_about(view)[1]}.\n\n{view.query.description}"
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(view.name, epilog=f"Example: {example(view)}")(run)
    command = typer.main.get_command(single)
    command.name = view.name
    return command


def example(view: View) -> str:
    """Return a command line that draws a view with its own defaults."""
    thing = [view.thing.default] if view.thing and view.thing.default else []
    given = [f"--{p.name.replace('_', '-')} {p.default}" for p in view.options if p.default]
    return " ".join(["openness draw", view.name, *thing, *given, f"-o {view.name}.svg"])


def _thing(view: View) -> inspect.Parameter:
    assert view.thing is not None
    default = f"  [default: {view.thing.default}]" if view.thing.default else ""
    argument = typer.Argument(
        metavar="THING",
        help=f"{view.thing.label}, by IRI, id or label{default}",
        show_default=False,
        autocompletion=complete_thing if view.thing.type == "thing" else ask.completion(view.thing),
    )
    return ask.parameter_of("thing", Annotated[str | None, argument], None)


def _options() -> list[inspect.Parameter]:
    """Return the options that every view has."""
    from openness.draw import FORMATS
    from openness.views import LAYOUTS

    endings = " ".join(f".{name}" for name in FORMATS)
    listed: dict[str, tuple[Any, Any, Any]] = {
        "to": (
            list[str] | None,
            typer.Option(
                "--output", "-o", metavar="FILE", help=f"A file, or - for stdout: {endings}."
            ),
            None,
        ),
        "wanted": (
            str | None,
            typer.Option(
                "--format",
                "-f",
                help="What it is, if no ending says so.",
                autocompletion=output.completion(*FORMATS),
            ),
            None,
        ),
        "style": (Path | None, typer.Option(help="YAML: colours, shapes, labels per kind."), None),
        "layout": (
            str | None,
            typer.Option(help=", ".join(LAYOUTS), autocompletion=output.completion(*LAYOUTS)),
            None,
        ),
        "theme": (
            str,
            typer.Option(help="light or dark", autocompletion=output.completion("light", "dark")),
            "light",
        ),
        "hops": (int, typer.Option(min=1, help="How many steps from THING, where views grow."), 1),
        "only": (
            list[str] | None,
            typer.Option(help="A kind or relation to show. Repeatable."),
            None,
        ),
        "without": (
            list[str] | None,
            typer.Option(help="A kind or relation to leave out. Repeatable."),
            None,
        ),
        "max_nodes": (
            int | None,
            typer.Option(min=1, help="Show so many things: the nearest, then the best linked."),
            None,
        ),
    }
    return [
        ask.parameter_of(name, Annotated[kind, option], default)
        for name, (kind, option, default) in listed.items()
    ]


def _draw(state: State, view: View, given: dict[str, Any]) -> None:
    """Draw one view into the files that the user named."""
    from openness.errors import UsageError
    from openness.views import Limits

    to, wanted = given.pop("to") or [], given.pop("wanted")
    looks = {name: given.pop(name) for name in ("style", "layout", "theme")}
    names = ("hops", "only", "without", "max_nodes")
    hops, only, without, max_nodes = (given.pop(name) for name in names)
    limits = Limits(hops, tuple(only or ()), tuple(without or ()), max_nodes)
    if not to and not wanted:
        raise UsageError(f"Name a file: {example(view)}; or -o - and -f for stdout.")
    formats = formats_of(to or ["-"], wanted)
    values = {ask.name_of(name): value for name, value in given.items() if value is not None}
    with output.working(state, f"drawing {view.name}"):
        graph = state.graph.view(view.name, limits=limits, **values)
        if graph.graph["cut"]:
            state.note(graph.graph["cut"])
        write_drawing(graph, formats, **looks)


def formats_of(to: Sequence[str], wanted: str | None) -> dict[str, str]:
    """Return the format of each file, and of `-`, which is stdout.

    Raises:
        UsageError: if nothing says what a file is, or `-f` contradicts the ending.
    """
    from openness import draw as feature
    from openness.errors import UsageError

    found = {}
    for name in dict.fromkeys(to):
        ending = Path(name).suffix.removeprefix(".").lower()
        if name == "-":
            if wanted is None:
                raise UsageError(f"-o - needs -f, one of {', '.join(feature.FORMATS)}.")
            found[name] = feature.format_of(Path(), wanted)
        elif wanted and "-" not in to and ending in feature.FORMATS and ending != wanted.lower():
            raise UsageError(f"{name} ends in .{ending}, and -f says {wanted}; leave out one.")
        else:
            found[name] = feature.format_of(Path(name), None if "-" in to else wanted)
    return found


def write_drawing(graph: Any, formats: dict[str, str], **looks: Any) -> None:
    """Write a view into files, and to stdout where the file is `-`; drawn once.

    Raises:
        NotFoundError: if there is nothing to draw.
        EngineError: if a file cannot be written; none has changed then.
    """
    from openness import draw as feature

    made = feature.contents(graph, formats.values(), **looks)
    feature.save(graph, {Path(name): form for name, form in formats.items() if name != "-"}, made)
    if "-" in formats:
        output.write(made[formats["-"]])
