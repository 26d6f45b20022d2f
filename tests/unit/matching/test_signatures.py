"""Equal words, equal hash."""

from __future__ import annotations

import pytest

from matching.signatures import content_hash


@pytest.mark.parametrize(
    "text",
    [
        "the ambassador was SUMMONED today",
        "The  ambassador\n\nwas “summoned”, today!",
        "Ｔｈｅ ambas\u00adsador was summoned — today",
    ],
)
def test_layout_case_width_and_punctuation_do_not_count(text: str) -> None:
    assert content_hash("A title", text) == content_hash("A TITLE.", "the ambassador was summoned today")


def test_other_words_give_another_hash() -> None:
    assert content_hash("A title", "one") != content_hash("A title", "two")


def test_the_order_of_words_counts() -> None:
    assert content_hash("", "one two") != content_hash("", "two one")


def test_no_words_give_no_hash() -> None:
    assert content_hash("…", "— 🙂") == ""


def test_a_lone_surrogate_is_hashed() -> None:
    assert len(content_hash("word", "a\ud800b")) == 64
