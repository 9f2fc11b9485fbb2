"""Writing files, styles, themes, layouts, and text that fits."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from openness import draw
from openness.draw import style
from openness.draw.text import clean, link, shorten, wrap
from openness.errors import BrokenFileError, EngineError, NotFoundError, UsageError
from openness.graph import Graph
from openness.view_graph import ViewGraph

SVG = "{http://www.w3.org/2000/svg}"


def texts(data: bytes) -> str:
    """Return all text of an SVG."""
    root = ElementTree.fromstring(data)
    return " ".join("".join(t.itertext()) for t in root.iter(f"{SVG}text"))


# Files


def test_several_files_are_laid_out_once(
    parallel: ViewGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, run = [], draw.picture._run

    def count(place: Path) -> None:
        runs.append(place)
        run(place)

    monkeypatch.setattr(draw.picture, "_run", count)
    paths = [tmp_path / name for name in ("a.svg", "b.PNG", "c.pdf", "d.graphml", "e.json")]
    draw.write(parallel, paths)
    assert len(runs) == 1
    assert all(path.stat().st_size for path in paths)
    assert (tmp_path / "b.PNG").read_bytes().startswith(b"\x89PNG")


def test_all_files_or_none(parallel: ViewGraph, tmp_path: Path) -> None:
    """When one cannot be written the others are as they were, and nothing is left over."""
    (tmp_path / "a.json").write_text("before", encoding="utf-8")
    with pytest.raises(EngineError, match="cannot be written"):
        draw.write(parallel, [tmp_path / "a.json", tmp_path / "no" / "b.json"])
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_an_unknown_ending_lists_the_known_ones(parallel: ViewGraph, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"“a\.pgn”; there are \.svg, \.png"):
        draw.write(parallel, tmp_path / "a.pgn")
    with pytest.raises(UsageError, match="-f jpg"):
        draw.write(parallel, tmp_path / "a", format="jpg")
    draw.write(parallel, tmp_path / "a", format="json")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_nothing_to_show_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing to show"):
        draw.write(ViewGraph(), tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())


def test_a_failure_of_graphviz_is_told(
    parallel: ViewGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openness.draw.dot.body", lambda *given: "digraph { this is no graph")
    with pytest.raises(EngineError, match="Graphviz could not draw this"):
        draw.render(parallel, "svg")


def test_a_notebook_shows_the_picture(parallel: ViewGraph) -> None:
    shown = parallel._repr_svg_()
    assert shown is not None
    assert ElementTree.fromstring(shown).tag == f"{SVG}svg"
    assert ViewGraph()._repr_svg_() is None


# What is in a picture


def test_title_legend_date_and_sources_are_in_the_picture(world: Graph) -> None:
    shown = texts(draw.render(world.view("lineage"), "svg"))
    for text in (
        "The lineage of Llama 2",
        "model or family",
        "has version",
        "Dashed lines",
        "Sources, read by 2031-06-05",
        "The daily paper",
        "licence conflict",
    ):
        assert text in shown, text


def test_a_cut_is_in_the_picture(world: Graph) -> None:
    from openness.views import Limits

    graph = world.view("ecosystem", limits=Limits(max_nodes=3))
    assert "3 of 7 things are shown" in texts(draw.render(graph, "svg"))


@pytest.mark.parametrize("layout", ["dot", "neato", "sfdp", "force", "timeline", "matrix"])
def test_every_layout_draws_every_label(layout: str, world: Graph) -> None:
    """A layout with places of its own shows what has a date, or a row and a column."""
    name = {"timeline": "timeline", "matrix": "licences"}.get(layout, "ecosystem")
    graph = world.view(name)
    root = ElementTree.fromstring(draw.render(graph, "svg", layout=layout))
    shown = " ".join("".join(t.itertext()) for t in root.iter(f"{SVG}text"))
    for _, data in graph.nodes(data=True):
        assert all(word in shown for word in data["label"].split()), data["label"]


def test_a_timeline_puts_open_above_closed_and_early_before_late(world: Graph) -> None:
    root = ElementTree.fromstring(draw.render(world.view("timeline"), "svg"))
    places = {}
    for group in root.iter(f"{SVG}g"):
        title, text = group.find(f"{SVG}title"), next(group.iter(f"{SVG}text"), None)
        if group.get("id", "").startswith("node") and title is not None and text is not None:
            places[(title.text or "").partition(",")[0]] = (
                float(text.get("x", 0)),
                float(text.get("y", 0)),
            )
    assert places["open download"][1] < places["hosted only"][1]
    assert places["GPT-2"][0] < places["GPT-4"][0]


def test_an_unknown_layout(parallel: ViewGraph) -> None:
    with pytest.raises(UsageError, match=r"no layout “neat”.*Did you mean neato"):
        draw.render(parallel, "svg", layout="neat")


def test_big_views_are_laid_out_by_sfdp() -> None:
    graph = ViewGraph()
    for number in range(500):
        graph.add_thing(f"n{number}", label=f"N {number}", kind="model")
        graph.add_relation(f"n{number // 2}", "to", f"n{number}", label="to")
    graph.graph["layout"] = "dot"
    assert draw.layout_of(graph) == "sfdp"
    assert draw.layout_of(graph, "dot") == "dot"
    assert b"</svg>" in draw.render(graph, "svg")


# Styles


def test_themes_differ_and_text_can_be_read(parallel: ViewGraph) -> None:
    light, dark = (draw.render(parallel, "svg", theme=theme) for theme in ("light", "dark"))
    assert light != dark
    for theme in style.THEMES.values():
        looks = style.Style(theme)
        for kind in style.KINDS.values():
            assert contrast(theme.text, looks.fill(kind.colour)) > 7
            assert contrast(looks.stroke(kind.colour), theme.background) > 1.6
        assert contrast(theme.muted, theme.background) > 4.5
        assert contrast(theme.conflict, theme.background) > 4.5
    with pytest.raises(UsageError, match="no theme “blue”"):
        draw.render(parallel, "svg", theme="blue")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_kinds_differ_in_shape_or_colour() -> None:
    looks = [(k.shape, k.colour) for k in style.KINDS.values()]
    main = ["organization", "group", "person", "model", "licence", "clause", "criterion", "claim"]
    assert len({style.KINDS[kind].shape for kind in main}) == len(main)
    assert len(set(looks)) >= len(looks) - 3


def test_a_style_file_changes_colours_shapes_and_labels(
    parallel: ViewGraph, tmp_path: Path
) -> None:
    path = tmp_path / "style.yaml"
    path.write_text(
        "kinds:\n  model: {colour: '#123456', shape: ellipse, label: machines}\n"
        "colours: {background: '#fefefe'}\n",
        encoding="utf-8",
    )
    svg = draw.render(parallel, "svg", style=path).decode()
    assert 'stroke="#123456"' in svg
    assert "<ellipse" in svg
    assert "machines" in svg
    assert 'fill="#fefefe"' in svg


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: {}", r"no “kind” there, only kinds, colours\. Did you mean kinds"),
        ("kinds: {model: {color: '#123456'}}", r"no “color” there.*Did you mean colour"),
        ("kinds: {model: {colour: green}}", "a colour is written '#0072B2', not “green”"),
        ("kinds: {model: {shape: boks}}", r"no shape “boks”; there are box, rounded"),
        ("kinds: [model]", "kinds is a mapping"),
        ("colours: {sky: '#123456'}", "no “sky” there"),
        ("just text", "no mapping"),
        ("a: [", "cannot be read as YAML"),
    ],
)
def test_a_wrong_style_is_told(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "style.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenFileError, match=message):
        style.load(path)


def test_a_style_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no file"):
        style.load(tmp_path / "none.yaml")


# Text


def test_clean_leaves_what_xml_can_hold() -> None:
    assert clean("a\x00b\x07c\ud800d\ufffee\u202ef\n g\tה") == "abcdef g ה"


def test_wrap_balances_lines_and_never_splits_a_word_that_fits() -> None:
    assert wrap("Radboud University", 16, 3) == ["Radboud", "University"]
    assert wrap("one two three four five six", 14, 3) == ["one two three", "four five six"]
    lines = wrap("word " * 500, 20, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert max(map(len, lines)) <= 20
    assert wrap("x" * 10_000, 20, 2)[1].endswith("…")
    assert wrap("", 20, 2) == [""]
    assert max(map(len, wrap("中文" * 30, 20, 3))) <= 10


def test_shorten_and_link() -> None:
    assert shorten("abc def", 5) == "abc…"
    assert link("https://example.org/x") == "https://example.org/x"
    for text in ("javascript:alert(1)", "JAVASCRIPT:x", "urn:x", "data:text/html,x", "https://a b"):
        assert link(text) is None


def test_a_line_in_the_legend_has_one_meaning(world: Graph) -> None:
    """Where blue, orange and grey tell outcomes, no relation is drawn in them."""
    from openness.draw import dot

    graph = world.view("proof", thing="model:llama-2")
    for number in range(12):
        graph.add_relation(f"x{number}", "to", f"y{number}", label="leads to")
    lines = list(dot.relation_lines(graph, style.load(None), "dot").values())
    told = [(line.colour, line.dash) for line in lines if line.in_legend]
    assert ("leads to", True) in {(line.label, line.in_legend) for line in lines}
    assert len(told) == len(set(told)) > 1
