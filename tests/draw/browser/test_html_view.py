"""The page in a browser: what a reader does with mouse and keyboard, and what must not happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from openness import draw
from openness.graph import Graph
from openness.view_graph import ViewGraph

if TYPE_CHECKING:
    from tests.draw.browser.conftest import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(world: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of views of the frozen world, as pages."""
    folder = tmp_path_factory.mktemp("pages")
    for name in ("ecosystem", "lineage", "licences", "timeline", "story"):
        draw.write(world.view(name), folder / f"{name}.html")
    return folder


@pytest.fixture
def page(browser: Browser, pages: Path) -> Iterator[Browser]:
    """The ecosystem of Meta; whatever is done with it, it asks nobody and complains of nothing."""
    file = pages / "ecosystem.html"
    browser.open_view(file)
    yield browser
    assert browser.console() == []
    assert browser.requests() == [file.as_uri(), "data:,"] or browser.requests() == []


ECOSYSTEM = {
    "Meta",
    "FAIR",
    "Llama 2",
    "Llama 2 terms",
    "MLCommons",
    "Partnership on AI",
    "Joelle Pineau",
}


# What is seen at first


def test_a_page_shows_the_view_and_says_what_it_is(page: Browser) -> None:
    assert page.shown() == ECOSYSTEM
    assert page.lines() == 6
    assert page.status == "7 things, 6 relations"
    assert "Meta" in page.get("h1").text
    assert page.get("#description").text
    assert page.get("#small").text.startswith("Sources")
    assert "further neighbours of each thing are in this file" in page.get("#cut").text


@pytest.mark.parametrize("name", ["ecosystem", "lineage", "licences", "timeline", "story"])
def test_every_layout_opens_without_network_or_complaint(
    browser: Browser, pages: Path, name: str
) -> None:
    file = pages / f"{name}.html"
    browser.open_view(file)
    browser.rest()
    assert browser.console() == []
    assert {url for url in browser.requests() if not url.startswith("data:")} == {file.as_uri()}


def test_lines_between_boxes_that_this_browser_makes_wider(
    browser: Browser, terms: Graph, tmp_path: Path
) -> None:
    """A bend that has come to lie inside a box would leave a line without an end."""
    file = tmp_path / "ontology.html"
    draw.write(terms.view("ontology"), file)
    browser.open_view(file)
    assert browser.console() == []


def test_the_policy_holds(page: Browser) -> None:
    """Script, style and images that are not the page's own do nothing."""
    page.js(
        """const made = (name, text) => {
          const element = document.createElement(name);
          element.textContent = text;
          document.body.append(element);
        };
        made("script", "window.injected = 1");
        made("style", "body { visibility: hidden }");"""
    )
    assert page.js("return window.injected === undefined")
    assert page.js("return getComputedStyle(document.body).visibility") == "visible"
    assert len(page.console()) == 2


def test_conflicts_are_red(browser: Browser, pages: Path) -> None:
    browser.open_view(pages / "lineage.html")
    colours = browser.js(
        "return document.getElementById('picture')._cyreg.cy.edges('.conflict')"
        ".map((edge) => edge.style('line-color'))"
    )
    assert colours == ["rgb(196,0,29)"] * 2
    assert "conflict" in browser.get("#samples").text


# Search


def test_search_highlights_what_it_finds(page: Browser) -> None:
    page.get("#words").send_keys("llama")
    assert page.marked("hit") == {"Llama 2", "Llama 2 terms"}
    assert "Meta" in page.marked("faint")
    assert page.get("#found").text == "2 found"
    page.get("#words").send_keys(Keys.ENTER)
    page.rest()
    assert page.marked("chosen") == {"Llama 2"}
    assert page.get("#found").text == "1 of 2"
    assert page.get("#chosen").text == "Llama 2"
    page.get("#words").send_keys(Keys.ENTER)
    assert page.get("#chosen").text == "Llama 2 terms"
    page.get("#words").send_keys(Keys.SHIFT, Keys.ENTER)
    assert page.get("#chosen").text == "Llama 2"
    page.get("#words").send_keys(Keys.ESCAPE)
    assert page.marked("hit") == set()
    assert page.focus.get_attribute("id") == "picture"


def test_search_takes_several_words_and_kinds_and_may_find_nothing(page: Browser) -> None:
    field = page.get("#words")
    field.send_keys("terms licence")
    assert page.marked("hit") == {"Llama 2 terms"}
    field.clear()
    field.send_keys("<img src=x> nothing")
    assert page.marked("hit") == set()
    assert page.get("#found").text == "0 found"


# Filters


def box(page: Browser, group: str, name: str) -> None:
    """Click on the check box of a kind or relation."""
    (label,) = [one for one in page.all(f"#{group} label") if one.text.startswith(name)]
    label.click()


def test_kinds_are_filtered(page: Browser) -> None:
    box(page, "kinds", "person")
    assert page.shown() == ECOSYSTEM - {"Joelle Pineau"}
    assert page.status == "6 things, 5 relations"
    assert "Joelle Pineau" not in page.get("#panel").text
    box(page, "kinds", "person")
    assert page.shown() == ECOSYSTEM
    page.get("#kinds .all button:last-child").click()
    assert page.shown() == set()
    page.get("#kinds .all button").click()
    assert page.shown() == ECOSYSTEM


def test_relations_are_filtered(page: Browser) -> None:
    page.get("#relations .all button:last-child").click()
    assert page.lines() == 0
    assert page.shown() == ECOSYSTEM
    page.get("#relations label input").click()
    assert page.lines() == 3


# Facts


def test_a_click_shows_the_facts_with_their_sources(page: Browser) -> None:
    page.click("Meta")
    panel = page.get("#panel").text
    assert page.get("#chosen").text == "Meta"
    assert (
        page.get(".id a").get_attribute("href") == "https://w3id.org/openness/id/organization/meta"
    )
    assert "skos:altLabel\nFacebook\nThe daily paper" in panel
    assert "Facebook AI\nThe index" in panel
    assert page.marked("chosen") == {"Meta"}
    assert page.marked("faint") & ECOSYSTEM == {"Joelle Pineau", "Llama 2 terms"}
    (fair,) = [b for b in page.all("#facts .go") if b.text == "FAIR"]
    fair.click()
    page.rest()
    assert page.get("#chosen").text == "FAIR"
    assert page.focus.get_attribute("id") == "chosen"
    page.get(".back").click()
    assert page.get("#panel h2").text == "Everything in this picture"
    assert page.marked("chosen") == set()


def test_everything_stands_there_as_text_too(page: Browser) -> None:
    assert {one.text for one in page.all("#panel .things .go")} == ECOSYSTEM
    page.get("#as-text summary").click()
    page.wait("document.querySelectorAll('#as-text li').length === 6")
    assert any(
        "FAIR unit of Meta" in one.text.replace("\n", " ") for one in page.all("#as-text li")
    )
    first = page.get("#panel .things .go")
    name = first.text
    first.click()
    assert page.get("#chosen").text == name


def test_a_cell_of_a_matrix_shows_what_it_says(browser: Browser, pages: Path) -> None:
    browser.open_view(pages / "licences.html")
    before = browser.lines()
    assert before == 0
    browser.js("document.getElementById('picture')._cyreg.cy.nodes('.cell')[0].emit('tap')")
    assert " · " in browser.get("#chosen").text
    assert browser.all("#panel .relations li")
    assert browser.console() == []


# Neighbours


def test_a_neighbour_is_expanded_and_hidden_again(page: Browser) -> None:
    page.click("Llama 2 terms")
    button = page.get("#expand")
    assert button.text == "Show 11 further neighbours"
    assert button.get_attribute("aria-expanded") == "false"
    button.click()
    page.rest()
    assert page.focus.get_attribute("id") == "expand"
    added = page.shown() - ECOSYSTEM
    assert len(added) == 11
    assert "No other models" in added
    assert page.js(
        """const boxes = document.getElementById("picture")._cyreg.cy.nodes(".thing:visible")
          .map((node) => node.boundingBox({ includeLabels: false, includeUnderlays: false }));
        return boxes.every((a, i) => boxes.every((b, j) => i >= j
          || a.x2 <= b.x1 || b.x2 <= a.x1 || a.y2 <= b.y1 || b.y2 <= a.y1));"""
    )
    page.get("#expand").click()
    assert page.shown() == ECOSYSTEM


def test_a_double_click_expands(page: Browser) -> None:
    page.click("Partnership on AI", times=2)
    page.wait("document.getElementById('expand').getAttribute('aria-expanded') === 'true'")
    assert page.shown() > ECOSYSTEM
    page.click("OpenAI")
    assert "Its facts are not in this file: openness show organization:openai" in (
        page.get("#panel").text
    )


# Keyboard


def test_everything_can_be_reached_with_the_tab_key(page: Browser) -> None:
    page.js("document.activeElement.blur()")
    reached = []
    for _ in range(60):
        page.focus.send_keys(Keys.TAB)
        reached.append(
            page.js("return document.activeElement.id || document.activeElement.className")
        )
        visible = page.js(
            "return getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            " || document.activeElement === document.body"
        )
        assert visible or reached[-1] == "panel", reached[-1]
        if reached[-1] == "go":
            break
    for name in ("skip", "words", "theme", "picture", "closer", "wider", "whole", "go"):
        assert name in reached


def test_arrows_enter_and_escape(page: Browser) -> None:
    page.get("#picture").send_keys("")
    page.js("document.getElementById('picture').focus()")
    picture = page.get("#picture")
    start = page.marked("cursor")
    assert len(start) == 1
    assert page.status.startswith(f"{next(iter(start))}, ")
    went = set(start)
    for key in (Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_LEFT) * 3:
        picture.send_keys(key)
        went |= page.marked("cursor")
    assert len(went) >= 3
    for _ in ECOSYSTEM:
        picture.send_keys(Keys.PAGE_DOWN)
        went |= page.marked("cursor")
    assert went == ECOSYSTEM
    here = page.marked("cursor")
    picture.send_keys(Keys.ENTER)
    page.rest()
    assert {page.get("#chosen").text} == here
    assert page.focus.get_attribute("id") == "chosen"
    page.focus.send_keys(Keys.ESCAPE)
    assert page.focus.get_attribute("id") == "picture"
    page.focus.send_keys(Keys.ESCAPE)
    assert page.marked("chosen") == set()
    page.focus.send_keys("/")
    assert page.focus.get_attribute("id") == "words"


def test_keys_zoom_and_expand(page: Browser) -> None:
    page.rest()
    picture = page.get("#picture")
    page.js("document.getElementById('picture').focus()")
    page.rest()
    before = page.zoom()
    picture.send_keys("+")
    assert page.zoom() > before
    picture.send_keys("-", "-")
    assert page.zoom() < before
    picture.send_keys("0")
    page.rest()
    picture.send_keys("e")
    page.rest()
    assert page.shown() > ECOSYSTEM
    picture.send_keys("e")
    assert page.shown() == ECOSYSTEM


def test_the_wheel_zooms_and_a_drag_pans(page: Browser) -> None:
    before = page.zoom()
    x, y = page.place("Meta")
    wheel = {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -240}
    page.driver.execute_cdp_cmd("Input.dispatchMouseEvent", wheel)
    page.wait(f"document.getElementById('picture')._cyreg.cy.zoom() > {before}")
    pan = "const {x, y} = document.getElementById('picture')._cyreg.cy.pan(); return [x, y]"
    start = page.js(pan)
    corner = page.get("#picture").rect
    left, down = corner["x"] + 20, corner["y"] + corner["height"] - 60
    for kind, dx in (
        ("mousePressed", 0),
        ("mouseMoved", 30),
        ("mouseMoved", 60),
        ("mouseReleased", 60),
    ):
        event = {
            "type": kind,
            "x": left + dx,
            "y": down,
            "button": "left",
            "buttons": 1,
            "clickCount": 1,
        }
        page.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)
    assert page.js(pan)[0] == pytest.approx(start[0] + 60, abs=2)


# Themes


def test_light_and_dark(page: Browser) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    fill = (
        "return document.getElementById('picture')._cyreg.cy.nodes('.thing')[0]"
        ".style('background-color')"
    )
    light, pale = page.js(ground), page.js(fill)
    button = page.get("#theme")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert (light, page.js(ground)) == ("rgb(255, 255, 255)", "rgb(20, 24, 29)")
    assert page.js(fill) != pale
    button.click()
    assert (page.js(ground), page.js(fill)) == (light, pale)


# Nothing becomes script


def test_nasty_labels_are_text_wherever_they_stand(
    browser: Browser, nasty: ViewGraph, tmp_path: Path
) -> None:
    file = tmp_path / "nasty.html"
    draw.write(nasty, file)
    browser.open_view(file)
    labels = [one.get_attribute("textContent") for one in browser.all("#panel .things .go")]
    assert "<script>alert(1)</script><b>&amp;\"'</b>" in labels
    assert browser.get("h1").text == "<script>alert(1)</script><b>&amp;\"'</b>"
    browser.get("#as-text summary").click()
    for number in range(len(labels)):
        browser.all("#panel .things .go")[number].click()
        assert browser.get("#chosen")
        browser.get(".back").click()
    browser.get("#words").send_keys("<script>")
    assert len(browser.all("script")) == 3
    assert (
        browser.all("b, img, iframe, object, embed, [onerror], [onload], [style*=expression]") == []
    )
    links = {one.get_attribute("href") for one in browser.all("a")}
    assert not [link for link in links if link and link.lower().startswith("javascript")]
    assert browser.console() == []
    assert {url for url in browser.requests() if not url.startswith("data:")} == {file.as_uri()}
