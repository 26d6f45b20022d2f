"""Concepts are read from plain mappings, and take the place of their names."""

from __future__ import annotations

import pytest

from domain.errors import QueryError
from matching.concepts import Concepts, Flaw, read_concepts
from matching.query.ast import Near, Or, Variants
from matching.query.parse import parse
from matching.query.render import render
from matching.query.resolve import resolve

STATES, _ = read_concepts(
    {
        "ru": {"en": ["Russia"], "ru": ["Россия~"], "block": {"zh": ["俄罗斯族"]}},
        "kz": {"en": ["Kazakhstan"], "kk": ["Қазақстан~"]},
    }
)
NAMED, FLAWS = read_concepts(
    {
        "russia": {"geo": "RU", "en": ["Kremlin", "russia", "Russia"], "*": ["[RF, ruble]"]},
        "steppe": {"geo": ["ru", "KZ"], "kk-Latn": ["dala"], "kk": ["дала~"]},
        "gift": {"en": ["gift~", '"handed over"~', "gave NEAR/2 land"]},
    }
)
CONCEPTS = Concepts(named=NAMED, states={code.upper(): words for code, words in STATES.items()})


def variants(query: str) -> dict[str, str]:
    """Language to the variants of a query that is one concept."""
    node = resolve(parse(query), CONCEPTS)
    assert isinstance(node, Variants)
    return {language: render(part) for language, part in node.by_language.items()}


def test_a_concept_becomes_its_variants_with_those_of_its_states() -> None:
    assert FLAWS == ()
    assert variants("@russia") == {
        "en": "Kremlin OR russia OR Russia",
        "*": "RF OR ruble",
        "ru": "RF OR ruble OR Россия~",
    }
    assert variants("@steppe") == {"kk": "dala OR дала~ OR Қазақстан~", "en": "Russia OR Kazakhstan", "ru": "Россия~"}


def test_a_place_becomes_the_names_of_the_state() -> None:
    node = resolve(parse("geo:ru"), CONCEPTS)

    assert isinstance(node, Variants)
    assert (node.label, node.blocked) == ("geo:RU", {"zh": ("俄罗斯族",)})
    assert render(node) == "geo:RU"


def test_what_blocks_a_state_blocks_the_concept() -> None:
    node = resolve(parse("@russia"), CONCEPTS)

    assert isinstance(node, Variants)
    assert node.blocked == {"zh": ("俄罗斯族",)}


def test_names_are_replaced_wherever_they_stand() -> None:
    node = resolve(parse("SENT(@russia NEAR/3 [@gift, present])"), CONCEPTS)

    near = node.part  # type: ignore[union-attr]
    assert isinstance(near, Near)
    assert isinstance(near.left, Variants)
    assert isinstance(near.right, Or)
    assert isinstance(near.right.parts[0], Variants)


def test_a_query_without_names_stays_as_it_is() -> None:
    node = parse("SENT(a OR b) NOT lang:ru")

    assert resolve(node, CONCEPTS) == node


@pytest.mark.parametrize(
    ("query", "column", "said"),
    [
        ("a @rusia", 3, "there is no concept @rusia; did you mean @russia?"),
        ("@unknown", 1, "there are @gift, @russia, @steppe"),
        ("geo:CN", 5, "no names of CN are known"),
    ],
)
def test_an_unknown_name_is_refused(query: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        resolve(parse(query), CONCEPTS, query)

    assert said in caught.value.message
    assert caught.value.excerpt.startswith(query)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("raw", "path", "said"),
    [
        ([], ("x",), "a mapping of languages"),
        ({}, ("x",), "at least one language"),
        ({"en": "word"}, ("x", "en"), "a list of texts"),
        ({"en": [1]}, ("x", "en"), "a list of texts"),
        ({"english": ["word"]}, ("x", "english"), "no language"),
        ({"en": ["a", "land claim"]}, ("x", "en", 1), "quote several words"),
        ({"en": ["a OR"]}, ("x", "en", 0), "is wrong: the query ends here"),
        ({"en": ["@y"]}, ("x", "en", 0), "another concept"),
        ({"en": ["geo:RU"]}, ("x", "en", 0), "write geo: KZ"),
        ({"geo": "Russia"}, ("x", "geo"), "no state Russia"),
        ({"en": ["a"], "block": ["b"]}, ("x", "block"), "a mapping of languages"),
    ],
)
def test_a_wrong_concept_is_told_with_its_place(raw: object, path: tuple[str | int, ...], said: str) -> None:
    _, flaws = read_concepts({"x": raw})

    assert flaws[0].path == path
    assert said in flaws[0].message


def test_a_wrong_name_is_told() -> None:
    _, flaws = read_concepts({"Big Name": {"en": ["a"]}})

    assert flaws == (Flaw(path=("Big Name",), message="a concept's name has small letters a-z, digits, - and _"),)
