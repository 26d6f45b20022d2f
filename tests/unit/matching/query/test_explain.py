"""An explanation says in words what a query means."""

from __future__ import annotations

import pytest

from domain.errors import QueryError
from domain.keys import ANYTHING, HasAll, HasAny, HasSome, KeyQuery
from matching.concepts import Concepts, read_concepts
from matching.query.ast import Node
from matching.query.explain import Branch, Explanation, explain, keys_in_words
from matching.query.lint import Knowledge
from matching.query.render import render

NAMED, _ = read_concepts({"russia": {"en": ["Russia", "Moscow"], "ru": ["Россия~"], "*": ["RF"]}})


def explained(query: str, *languages: str) -> Explanation:
    return explain(query, Knowledge(languages=languages or ("en",), concepts=Concepts(named=NAMED)))


def outline(branch: Branch, indent: str = "") -> list[str]:
    """The tree as lines, a level a blank."""
    below = [line for part in branch.parts for line in outline(part, indent + " ")]
    return [indent + branch.words, *below]


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("land", ["land"]),
        (
            'a~ OR "b c"= OR abc*',
            ["any of", " a~  in any form", ' "b c"=  exactly so', " abc*  and words that begin so"],
        ),
        ("a NOT /abc/", ["all of", " a", " not", "  /abc/  a regular expression, whatever the case"]),
        ("a NEAR b", ["NEAR: at most 4 words (12 characters in Chinese) between", " a", " b"]),
        ("a ONEAR/8 b", ["ONEAR/8: at most 8 words between, in this order", " a", " b"]),
        ("SENT(a)", ["within one sentence", " a"]),
        ("PARA(a)", ["within one paragraph", " a"]),
        ("ATLEAST/1(a, b)", ["at least 1 of", " a", " b"]),
        ("title:a^2", ["in the title", " each term counts 2", "  a"]),
        ("lang:[ru, en]", ["the language is ru or en"]),
        ("claim()", ["any claim"]),
        ("claim(type=gift, target=KZ)", ["a claim with type=gift and target=KZ"]),
        ("@russia", ["@russia", " en: any of", "  Russia", "  Moscow", " other languages: RF"]),
    ],
)
def test_a_tree_says_what_is_asked(query: str, lines: list[str]) -> None:
    assert outline(explained(query).tree) == lines


def test_the_forms_of_inflected_words_are_shown_in_the_languages_that_know_them() -> None:
    found = explained('земля~ OR "gift land"~ OR @russia OR qwrtzp~', "en", "ru").forms

    shown = [(one.term, one.language, one.known) for one in found]
    assert shown == [
        ("земля~", "ru", True),
        ("gift~", "en", True),
        ("land~", "en", True),
        ("россия~", "ru", True),
        ("qwrtzp~", "en", False),
        ("qwrtzp~", "ru", False),
    ]
    assert {"земля", "земли", "землю"} <= set(found[0].forms)


def test_the_keys_that_are_needed_are_asked_for_each_language() -> None:
    asked: list[tuple[str, str]] = []

    def required(node: Node, language: str) -> KeyQuery:
        asked.append((render(node), language))
        return ANYTHING

    found = explain("a OR b", Knowledge(languages=("en", "ru")), required)

    assert asked == [("a OR b", "en"), ("a OR b", "ru")]
    assert found.required == {"en": ANYTHING, "ru": ANYTHING}


def test_findings_are_part_of_it() -> None:
    assert [one.at.column for one in explained("a OR a").findings] == [6]


def test_an_unknown_concept_is_refused() -> None:
    with pytest.raises(QueryError, match="did you mean @russia"):
        explained("@rusia")


def one(*keys: str) -> HasAny:
    return HasAny(keys=frozenset(keys))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (ANYTHING, "anything"),
        (one(), "what no article has"),
        (HasSome(parts=()), "what no article has"),
        (one("a"), "a"),
        (one("b", "a"), "any of a, b"),
        (HasAll(parts=(one("a"), HasSome(parts=(one("b"), one("c", "d"))))), "(a) and ((b) or (any of c, d))"),
    ],
)
def test_keys_are_said_in_words(query: KeyQuery, words: str) -> None:
    assert keys_in_words(query) == words
