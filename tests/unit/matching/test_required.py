"""What an article must have so that a query can be met."""

from __future__ import annotations

import pytest

from domain.keys import ANYTHING, HasAll, HasAny, HasSome, KeyQuery
from matching.concepts import Concepts, ConceptWords
from matching.query.parse import parse
from matching.query.required import conjuncts, cost, required
from matching.query.resolve import resolve


def keys(*known: str) -> HasAny:
    return HasAny(keys=frozenset(known))


def both(*parts: KeyQuery) -> HasAll:
    return HasAll(parts=parts)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("land", keys("land")),
        ("Land=", keys("land")),
        ("земля~", keys("ru:земля")),
        ('"great gift"', both(keys("great"), keys("gift"))),
        ("领土", keys("领土")),
        ("领土争端", both(keys("领土"), keys("土争"), keys("争端"))),
        ('"G7 领土"', both(keys("g7"), keys("领土"))),
        ("国", keys("国")),
        ("land gift", both(keys("land"), keys("gift"))),
        ("land OR gift", keys("land", "gift")),
        ('land OR "great gift"', HasSome(parts=(keys("land"), both(keys("great"), keys("gift"))))),
        ("land NEAR/3 (gift OR sale)", both(keys("land"), keys("gift", "sale"))),
        ("SENT(title:land^2)", keys("land")),
        ("land NOT gift", keys("land")),
        ("land lang:ru", keys("land")),
        ("lang:ru", ANYTHING),
        ("land OR lang:ru", ANYTHING),
        ("/land.?gift/", ANYTHING),
        ("/land.?gift/ gift", keys("gift")),
        ("terr*", ANYTHING),
        ("terr* land", keys("land")),
        ("ATLEAST/1(land, gift)", keys("land", "gift")),
        ("ATLEAST/2(land, gift)", both(keys("land"), keys("gift"))),
        ("ATLEAST/2(land, gift, border)", keys("border", "land")),
        ("claim(type=[gift, annexation], recalled!=true)", keys("claim.type=gift", "claim.type=annexation")),
        ("claim(authority>=government)", keys("claim.authority=head_of_state", "claim.authority=government")),
        ("claim(score>=0.5)", ANYTHING),
        ("claim()", ANYTHING),
    ],
)
def test_query_requires_keys(query: str, expected: KeyQuery) -> None:
    assert required(parse(query), "ru") == expected


def test_inflected_word_for_any_language_may_have_the_key_of_each() -> None:
    found = required(parse("земля~"), "*")

    assert isinstance(found, HasAny)
    assert {"ru:земля", "земля"} < found.keys


def test_concept_requires_the_variants_of_the_language_or_of_any() -> None:
    words = ConceptWords(variants={"ru": (parse("земля"),), "zh": (parse("领土"),), "*": (parse("land"),)})
    query = resolve(parse("@land"), Concepts(named={"land": words}))

    assert required(query, "zh") == keys("领土")
    assert required(query, "kk") == keys("land")
    assert required(query, "*") == keys("земля", "领土", "land")


def test_concept_without_a_variant_for_the_language_is_never_met() -> None:
    query = resolve(parse("@land"), Concepts(named={"land": ConceptWords(variants={"ru": (parse("земля"),)})}))

    assert required(query, "zh") == keys()


def test_beginnings_are_keys_where_the_index_has_them() -> None:
    assert required(parse("terr*"), "en", prefixes=True) == keys("ter*")


def test_conjuncts_are_sets_of_keys_the_rarest_first() -> None:
    query = required(parse('of (territory OR sovereignty) (annexation OR "a gift")'), "en")

    assert conjuncts(query) == [
        frozenset({"territory", "sovereignty"}),
        frozenset({"annexation", "gift"}),
        frozenset({"of"}),
        frozenset({"annexation", "a"}),
    ]


def test_nothing_known_of_an_alternative_is_nothing_known() -> None:
    assert conjuncts(HasSome(parts=(keys("land"), both()))) == []


def test_short_words_single_characters_and_many_keys_are_dear() -> None:
    dearer = [("territory",), ("territory", "sovereignty"), ("gift",), ("国",), ("of",)]

    assert sorted(dearer, key=cost) == dearer


def test_keys_of_other_languages_cost_nothing() -> None:
    assert cost(("ru:подарок", "uk:подарок", "kk:подарок")) == cost(("ru:подарок",))
