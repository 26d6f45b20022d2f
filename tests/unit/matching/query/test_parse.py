"""Queries are read as docs/queries.md says."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import QueryError
from matching.query.ast import And, Form, Near, Node, Or, Phrase, Position, Word
from matching.query.parse import parse
from matching.query.render import render
from matching.query.walk import depth, walk
from tests.unit.matching.query.nodes import names, nodes, terms, unplaced


def test_a_word_knows_its_form_and_place() -> None:
    assert parse("a\n  земля~ ") == And(
        parts=(
            Word(text="a", at=Position(1, 1)),
            Word(text="земля", form=Form.INFLECTED, at=Position(2, 3)),
        )
    )


@pytest.mark.parametrize(
    ("text", "plainest"),
    [
        ("a OR b c", "a OR b AND c"),
        ("a AND b OR c AND d", "a AND b OR c AND d"),
        ("(a OR b) c", "(a OR b) AND c"),
        ("a (b (c d))", "a AND b AND c AND d"),
        ("a NOT b", "a AND NOT b"),
        ("a NOT b NEAR c", "a AND NOT b NEAR c"),
        ("a NEAR b NEAR/3 c", "a NEAR b NEAR/3 c"),
        ("a NEAR (b ONEAR/3 c)", "a NEAR (b ONEAR/3 c)"),
        ("[a, b] NEAR/2 c^2", "(a OR b) NEAR/2 c^2"),
        ("[a]", "a"),
        ("title:a b", "title:a AND b"),
        ("title: (a b)^2", "title:(a AND b)^2"),
        ("body:a", "text:a"),
        ("Title:lead:a", "title:lead:a"),
        ("SENT(a b) PARA (c)", "SENT(a AND b) AND PARA(c)"),
        ("ATLEAST/2(aa, b OR c, d e)", "ATLEAST/2(aa, b OR c, d AND e)"),
        ("lang:[ru, kk] country:kz", "lang:[ru, kk] AND country:KZ"),
        ('author:"Ivan Petrov" url:https://x.example/a?b=c', 'author:"Ivan Petrov" AND url:https://x.example/a?b=c'),
        ("geo:[ru, x-Abkhazia]", "geo:RU OR geo:x-abkhazia"),
        ("@Russia", "@russia"),
        ("claim()", "claim()"),
        (
            "claim(type=[gift,annexation], challenger!=ru, authority>=legislator, score≥.5, recalled=False)",
            "claim(type=[gift, annexation], challenger!=RU, authority>=legislator, score>=.5, recalled=false)",
        ),
        ("claim (a)", "claim AND a"),
        (r"/a\/bcd/", r"/a\/bcd/"),
        ("a # not b\nOR c # d", "a OR c"),
        ("C# a#b", "C# AND a#b"),
        ("a^2 b^0.50", "a^2 AND b^0.5"),
        ("［领土，主张、国界］", "领土 OR 主张 OR 国界"),
        ("（领土 OR 主张）标题", "(领土 OR 主张) AND 标题"),
        ("title：领土", "title:领土"),
        ("земля～ territor＊", "земля~ AND territor*"),
        ("“俄罗斯”土地", '"俄罗斯" AND 土地'),
        ("\u200fa\u200f OR\u200f b", "a OR b"),
        ("or", "or"),
        ("[and, or]", "and OR or"),
        ("AND-gate near far", "AND-gate AND near AND far"),
        ("领*", "领*"),
    ],
)  # fmt: skip
def test_a_query_is_read_as_its_plainest_form(text: str, plainest: str) -> None:
    node = parse(text)

    assert render(node) == plainest
    assert unplaced(parse(plainest)) == unplaced(node)


@pytest.mark.parametrize("text", ['"a b"', "“a b”", "«a b»", "„a b“", "「a b」", "『a b』", "„a b”"])
def test_every_kind_of_quote_makes_a_phrase(text: str) -> None:
    assert parse(text) == Phrase(text="a b", at=Position(1, 1))


def test_a_quote_of_another_kind_is_part_of_the_phrase() -> None:
    assert parse("«the “gift”»") == Phrase(text="the “gift”", at=Position(1, 1))


@pytest.mark.parametrize("text", ["North-Kazakhstan", "об’єкт", "G20", "andes", "order", "near", "AC/DC", "R&D"])
def test_an_ordinary_word_is_no_operator(text: str) -> None:
    assert parse(text) == Word(text=text, at=Position(1, 1))


def test_near_takes_the_left_two_first() -> None:
    node = parse("a NEAR b ONEAR/3 c")

    assert isinstance(node, Near)
    assert (node.ordered, node.distance, node.at) == (True, 3, Position(1, 10))
    assert isinstance(node.left, Near)
    assert (node.left.ordered, node.left.distance) == (False, None)


@given(nodes(terms() | names()))
def test_what_is_written_is_read_again(node: Node) -> None:
    again = parse(render(node))

    assert unplaced(again) == unplaced(node)


SIGNS = st.sampled_from(
    [*'()[]",:~*=^/@#「«', " OR ", " AND ", " NOT ", " NEAR/3 ", "SENT(", "claim(", "type=", "lang:", "title:"]
)


@given(st.lists(SIGNS | st.text(max_size=4) | st.sampled_from(["a ", "领", "2", "\u200f", "\n"]), max_size=12))
@example(["\ud800"])
@example(["a", "\n", "\n", "("])
def test_any_text_is_read_or_refused_at_a_place_within_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    node, error = read(text)

    if node is not None:
        assert unplaced(parse(render(node))) == unplaced(node)
    else:
        assert 1 <= error.column <= len(text.split("\n")[error.line - 1]) + 1
        assert error.excerpt.count("\n") == 1
        assert error.report.encode("utf-8")


def read(text: str) -> tuple[Node | None, QueryError]:
    """The tree, or why there is none."""
    try:
        return parse(text), QueryError("")
    except QueryError as error:
        return None, error


LARGE = {
    "words": "a " * 50_000,
    "alternatives": " OR ".join(f"word{number}" for number in range(10_000)),
    "list": "[" + ", ".join(f'"a{number} b"~' for number in range(10_000)) + "]",
    "one-word": "a" * 100_000,
    "one-run": "领" * 100_000,
    "brackets": "(" * 100_000,
    "fields": "title:" * 15_000 + "a",
    "near": " NEAR ".join("ab" for _ in range(15_000)),
    "not": "NOT " * 25_000 + "a",
    "quotes": '"' * 99_999,
    "colons": "a" * 100_000 + "\n:",
    "backslashes": "/" + "\\" * 99_999,
    "classes": "/" + "[" * 99_999,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_query_is_read_or_refused_soon(name: str) -> None:
    began = time.process_time()
    try:
        deepest = depth(parse(LARGE[name]))
    except QueryError:
        deepest = 0

    assert time.process_time() - began < 5
    assert deepest <= 50


def test_ten_thousand_alternatives_are_one_or() -> None:
    node = parse(LARGE["alternatives"])

    assert isinstance(node, Or)
    assert len(node.parts) == 10_000
    assert len(list(walk(node))) == 10_001


def test_a_query_longer_than_any_sense_is_refused() -> None:
    with pytest.raises(QueryError, match="longer than 500000 characters"):
        parse("a " * 250_001)
