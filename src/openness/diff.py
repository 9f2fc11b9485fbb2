"""Two versions of the graph: which facts came and went, and which verdicts changed with them.

A version is an RDF file, a folder (of RDF files, or a checkout with `ontology/` and `data/`), or a
wheel of a release. What rules derive is derived anew for each, by the rules of that version where
it has its own, so that a change of a rule shows, too. Two plain texts are compared as licence
texts: which clauses, and so which verdicts, rest on words that are no longer there.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from openness import shipped, texts
from openness.engine.base import Solutions
from openness.engine.compile import FORMATS, Input, Inputs, build, mapping_files, rdf_files
from openness.engine.embedded import EmbeddedEngine
from openness.errors import BrokenFileError, NotFoundError
from openness.graph import Graph
from openness.table import Thing, to_text
from openness.terms import DERIVED, EDITORS, ONTOLOGY, PREFIXES

_VERDICTS: Final = """
SELECT DISTINCT ?subject ?criterion ?outcome ?rule ?premise
WHERE {
  ?assertion earl:subject ?subject ;
    earl:assertedBy agent:openness ;
    earl:test ?criterion ;
    earl:result/earl:outcome ?outcome ;
    prov:wasGeneratedBy/prov:qualifiedAssociation/prov:hadPlan ?rule ;
    prov:wasDerivedFrom ?premise .
}
"""


@dataclass(frozen=True, order=True)
class Fact:
    """A statement and its source, as people read them."""

    subject: str
    property: str
    value: str
    source: str


@dataclass(frozen=True)
class Change:
    """A verdict that one version has and the other has not, or has otherwise.

    Attributes:
        subject, criterion: on what, and by which criterion.
        before, after: the outcomes; empty where a version has no verdict.
        because: the premises and rules that only one of them rests on.
    """

    subject: Thing
    criterion: Thing
    before: str
    after: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What changed between two versions."""

    added: tuple[Fact, ...]
    removed: tuple[Fact, ...]
    verdicts: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.verdicts)


def difference(old: Path, new: Path) -> Difference:
    """Return what changed from one version of the graph to another.

    Raises:
        NotFoundError: if there is no such file or folder.
        BrokenFileError: if a file cannot be read as a version of the graph.
    """
    before, after = version(old), version(new)
    facts_before, facts_after = _facts(before), _facts(after)
    return Difference(
        tuple(sorted(_readable(after, facts_after - facts_before))),
        tuple(sorted(_readable(before, facts_before - facts_after))),
        tuple(_changes(before, after)),
    )


def version(path: Path) -> Graph:
    """Return the graph that a file, a folder or a wheel holds, with what rules derive from it.

    Raises: as :func:`difference`.
    """
    if not path.exists():
        raise NotFoundError(f"There is no file or folder {path}.")
    with ExitStack() as stack:
        if path.suffix == ".whl":
            path = _unpacked(path, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        return Graph(EmbeddedEngine(build(_inputs(path))))


def _unpacked(wheel: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [n for n in archive.namelist() if n.startswith("openness/_shipped/")]
            archive.extractall(folder, names)
    except zipfile.BadZipFile as error:
        raise BrokenFileError(f"{wheel} is no wheel: {error}.") from error
    if not names:
        raise BrokenFileError(f"{wheel} is no wheel of Openness.")
    return folder / "openness" / "_shipped"


def _inputs(path: Path) -> Inputs:
    """Return what a version is compiled from; ontology and rules are ours where it has none."""
    ontology = path / "ontology" if (path / "ontology").is_dir() else shipped.ontology()
    if path.is_dir():
        data = path / "data" if (path / "data").is_dir() else path
        files = [Input(file, f"urn:file:{file.name}") for file in rdf_files(data)]
        files += [Input(file, EDITORS) for file in mapping_files(data)]
    elif path.suffix.lower() in FORMATS:
        files = [Input(path, "urn:file:version")]
    else:
        raise BrokenFileError(f"{path} ends in none of {' '.join(FORMATS)} .whl.")
    modules = [Input(p, ONTOLOGY) for p in sorted(ontology.glob("*.ttl")) if p.stem != "shapes"]
    return Inputs((*modules, *files), tuple(sorted((ontology / "rules").glob("*.rq"))))


def _facts(graph: Graph) -> set[Quad]:
    """Return the statements that are not derived, but for the rules themselves."""
    assert isinstance(graph.engine, EmbeddedEngine)
    derived, default = NamedNode(DERIVED), DefaultGraph()
    rule = PREFIXES["rule"]
    return {
        quad
        for quad in graph.engine.store
        if quad.graph_name != default
        and (quad.graph_name != derived or str(getattr(quad.subject, "value", "")).startswith(rule))
    }


def _readable(graph: Graph, quads: Iterable[Quad]) -> Iterator[Fact]:
    quads = list(quads)
    cells = [cell for q in quads for cell in (q.subject, q.predicate, q.object, q.graph_name)]
    labels = graph.labels(cell.value for cell in cells if isinstance(cell, NamedNode))
    for quad in quads:
        four = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        yield Fact(*(to_text(c, labels) for c in four if isinstance(c, _TERMS)))


_TERMS: Final = (NamedNode, BlankNode, Literal)


def _changes(before: Graph, after: Graph) -> Iterator[Change]:
    old, new = _verdicts(before), _verdicts(after)
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    iris = {iri for key in changed for iri in key}
    iris |= {
        one
        for found in (old, new)
        for key in changed
        for _, why in found.get(key, ())
        for one in why
    }
    labels = before.labels(iris) | after.labels(iris)

    def name(iri: str) -> Thing:
        return Thing(iri, labels.get(iri) or iri)

    for subject, criterion in changed:
        was, now = (
            old.get((subject, criterion), frozenset()),
            new.get((subject, criterion), frozenset()),
        )
        grounds_was = {one for _, why in was for one in why}
        grounds_now = {one for _, why in now for one in why}
        because = [f"no longer: {name(one).label}" for one in sorted(grounds_was - grounds_now)]
        because += [f"now: {name(one).label}" for one in sorted(grounds_now - grounds_was)]
        yield Change(name(subject), name(criterion), _outcomes(was), _outcomes(now), tuple(because))


_Verdicts = dict[tuple[str, str], frozenset[tuple[str, frozenset[str]]]]


def _verdicts(graph: Graph) -> _Verdicts:
    """Return the derived verdicts: outcomes with their grounds, by subject and criterion."""
    answer = graph.engine.query(_VERDICTS)
    assert isinstance(answer, Solutions)
    grounds: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in answer.rows:
        subject, criterion, outcome, rule, premise = (getattr(cell, "value", "") for cell in row)
        grounds[subject, criterion, outcome] |= {rule, premise}
    found: dict[tuple[str, str], set[tuple[str, frozenset[str]]]] = defaultdict(set)
    for (subject, criterion, outcome), why in grounds.items():
        found[subject, criterion].add((outcome.rpartition("#")[2], frozenset(why)))
    return {key: frozenset(value) for key, value in found.items()}


def _outcomes(verdict: Iterable[tuple[str, frozenset[str]]]) -> str:
    return ", ".join(sorted({outcome for outcome, _ in verdict}))


# Licence texts


@dataclass(frozen=True)
class Moved:
    """A clause whose words are elsewhere in the new text, or are not in it any more.

    Attributes:
        clause: the clause, and `place` its section.
        state: `changed`, or `moved to START` for the same words at another place.
        verdicts: what was derived from it, as `licence: criterion: outcome`.
    """

    clause: Thing
    place: str
    state: str
    verdicts: tuple[str, ...]


_CLAUSES_OF_TEXT: Final = """
SELECT DISTINCT ?clause ?place ?start ?end ?verdict
WHERE {
  ?text schema:sha256 ?_sum .
  ?clause oa:hasSource ?text ; openness:hasSection ?place ; oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end .
  OPTIONAL { ?verdict prov:wasDerivedFrom ?clause ; a earl:Assertion }
}
ORDER BY ?start DESC(?end) ?clause ?verdict
"""


def is_text(path: Path) -> bool:
    """Tell whether a path is a file that is compared as a licence text."""
    return path.is_file() and path.suffix.lower() not in (*FORMATS, ".whl")


def text_difference(graph: Graph, old: Path, new: Path) -> list[Moved]:
    """Return the clauses whose words a new version of a licence text has not, or has elsewhere.

    Raises:
        NotFoundError: if no clause in the graph was read from the old text.
        BrokenFileError: if a file is no UTF-8 text.
    """
    before, after = _body(old), _body(new)
    total = hashlib.sha256(before.encode()).hexdigest()
    answer = graph.query(_CLAUSES_OF_TEXT, {"_sum": Literal(total)})
    rows = list(answer)  # type: ignore[arg-type]
    if not rows:
        raise NotFoundError(f"No clause in the graph was read from {old} (SHA-256 {total[:12]}…).")
    found: dict[Thing, Moved] = {}
    for row in rows:
        words = before[row.start : row.end]
        if after[row.start : row.end] == words:
            continue
        at = after.find(words)
        state = "changed" if at < 0 else f"moved to {at}"
        earlier = found.get(row.clause, Moved(row.clause, row.place, state, ()))
        more = (row.verdict.label,) if row.verdict else ()
        found[row.clause] = Moved(row.clause, row.place, state, (*earlier.verdicts, *more))
    return list(found.values())


def _body(path: Path) -> str:
    try:
        return texts.body(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenFileError(f"{path} is no UTF-8 text.") from error


def document(found: Difference) -> dict[str, Any]:
    """Return the JSON document of `openness diff -f json`.

    `{"added": [fact], "removed": [fact], "verdicts": [{"subject", "criterion", "before", "after",
    "because": [text]}]}`; a fact is `{"subject", "property", "value", "source"}` by label.
    """

    def facts(some: Sequence[Fact]) -> list[dict[str, str]]:
        return [vars(fact) for fact in some]

    return {
        "added": facts(found.added),
        "removed": facts(found.removed),
        "verdicts": [
            {
                "subject": one.subject.to_dict(),
                "criterion": one.criterion.to_dict(),
                "before": one.before,
                "after": one.after,
                "because": list(one.because),
            }
            for one in found.verdicts
        ],
    }
