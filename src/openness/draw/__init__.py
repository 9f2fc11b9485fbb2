"""A view as a file: a picture, a graph file, RDF or a page; the ending of its name says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from openness.draw import files, picture, rdf
from openness.draw.style import THEMES, Style, load
from openness.errors import NotFoundError, UsageError, did_you_mean
from openness.files import write_all_atomically

_FILES: Final[Mapping[str, Callable[[Any, Style], bytes]]] = {
    "dot": files.dot_file,
    "mmd": files.mermaid,
    "graphml": files.graphml,
    "gexf": files.gexf,
    "cyjs": files.cytoscape,
    "json": files.node_link,
    "csv": files.edges_csv,
    "ttl": rdf.turtle,
    "jsonld": rdf.json_ld,
}
FORMATS: Final = (*picture.FORMATS, *_FILES, "html")
"""The formats, which are the endings of file names."""
_FORCED_SFDP: Final = 400
_THEME: Final = "light"


def write(
    graph: Any,
    to: Path | str | Sequence[Path | str],
    *,
    style: Path | None = None,
    layout: str | None = None,
    theme: str = _THEME,
    format: str | None = None,  # noqa: A002  (the word of the command line)
) -> None:
    """Write a view into one or several files, drawn once, all of them or none.

    A `.csv` has the edges; the nodes come into a file beside it whose stem ends in `-nodes`.

    Args:
        graph: a view, or any NetworkX graph whose nodes have `label`, `kind` and `iri`.
        to: the files; the ending of each says what it is.
        style: a YAML file of colours, shapes and labels.
        layout: one of the layouts; default: as the view says.
        theme: `light` or `dark`.
        format: what the files are, if not what their endings say.

    Raises:
        UsageError: if an ending, a layout or a theme is unknown.
        NotFoundError: if there is nothing to draw.
        EngineError: if a file cannot be written.
    """
    paths = [Path(to)] if isinstance(to, str | Path) else [Path(one) for one in to]
    formats = {path: format_of(path, format) for path in paths}
    made = contents(graph, formats.values(), style=style, layout=layout, theme=theme)
    save(graph, formats, made)


def save(graph: Any, formats: Mapping[Path, str], made: Mapping[str, bytes]) -> None:
    """Write what was made of a view into files, all of them or none.

    Args:
        graph: the view.
        formats: what each file is.
        made: the content of each format.

    Raises:
        EngineError: if a file cannot be written.
    """
    found = {path: made[name] for path, name in formats.items()}
    for path, name in formats.items():
        if name == "csv":
            found[path.with_name(f"{path.stem}-nodes{path.suffix}")] = files.nodes_csv(graph)
    write_all_atomically(found)


def render(
    graph: Any,
    format: str,  # noqa: A002  (the word of the command line)
    *,
    style: Path | None = None,
    layout: str | None = None,
    theme: str = _THEME,
) -> bytes:
    """Return a view in one format.

    Raises: as :func:`write`.
    """
    return contents(graph, [format], style=style, layout=layout, theme=theme)[format]


def format_of(path: Path, wanted: str | None = None) -> str:
    """Return the format of a file: the one that is wanted, or what its ending says.

    Raises:
        UsageError: listing the known ones.
    """
    name = (wanted or path.suffix.removeprefix(".")).lower()
    if name in FORMATS:
        return name
    hint = did_you_mean(name, list(FORMATS)) if name else ""
    what = f"-f {wanted}" if wanted else f"the ending of “{path.name}”"
    known = ", ".join(FORMATS if wanted else (f".{one}" for one in FORMATS))
    raise UsageError(f"Nothing is drawn as {what}; there are {known}.{hint}")


def contents(
    graph: Any,
    formats: Any,
    *,
    style: Path | None = None,
    layout: str | None = None,
    theme: str = _THEME,
) -> dict[str, bytes]:
    """Return a view in several formats, laid out once.

    Raises: as :func:`write`.
    """
    if not len(graph):
        raise NotFoundError(f"The view “{graph.graph.get('title', '')}” has nothing to show.")
    looks, chosen = load(style, theme), layout_of(graph, layout)
    wanted = list(dict.fromkeys(formats))
    for name in wanted:
        format_of(Path(), name)
    drawn = [name for name in wanted if name in picture.FORMATS]
    found = picture.pictures(graph, looks, chosen, drawn) if drawn else {}
    found |= {name: _FILES[name](graph, looks) for name in wanted if name in _FILES}
    if "html" in wanted:
        found["html"] = _page(graph, style, chosen, theme)
    return found


def layout_of(graph: Any, wanted: str | None = None) -> str:
    """Return the layout of a view: the one that is wanted, its own, or `sfdp` if it is big.

    Raises:
        UsageError: if there is no such layout.
    """
    from openness.draw.dot import PROGRAMS

    own = str(graph.graph.get("layout") or "dot")
    if wanted is None:
        is_big = len(graph) > _FORCED_SFDP and own in ("dot", "neato")
        return "sfdp" if is_big else own
    if wanted not in PROGRAMS:
        hint = did_you_mean(wanted, list(PROGRAMS))
        raise UsageError(f"There is no layout “{wanted}”; there are {', '.join(PROGRAMS)}.{hint}")
    return wanted


def _page(graph: Any, style: Path | None, layout: str, theme: str) -> bytes:
    from openness.draw import html

    styles = {name: load(style, name) for name in (theme, *(t for t in THEMES if t != theme))}
    around = getattr(graph, "around", None)
    known = around() if around else None
    return html.page(graph, styles, layout=layout, theme=theme, around=known).encode()
