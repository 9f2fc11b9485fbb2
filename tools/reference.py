"""Write the pages that follow from code, rules and data: `python tools/reference.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import licence_page
import matching
import second_reading
import typer
from tables import table

from openness import queries, shipped, views
from openness.clauses import Library
from openness.cli import draw
from openness.cli.ask import example
from openness.cli.main import app
from openness.engine.compile import build, collect
from openness.engine.embedded import EmbeddedEngine
from openness.engine.rules import Rule, strata
from openness.graph import Graph
from openness.terms import GRAPH

DOCS = Path(__file__).resolve().parent.parent / "docs"
_GROUPS = ("link",)
"""The commands that are groups of others, and have no page of their own for those."""
NOTE = "<!-- Written by tools/reference.py; do not edit. -->\n\n"


def pages(graph: Graph) -> dict[str, str]:
    """Return the text of each page by its path in docs/."""
    library = Library(graph)
    texts = {
        "reference/commands.md": commands(),
        "reference/licences.md": licence_page.page(graph, library),
        "reference/matching.md": matching.page(),
        "reference/queries.md": questions(),
        "reference/rules.md": rules(graph),
        "reference/terms.md": terms(graph),
        "reference/views.md": pictures(),
        "second-reading.md": second_reading.page(graph, library),
    }
    return {path: NOTE + text for path, text in texts.items()}


def commands() -> str:
    """Return every command with its arguments and options."""
    root = typer.main.get_command(app)
    text = "# Commands\n\n" + _command("openness", root)
    for name, command in sorted(root.commands.items()):  # type: ignore[attr-defined]
        text += f"\n## openness {name}\n\n" + _command(f"openness {name}", command)
        if name in _GROUPS:
            for inner, part in sorted(command.commands.items()):
                text += f"\n### openness {name} {inner}\n\n" + _command(inner, part)
    return text


def _command(name: str, command: Any) -> str:
    words = (command.help or "").replace("\n\n", "\n").strip().splitlines()
    text = "".join(f"    {w}\n" if w.startswith("openness ") else f"{w}\n\n" for w in words)
    text += "\n| argument or option | meaning |\n|---|---|\n"
    for parameter in command.params:
        names = ", ".join(f"`{option}`" for option in parameter.opts)
        if parameter.param_type_name == "argument":
            names = f"`{parameter.name.upper()}`"
        text += f"| {names} | {getattr(parameter, 'help', '') or ''} |\n"
    return text


def questions() -> str:
    """Return every saved query and check with its parameters and columns."""
    text, topic = "# Saved queries\n", ""
    for saved in sorted(map(queries.load, queries.find_files().values()), key=_by_topic):
        if saved.topic != topic:
            topic = saved.topic
            text += f"\n## {topic}\n"
        text += (
            f"\n### {saved.name}\n\n{saved.title} {saved.description}\n\n    {example(saved)}\n\n"
        )
        for parameter in saved.parameters:
            kind = ", ".join(parameter.choices) or parameter.type
            text += f"- `--{parameter.name}` ({kind}): {parameter.label}\n"
        text += "\n" * bool(saved.parameters) + "| column | meaning |\n|---|---|\n"
        text += "".join(f"| {name} | {meaning} |\n" for name, meaning in saved.columns.items())
    return text


def pictures() -> str:
    """Return every view with its parameters, kinds and relations."""
    text = "# Views\n\n[Drawing](../drawing.md) says how they are used.\n"
    for name, path in sorted(views.find_files().items()):
        view = views.load(path)
        thing = view.thing.label if view.thing else ""
        title = view.query.title.replace("{thing}", thing)
        text += f"\n## {name}\n\n{title}. {view.query.description}\n\n    {draw.example(view)}\n\n"
        for parameter in view.query.parameters:
            option = "THING" if parameter.name == "thing" else f"--{parameter.name}"
            text += f"- `{option}` ({parameter.type}): {parameter.label}\n"
        text += f"- layout: {view.layout}\n"
        text += f"- kinds: {', '.join(view.kinds.values())}\n"
        named = (f"{label} (`{relation}`)" for relation, label in view.relations.items())
        text += f"- relations: {', '.join(named)}\n"
    return text


def _by_topic(saved: queries.SavedQuery) -> tuple[str, str]:
    return saved.topic, saved.name


def rules(graph: Graph) -> str:
    """Return every rule in the order in which they run, with what its header says."""
    found = [Rule.read(path) for path in sorted((shipped.ontology() / "rules").glob("*.rq"))]
    in_order = [rule for stratum in strata(found) for rule in stratum]
    labels = graph.labels(_source(rule) for rule in found)
    return (
        "# Rules\n\nVerdicts are derived by these rules, in this order; each is a SPARQL query in\n"
        "`ontology/rules/`. How many verdicts each has led to: `openness ask rules`. Why they run\n"
        "in strata: [a decision](../decisions/rules-in-strata.md).\n"
        + "".join(_rule(rule, labels.get(_source(rule), "")) for rule in in_order)
    )


def _source(rule: Rule) -> str:
    return GRAPH + rule.header["source"].removeprefix("graph:")


def _rule(rule: Rule, source: str) -> str:
    header = rule.header
    rows = [
        ("criteria", header["criteria"]),
        ("source of the reading", f"{source} (`{header['source']}`)"),
        ("runs after", ", ".join(f"`{name}`" for name in rule.after) or "none"),
    ]
    return (
        f"\n## {rule.path.stem}\n\n**{header['title']}.** {header['description']}\n\n"
        f"Why: {header['why']}\n\n" + table(("", ""), rows)
    )


def terms(graph: Graph) -> str:
    """Return every term of the ontology with its definition."""
    found: Any = graph.query(
        """SELECT DISTINCT ?term ?label ?definition WHERE {
          GRAPH graph:ontology { ?term rdfs:label ?label ; skos:definition ?definition }
          FILTER(STRSTARTS(STR(?term), STR(openness:)))
        } ORDER BY ?term"""
    )
    lines = [f"| `{row.term.id}` | {row.label} | {row.definition} |\n" for row in found]
    return "# Terms\n\n| term | label | definition |\n|---|---|---|\n" + "".join(lines)


if __name__ == "__main__":
    for name, text in pages(Graph(EmbeddedEngine(build(collect())))).items():
        (DOCS / name).write_text(text, encoding="utf-8")
