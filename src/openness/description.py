"""The graph described for others: as VoID and DCAT, with what it links to.

Every number is counted in the graph behind the engine, and what is said of a source is what the
catalogue says of it. Nothing has a blank node, and the same graph gives the same description.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from openness import __version__
from openness.engine.base import Engine, Solutions, Term
from openness.errors import UsageError
from openness.serialize import SYNTAXES
from openness.statistics import BASE, Link, Statistics, measure, namespace
from openness.terms import CATALOGUE, DATA_LICENCE, ID, compact
from openness.terms import PREFIXES as _OURS

DOCUMENT: Final = f"{BASE}void"
"""The IRI of the description itself; what it names is `#` below it."""
PREFIXES: Final = _OURS | {
    "foaf": "http://xmlns.com/foaf/0.1/",
    "set": f"{DOCUMENT}#",
    "void": "http://rdfs.org/ns/void#",
}
"""The prefixes that the description is written with."""

_PUBLISHER: Final = "Openness contributors"
_TITLE: Final = "Openness: how open AI models and their licences are"
_ABOUT: Final = (
    "Organizations, people, AI models, the clauses of their licences, criteria of openness, and"
    " the assessments made against them. Each source is a named graph; what is derived from the"
    " facts by rules is one as well. The counts are those of their merge, each triple once."
)
_RIGHTS: Final = "Each source keeps its own terms, which its entry names."
_EXAMPLES: Final = ("criteria/osd", "licence/llama-2", "model/llama-2", "organization/meta")
_TARGETS: Final = {
    "arxiv.org": "arXiv",
    "creativecommons.org": "Creative Commons",
    "dbpedia.org": "DBpedia",
    "github.com": "GitHub",
    "huggingface.co": "Hugging Face",
    "isni.org": "ISNI",
    "opensource.org": "Open Source Initiative",
    "orcid.org": "ORCID",
    "ror.org": "Research Organization Registry",
    "scancode-licensedb.aboutcode.org": "ScanCode LicenseDB",
    "schema.org": "schema.org",
    "spdx.org": "SPDX",
    "wikidata.org": "Wikidata",
}
"""Data sets of others that are known by name; others are known by their host."""
_PAGES: Final = {
    _OURS["dcterms"] + "source",
    _OURS["schema"] + "url",
    _OURS["schema"] + "codeRepository",
    _OURS["dcat"] + "landingPage",
}
"""Relations that lead to a page of any kind: links to a data set only if we know it by name."""


_COPIED: Final = {
    "dcat:landingPage": "dcat_landingPage",
    "dcterms:issued": "dcterms_issued",
    "dcterms:license": "dcterms_license",
    "dcterms:modified": "dcterms_modified",
    "dcterms:source": "dcterms_source",
    "pav:importedBy": "pav_importedBy",
    "pav:retrievedOn": "pav_retrievedOn",
    "schema:version": "dcat_version",
}
"""What is taken over from an entry of the catalogue, and under which name."""
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"

_Entries: TypeAlias = Mapping[str, Mapping[str, list[Term]]]
"""What the catalogue says: by the IRI of a source, values by the name of the property."""
_Value: TypeAlias = NamedNode | BlankNode | Literal | str | int | None


class _Sheet:
    """The triples in the order in which they are to be read."""

    def __init__(self) -> None:
        self.triples: list[Triple] = []
        self._names: dict[str, str] = {}

    def say(self, subject: str, **values: _Value | Sequence[_Value]) -> None:
        """Add statements about a subject: `void_triples=7`. Text is an IRI; None says nothing."""
        for name, value in values.items():
            prefix, _, local = name.partition("_")
            predicate = NamedNode(_OURS["rdf"] + "type" if name == "a" else _iri(prefix, local))
            for item in (value,) if isinstance(value, _Value) else value:
                if item is not None:
                    self.triples.append(Triple(NamedNode(subject), predicate, _term(item)))

    def in_order(self) -> list[Triple]:
        """Return the triples by subject and predicate, in the order in which those came first."""
        subjects: dict[str, int] = {}
        predicates: dict[str, int] = {}
        for number, triple in enumerate(self.triples):
            subjects.setdefault(str(triple.subject), number)
            predicates.setdefault(f"{triple.subject} {triple.predicate}", number)
        return sorted(
            dict.fromkeys(self.triples),
            key=lambda it: (subjects[str(it.subject)], predicates[f"{it.subject} {it.predicate}"]),
        )

    def name(self, kind: str, text: str) -> str:
        """Return an IRI of the description for a text, another one for each text."""
        key = f"{kind}\0{text}"
        if key not in self._names:
            short = re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")[:60].strip("-.") or "x"
            known, free, number = set(self._names.values()), short, 2
            while f"{DOCUMENT}#{kind}-{free}" in known:
                free, number = f"{short}-{number}", number + 1
            self._names[key] = f"{DOCUMENT}#{kind}-{free}"
        return self._names[key]


def describe(engine: Engine, dumps: Iterable[str] = ()) -> list[Triple]:
    """Return the description of the graph behind an engine.

    Args:
        engine: where the graph is.
        dumps: addresses at which the whole graph can be fetched as a file.

    Raises:
        UsageError: if an address is none, or does not end as a file in an RDF syntax does.
    """
    distributions = [(url, *_media(url)) for url in dict.fromkeys(dumps)]
    counts = measure(engine)
    entries = _catalogue(engine)
    sheet = _Sheet()
    dataset = f"{DOCUMENT}#dataset"
    _dataset(sheet, dataset, counts, entries, _examples(engine))
    for url, media, packed in distributions:
        node = sheet.name("distribution", PurePosixPath(urlsplit(url).path).name)
        sheet.say(dataset, dcat_distribution=_at(node), void_dataDump=_at(url))
        sheet.say(node, a=_iri("dcat", "Distribution"), dcat_downloadURL=_at(url))
        sheet.say(node, dcat_mediaType=_at(media), dcat_compressFormat=packed and _at(packed))
        sheet.say(node, dcterms_license=_at(DATA_LICENCE))
    _sources(sheet, dataset, counts, entries)
    _partitions(sheet, dataset, counts)
    _linksets(sheet, dataset, counts.links)
    return sheet.in_order()


def _dataset(
    sheet: _Sheet,
    dataset: str,
    counts: Statistics,
    entries: _Entries,
    examples: Sequence[str],
) -> None:
    """Say what the whole is."""
    sheet.say(
        DOCUMENT,
        a=_iri("void", "DatasetDescription"),
        dcterms_title=Literal(f"Description of {_TITLE}", language="en"),
        foaf_primaryTopic=_at(dataset),
    )
    used = [*counts.classes, *(each.iri for each in counts.properties)]
    dates = [
        term.value
        for entry in entries.values()
        for name in ("dcterms:modified", "pav:retrievedOn")
        for term in entry.get(name, ())
        if isinstance(term, Literal) and term.datatype.value == _OURS["xsd"] + "date"
    ]
    sheet.say(
        dataset,
        a=[_iri("dcat", "Dataset"), _iri("void", "Dataset")],
        dcterms_title=Literal(_TITLE, language="en"),
        dcterms_description=Literal(_ABOUT, language="en"),
        dcterms_publisher=_at(sheet.name("publisher", _PUBLISHER)),
        dcterms_license=_at(DATA_LICENCE),
        dcterms_rights=_at(sheet.name("rights", _RIGHTS)),
        dcterms_modified=Literal(max(dates), datatype=_at(_iri("xsd", "date"))) if dates else None,
        dcat_version=Literal(__version__),
        void_uriSpace=Literal(ID),
        void_exampleResource=examples,
        void_vocabulary=sorted({_vocabulary(iri) for iri in used}),
        void_triples=counts.triples,
        void_entities=counts.entities,
        void_distinctSubjects=counts.subjects,
        void_distinctObjects=counts.objects,
        void_properties=len(counts.properties),
        void_classes=len(counts.classes),
    )
    _agent(sheet, _PUBLISHER)
    _right(sheet, _RIGHTS)


def _sources(sheet: _Sheet, dataset: str, counts: Statistics, entries: _Entries) -> None:
    """Say what each named graph holds, and what the catalogue knows of it."""
    # An engine may hold graphs of its own, or of other data, beside those of this graph.
    graphs = {
        iri: triples
        for iri, triples in sorted(counts.graphs.items())
        if iri in entries or iri.startswith((BASE, "file:"))
    }
    sheet.say(dataset, void_subset=list(graphs))
    listed = sorted((graphs.keys() & entries.keys()) - {CATALOGUE})
    if CATALOGUE in entries:
        sheet.say(CATALOGUE, a=_iri("dcat", "Catalog"), dcat_dataset=[dataset, *listed])
    agents: set[str] = set()
    rights: set[str] = set()
    for iri, triples in graphs.items():
        entry = entries.get(iri, {})
        known = [_iri("dcat", "Dataset")] if iri in listed else []
        sheet.say(iri, a=[*known, _iri("void", "Dataset")], dcterms_title=entry.get("rdfs:label"))
        for name, target in _COPIED.items():
            sheet.say(iri, **{target: entry.get(name)})
        publishers = sorted(term.value for term in entry.get("dcterms:publisher", ()))
        terms = sorted(term.value for term in entry.get("dcterms:rights", ()))
        sheet.say(iri, dcterms_publisher=[sheet.name("publisher", it) for it in publishers])
        sheet.say(iri, dcterms_rights=[sheet.name("rights", it) for it in terms])
        sheet.say(iri, void_triples=triples)
        agents.update(publishers)
        rights.update(terms)
    for text in sorted(agents - {_PUBLISHER}):
        _agent(sheet, text)
    for text in sorted(rights - {_RIGHTS}):
        _right(sheet, text)


def _agent(sheet: _Sheet, text: str) -> None:
    node = sheet.name("publisher", text)
    sheet.say(node, a=_iri("foaf", "Agent"), foaf_name=Literal(text))


def _right(sheet: _Sheet, text: str) -> None:
    node = sheet.name("rights", text)
    label = Literal(text, language="en")
    sheet.say(node, a=_iri("dcterms", "RightsStatement"), rdfs_label=label)


def _partitions(sheet: _Sheet, dataset: str, counts: Statistics) -> None:
    """Say how many things each class has, and how many triples each property."""
    for iri, entities in counts.classes.items():
        node = sheet.name("class", compact(iri))
        sheet.say(dataset, void_classPartition=_at(node))
        sheet.say(node, a=_iri("void", "Dataset"), void_class=_at(iri), void_entities=entities)
    for each in counts.properties:
        node = sheet.name("property", compact(each.iri))
        sheet.say(dataset, void_propertyPartition=_at(node))
        sheet.say(
            node,
            a=_iri("void", "Dataset"),
            void_property=_at(each.iri),
            void_triples=each.triples,
            void_distinctSubjects=each.subjects,
            void_distinctObjects=each.objects,
        )


def _linksets(sheet: _Sheet, dataset: str, links: Iterable[Link]) -> None:
    """Say how many links of which kind lead to which data set."""
    targets: dict[str, set[str]] = {}
    sets: dict[tuple[str, str], int] = {}
    for link in links:
        title = _target(link.space)
        if link.relation in _PAGES and title not in _TARGETS.values():
            continue
        targets.setdefault(title, set()).add(link.space)
        sets[title, link.relation] = sets.get((title, link.relation), 0) + link.triples
    for (title, relation), triples in sorted(sets.items()):
        node = sheet.name("links", f"{title} {compact(relation)}")
        sheet.say(dataset, void_subset=_at(node))
        sheet.say(
            node,
            a=_iri("void", "Linkset"),
            dcterms_title=Literal(f"Links to {title} by {compact(relation)}", language="en"),
            void_subjectsTarget=_at(dataset),
            void_objectsTarget=_at(sheet.name("target", title)),
            void_linkPredicate=_at(relation),
            void_triples=triples,
        )
    for title, spaces in sorted(targets.items()):
        sheet.say(
            sheet.name("target", title),
            a=_iri("void", "Dataset"),
            dcterms_title=Literal(title, language="en"),
            void_uriSpace=[
                Literal(space)
                for space in sorted(spaces)
                if not any(space.startswith(other) for other in spaces - {space})
            ],
        )


def _target(space: str) -> str:
    """Return the name of the data set that addresses belong to which begin like this."""
    host = urlsplit(space).netloc.removeprefix("www.")
    if host in _TARGETS:
        return _TARGETS[host]
    prefix = next((name for name, iri in PREFIXES.items() if iri == space), None)
    return f"the vocabulary {prefix}" if prefix else host


def _examples(engine: Engine) -> list[str]:
    """Return those of the things that examples are made with that the graph has."""
    block = " ".join(f"<{ID}{local}>" for local in _EXAMPLES)
    answer = engine.query(f"SELECT DISTINCT ?it WHERE {{ VALUES ?it {{ {block} }} ?it a ?class }}")
    assert isinstance(answer, Solutions)
    return sorted(term.value for (term,) in answer.rows if isinstance(term, NamedNode))


def _catalogue(engine: Engine) -> _Entries:
    """Return what the catalogue says of each source."""
    # From the default graph: beside one that its address names, an engine may have no others.
    answer = engine.query(
        "SELECT DISTINCT ?source ?property ?value"
        " WHERE { VALUES ?class { dcat:Dataset dcat:Catalog } ?source a ?class ; ?property ?value }"
        " ORDER BY ?source ?property ?value"
    )
    assert isinstance(answer, Solutions)
    found: dict[str, dict[str, list[Term]]] = {}
    for source, name, value in answer.rows:
        if isinstance(source, NamedNode) and isinstance(name, NamedNode) and value is not None:
            found.setdefault(source.value, {}).setdefault(compact(name.value), []).append(value)
    return found


def _media(url: str) -> tuple[str, str | None]:
    """Return the IRIs of the media type that the ending of an address names, and of its packing."""
    parts = urlsplit(url)
    path = PurePosixPath(parts.path)
    packed = f"{_MEDIA_TYPES}application/gzip" if path.suffix == ".gz" else None
    ending = (path.with_suffix("") if packed else path).suffix.removeprefix(".")
    if parts.scheme not in ("http", "https") or not parts.netloc or ending not in SYNTAXES:
        raise UsageError(
            f"{url} is not the address of a file of the graph: http:// or https://, ending in"
            f" {', '.join(f'.{name}' for name in SYNTAXES)}, with or without .gz."
        )
    return _MEDIA_TYPES + SYNTAXES[ending].media_type, packed


def _vocabulary(iri: str) -> str:
    """Return the namespace of a term: the longest that we have a prefix for, or where it ends."""
    known = [it for it in PREFIXES.values() if iri.startswith(it)]
    return max(known, key=len) if known else namespace(iri)


def _iri(prefix: str, local: str) -> str:
    return PREFIXES[prefix] + local


def _at(iri: str) -> NamedNode:
    return NamedNode(iri)


def _term(value: Term | str | int) -> Term:
    if isinstance(value, int):
        return Literal(value)
    return NamedNode(value) if isinstance(value, str) else value
