"""What a record says of a thing of ours: that it is a page elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import NamedNode


@dataclass(frozen=True)
class Claim:
    """One claim of one record.

    Attributes:
        subject: the thing of ours.
        theirs: the IRI of theirs.
        record: the path of the record's file in the source, or its address.
        says: what the record says, as a sentence of ours.
        justification: a term of the Semantic Mapping Vocabulary.
        confidence: from 0 to 1.
        relation: a compact term: `schema:sameAs`, or `rdfs:seeAlso` for what is only near.
    """

    subject: NamedNode
    theirs: str
    record: str
    says: str
    justification: str
    confidence: str
    relation: str = "schema:sameAs"

    def __lt__(self, other: Claim) -> bool:
        """Order claims by all they say, so that the same claims always come out the same."""
        return self._key() < other._key()

    def _key(self) -> tuple[str, ...]:
        return (self.subject.value, self.theirs, self.record, self.says, self.relation)
