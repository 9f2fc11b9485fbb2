"""From what a person writes to the thing that is meant, and from terms to their labels."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Engine, Solutions
from openness.errors import EngineError, NotFoundError, UsageError, did_you_mean
from openness.queries import Parameter
from openness.sparql.binding import Bindable
from openness.terms import GRAPH, ID, KINDS, ONT, PREFIXES, compact, expand, slug

_XSD: Final = PREFIXES["xsd"]
_LABELS: Final = "rdfs:label|skos:altLabel|dcterms:identifier"
_BATCH: Final = 500
_SPOKEN_OF: Final = ("model", "organization", "person", "licence", "criteria", "criterion", "topic")
"""A bare name means the first of these that has it, before releases, texts and the like."""


def resolve(engine: Engine, text: str, kind: str = "thing") -> str:
    """Return the IRI of the thing that a person means.

    Args:
        engine: where to look.
        text: an IRI, a CURIE, an id (`llama-2`) or a label in any case.
        kind: `thing` for any, `group` for an industry group, or a kind of the ids.

    Raises:
        NotFoundError: naming the nearest ids.
        UsageError: if several things have that id or label, listing them.
    """
    text = text.strip()
    found = _by_iri(engine, text) or _by_id(engine, text, kind)
    found = found or _by_label(engine, text, kind)
    found = [iri for iri in found if _is_of_kind(engine, iri, kind)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"“{text}” may mean {', '.join(sorted(map(compact, found)))}.")
    known = things(engine, kind)
    word = slug(expand(text) or text)
    hint = did_you_mean(word, _slugs(known, _SPOKEN_OF)) or did_you_mean(word, _slugs(known))
    raise NotFoundError(f"There is no {kind} “{text}” in the graph.{hint}")


def _slugs(iris: list[str], kinds: Sequence[str] = KINDS) -> list[str]:
    starts = tuple(_start(kind) for kind in kinds)
    return list(dict.fromkeys(slug(iri) for iri in iris if iri.startswith(starts)))


def things(engine: Engine, kind: str = "thing") -> list[str]:
    """Return the IRIs of all labelled things of a kind, in their order."""
    pattern = "?thing a openness:IndustryGroup ." if kind == "group" else ""
    answer = engine.query(
        f"SELECT DISTINCT ?thing WHERE {{ ?thing rdfs:label ?label . {pattern}"
        " FILTER(ISIRI(?thing) && STRSTARTS(STR(?thing), ?_start)) } ORDER BY ?thing",
        {"_start": Literal(_start(kind))},
    )
    assert isinstance(answer, Solutions)
    return [term.value for (term,) in answer.rows if isinstance(term, NamedNode)]


def _start(kind: str) -> str:
    """Return how all IRIs of a kind begin."""
    if kind == "thing":
        return ID
    return f"{ID}organization/" if kind == "group" else f"{ID}{kind}/"


def labels(engine: Engine, iris: Iterable[str]) -> dict[str, str]:
    """Return the label of each IRI that has one, English before others."""
    return {iri: label.value for iri, label in names(engine, iris).items()}


def names(engine: Engine, iris: Iterable[str]) -> dict[str, Literal]:
    """Return the label of each IRI that has one as it is stated, with its language."""
    wanted = sorted(set(iris))
    found: dict[str, Literal] = {}
    for start in range(0, len(wanted), _BATCH):
        block = " ".join(str(NamedNode(iri)) for iri in wanted[start : start + _BATCH])
        answer = engine.query(
            f"SELECT ?iri ?label WHERE {{ VALUES ?iri {{ {block} }} ?iri rdfs:label ?label }}"
        )
        assert isinstance(answer, Solutions)
        for iri, label in answer.rows:
            if isinstance(iri, NamedNode) and isinstance(label, Literal):
                found[iri.value] = min(found.get(iri.value, label), label, key=_preference)
    return found


def _preference(label: Literal) -> tuple[bool, str, str]:
    return label.language != "en", label.value, label.language or ""


def value_of(engine: Engine, parameter: Parameter, text: str) -> Bindable:
    """Return the RDF term that a person's text stands for as the value of a parameter.

    Raises:
        NotFoundError: if there is no such thing.
        UsageError: if the text is not of the parameter's type.
    """
    wrong = f"--{parameter.name.replace('_', '-')} takes"
    if parameter.type == "string":
        return Literal(text)
    if parameter.type == "integer":
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
            raise UsageError(f"{wrong} a whole number, not “{text}”.")
        return Literal(int(text))
    if parameter.type == "date":
        try:
            day = datetime.date.fromisoformat(text.strip())
        except ValueError:
            raise UsageError(f"{wrong} a date such as 2023-07-18, not “{text}”.") from None
        return Literal(day.isoformat(), datatype=NamedNode(_XSD + "date"))
    if parameter.type == "choice":
        return Literal(_choice(wrong, text, parameter.choices))
    if parameter.type == "endpoint":
        return _address(wrong, text.strip())
    return NamedNode(resolve(engine, text, parameter.type))


def _address(wrong: str, text: str) -> NamedNode:
    from openness.net.policy import require_address

    try:
        return NamedNode(require_address(text))
    except (EngineError, ValueError):
        raise UsageError(f"{wrong} the address of a SPARQL endpoint, not “{text}”.") from None


def _choice(wrong: str, text: str, choices: Sequence[str]) -> str:
    for choice in choices:
        if choice.casefold() == text.strip().casefold():
            return choice
    hint = did_you_mean(text, list(choices))
    raise UsageError(f"{wrong} {', '.join(choices)}, not “{text}”.{hint}")


def _by_iri(engine: Engine, text: str) -> list[str]:
    iri = expand(text)
    if iri is None:
        return []
    try:
        it = NamedNode(iri)
    except ValueError:
        return []
    query = "ASK { { ?_it ?p ?o } UNION { ?s ?p ?_it } UNION { GRAPH ?_it { ?s ?p ?o } } }"
    return [iri] if engine.query(query, {"_it": it}) else []


def _by_id(engine: Engine, text: str, kind: str) -> list[str]:
    """Find by the last part of the IRI; the kinds are few, so every place can be asked for."""
    local = re.sub(r"[\s_]+", "-", text).casefold()
    if not re.fullmatch(r"[a-z0-9.\-]+", local):
        return []
    if kind != "thing":
        starts = [_start(kind)]
    else:
        starts = [f"{ID}{kind}/" for kind in KINDS] + [GRAPH, ONT]
    block = " ".join(f"<{start}{local}>" for start in starts)
    answer = engine.query(
        f"SELECT DISTINCT ?it {{ VALUES ?it {{ {block} }} ?it rdfs:label ?label }} ORDER BY ?it"
    )
    assert isinstance(answer, Solutions)
    return _spoken_of([term.value for (term,) in answer.rows if isinstance(term, NamedNode)])


def _spoken_of(found: list[str]) -> list[str]:
    """Return the one thing that people speak of, if records about it have the same name."""
    for kind in _SPOKEN_OF:
        main = [iri for iri in found if iri.startswith(f"{ID}{kind}/")]
        if main:
            return main
    return found


def _by_label(engine: Engine, text: str, kind: str) -> list[str]:
    answer = engine.query(
        f"SELECT DISTINCT ?it WHERE {{ ?it {_LABELS} ?label . FILTER(ISIRI(?it)"
        " && LCASE(STR(?label)) = ?_text && STRSTARTS(STR(?it), ?_start)) } ORDER BY ?it",
        {
            "_text": Literal(text.lower()),
            "_start": Literal("" if kind == "thing" else _start(kind)),
        },
    )
    assert isinstance(answer, Solutions)
    return _spoken_of([term.value for (term,) in answer.rows if isinstance(term, NamedNode)])


def _is_of_kind(engine: Engine, iri: str, kind: str) -> bool:
    if kind == "thing":
        return True
    if kind == "group":
        query = "ASK { ?_it a openness:IndustryGroup }"
        return bool(engine.query(query, {"_it": NamedNode(iri)}))
    return iri.startswith(_start(kind))
