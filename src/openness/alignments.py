"""What our terms are called elsewhere, as `ontology/alignments.ttl` says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from openness.engine.base import Engine, Solutions

_SAME: Final = "owl:equivalentProperty"
_WIDER: Final = "rdfs:subPropertyOf"
_CLASSES: Final = ("owl:equivalentClass", "rdfs:subClassOf", "skos:broadMatch")
_QUERY: Final = f"""
SELECT ?relation ?term ?target
WHERE {{
  VALUES ?relation {{ {_SAME} {_WIDER} {" ".join(_CLASSES)} }}
  ?term ?relation ?target .
}}
ORDER BY ?relation ?term ?target
"""

Steps = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Alignments:
    """The counterparts of terms in one vocabulary, by IRI.

    Attributes:
        same: of a property, the one that means the same.
        wider: of a property, those that every statement with it is true with as well.
        classes: of a class, those that all its things are in as well.
    """

    same: Mapping[str, str]
    wider: Steps
    classes: Steps


def read(engine: Engine, namespace: str) -> Alignments:
    """Return what the ontology in the graph says of counterparts in a vocabulary.

    Args:
        engine: where the graph is.
        namespace: the namespace of the vocabulary, such as that of schema.org.
    """
    answer = engine.query(_QUERY)
    assert isinstance(answer, Solutions)
    stated: dict[str, list[tuple[str, str]]] = {}
    for relation, term, target in answer.rows:
        assert isinstance(relation, NamedNode)
        if isinstance(term, NamedNode) and isinstance(target, NamedNode):
            stated.setdefault(_local(relation.value), []).append((term.value, target.value))
    same = _steps(stated, (_SAME,))
    wider = _steps(stated, (_SAME, _WIDER))
    classes = _steps(stated, _CLASSES)
    return Alignments(
        {term: targets[0] for term, targets in _reached(same, namespace).items()},
        _reached(wider, namespace),
        _reached(classes, namespace),
    )


def _local(iri: str) -> str:
    return iri.rpartition("#")[2]


def _steps(stated: Mapping[str, list[tuple[str, str]]], relations: Iterable[str]) -> Steps:
    """Return what each term leads to by one statement with any of the relations."""
    found: dict[str, tuple[str, ...]] = {}
    for relation in relations:
        for term, target in stated.get(relation.partition(":")[2], []):
            found[term] = (*found.get(term, ()), target)
    return found


def _reached(steps: Steps, namespace: str) -> Steps:
    """Return what each term leads to in a vocabulary, by any number of statements."""
    found: dict[str, tuple[str, ...]] = {}
    for term in steps:
        seen, queue = {term}, [term]
        while queue:
            new = [target for target in steps.get(queue.pop(), ()) if target not in seen]
            seen.update(new)
            queue += new
        inside = sorted(it for it in seen - {term} if it.startswith(namespace))
        if inside:
            found[term] = tuple(inside)
    return found
