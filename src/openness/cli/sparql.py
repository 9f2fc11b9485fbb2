"""`openness sparql`: ad-hoc queries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from openness.cli import output, service_options
from openness.cli.state import state_of
from openness.errors import NotFoundError, UsageError
from openness.sparql.services import mentions_service


def sparql(
    context: typer.Context,
    text: Annotated[
        str | None, typer.Argument(help="The query, or - to read it from stdin.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Read the query from a file.")] = None,
    wanted: Annotated[
        str | None,
        output.format_option(
            f"SELECT and ASK: {', '.join(output.TABLES)}; "
            f"CONSTRUCT and DESCRIBE: {', '.join(output.GRAPHS)}.",
            *output.TABLES,
            *output.GRAPHS,
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what would be sent to whom, and stop.")
    ] = False,
    is_fresh: service_options.Fresh = False,
    is_offline: service_options.Offline = False,
    snapshot: service_options.Snapshot = None,
) -> None:
    """Run a SPARQL query: SELECT, ASK, CONSTRUCT or DESCRIBE.

    The project's prefixes need no declaration. SERVICE asks other endpoints.

    Examples:
        openness sparql "SELECT ?m WHERE { ?m schema:creator organization:meta }"

        openness sparql "DESCRIBE model:llama-2" -f jsonld

        openness sparql --file question.rq -f csv

        cat question.rq | openness sparql -
    """
    query = _text(text, file)
    state = state_of(context)
    is_federated = mentions_service(query)
    if is_federated:
        service_options.apply(state, is_fresh, is_offline, snapshot)
    elif snapshot:
        raise UsageError(
            "--snapshot records the answers of services, and the query has no SERVICE."
        )
    if explain and is_federated:
        return service_options.explain(state, query)
    if explain:
        from openness.engine.remote import declare_prefixes
        from openness.sparql.limits import guard

        guard(query)
        output.write(declare_prefixes(query).rstrip() + "\n")
        return
    output.write_query(state, query, wanted)


def _text(text: str | None, file: Path | None) -> str:
    if (text is None) == (file is None):
        raise UsageError("Give one query: as text, with --file FILE, or - for stdin.")
    try:
        if file is not None:
            return file.read_text(encoding="utf-8")
        return sys.stdin.buffer.read().decode() if text == "-" else text or ""
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file or 'stdin'} cannot be read: {error}.") from error
