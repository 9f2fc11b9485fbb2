"""Binding of parameters: a value enters a query as an RDF term, in place of a whole token.

`pyoxigraph`'s own substitutions refuse a variable that is not projected, and text replacement
reaches into strings and comments; hence this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode

from openness.errors import BindingError
from openness.sparql.tokens import Token, place, tokenize

Bindable: TypeAlias = NamedNode | Literal
"""A value that a parameter can take. A blank node is a variable in SPARQL, so it is not one."""

_INTEGER: Final = "http://www.w3.org/2001/XMLSchema#integer"
_MODIFIERS: Final = frozenset({"GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "VALUES"})


def bind(query: str, values: Mapping[str, Bindable]) -> str:
    """Return the query with each variable of `values` replaced by its term.

    A variable in a SELECT clause becomes `(term AS ?variable)`, in GROUP BY and ORDER BY
    `(term)`; a sub-SELECT drops it, as its term stands outside as well; `BOUND(?variable)`
    becomes `(true)`; LIMIT and OFFSET take a whole number. Strings, IRIs and comments are left
    as they are, and so is a longer name that begins with the variable's.

    Args:
        query: the text of a SPARQL query.
        values: the terms by the variables' names, without question mark.

    Raises:
        BindingError: if a variable stands where no term can, or a term is a blank node.
    """
    for name, term in values.items():
        if isinstance(term, BlankNode):
            raise BindingError(f"A blank node cannot be the value of {name}.")
    return "".join(_Binder(query, values).rewritten()) if values else query


class _Clause:
    """One level of braces or parentheses, and the clause that is being read on it."""

    def __init__(self, bracket: str) -> None:
        self.bracket = bracket
        self.keyword = ""
        self.projected = 0
        self.dropped: list[int] = []


class _Binder:
    """One pass over the tokens of one query."""

    def __init__(self, query: str, values: Mapping[str, Bindable]) -> None:
        self.query = query
        self.values = values
        self.tokens = list(tokenize(query))
        self.code = [
            i for i, token in enumerate(self.tokens) if token.kind not in ("space", "comment")
        ]
        self.out = [token.text for token in self.tokens]
        self.levels = [_Clause("")]

    def rewritten(self) -> list[str]:
        """Return the texts of all tokens after the replacement."""
        for position, index in enumerate(self.code):
            token = self.tokens[index]
            if token.kind == "mark":
                self._mark(token.text)
            elif token.kind == "word":
                self._word(token.text.upper())
            elif token.kind == "variable":
                self._variable(position, index, token)
        return self.out

    @property
    def level(self) -> _Clause:
        return self.levels[-1]

    def _mark(self, mark: str) -> None:
        if mark == "{" and self.level.keyword in ("SELECT", "VALUES"):
            self._end_clause()
        elif mark in "(*" and self.level.keyword == "SELECT":
            self.level.projected += 1
        if mark in "({[":
            self.levels.append(_Clause(mark))
        elif mark in ")}]" and len(self.levels) > 1:
            self.levels.pop()

    def _word(self, word: str) -> None:
        if word == "SELECT":
            self.level.keyword = word
        elif word in ("WHERE", "FROM") and self.level.keyword == "SELECT":
            self._end_clause()
        elif word in _MODIFIERS and self.level.bracket != "(":
            self.level.keyword = word

    def _end_clause(self) -> None:
        """Leave a SELECT or VALUES clause; a SELECT left without variables gets one back."""
        level = self.level
        if level.dropped and not level.projected:
            index = level.dropped[0]
            variable = self.tokens[index].text
            self.out[index] = f"({self._term(variable)} AS {self._fresh(variable)})"
        level.keyword, level.projected, level.dropped = "", 0, []

    def _variable(self, position: int, index: int, token: Token) -> None:
        level = self.level
        if token.text[1:] not in self.values:
            level.projected += level.keyword == "SELECT"
            return
        before = self._neighbour(position - 1)
        if before == "AS" or self._is_data_variable(before):
            raise BindingError(
                f"The parameter {token.text} is assigned a value by the query itself at"
                f" {place(self.query, token.start)}."
            )
        if before in ("LIMIT", "OFFSET"):
            self.out[index] = f" {self._count(token)} "
        elif before == "(" and self._neighbour(position - 2) == "BOUND":
            self._replace_bound(position)
        elif level.keyword == "SELECT" and level.bracket == "{":
            self.out[index] = ""
            level.dropped.append(index)
        elif level.keyword == "SELECT":
            self.out[index] = f"({self._term(token.text)} AS {token.text})"
        elif level.keyword in ("GROUP", "ORDER"):
            self.out[index] = f"({self._term(token.text)})"
        else:
            self.out[index] = f" {self._term(token.text)} "

    def _is_data_variable(self, before: str) -> bool:
        """Tell whether a variable is one of those that a VALUES block assigns."""
        if before == "VALUES":
            return True
        return self.level.bracket == "(" and self.levels[-2].keyword == "VALUES"

    def _replace_bound(self, position: int) -> None:
        for near in (position - 2, position - 1, position, position + 1):
            if near < len(self.code):
                self.out[self.code[near]] = ""
        self.out[self.code[position]] = " (true) "

    def _neighbour(self, position: int) -> str:
        return self.tokens[self.code[position]].text.upper() if position >= 0 else ""

    def _term(self, variable: str) -> str:
        return str(self.values[variable[1:]])

    def _count(self, token: Token) -> str:
        term = self.values[token.text[1:]]
        if isinstance(term, Literal) and term.datatype.value == _INTEGER:
            found = re.fullmatch(r"\+?0*([0-9]{1,18})", term.value)
            if found:
                return found[1]
        raise BindingError(f"{token.text} limits the rows: it takes a whole number, not {term}.")

    def _fresh(self, variable: str) -> str:
        used = {token.text[1:] for token in self.tokens if token.kind == "variable"}
        name = variable[1:] + "_"
        while name in used:
            name += "_"
        return f"?{name}"
