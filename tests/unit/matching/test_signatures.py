"""Equal words, equal hash."""

from __future__ import annotations

import pytest

from matching.signatures import OWN_TEXT_WORDS, content_hash
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


def test_a_copy_under_another_headline_is_the_same_text() -> None:
    body = "The note was handed over on Monday. " * OWN_TEXT_WORDS

    assert hashed("Envoy summoned", body) == hashed("A note, and what it says", body)


def test_a_short_text_is_told_apart_by_its_headline() -> None:
    assert hashed("Envoy summoned", "Watch the video.") != hashed("Harvest is in", "Watch the video.")
