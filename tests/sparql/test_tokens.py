"""Tokens: what is a string, an IRI, a comment, a name, and what is structure."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store

from openness.sparql.tokens import place, query_form, tokenize

FRAGMENTS = (
    *(
        "SELECT",
        "?a",
        "$b",
        "<",
        ">",
        "<http://e.x/#a>",
        "ex:a",
        r"ex:a\#b",
        ":",
        "_:b",
        "_",
        "@en",
    ),
    *("'", '"', "'''", '"""', "\\", r"\'", r"\"", r"\u0022", "#", "# c", "\n", "\r", " ", "\t"),
    *("1", "1.5", ".5e-3", "a", "^^", "^", "&&", "||", "|", "!", "!=", "<=", ">=", "="),
    *(
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ".",
        ";",
        ",",
        "+",
        "-",
        "*",
        "/",
        "?",
        "$",
        "@",
        "%",
        "é",
        "\0",
    ),
)
queries = st.one_of(
    st.text(),
    st.lists(st.sampled_from(FRAGMENTS)).map("".join),
    st.lists(st.sampled_from(FRAGMENTS)).map(" ".join),
)


def split(text: str) -> list[tuple[str, str]]:
    """Return kind and text of the tokens that are not space."""
    return [(kind, token) for kind, token, _ in tokenize(text) if kind != "space"]


@given(query=queries)
def test_joined_tokens_are_the_query_again(query: str) -> None:
    """Whatever the text, nothing is lost, added or moved."""
    tokens = list(tokenize(query))
    assert "".join(token.text for token in tokens) == query
    assert all(token.text for token in tokens)
    assert [t.start for t in tokens][:1] == [0] * bool(tokens)
    assert all(b.start == a.start + len(a.text) for a, b in pairwise(tokens))


@given(value=st.text(), quote=st.sampled_from(["'", '"', "'''", '"""']))
def test_a_string_with_its_quotes_escaped_is_one_token(value: str, quote: str) -> None:
    escapes = {"\\": "\\\\", quote[0]: "\\" + quote[0], "\n": "\\n", "\r": "\\r"}
    text = quote + "".join(escapes.get(c, c) for c in value) + quote
    assert split(f"?a{text}?b") == [("variable", "?a"), ("string", text), ("variable", "?b")]


@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_literal_as_oxigraph_writes_it_is_one_token(value: str) -> None:
    text = str(Literal(value))
    assert split(f"({text})") == [("mark", "("), ("string", text), ("mark", ")")]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (r"ex:a\#b", [("name", r"ex:a\#b")]),
        ("ex:a#b", [("name", "ex:a"), ("comment", "#b")]),
        (r"ex:a\'b\(c", [("name", r"ex:a\'b\(c")]),
        (r"ex:\'((", [("name", r"ex:\'"), ("mark", "("), ("mark", "(")]),
        (r"ex:a\.", [("name", r"ex:a\.")]),
        (r"ex:a\b", [("name", "ex:a"), ("mark", "\\"), ("word", "b")]),
        ("ex:a%23b", [("name", "ex:a%23b")]),
        ("ex:a%2", [("name", "ex:a"), ("mark", "%"), ("number", "2")]),
        ("ex:a.b.", [("name", "ex:a.b"), ("mark", ".")]),
        ("ex:a:b", [("name", "ex:a:b")]),
        ("ex:1", [("name", "ex:1")]),
        (":", [("name", ":")]),
        (":a", [("name", ":a")]),
        ("a.b-c:d", [("name", "a.b-c:d")]),
        ("é:漢", [("name", "é:漢")]),
        ("ex:?a", [("name", "ex:"), ("variable", "?a")]),
        ("_:b.c.", [("blank", "_:b.c"), ("mark", ".")]),
        ("_:b?c", [("blank", "_:b"), ("variable", "?c")]),
    ],
)
def test_names(text: str, tokens: list[tuple[str, str]]) -> None:
    assert split(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("<http://e.x/#a>", [("iri", "<http://e.x/#a>")]),
        ("<http://e.x/it's>", [("iri", "<http://e.x/it's>")]),
        ("<http://e.x/(a)>", [("iri", "<http://e.x/(a)>")]),
        (r"<http://e.x/\u0041#'>", [("iri", r"<http://e.x/\u0041#'>")]),
        (r"<http://e.x/\U0001F600#>", [("iri", r"<http://e.x/\U0001F600#>")]),
        ("<>", [("iri", "<>")]),
        ("<a><b>", [("iri", "<a>"), ("iri", "<b>")]),
        ("<a", [("mark", "<"), ("word", "a")]),
        ("?a<?b", [("variable", "?a"), ("mark", "<"), ("variable", "?b")]),
        ("?a<=?b", [("variable", "?a"), ("mark", "<="), ("variable", "?b")]),
        ("?a >= 1", [("variable", "?a"), ("mark", ">="), ("number", "1")]),
        (
            "?a < ?b && ?c > ?d",
            [
                *(("variable", "?a"), ("mark", "<"), ("variable", "?b"), ("mark", "&&")),
                *(("variable", "?c"), ("mark", ">"), ("variable", "?d")),
            ],
        ),
        ("?a<?b>?c", [("variable", "?a"), ("iri", "<?b>"), ("variable", "?c")]),
        ('<"a">', [("mark", "<"), ("string", '"a"'), ("mark", ">")]),
        ("< a>", [("mark", "<"), ("word", "a"), ("mark", ">")]),
        ("<<?s ?p ?o>>", [("mark", "<"), ("mark", "<"), *split("?s ?p ?o"), *[("mark", ">")] * 2]),
    ],
)
def test_iris_and_comparisons(text: str, tokens: list[tuple[str, str]]) -> None:
    """An IRI wins where it can stand, as the standard's longest match has it."""
    assert split(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("'a#b'", [("string", "'a#b'")]),
        ('"it\'s"', [("string", '"it\'s"')]),
        (r"'it\'s'", [("string", r"'it\'s'")]),
        (r"'\\'?a", [("string", r"'\\'"), ("variable", "?a")]),
        ("''?a", [("string", "''"), ("variable", "?a")]),
        ("'''it's'''", [("string", "'''it's'''")]),
        ("'''a''b'c\n?d'''", [("string", "'''a''b'c\n?d'''")]),
        ('"""say ""a"", \'b\'"""?c', [("string", '"""say ""a"", \'b\'"""'), ("variable", "?c")]),
        (r'"""\""""', [("string", r'"""\""""')]),
        ("''''''", [("string", "''''''")]),
        ("'''a", [("string", "''"), ("mark", "'"), ("word", "a")]),
        ("'a\n'", [("mark", "'"), ("word", "a"), ("mark", "'")]),
        (r"'a\'(", [("mark", "'"), *[("word", "a"), ("mark", "\\")], ("mark", "'"), ("mark", "(")]),
        ("'a'@en-GB.", [("string", "'a'"), ("language", "@en-GB"), ("mark", ".")]),
        ("'a'^^ex:b", [("string", "'a'"), ("mark", "^^"), ("name", "ex:b")]),
        ("#'\n'#'", [("comment", "#'"), ("string", "'#'")]),
        ("?a#b\r?c", [("variable", "?a"), ("comment", "#b"), ("variable", "?c")]),
        ("#", [("comment", "#")]),
    ],
)
def test_strings_and_comments(text: str, tokens: list[tuple[str, str]]) -> None:
    """What is not closed is no string, so that its content counts as structure."""
    assert split(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("?a?b", [("variable", "?a"), ("variable", "?b")]),
        ("$a", [("variable", "$a")]),
        ("?1a", [("variable", "?1a")]),
        ("?a.b", [("variable", "?a"), ("mark", "."), ("word", "b")]),
        ("?a-b", [("variable", "?a"), ("mark", "-"), ("word", "b")]),
        ("?é", [("variable", "?é")]),
        ("<p>?", [("iri", "<p>"), ("mark", "?")]),
        ("1+2", [("number", "1"), ("mark", "+"), ("number", "2")]),
        ("-1.5e-7", [("mark", "-"), ("number", "1.5e-7")]),
        ("a||b", [("word", "a"), ("mark", "||"), ("word", "b")]),
        ("a|b", [("word", "a"), ("mark", "|"), ("word", "b")]),
        ("!(a!=b)", [("mark", "!"), ("mark", "("), ("word", "a"), ("mark", "!="), *split("b)")]),
        ("GROUP_CONCAT(", [("word", "GROUP_CONCAT"), ("mark", "(")]),
    ],
)
def test_variables_numbers_and_marks(text: str, tokens: list[tuple[str, str]]) -> None:
    assert split(text) == tokens


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"<http://e.x/\u0041#'>", NamedNode("http://e.x/A#'")),
        (r"ex:a\#b\'c", NamedNode("http://e.x/a#b'c")),
        ("'''a''b'c\n?d'''", Literal("a''b'c\n?d")),
        (r'"""\""""', Literal('"')),
        ("# '\n'#'", Literal("#")),
    ],
)
def test_the_parser_agrees_on_what_is_one_term(text: str, value: NamedNode | Literal) -> None:
    assert len([kind for kind, _ in split(text) if kind != "comment"]) == 1
    query = f"PREFIX ex: <http://e.x/> SELECT * {{ VALUES ?a {{ {text} }} }}"
    rows = list(Store().query(query))  # type: ignore[arg-type]
    assert [tuple(row) for row in rows] == [(value,)]


@pytest.mark.parametrize(
    "unit", ["a.", "a-", "'a'", "<a", "?a<b ", ":a.", "_:a.-", r"\u1234", "''"]
)
def test_a_long_text_takes_no_longer_than_its_length(unit: str) -> None:
    text = (unit * 60_000)[:60_000]
    start = time.perf_counter()
    assert sum(len(token.text) for token in tokenize(text)) == len(text)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("", 0, "line 1, column 1"),
        ("abc", 2, "line 1, column 3"),
        ("a\nb", 1, "line 1, column 2"),
        ("a\nb", 2, "line 2, column 1"),
        ("a\r\nbc", 4, "line 2, column 2"),
        ("\n\n\n", 3, "line 4, column 1"),
        ("é漢😀x", 3, "line 1, column 4"),
        ("ab\n", 3, "line 2, column 1"),
    ],
)
def test_place_counts_lines_and_characters_from_one(text: str, offset: int, expected: str) -> None:
    assert place(text, offset) == expected


@given(lines=st.lists(st.text(st.characters(exclude_characters="\n")), min_size=1))
def test_place_finds_the_start_of_every_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    for number in range(len(lines)):
        offset = sum(len(line) + 1 for line in lines[:number])
        assert place(text, offset) == f"line {number + 1}, column 1"


@pytest.mark.parametrize("form", ["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"])
@pytest.mark.parametrize(
    "before",
    [
        "",
        "\n  ",
        "# SELECT ASK CONSTRUCT DESCRIBE\n",
        "#+ title: DESCRIBE\r\n",
        "PREFIX ask: <http://e.x/SELECT> ",
        "prefix : <http://e.x/#> BASE <http://e.x/describe>\n",
        "BASE<http://e.x/>PREFIX select:<ASK>",
    ],
)
def test_query_form_is_the_first_word_after_the_prologue(form: str, before: str) -> None:
    rest = " * # ASK\n WHERE { SELECT * { } }"
    assert query_form(before + form + rest) == form
    assert query_form(before + form.lower() + rest) == form


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# SELECT",
        "'SELECT'",
        "?SELECT",
        "INSERT DATA { }",
        "DELETE { } WHERE { }",
        "SELECTED *",
    ],
)
def test_query_form_of_anything_else_is_empty(text: str) -> None:
    assert query_form(text) == ""
