"""`openness ask`: saved queries, each a command of its own with options from its header."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from openness.cli import output, service_options
from openness.cli.state import State, state_of
from openness.engine.base import Solutions
from openness.queries import LITERAL_TYPES, Parameter, SavedQuery

_FORMAT_HELP: Final = f"{', '.join(output.TABLES)}; default: table on a terminal, csv in a pipe."
_VALUE: Final = "value_"
"""Begins the Python name of a parameter, so that none is a keyword or one of our own names."""


class AskGroup(TyperGroup):
    """The saved queries as commands; only the one that is asked for is read."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all saved queries, for the shell to complete."""
        from openness import queries

        return sorted(queries.find_files(tuple(state_of(ctx).queries)))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of one saved query.

        Raises:
            NotFoundError: naming the nearest ones.
        """
        from openness import queries

        return command_of(queries.find(cmd_name, tuple(state_of(ctx).queries)))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Leave the list of commands out of --help: `openness ask` shows it, by topic."""


app = typer.Typer(
    cls=AskGroup,
    help="Run a saved query; without a name, list them all.",
    epilog="Examples: openness ask · openness ask why-limited --help · "
    "openness ask models-by-organization --organization meta -f md",
    rich_markup_mode=None,
)


def _complete_topic(ctx: typer.Context, incomplete: str) -> list[str]:
    from openness import queries

    files = queries.find_files(tuple(state_of(ctx).queries)).values()
    return sorted(t for t in {path.parent.name for path in files} if t.startswith(incomplete))


@app.callback(invoke_without_command=True)
def ask(
    context: typer.Context,
    topic: Annotated[
        str | None,
        typer.Option(help="List only the queries of one topic.", autocompletion=_complete_topic),
    ] = None,
    wanted: Annotated[
        str | None,
        output.format_option(f"Of the list: {', '.join(output.PEOPLE)}.", *output.PEOPLE),
    ] = None,
) -> None:
    """Run a saved query; without a name, list them all by topic."""
    if context.invoked_subcommand is None:
        _list(state_of(context), topic, wanted)


def _list(state: State, topic: str | None, wanted: str | None) -> None:
    import json

    from openness import queries
    from openness.errors import NotFoundError, did_you_mean

    found = [queries.load(path) for path in queries.find_files(tuple(state.queries)).values()]
    topics = sorted({query.topic for query in found})
    if topic is not None and topic not in topics:
        raise NotFoundError(f"There is no topic “{topic}”.{did_you_mean(topic, topics)}")
    rows = sorted((q.topic, q.name, q.title) for q in found if topic in (None, q.topic))
    name = output.choose(wanted, output.PEOPLE, "table", "table")
    if name == "jsonl":
        keys = ("topic", "name", "title")
        output.write("".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows))
    else:
        before = ["", *(topic for topic, _, _ in rows)]
        shown = [
            ("" if topic == last else topic, query, title)
            for last, (topic, query, title) in zip(before, rows, strict=False)
        ]
        output.write_rows(("topic", "name", "question"), shown, name, state.color)


def command_of(saved: SavedQuery) -> Any:
    """Return the Typer command that asks one saved query."""

    def run(context: typer.Context, wanted: str | None, **values: Any) -> None:
        state = state_of(context)
        if saved.is_federated:
            service_options.apply(state, *(values.pop(name) for name in service_options.NAMES))
        given = {name_of(name): value for name, value in values.items()}
        if saved.measure is None:
            bound = state.graph.bindings(saved, given)
            return output.write_query(state, saved.text, wanted, bound)
        name = output.choose(wanted, output.TABLES, "table", "csv")
        with output.working(state, f"measuring {saved.name}"):
            found = state.graph.answer(saved, given)
        assert isinstance(found, Solutions)
        output.write_solutions(state, found, name)

    parameters = [context_parameter(), *map(option, saved.parameters), _format()]
    if saved.is_federated:
        parameters += [parameter_of(*one) for one in service_options.OPTIONS]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__ = _help(saved)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(saved.name, epilog=f"Example: {example(saved)}")(run)
    command = typer.main.get_command(single)
    command.name = saved.name
    return command


def example(saved: SavedQuery) -> str:
    """Return a command line that asks a saved query with its own defaults."""
    given = [f"--{p.name.replace('_', '-')} {p.default}" for p in saved.parameters if p.default]
    return " ".join(["openness ask", saved.name, *given])


def _help(saved: SavedQuery) -> str:
    columns = [f"  {name}: {meaning}" for name, meaning in saved.columns.items()]
    unwrapped = "\n".join(["\b", "Columns:", *columns])
    return "\n\n".join([saved.title, saved.description, unwrapped])


def name_of(python_name: str) -> str:
    """Return the name of a query's parameter from what its option is called in Python."""
    return python_name.removeprefix(_VALUE)


def parameter_of(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    """Return a parameter of a command that is made from a file's header."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


def context_parameter() -> inspect.Parameter:
    """Return the parameter by which a command gets Typer's context."""
    return parameter_of("context", typer.Context, inspect.Parameter.empty)


def _format() -> inspect.Parameter:
    option = output.format_option(_FORMAT_HELP, *output.TABLES)
    return parameter_of("wanted", Annotated[str | None, option], None)


def option(parameter: Parameter) -> inspect.Parameter:
    """Return a saved query's parameter as an option of its command."""
    choices = f" ({', '.join(parameter.choices)})" if parameter.choices else ""
    default = f"  [default: {parameter.default}]" if parameter.default else ""
    option = typer.Option(
        f"--{parameter.name.replace('_', '-')}",
        help=f"{parameter.label}{choices}{default}",
        metavar=parameter.type.upper(),
        show_default=False,
        autocompletion=completion(parameter),
    )
    annotated: Any = Annotated[str | None, option]
    if parameter.is_required:
        annotated = Annotated[str, option]
    missing = inspect.Parameter.empty if parameter.is_required else None
    return parameter_of(_VALUE + parameter.name, annotated, missing)


def completion(parameter: Parameter) -> Callable[[typer.Context, str], list[str]]:
    """Return what completes a value: the choices, or the ids of the things in the graph."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        from openness import lookup
        from openness.terms import slug

        known = list(parameter.choices)
        if parameter.type == "endpoint":
            known = [parameter.default] if parameter.default else []
        elif parameter.type not in LITERAL_TYPES:
            engine = state_of(ctx).graph.engine
            known = [slug(iri) for iri in lookup.things(engine, parameter.type)]
        return [word for word in known if word.startswith(incomplete)]

    return complete
