"""Namespaces, and the short forms in which terms are written for people."""

from __future__ import annotations

from typing import Final

ONT: Final = "https://w3id.org/openness/ont#"
ID: Final = "https://w3id.org/openness/id/"
GRAPH: Final = "https://w3id.org/openness/graph/"

CATALOGUE: Final = GRAPH + "catalogue"
DERIVED: Final = GRAPH + "derived"
EDITORS: Final = GRAPH + "editors"
MERGE: Final = GRAPH + "merge"
"""Where `push` puts the merge of all graphs in an engine whose default graph is not one's own."""
ONTOLOGY: Final = GRAPH + "ontology"
PUSHED: Final = GRAPH + "pushed"
"""Where `push` lists, in such an engine, the graphs that the merge is of."""

KINDS: Final = (
    "access",
    "agent",
    "area",
    "aspect",
    "assertion",
    "association",
    "circumstance",
    "classification",
    "claim",
    "clause",
    "conflict",
    "constraint",
    "criteria",
    "criterion",
    "dataset",
    "event",
    "licence",
    "mapping",
    "measurement",
    "membership",
    "metric",
    "model",
    "organization",
    "person",
    "purpose",
    "release",
    "result",
    "role",
    "rule",
    "run",
    "selector",
    "software",
    "status",
    "text",
    "topic",
    "work",
)
"""The kinds of thing, each a path segment of its ids and a prefix: `model:llama-2`."""

PREFIXES: Final[dict[str, str]] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "earl": "http://www.w3.org/ns/earl#",
    "fair4ml": "https://w3id.org/fair4ml#",
    "graph": GRAPH,
    "oa": "http://www.w3.org/ns/oa#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "openness": ONT,
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "pav": "http://purl.org/pav/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "sssom": "https://w3id.org/sssom/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
} | {kind: f"{ID}{kind}/" for kind in KINDS}
"""The prefixes that every query may use without declaring them."""

DATA_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
"""Under which what the editors add to the graph is given on: LICENSE-DATA.md."""


def compact(iri: str) -> str:
    """Return an IRI as `prefix:local` where a prefix of the project fits, else as it is.

    >>> compact("https://w3id.org/openness/id/model/llama-2")
    'model:llama-2'
    """
    best = ""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(namespace) > len(PREFIXES.get(best, "")):
            best = prefix
    return f"{best}:{iri[len(PREFIXES[best]) :]}" if best else iri


def expand(text: str) -> str | None:
    """Return the IRI that a CURIE or an absolute IRI stands for, or None if it is neither.

    >>> expand("model:llama-2")
    'https://w3id.org/openness/id/model/llama-2'
    """
    text = text.removeprefix("<").removesuffix(">")
    prefix, colon, local = text.partition(":")
    if not colon:
        return None
    if prefix in PREFIXES and not local.startswith("//"):
        return PREFIXES[prefix] + local
    return text if "://" in text or prefix == "urn" else None


def slug(iri: str) -> str:
    """Return the last part of an IRI: the id by which people call a thing."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
