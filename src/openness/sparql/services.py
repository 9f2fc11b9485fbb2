"""Where a query asks other endpoints, and what its pieces have to do with each other.

This reads the structure of a query's groups from its tokens: no more than is needed to take a
`SERVICE` block out, to ask the rest for the values that the block joins on, and to put an answer in
its place. The text must be valid SPARQL; whoever calls this has asked a parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urljoin

from openness.errors import QuerySyntaxError
from openness.sparql.tokens import Token, place, tokenize
from openness.terms import PREFIXES

_PAIRS: Final = {"{": "}", "(": ")", "[": "]"}
_IN_IRI: Final = re.compile(r"[?$](\w+)")
_CHANGING: Final = frozenset({"RAND", "UUID", "STRUUID", "BNODE", "EXISTS"})
"""Words that make an expression something else in another query than in its own."""
_GROUPED: Final = ("OPTIONAL", "MINUS", "LATERAL")

Variables = frozenset[str]
_NONE: Final[Variables] = frozenset()


@dataclass(frozen=True)
class Element:
    """One element of a group: some triple patterns, a FILTER, an OPTIONAL, a SERVICE, ….

    Attributes:
        kind: `triples`, `filter`, `bind`, `values`, `graph`, `union` (of one or more groups),
            `select`, `service`, `optional`, `minus` or `lateral`.
        start, end: its place in the query.
        mentioned: the variables that it names anywhere.
        scope: those that a solution of it may bind.
        certain: those that every solution of it binds.
        words: its keywords and functions, in capitals.
    """

    kind: str
    start: int
    end: int
    mentioned: Variables
    scope: Variables
    certain: Variables
    words: frozenset[str]

    @property
    def is_joined(self) -> bool:
        """Whether every solution of the group has a solution of this element in it."""
        return self.kind in ("triples", "values", "graph", "union", "select")


@dataclass(frozen=True)
class Service(Element):
    """A SERVICE block.

    Attributes:
        target: the token that names the endpoint.
        is_silent: whether its failure is none of the query.
        passes_on: whether a SERVICE stands in it, which the endpoint is to ask in turn.
        inside: the places of the first and after the last character between its braces.
        elements: what stands between them.
    """

    target: Token
    is_silent: bool
    passes_on: bool
    inside: tuple[int, int]
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Structure:
    """A query, its outermost group, and its SERVICE blocks.

    Attributes:
        text: the query.
        dataset: its FROM clauses.
        elements: what stands in the outermost group.
        scattered: the SERVICE blocks anywhere else but inside another one.
        prefixes: its own PREFIX declarations, and the project's.
        base: its BASE, if it has one.
        is_star: whether all variables are asked for.
    """

    text: str
    dataset: str
    elements: tuple[Element, ...]
    scattered: tuple[Service, ...]
    prefixes: dict[str, str]
    base: str
    is_star: bool

    @property
    def services(self) -> list[Service]:
        """The SERVICE blocks of the outermost group."""
        return [element for element in self.elements if isinstance(element, Service)]

    def address(self, service: Service) -> str:
        """Return the address that a block names.

        Raises:
            QuerySyntaxError: if it names a variable.
        """
        token = service.target
        if token.kind == "iri":
            return urljoin(self.base, _unescape(token.text[1:-1]))
        if token.kind == "name":
            prefix, _, local = token.text.partition(":")
            return self.prefixes.get(prefix, "") + re.sub(r"\\(.)", r"\1", local)
        raise QuerySyntaxError(
            f"SERVICE {token.text} at {place(self.text, token.start)}: whom to ask must be known"
            " before anything is asked; write an address, or a parameter of the type endpoint."
        )

    def used_outside(self, service: Service) -> Variables | None:
        """Return the variables that the query names outside a block, or None for all of them."""
        if self.is_star:
            return None
        rest = [self.text[: service.start], self.text[service.end :]]
        return frozenset(name for text in rest for name in _mentioned(_code(text)))

    def prologue(self, code: str) -> str:
        """Return the declarations that a piece of the query needs to stand alone."""
        used = {t.text.partition(":")[0] for t in tokenize(code) if t.kind == "name"}
        lines = [f"BASE <{self.base}>\n"] if self.base else []
        lines += [f"PREFIX {p}: <{self.prefixes[p]}>\n" for p in sorted(used) if p in self.prefixes]
        return "".join(lines)


def mentions_service(query: str) -> bool:
    """Tell whether SERVICE stands anywhere in a query, other than in a name, text or comment."""
    return "service" in query.casefold() and any(_is_service(token) for token in tokenize(query))


def as_graphs(query: str) -> str:
    """Return the query with GRAPH for each SERVICE: what is wrong in it stays at its place."""
    out, after = [], False
    for token in tokenize(query):
        text = token.text
        if _is_service(token):
            text, after = "GRAPH  ", True
        elif after and token.kind not in ("space", "comment"):
            text = " " * len(text) if text.upper() == "SILENT" else text
            after = text.isspace()
        out.append(text)
    return "".join(out)


def dissect(query: str) -> Structure:
    """Return the structure of a valid query.

    Raises:
        QuerySyntaxError: if it cannot be told.
    """
    try:
        return _Parser(query).structure()
    except (IndexError, KeyError, RecursionError) as error:
        raise QuerySyntaxError("The query's groups cannot be told apart.") from error


def kept(elements: Sequence[Element], without: Element) -> list[Element]:
    """Return the elements of a group that can be asked alone, to learn what a block joins on.

    Every solution of the group has a solution of these in it, so they may give too many rows, but
    never too few: an OPTIONAL, a MINUS or another SERVICE is left out, and so is a FILTER or BIND
    whose value could be another one without them.
    """
    joined = [e for e in elements if e.is_joined and not _asks_others(e)]
    certain = _union(e.certain for e in joined)
    # A BIND that fails leaves its variable to whatever is left out here.
    loose = _union(e.scope for e in elements if e not in joined and e.kind != "bind")
    chosen: list[Element] = []
    before: Variables = _NONE
    for element in elements:
        if element is without:
            continue
        if element in joined:
            chosen.append(element)
            before |= element.certain
        elif element.kind == "bind" and _is_same(element, before):
            chosen.append(element)
            before |= element.scope - loose
            certain |= element.scope - loose
    filters = [e for e in elements if e.kind == "filter" and _is_same(e, certain)]
    return sorted((*chosen, *filters), key=lambda e: e.start)


def offered(elements: Iterable[Element]) -> Variables:
    """Return the variables that the rows of some kept elements bind, unless an expression fails."""
    return _union(
        e.scope if e.kind == "bind" else e.certain for e in elements if e.kind != "filter"
    )


def is_open(service: Service, joined: Iterable[str]) -> bool:
    """Tell whether values for variables may stand among the block's own elements.

    Where an OPTIONAL, MINUS, BIND or FILTER names one before a pattern binds it, the values would
    change what it means; then they stand beside the whole block.
    """
    certain: Variables = _NONE
    given = frozenset(joined)
    for element in service.elements:
        if element.kind == "select":
            return False
        if element.is_joined or element.kind == "service":
            certain |= element.certain
        elif element.kind != "filter" and element.mentioned & given - certain:
            return False
    filters = _union(e.mentioned for e in service.elements if e.kind == "filter")
    return not filters & given - certain


def text_of(structure: Structure, elements: Iterable[Element]) -> str:
    """Return elements as they stand in the query, one to a line, without comments."""
    return "\n".join(_one(structure.text[e.start : e.end], e.kind) for e in elements)


def inside(structure: Structure, service: Service) -> str:
    """Return what stands between a block's braces, without comments."""
    return without_comments(structure.text[slice(*service.inside)]).strip()


def without_comments(text: str) -> str:
    """Return SPARQL in which each comment is a space."""
    return "".join(" " if t.kind == "comment" else t.text for t in tokenize(text))


def _one(text: str, kind: str) -> str:
    code = without_comments(text).strip()
    return f"{code} ." if kind == "triples" else code


def _is_service(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() == "SERVICE"


def _asks_others(element: Element) -> bool:
    return "SERVICE" in element.words


def _is_same(element: Element, known: Variables) -> bool:
    """Tell whether an expression has the same value wherever its variables have."""
    return element.mentioned - element.scope <= known and not element.words & _CHANGING


def _union(sets: Iterable[Variables]) -> Variables:
    return _NONE.union(*sets)


def _code(text: str) -> list[Token]:
    return [token for token in tokenize(text) if token.kind not in ("space", "comment")]


def _mentioned(tokens: Iterable[Token]) -> Iterator[str]:
    """Yield names of variables; `?a<?b&&?c>?d` seems to have an IRI in it, so look into those."""
    for token in tokens:
        if token.kind == "variable":
            yield token.text[1:]
        elif token.kind == "iri":
            yield from _IN_IRI.findall(token.text)


def _unescape(iri: str) -> str:
    return re.sub(r"\\u(.{4})|\\U(.{8})", lambda m: chr(int(m[1] or m[2], 16)), iri)


class _Parser:
    """Reads the groups of one query, at positions in the list of its tokens."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.code = _code(query)

    @cached_property
    def closing(self) -> dict[int, int]:
        """Return the position of the bracket that closes the one at a position."""
        found, opened = {}, []
        for position, token in enumerate(self.code):
            if token.kind == "mark" and token.text in _PAIRS:
                opened.append(position)
            elif token.kind == "mark" and token.text in _PAIRS.values() and opened:
                found[opened.pop()] = position
        return found

    def structure(self) -> Structure:
        prefixes, base, at = self._prologue()
        form, at = self._word(at), at + 1
        if form == "CONSTRUCT" and self.code[at].text == "{":
            at = self.closing[at] + 1
        begin = at
        while at < len(self.code) and self.code[at].text != "{":
            at = self.closing[at] + 1 if self.code[at].text == "(" else at + 1
        head = self.code[begin:at]
        elements = self.elements(at + 1, self.closing[at]) if at < len(self.code) else ()
        return Structure(
            text=self.query,
            dataset=self._dataset(head),
            elements=elements,
            scattered=tuple(self._scattered(elements)),
            prefixes=prefixes,
            base=base,
            is_star=self._is_star(),
        )

    def _is_star(self) -> bool:
        """Tell whether all variables count somewhere: in SELECT * or COUNT(DISTINCT *)."""
        before = ("SELECT", "DISTINCT", "REDUCED", "DESCRIBE")
        return any(
            token.text == "*" and self._word(position) in before
            for position, token in enumerate(self.code[1:])
        )

    def _prologue(self) -> tuple[dict[str, str], str, int]:
        prefixes, base, at = dict(PREFIXES), "", 0
        while self._word(at) in ("PREFIX", "BASE"):
            if self._word(at) == "BASE":
                base = urljoin(base, _unescape(self.code[at + 1].text[1:-1]))
                at += 2
            else:
                iri = _unescape(self.code[at + 2].text[1:-1])
                prefixes[self.code[at + 1].text[:-1]] = urljoin(base, iri) if base else iri
                at += 3
        return prefixes, base, at

    def _dataset(self, head: list[Token]) -> str:
        start = next((t.start for t in head if t.text.upper() == "FROM"), None)
        if start is None:
            return ""
        end = next((t.start for t in head if t.text.upper() == "WHERE"), None)
        last = head[-1].start + len(head[-1].text)
        return without_comments(self.query[start : last if end is None else end]).strip()

    def _scattered(self, elements: tuple[Element, ...]) -> Iterator[Service]:
        after = 0
        taken = {e.start: e.end for e in elements if isinstance(e, Service)}
        for position, token in enumerate(self.code):
            if token.start >= after and token.start in taken:
                after = taken[token.start]
            elif token.start >= after and _is_service(token):
                found = self._service(position)[0]
                after = found.end
                yield found

    def elements(self, at: int, end: int) -> tuple[Element, ...]:
        """Return the elements of a group between two positions."""
        if self._word(at) == "SELECT":
            return (self._select(at, end),)
        found: list[Element] = []
        while at < end:
            if self.code[at].text == ".":
                at += 1
                continue
            element, at = self._element(at, end)
            found.append(element)
        return tuple(found)

    def _element(self, at: int, end: int) -> tuple[Element, int]:
        word = self._word(at)
        if word == "SERVICE":
            return self._service(at)
        if word in _GROUPED:
            last = self.closing[at + 1]
            scope = _NONE if word == "MINUS" else _scope(self.elements(at + 2, last))
            return self._made(word.lower(), at, last, scope), last + 1
        if word == "GRAPH":
            last = self.closing[at + 2]
            inner = self.elements(at + 3, last)
            named = frozenset(_mentioned(self.code[at + 1 : at + 2]))
            certain = _certain(inner) | named
            return self._made("graph", at, last, _scope(inner) | named, certain), last + 1
        if word == "FILTER":
            last = self._end_of_constraint(at + 1)
            return self._made("filter", at, last), last + 1
        if word == "BIND":
            last = self.closing[at + 1]
            return self._made("bind", at, last, frozenset({self.code[last - 1].text[1:]})), last + 1
        if word == "VALUES":
            return self._values(at)
        if self.code[at].text == "{":
            return self._groups(at)
        return self._triples(at, end)

    def _service(self, at: int) -> tuple[Service, int]:
        name = at + 2 if self._word(at + 1) == "SILENT" else at + 1
        last = self.closing[name + 1]
        inner = self.elements(name + 2, last)
        made = self._made("service", at, last, _scope(inner), _certain(inner))
        first = self.code[name + 1].start + 1
        service = Service(
            **vars(made),
            target=self.code[name],
            is_silent=name == at + 2,
            passes_on=any(map(_is_service, self.code[name:last])),
            inside=(first, self.code[last].start),
            elements=inner,
        )
        return service, last + 1

    def _values(self, at: int) -> tuple[Element, int]:
        first = at + 1
        if self.code[first].text == "(":
            first = self.closing[first]
        names = list(_mentioned(self.code[at + 1 : first + 1]))
        last = self.closing[first + 1]
        gaps: set[str] = set()
        column = 0
        for position in range(first + 2, last):
            if self.code[position].text == "(" or self.code[at + 1].text != "(":
                column = 0
            elif self._is_term(position):
                column += 1
            if self._word(position) == "UNDEF":
                gaps.add(names[max(column, 1) - 1])
        certain = frozenset(names) - gaps
        return self._made("values", at, last, frozenset(names), certain), last + 1

    def _is_term(self, position: int) -> bool:
        """Tell whether a term of a VALUES row begins here, other than with its sign."""
        token, before = self.code[position], self.code[position - 1]
        return token.kind not in ("mark", "language") and before.text != "^^"

    def _groups(self, at: int) -> tuple[Element, int]:
        """Read a group, or several with UNION between them."""
        begin, groups = at, []
        while True:
            last = self.closing[at]
            groups.append(self.elements(at + 1, last))
            if self._word(last + 1) != "UNION":
                break
            at = last + 2
        certain = frozenset.intersection(*map(_certain, groups))
        return self._made("union", begin, last, _union(map(_scope, groups)), certain), last + 1

    def _select(self, at: int, end: int) -> Element:
        """Read a sub-SELECT that fills a group."""
        opening = at
        while self.code[opening].text != "{":
            is_open = self.code[opening].text == "("
            opening = self.closing[opening] + 1 if is_open else opening + 1
        inner = self.elements(opening + 1, self.closing[opening])
        plain, computed, is_star = self._projection(at + 1, opening)
        scope = _scope(inner) if is_star else plain | computed
        certain = _certain(inner) if is_star else _certain(inner) & plain
        return self._made("select", at, end - 1, scope, certain)

    def _projection(self, at: int, end: int) -> tuple[Variables, Variables, bool]:
        plain, computed, is_star = set(), set(), False
        while at < end:
            token = self.code[at]
            if token.text == "(":
                at = self.closing[at]
                computed.add(self.code[at - 1].text[1:])
            elif token.kind == "variable":
                plain.add(token.text[1:])
            is_star |= token.text == "*"
            at += 1
        return frozenset(plain), frozenset(computed), is_star

    def _triples(self, at: int, end: int) -> tuple[Element, int]:
        begin = at
        while at < end and self.code[at].text != "{":
            if self._word(at) in ("FILTER", "BIND", "VALUES", "GRAPH", "SERVICE", *_GROUPED):
                break
            is_open = self.code[at].text in _PAIRS
            at = self.closing[at] + 1 if is_open else at + 1
        last = at - 1
        while last > begin and self.code[last].text == ".":
            last -= 1
        names = frozenset(_mentioned(self.code[begin : last + 1]))
        return self._made("triples", begin, last, names, names), at

    def _end_of_constraint(self, at: int) -> int:
        """Return the last position of what FILTER is followed by."""
        while self.code[at].text not in ("(", "{"):
            at += 1
        return self.closing[at]

    def _made(
        self, kind: str, first: int, last: int, scope: Variables = _NONE, certain: Variables = _NONE
    ) -> Element:
        tokens = self.code[first : last + 1]
        return Element(
            kind=kind,
            start=tokens[0].start,
            end=tokens[-1].start + len(tokens[-1].text),
            mentioned=frozenset(_mentioned(tokens)),
            scope=scope,
            certain=certain,
            words=frozenset(t.text.upper() for t in tokens if t.kind == "word"),
        )

    def _word(self, at: int) -> str:
        """Return the keyword at a position, in capitals, or nothing."""
        token = self.code[at] if at < len(self.code) else None
        return token.text.upper() if token and token.kind == "word" else ""


def _scope(elements: Iterable[Element]) -> Variables:
    return _union(element.scope for element in elements)


def _certain(elements: Iterable[Element]) -> Variables:
    return _union(e.certain for e in elements if e.is_joined or e.kind == "service")
