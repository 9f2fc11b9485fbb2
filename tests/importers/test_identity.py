"""Names to ids: precision comes first, for a wrong merge is a false statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from openness.errors import BrokenFileError
from openness.importers.identity import Identities, normalize, slugify
from openness.terms import ID

HEADER = "kind,source,name,qualifier,id,note\n"
DATA = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:g> {
    <https://w3id.org/openness/id/organization/meta> rdfs:label "Meta"@en ;
        skos:altLabel "Meta AI"@en .
    <https://w3id.org/openness/id/model/falcon-40b> rdfs:label "Falcon 40B"@en .
    <https://w3id.org/openness/id/licence/falcon> rdfs:label "Falcon"@en .
}
"""


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    """A table and some curated labels."""
    rows = (
        "organization,*,Facebook Research,,organization/meta,the same company\n"
        "model,one,Dragonfly,Together,model/dragonfly-together,homonym\n"
        "model,one,Dragonfly,,model/dragonfly,homonym\n"
    )
    (tmp_path / "identities.csv").write_text(HEADER + rows, encoding="utf-8")
    (tmp_path / "facts.trig").write_text(DATA, encoding="utf-8")
    return Identities.load(tmp_path)


@pytest.mark.parametrize(
    ("kind", "name", "expected", "how"),
    [
        ("organization", "facebook  research ", "organization/meta", "table"),
        ("organization", "\ufeffMETA AI", "organization/meta", "label"),
        ("model", "Falcon-40B", "model/falcon-40b", "id"),
        ("model", "Falcon 40B Instruct", "model/falcon-40b-instruct", "new"),
        ("model", "Falcon", "model/falcon", "new"),
        ("model", "Command R", "model/command-r", "new"),
        ("model", "Command R+", "model/command-r-plus", "new"),
    ],
)
def test_find(identities: Identities, kind: str, name: str, expected: str, how: str) -> None:
    """Table, then label of the same kind, then the same letters; nothing is guessed."""
    found = identities.find(kind, name, "one")
    assert (found.iri, found.how) == (ID + expected, how)


def test_homonyms_are_told_apart(identities: Identities) -> None:
    """A qualifier in the table splits a name; another source's rows do not count."""
    assert (
        identities.find("model", "Dragonfly", "one", "together").iri
        == ID + "model/dragonfly-together"
    )
    assert identities.find("model", "Dragonfly", "one").iri == ID + "model/dragonfly"
    assert identities.find("model", "Dragonfly", "two", "Together").how == "new"


def test_a_qualifier_counts_where_the_table_has_it(identities: Identities) -> None:
    """So one thing is not taken for several only because it stands in several records."""
    assert identities.telling("model", "dragonfly", "one", "together") == "together"
    assert identities.telling("model", "Dragonfly", "one", "Elsewhere") == ""
    assert identities.telling("model", "Dragonfly", "two", "Together") == ""


def test_a_name_of_nothing_has_no_id(identities: Identities) -> None:
    """A name without a letter or digit that an id can hold is refused."""
    with pytest.raises(ValueError, match="nothing in the name"):
        identities.find("model", "☃", "one")


@pytest.mark.parametrize(
    ("left", "right"),
    [("Llama 2", "Llama-2 7B"), ("Command R", "Command R+"), ("GPT-4", "GPT-4o"), ("T5", "mT5")],
)
def test_different_names_stay_different(left: str, right: str) -> None:
    """Normalization and slugs never merge a family with a size, or a name with a longer one."""
    assert normalize(left) != normalize(right)
    assert slugify(left) != slugify(right)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("model,*,X,,organization/x,", "no such id"),
        ("modell,*,X,,modell/x,", "no such id"),
        ("model,*,X,,model/x,\nmodel,*,x ,,model/y,", "stands twice"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, row: str, reason: str) -> None:
    """The table is read by people and checked by the program."""
    (tmp_path / "identities.csv").write_text(HEADER + row + "\n", encoding="utf-8")
    with pytest.raises(BrokenFileError, match=reason):
        Identities.load(tmp_path)


def test_the_table_that_ships_is_in_order() -> None:
    """It loads, and its rows are sorted, so that a change is one line of a diff."""
    from openness import shipped

    path = shipped.data() / "curated" / "identities.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1:] == sorted(lines[1:])
    assert Identities.load()
