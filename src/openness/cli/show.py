"""`openness show`: what the graph knows of one thing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from openness.cli import output
from openness.cli.state import State, state_of
from openness.engine.base import Solutions
from openness.table import Thing, to_text

if TYPE_CHECKING:
    from openness.show import Link, Reason


def complete_thing(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the compact ids, and the bare ones, that begin with what has been typed."""
    from openness import lookup
    from openness.terms import compact, slug

    iris = lookup.things(state_of(ctx).graph.engine)
    words = sorted({slug(iri) for iri in iris} | {compact(iri) for iri in iris})
    return [word for word in words if word.startswith(incomplete)]


def show(
    context: typer.Context,
    thing: Annotated[
        str,
        typer.Argument(
            help="An IRI, a CURIE, an id or a label in any case.", autocompletion=complete_thing
        ),
    ],
    wanted: Annotated[
        str | None,
        output.format_option(
            "table (default), json (a document), md, jsonl, csv, tsv or xml (rows).", *output.TABLES
        ),
    ] = None,
) -> None:
    """Show what the graph knows of a thing, grouped, each line with its source.

    Then why each link to another data set is held: the evidence, and who decided.

    Examples:
        openness show llama-2

        openness show "joelle pineau" -f json

        openness show licence:llama-2 -f md
    """
    from openness import show as feature

    state = state_of(context)
    name = output.choose(wanted, output.TABLES, "table", "table")
    found = state.graph.find(thing)
    facts = feature.facts(state.graph, found)
    if name == "json":
        why = feature.reasons(state.graph, found)
        document = feature.document(state.graph, found, facts, why)
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif name in ("table", "md"):
        _write_groups(state, found, feature.without_mappings(facts), name)
        _write_reasons(state, feature.reasons(state.graph, found), name)
    elif name == "jsonl":
        output.write("".join(output.json_lines(facts)))
    else:
        from pyoxigraph import NamedNode

        output.write_query(state, feature.FACTS, name, {"_thing": NamedNode(found.iri)})


def _write_groups(state: State, thing: Thing, facts: Solutions, name: str) -> None:
    """Write the facts by direction and property, each property named once."""
    labels = state.graph.labels_in(facts)
    rows, last = [], ("", "")
    for direction, prop, value, source in facts.rows:
        way, word = to_text(direction, {}), to_text(prop, labels)
        relation = word if way == "of" else f"← {word}"
        rows.append(
            (
                "" if (way, word) == last else relation,
                to_text(value, labels),
                to_text(source, labels),
            )
        )
        last = (way, word)
    heading = f"{thing.label} ({thing.id})"
    output.write(f"## {heading}\n\n" if name == "md" else f"{heading}\n{thing.iri}\n")
    output.write_rows(("relation", "value", "source"), rows, name, state.color)


def _write_reasons(state: State, why: dict[Link, Reason], name: str) -> None:
    """Write for each link what it rests on, the evidence line by line."""
    if not why:
        return
    labels = state.graph.labels({reason.justification for reason in why.values()} - {""})
    rows = []
    for (_, value, _), reason in why.items():
        how = labels.get(reason.justification, reason.justification)
        decided = [reason.author, reason.reviewer, reason.date, reason.confidence]
        rows.append(
            (
                to_text(value, {}),
                "\n".join(filter(None, (reason.comment, *reason.evidence))) or how,
                ", ".join(filter(None, (how, *decided))),
            )
        )
    output.write("\n" if name == "md" else "")
    output.write_rows(("link", "because", "found by"), rows, name, state.color)
