"""Equal words, equal hash."""

from __future__ import annotations

import pytest

from matching.signatures import content_hash
from matching.text.tokens import tokenize


def hashed(title: str, text: str) -> str:
    return content_hash(tokenize(title), tokenize(text))


@pytest.mark.parametrize(
    "text",
    [
        "the ambassador was SUMMONED today",
        "The  ambassador\n\nwas “summoned”, today!",
        "Ｔｈｅ ambas\u00adsador was summoned — today",
    ],
)
def test_layout_case_width_and_punctuation_do_not_count(text: str) -> None:
    assert hashed("A title", text) == hashed("A TITLE.", "the ambassador was summoned today")


def test_other_words_give_another_hash() -> None:
    assert hashed("A title", "one") != hashed("A title", "two")


def test_the_order_of_words_counts() -> None:
    assert hashed("", "one two") != hashed("", "two one")


def test_no_words_give_no_hash() -> None:
    assert hashed("…", "— 🙂") == ""


def test_a_lone_surrogate_is_hashed() -> None:
    assert len(hashed("word", "a\ud800b")) == 64


def test_pages_of_one_template_are_told_apart_by_their_headlines() -> None:
    wall = "We value your privacy and would like your consent. " * 20

    assert hashed("Envoy summoned", wall) != hashed("Harvest is in", wall)


def test_a_headline_alone_gives_no_hash() -> None:
    assert hashed("Territorial claims: the week", "") == ""
