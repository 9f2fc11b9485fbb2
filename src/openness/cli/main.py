"""The `openness` command: its global options, its commands, and the one place that ends a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from openness import __version__
from openness.cli import (
    ask,
    check,
    compare,
    diff,
    disagree,
    draw,
    enrich,
    export,
    importing,
    info,
    link,
    may,
    path,
    push,
    show,
    sparql,
    why,
)
from openness.cli.output import close_pipe
from openness.cli.state import State
from openness.errors import OpennessError, UsageError

_CLICK_ERROR: Final = typer.BadParameter.mro()[2]
"""Typer's base class of usage errors, which it does not export under a name."""
_INTERRUPTED: Final = 130
_DEFAULT_TIMEOUT: Final = 60.0

_COMPLETING: Final = "_OPENNESS_COMPLETE"
"""Set by the shell that asks to complete a word: what goes wrong then must not disturb the line."""

app = typer.Typer(
    name="openness",
    help="Ask a knowledge graph how open AI really is: to whom, to do what, according to whom.",
    epilog="Begin with: openness ask why-limited --model llama-2",
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(ask.app, name="ask")
app.command("sparql")(sparql.sparql)
app.command("show")(show.show)
app.command("why")(why.why)
app.command("may")(may.may)
app.command("disagree")(disagree.disagree)
app.command("compare")(compare.compare)
app.add_typer(draw.app, name="draw")
app.command("path")(path.path)
app.command("diff")(diff.diff)
app.command("export")(export.export)
app.command("push")(push.push)
app.command("info")(info.info)
app.command("check")(check.check)
app.add_typer(link.app, name="link")
app.command("enrich")(enrich.enrich)
app.command("import")(importing.import_source)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"openness {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    endpoint: Annotated[
        str | None,
        typer.Option(envvar="OPENNESS_ENDPOINT", help="Ask this SPARQL 1.1 endpoint instead."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(envvar="OPENNESS_DATA", help="Your own workspace folder."),
    ] = None,
    graph: Annotated[
        list[Path] | None, typer.Option(help="More RDF files or folders, for this run. Repeatable.")
    ] = None,
    queries: Annotated[
        list[Path] | None, typer.Option(help="A folder of more saved queries. Repeatable.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds that a query may take; 0 for no limit.")
    ] = _DEFAULT_TIMEOUT,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes on stderr.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Read the global options; the graph is opened when a command needs it."""
    context.obj = State(
        endpoint=endpoint,
        data=data,
        graphs=graph or [],
        queries=queries or [],
        timeout=timeout or None,
        color=not no_color and "NO_COLOR" not in os.environ,
        quiet=quiet,
    )
    if context.invoked_subcommand is None:
        print(context.get_help(), end="")


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    _open_streams()
    try:
        _require_utf8(sys.argv)
        code = app(standalone_mode=False) or 0
        if code == _INTERRUPTED:
            _say("interrupted")
        sys.stdout.flush()
    except BaseException as error:
        code = _report(error)
    _end(code)


def _open_streams() -> None:
    """Open the null device for each standard stream that is closed, under its own number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def _require_utf8(arguments: list[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(f"The argument “{argument}” is not UTF-8.") from None


def _report(error: BaseException) -> int:
    """Tell the user in one line what went wrong, and return the exit code."""
    if "--debug" in sys.argv and not isinstance(error, SystemExit | typer.Exit):
        import traceback

        traceback.print_exc()
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        if isinstance(error.__context__, BrokenPipeError):
            close_pipe()
            return 0
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        _say("interrupted")
        return _INTERRUPTED
    if isinstance(error, OpennessError):
        _say(str(error))
        return error.exit_code
    if isinstance(error, _CLICK_ERROR):
        _say(_usage(error))
        return 2
    if isinstance(error, BrokenPipeError):
        close_pipe()
        return 0
    if isinstance(error, OSError):
        _say(f"{error.filename or 'output'}: {error.strerror or error}")
        return 4
    _say(f"this is a defect of Openness: {type(error).__name__}: {error}; --debug shows more")
    return 4


def _usage(error: BaseException) -> str:
    message = " ".join(error.format_message().split())  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "openness"
    option = getattr(error, "option_name", "")
    if context and option in _options(context.find_root().command):
        return f"{option} is for all commands and stands before them: openness {option} …"
    return f"{message}{'' if message.endswith(('.', '?')) else '.'} See {command} --help."


def _options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


def _say(text: str) -> None:
    """Write one line to stderr, unless a shell is completing a word."""
    if _COMPLETING in os.environ:
        return
    try:
        print(f"openness: {' '.join(text.splitlines())}", file=sys.stderr)
    except OSError:
        return


def _end(code: int) -> NoReturn:
    """End the process; at once, if a query that nobody waits for still runs."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError) and not code:
            _say(f"output: {error.strerror}")
            code = 4
        close_pipe()
    worker = sys.modules.get("openness.engine.worker")
    if worker is not None and worker.is_busy():
        os._exit(code)
    sys.exit(code)
