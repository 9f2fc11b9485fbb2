"""Compiling: files become a store, once per content, whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from openness import shipped
from openness.engine import compile as compiling
from openness.engine.compile import FORMATS, Input, Inputs, build, collect, open_store, rdf_files
from openness.errors import BrokenFileError, NotFoundError
from openness.terms import DERIVED, ONTOLOGY

A, P, B, C = (NamedNode("urn:" + name) for name in "apbc")
ONE: Final = "<urn:a> <urn:p> <urn:b> .\n"
RULE: Final = """#+ title: Backwards
#+ description: What points somewhere is pointed back at.
#+ why: It is a test.
#+ criteria: none
#+ source: graph:editors
CONSTRUCT { ?o <urn:q> ?s } WHERE { ?s <urn:p> ?o }
"""


def write(path: Path, text: str) -> Path:
    """Write a file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def inputs(*files: Path, rules: Iterable[Path] = ()) -> Inputs:
    """Return inputs in which each file has a graph by its name."""
    return Inputs(tuple(Input(path, f"urn:{path.stem}") for path in files), tuple(rules))


def quads(store: Store) -> set[Quad]:
    """Return what a store holds."""
    return set(store)


def default(store: Store) -> list[Quad]:
    """Return the default graph, in no order."""
    return list(store.quads_for_pattern(None, None, None, DefaultGraph()))


class Notes(list[str]):
    """The lines that a user would read."""

    def __call__(self, line: str) -> None:
        """Take one."""
        assert "\n" not in line
        self.append(line)


# What a store is compiled from


def test_the_same_inputs_have_the_same_digest(tmp_path: Path) -> None:
    file, rule = write(tmp_path / "a.ttl", ONE), write(tmp_path / "r.rq", RULE)
    assert inputs(file, rules=[rule]).digest() == inputs(file, rules=[rule]).digest()
    moved = write(tmp_path / "elsewhere" / "a.ttl", ONE)
    assert inputs(moved, rules=[rule]).digest() == inputs(file, rules=[rule]).digest()


def test_the_digest_does_not_depend_on_when_a_file_was_written(tmp_path: Path) -> None:
    file = write(tmp_path / "a.ttl", ONE)
    before = inputs(file).digest()
    os.utime(file, (1, 1))
    assert inputs(file).digest() == before


def test_every_change_gives_another_digest(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a.ttl", ONE), write(tmp_path / "b.ttl", ONE)
    rule = write(tmp_path / "r.rq", RULE)
    digests = [
        inputs().digest(),
        inputs(one).digest(),
        inputs(two).digest(),
        inputs(one, two).digest(),
        inputs(two, one).digest(),
        inputs(one, one).digest(),
        inputs(one, rules=[rule]).digest(),
        inputs(rules=[rule]).digest(),
        Inputs((Input(one, "urn:other"),), ()).digest(),
    ]
    write(one, ONE + " ")
    digests.append(inputs(one).digest())
    write(one, ONE.replace("b", "B"))
    digests.append(inputs(one).digest())
    write(rule, RULE + "#")
    digests.append(inputs(two, rules=[rule]).digest())
    assert len(set(digests)) == len(digests)


def test_what_ships_is_collected_without_the_shapes() -> None:
    found = collect()
    names = {source.path.name for source in found.files}
    assert {"core.ttl", "licence.ttl", "assessment.ttl"} <= names
    assert "shapes.ttl" not in names
    assert {s.graph for s in found.files if s.path.parent == shipped.ontology()} == {ONTOLOGY}
    assert found.rules == tuple(sorted(found.rules))
    assert found.rules
    assert collect() == found


def test_the_workspace_and_extra_files_are_added(tmp_path: Path) -> None:
    workspace = write(tmp_path / "space" / "links" / "a.trig", "").parents[1]
    write(workspace / "notes.txt", "no RDF")
    extra = write(tmp_path / "b.NT", "")
    folder = write(tmp_path / "more" / "c.jsonld", "{}").parent
    own = set(collect(workspace, [extra, folder]).files) - set(collect().files)
    assert {source.path.name for source in own} == {"a.trig", "b.NT", "c.jsonld"}
    assert all(source.graph == source.path.resolve().as_uri() for source in own)


def test_a_workspace_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert collect(tmp_path / "none") == collect()


def test_an_extra_file_that_is_missing_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no file .*none\.ttl"):
        collect(extra=[tmp_path / "none.ttl"])


@pytest.mark.parametrize("name", ["a.txt", "a.ttl.gz", "a", "ttl", "a.csv"])
def test_an_extra_file_with_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, ONE)
    with pytest.raises(BrokenFileError) as caught:
        collect(extra=[path])
    assert str(caught.value).startswith(f"{path} ends in none of .ttl ")


def test_rdf_files_are_found_below_a_folder_in_order(tmp_path: Path) -> None:
    for name in ("b/x.ttl", "a.TriG", "b/a.nq", "c.txt", "b/c/d.rdf", ".hidden/e.owl"):
        write(tmp_path / name, "")
    (tmp_path / "folder.ttl").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in rdf_files(tmp_path)]
    assert found == [".hidden/e.owl", "a.TriG", "b/a.nq", "b/c/d.rdf", "b/x.ttl"]


# What it becomes


def test_the_default_graph_is_the_merge_of_the_named_ones_each_triple_once(tmp_path: Path) -> None:
    one = write(tmp_path / "one.ttl", ONE)
    two = write(tmp_path / "two.ttl", ONE + "<urn:a> <urn:p> <urn:c> .")
    three = write(tmp_path / "three.trig", f"{ONE} <urn:g> {{ {ONE} <urn:c> <urn:p> <urn:a> }}")
    store = build(inputs(one, two, three))
    merge = {Quad(A, P, B), Quad(A, P, C), Quad(C, P, A)}
    assert len(default(store)) == 3
    assert set(default(store)) == merge
    named = {
        *(
            Quad(A, P, B, NamedNode(graph))
            for graph in ("urn:one", "urn:two", "urn:three", "urn:g")
        ),
        Quad(A, P, C, NamedNode("urn:two")),
        Quad(C, P, A, NamedNode("urn:g")),
    }
    assert quads(store) == merge | named


SYNTAXES: Final = {
    ".ttl": ONE,
    ".nt": ONE,
    ".nq": "<urn:a> <urn:p> <urn:b> <urn:g> .\n" + ONE,
    ".trig": f"<urn:g> {{ {ONE} }} {ONE}",
    ".jsonld": '[{"@id": "urn:a", "urn:p": {"@id": "urn:b"}},'
    ' {"@id": "urn:g", "@graph": [{"@id": "urn:a", "urn:p": {"@id": "urn:b"}}]}]',
    ".rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:">'
    '<rdf:Description rdf:about="urn:a"><u:p rdf:resource="urn:b"/></rdf:Description></rdf:RDF>',
}
for _ending in (".owl", ".xml"):
    SYNTAXES[_ending] = SYNTAXES[".rdf"]


@pytest.mark.parametrize("ending", FORMATS)
def test_every_syntax_is_read_into_the_graphs_it_names(tmp_path: Path, ending: str) -> None:
    """What names no graph goes where its file belongs."""
    for name in ("file" + ending, "file" + ending.upper()):
        store = build(inputs(write(tmp_path / name, SYNTAXES[ending])))
        graphs = {quad.graph_name for quad in store}
        has_graphs = ending in (".nq", ".trig", ".jsonld")
        expected = {"urn:file", "urn:g"} if has_graphs else {"urn:file"}
        assert graphs == {DefaultGraph(), *map(NamedNode, expected)}
        assert {quad.triple for quad in store} == {Quad(A, P, B).triple}


def test_relative_iris_are_read_against_the_graph_of_their_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ttl", "<#x> <b> <> .")
    store = build(Inputs((Input(path, "http://e.x/d/g"),), ()))
    names = ("http://e.x/d/g#x", "http://e.x/d/b", "http://e.x/d/g")
    assert default(store) == [Quad(*map(NamedNode, names))]


def test_the_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    """The same label in two files is two things."""
    one = write(tmp_path / "one.ttl", "_:x <urn:p> 1 . _:x <urn:p> 2 .")
    two = write(tmp_path / "two.nt", "_:x <urn:p> <urn:b> .")
    merged = default(build(inputs(one, two)))
    assert len(merged) == 3
    assert all(isinstance(quad.subject, BlankNode) for quad in merged)
    numbers = {quad.subject for quad in merged if isinstance(quad.object, Literal)}
    others = {quad.subject for quad in merged if isinstance(quad.object, NamedNode)}
    assert len(numbers) == len(others) == 1
    assert numbers != others


def test_rules_are_run_over_the_merge(tmp_path: Path) -> None:
    one, rule = write(tmp_path / "one.ttl", ONE), write(tmp_path / "back.rq", RULE)
    store = build(inputs(one, rules=[rule]))
    back = (B, NamedNode("urn:q"), A)
    assert Quad(*back) in store
    assert Quad(*back, NamedNode(DERIVED)) in store


def test_nothing_is_compiled_from_nothing() -> None:
    assert len(build(Inputs((), ()))) == 0


def test_what_ships_has_no_blank_nodes_and_its_default_graph_is_the_merge() -> None:
    """The rule that counts agree on every engine rests on it."""
    store = build(collect())
    assert not [quad for quad in store if BlankNode in map(type, quad)]
    named = [quad.triple for quad in store if quad.graph_name != DefaultGraph()]
    assert {quad.triple for quad in default(store)} == set(named)
    assert len(named) > 1000


# What is wrong with a file


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("a.ttl", ONE + "<urn:a> <urn:p> .", "line 2, column "),
        ("a.ttl", ONE + '<urn:a> <urn:p> "open .', "line 2, column "),
        ("a.ttl", "\n\nex:a ex:b ex:c .", "line 3, column 1"),
        ("a.ttl", "<urn:a> <urn:p> <urn:a b> .", "line 1, column "),
        ("a.nt", ONE + ONE + "<urn:a> <urn:p> .\n", "line 3, column "),
        ("a.nq", ONE + "nonsense\n", "line 2, column 1"),
        ("a.trig", "<urn:g> {\n <urn:a> <urn:p> }", "line 2, column "),
        ("a.jsonld", '{"@id":\n "urn:a", }', "line 2, column "),
        ("a.rdf", "<rdf:RDF>\n<a></b></rdf:RDF>", ""),
        ("a.owl", "no XML", ""),
        ("a.xml", "<html><body></p>", ""),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, where: str
) -> None:
    """Oxigraph has no line for RDF/XML."""
    path = write(tmp_path / name, text)
    with pytest.raises(BrokenFileError) as caught:
        build(inputs(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: {where}")
    assert len(message) > len(f"{path}: {where}") + 5
    assert "\n" not in message


def test_a_file_that_is_not_utf_8_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes(b'<urn:a> <urn:p> "\xe9" .')
    with pytest.raises(BrokenFileError, match="line 1"):
        build(inputs(path))


def test_nothing_is_kept_of_inputs_with_a_broken_file(tmp_path: Path) -> None:
    broken, good = write(tmp_path / "b.ttl", "broken"), write(tmp_path / "a.ttl", ONE)
    with pytest.raises(BrokenFileError):
        open_store(inputs(good, broken), tmp_path / "cache", Notes())
    assert list(tmp_path.glob("cache/*")) == []


# Where it is kept


def test_a_store_is_compiled_once_and_reopened_read_only(tmp_path: Path) -> None:
    source = inputs(write(tmp_path / "a.ttl", ONE))
    first, second = Notes(), Notes()
    assert quads(open_store(source, tmp_path / "cache", first)) == quads(build(source))
    again = open_store(source, tmp_path / "cache", second)
    assert quads(again) == quads(build(source))
    assert first == ["compiling the graph (once; it is kept for the next time)"]
    assert second == []
    with pytest.raises(RuntimeError, match="read-write"):
        again.add(Quad(A, P, C))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"store-{source.digest()}"]


def test_an_edit_is_compiled_anew_beside_the_old_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ttl", ONE)
    notes = Notes()
    old = open_store(inputs(path), tmp_path / "cache", notes)
    write(path, ONE.replace("urn:b", "urn:c"))
    new = open_store(inputs(path), tmp_path / "cache", notes)
    assert default(old) == [Quad(A, P, B)]
    assert default(new) == [Quad(A, P, C)]
    assert len(notes) == 2


def test_a_store_that_is_open_may_be_opened_again(tmp_path: Path) -> None:
    source = inputs(write(tmp_path / "a.ttl", ONE))
    stores = [open_store(source, tmp_path / "cache", Notes()) for _ in range(5)]
    assert [len(default(store)) for store in stores] == [1] * 5


class Disk:
    """Stores, of which those on disk fail at a step."""

    read_only = staticmethod(Store.read_only)

    def __init__(self, step: str, error: BaseException) -> None:
        self.step, self.error = step, error
        self.inner = Store()

    def __call__(self, path: str | None = None) -> Disk | Store:
        """Open a store."""
        if path is None:
            return Store()
        self.inner = Store(path)
        return self

    def _at(self, step: str, work: Callable[[], None]) -> None:
        work()
        if step == self.step:
            raise self.error

    def bulk_extend(self, found: Iterable[Quad]) -> None:
        """Write some of it, then fail."""
        some = list(found)[:1] if self.step == "bulk_extend" else found
        self._at("bulk_extend", lambda: self.inner.bulk_extend(some))

    def optimize(self) -> None:
        """Fail, or not."""
        self._at("optimize", self.inner.optimize)

    def flush(self) -> None:
        """Fail, or not."""
        self._at("flush", self.inner.flush)


STEPS: Final = ("bulk_extend", "optimize", "flush")


@pytest.mark.parametrize("step", STEPS)
def test_a_full_disk_leaves_no_part_of_a_store_and_the_answer_comes_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    source = inputs(write(tmp_path / "a.ttl", ONE))
    cache, notes = tmp_path / "cache", Notes()
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(compiling, "Store", Disk(step, full))
        store = open_store(source, cache, notes)
    assert default(store) == [Quad(A, P, B)]
    assert list(cache.iterdir()) == []
    assert len(notes) == 2
    assert "No space left on device" in notes[1]
    assert str(cache) in notes[1]
    assert "OPENNESS_CACHE" in notes[1]
    assert default(open_store(source, cache, notes)) == [Quad(A, P, B)]
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", [MemoryError(), KeyboardInterrupt(), ValueError("bug")], ids=repr)
def test_an_interruption_leaves_no_part_of_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    source = inputs(write(tmp_path / "a.ttl", ONE))
    with monkeypatch.context() as patch:
        patch.setattr(compiling, "Store", Disk(step, error))
        with pytest.raises(type(error)):
            open_store(source, tmp_path / "cache", Notes())
    assert list((tmp_path / "cache").iterdir()) == []
    assert default(open_store(source, tmp_path / "cache", Notes())) == [Quad(A, P, B)]


def test_who_comes_second_to_the_place_uses_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process moved its store there while this one compiled."""
    source = inputs(write(tmp_path / "a.ttl", ONE))
    cache = tmp_path / "cache"

    def build_late(found: Inputs) -> Store:
        store = build(found)
        with monkeypatch.context() as patch:
            patch.setattr(compiling, "build", build)
            open_store(found, cache, Notes())
        return store

    monkeypatch.setattr(compiling, "build", build_late)
    notes = Notes()
    assert default(open_store(source, cache, notes)) == [Quad(A, P, B)]
    assert len(notes) == 1
    assert len(list(cache.iterdir())) == 1


COMPILE: Final = """
import sys, time
from pathlib import Path
from openness.engine.compile import Input, Inputs, open_store
cache, go, *files = map(Path, sys.argv[1:])
inputs = Inputs(tuple(Input(path, "urn:g") for path in files), ())
print("ready", flush=True)
while not go.exists():
    time.sleep(0.001)
notes = []
store = open_store(inputs, cache, notes.append)
print(len(store), len(notes), flush=True)
"""


def test_processes_that_compile_at_once_all_succeed(tmp_path: Path) -> None:
    """They wait for each other, then all find no store."""
    lines = "".join(f"<urn:{n}> <urn:p> {n} .\n" for n in range(3000))
    file = write(tmp_path / "a.ttl", lines)
    cache, go = tmp_path / "cache", tmp_path / "go"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", COMPILE, str(cache), str(go), str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(shipped.__file__).resolve().parents[1])},
        )
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    go.touch()
    ended = [(*worker.communicate(timeout=60), worker.returncode) for worker in workers]
    assert [(errors, code) for _, errors, code in ended] == [("", 0)] * 4
    assert {output.split()[0] for output, _, _ in ended} == {"6000"}
    assert {output.split()[1] for output, _, _ in ended} <= {"0", "1"}
    assert "1" in {output.split()[1] for output, _, _ in ended}
    assert [path.name[:6] for path in cache.iterdir()] == ["store-"]


@pytest.mark.parametrize("below", ["file", "file/deep/er"])
def test_a_cache_that_cannot_be_written_is_noted_and_memory_used(
    tmp_path: Path, below: str
) -> None:
    source = inputs(write(tmp_path / "a.ttl", ONE))
    write(tmp_path / "file", "in the way")
    cache, notes = tmp_path / below, Notes()
    store = open_store(source, cache, notes)
    assert default(store) == [Quad(A, P, B)]
    assert len(notes) == 2
    assert f"cannot be kept in {cache} (" in notes[1]
    assert "set OPENNESS_CACHE to another folder" in notes[1]
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_cache_without_permission_is_noted_and_memory_used(tmp_path: Path) -> None:
    cache, notes = tmp_path / "cache", Notes()
    cache.mkdir(mode=0o500)
    store = open_store(inputs(write(tmp_path / "a.ttl", ONE)), cache, notes)
    assert len(default(store)) == 1
    assert "ermission denied" in notes[1]


def test_old_stores_are_swept_when_a_new_one_is_made(tmp_path: Path) -> None:
    """Those that nobody opened for two weeks, and what an interruption left."""
    cache, path = tmp_path / "cache", write(tmp_path / "a.ttl", ONE)
    open_store(inputs(path), cache, Notes())
    used = cache / f"store-{inputs(path).digest()}"
    for name in ("store-old", ".new-old", "store-recent", ".new-recent", "other-old"):
        write(cache / name / "data", "")
    write(cache / "store-file", "")
    for old in (used, *cache.glob("*-old"), *cache.glob(".new-old")):
        os.utime(old, (time.time() - 15 * 24 * 3600,) * 2)
    open_store(inputs(path), cache, Notes())  # opened: it counts as used
    assert (cache / "store-old").exists()
    open_store(inputs(write(tmp_path / "b.ttl", ONE)), cache, Notes())
    left = {entry.name for entry in cache.iterdir()}
    assert left >= {used.name, "store-recent", ".new-recent", "other-old", "store-file"}
    assert not left & {"store-old", ".new-old"}
