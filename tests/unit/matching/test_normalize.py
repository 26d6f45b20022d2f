"""Folding, and the way back to the original characters."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.text import normalize as module
from matching.text.normalize import Normalized, normalize

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
NASTY_TEXT = st.text(
    st.sampled_from("aЕе\u0308ё\u0301\u0323\u00ad\u200biİI\u0307ﬁß㎢한ㅎㅏㄱᄒ\u1161ｶﾞ「’—ﷺ領\ud800\0́ "), max_size=30
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Straße", "strasse"),
        ("ﬁnal", "final"),
        ("İstanbul", "istanbul"),
        ("I\u0307stanbul", "istanbul"),
        ("㎢", "km2"),
        ("Ёлка, е\u0308лка", "елка, елка"),
        ("ＡＢＣ１２，３", "abc12,3"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("\u1112\u1161\u11ab", "한"),
        ("ter\u00adri\u200btory\u2060", "territory"),
        ("e\u200b\u0301t", "ét"),
        ("«a» “b” „c‟ 「d」", '"a" "b" "c" "d"'),
        ("об’єкт oʻzbek", "об'єкт o'zbek"),
        ("a—b‑c−d", "a-b-c-d"),
        ("كتـــاب", "كتاب"),
        ("", ""),
    ],
)
def test_folding_makes_equal_words_equal(written: str, folded: str) -> None:
    assert normalize(written).text == folded


@pytest.mark.parametrize(
    ("written", "part", "original"),
    [
        ("of ﬁnal", "final", "ﬁnal"),
        ("of ﬁnal", "f", "f"),
        ("the ﬁn", "i", "ﬁ"),
        ("die Straße hier", "strasse", "Straße"),
        ("die Straße hier", "se", "ße"),
        ("in İzmir heute", "izmir", "İzmir"),
        ("100 ㎢ land", "km2", "㎢"),
        ("서울 \u1112\u1161\u11ab 강", "한", "\u1112\u1161\u11ab"),
        ("a ter\u00adri\u00adtory\u00ad b", "territory", "ter\u00adri\u00adtory"),
        ("x \u200bland", "land", "land"),
    ],
)
def test_a_folded_part_leads_back_to_its_original(written: str, part: str, original: str) -> None:
    folded = normalize(written)
    place = folded.text.index(part)

    start, end = folded.original_span(place, place + len(part))

    assert written[start:end] == original


@given(ANY_TEXT | NASTY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = normalize(text).text

    assert normalize(once).text == once


@given(ANY_TEXT | NASTY_TEXT)
def test_spans_are_in_order_and_within_the_original(text: str) -> None:
    folded = normalize(text)
    spans = [folded.original_span(place, place + 1) for place in range(len(folded.text))]

    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)


@given(NASTY_TEXT)
def test_an_original_part_folds_to_no_less_than_its_place(text: str) -> None:
    folded = normalize(text)
    if not folded.text:
        return

    start, end = folded.original_span(0, len(folded.text))

    assert normalize(text[start:end]).text == folded.text


@given(ANY_TEXT)
def test_an_empty_span_stays_empty(text: str) -> None:
    folded = normalize(text)

    for place in (0, len(folded.text)):
        start, end = folded.original_span(place, place)
        assert 0 <= start == end <= len(text)


def test_plain_text_needs_no_offset_table() -> None:
    assert normalize("Plain текст 领土") == Normalized("plain текст 领土", (range(14), range(1, 15)))


def test_every_mark_and_composing_character_joins_the_one_before() -> None:
    loose = re.sub(f"[{module._JOINING}]", "", "".join(map(chr, range(0x20000))))
    changing = [character for character in loose if not unicodedata.is_normalized("NFKC", character)]

    assert [character for character in loose if unicodedata.category(character)[0] == "M"] == []
    assert [each for each in changing if re.match(f"[{module._JOINING}]", module._fold_cluster(each))] == []


def test_plain_characters_fold_one_to_one() -> None:
    plain = [chr(code) for code in range(0x10000) if re.match(f"[{module._PLAIN}]", chr(code))]

    assert [character for character in plain if module._fold_cluster(character) != module._fold_plain(character)] == []
    assert {len(module._fold_plain(character)) for character in plain} == {1}


@pytest.mark.parametrize("mark", ["\u0301", "\u0301\u0323", "\u200b", "\u3131", "\ud800"])
def test_a_hundred_thousand_marks_do_no_harm(mark: str) -> None:
    text = "a" + mark * (100_000 // len(mark)) + " land"

    folded = normalize(text)

    assert folded.text.endswith("land")
    start, end = folded.original_span(len(folded.text) - 4, len(folded.text))
    assert text[start:end] == "land"
