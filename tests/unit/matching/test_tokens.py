"""Words, numbers and unspaced characters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.text import tokens as module
from matching.text.normalize import MARKS
from matching.text.tokens import tokenize, touching


def keys(text: str) -> list[str]:
    return [token.keys[0] for token in tokenize(text)]


def surfaces(text: str) -> list[str]:
    return [text[token.start : token.end] for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Land, borders; and seas!", ["land", "borders", "and", "seas"]),
        ("North-Kazakhstan", ["north", "kazakhstan"]),
        ("Russia's and RUSSIA’S claims'", ["russia", "and", "russia", "claims"]),
        ("об’єкт, oʻzbek, don't", ["об'єкт", "o'zbek", "don't"]),
        ("2,700,000 km in 1998.", ["2,700,000", "km", "in", "1998"]),
        ("ҚР-ның жері", ["қр", "ның", "жері"]),
        ("中国领土2021年", ["中", "国", "领", "土", "2021", "年"]),
        ("北方のりょ土", ["北", "方", "の", "り", "ょ", "土"]),
        ("мемлекеттiк əлем", ["мемлекеттік", "әлем"]),
        ("Kаzаkhstаn", ["kazakhstan"]),
        ("中國領土，釣魚臺；Land 乾", ["中", "国", "领", "土", "钓", "鱼", "台", "land", "干"]),
        ("हिन्दी", ["हिन्दी"]),
        ("snake_case", ["snake", "case"]),
        ("— … 🙂 \0 \u0301", []),
        ("", []),
    ],
)
def test_text_is_cut_into_keys(text: str, expected: list[str]) -> None:
    assert keys(text) == expected


def test_a_possessive_is_not_part_of_the_place() -> None:
    assert surfaces("Russia’s gift") == ["Russia", "gift"]


def test_places_are_those_of_the_original() -> None:
    assert surfaces("🙂 ﬁnal ter\u00adritory (Straße) ٱلأرض") == ["ﬁnal", "ter\u00adritory", "Straße", "ٱلأرض"]


def test_one_character_may_hold_several_tokens() -> None:
    tokens = tokenize("㍿")

    assert [token.keys[0] for token in tokens] == ["株", "式", "会", "社"]
    assert {(token.start, token.end) for token in tokens} == {(0, 1)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("领土", True),
        ("领·土", True),
        ("领\u200b土", True),
        ("领，土", False),
        ("领 土", False),
        ("a, b", True),
        ("领 a", True),
    ],
)
def test_unspaced_neighbours_touch_only_side_by_side(text: str, expected: bool) -> None:
    left, right = tokenize(text)

    assert touching(text, left, right) is expected


def test_characters_of_one_ligature_touch() -> None:
    tokens = tokenize("㍿")

    assert touching("㍿", tokens[0], tokens[1])


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_tokens_stand_in_order_within_the_text(text: str) -> None:
    tokens = tokenize(text)

    assert all(0 <= token.start < token.end <= len(text) and token.keys[0] for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)


@pytest.mark.parametrize("piece", ["é", "ә", "1.", "a'", "ab-", "\ud800", "\0", "中", "\u202e"])
def test_a_long_run_of_anything_is_cut(piece: str) -> None:
    text = piece * (30_000 // len(piece)) + " land"

    assert keys(text)[-1] == "land"


def test_a_word_of_a_megabyte_is_one_token() -> None:
    assert [len(key) for key in keys("ab" * 500_000)] == [1_000_000]


def test_plain_text_has_no_unspaced_character_and_no_mark() -> None:
    plain = [chr(code) for code in range(0x110000) if module._PLAIN_TEXT.fullmatch(chr(code))]

    assert [each for each in plain if re.match(f"[{module._UNSPACED}{MARKS}]", each)] == []


@given(st.text(st.sampled_from("ab'1.,_ \u00ebжі-"), max_size=30))
def test_plain_text_is_cut_as_any_other(text: str) -> None:
    assert module._PLAIN_TOKEN.findall(text) == module._TOKEN.findall(text)
