from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.text import clean, cut_after, cut_before, is_unspaced, shorten


@pytest.mark.parametrize(
    ("dirty", "tidy"),
    [
        ("One\r\nBcc: two", "One Bcc: two"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("safe\u202etxt.exe", "safetxt.exe"),
        ("\u2066hidden\u2069", "hidden"),
        ("line\u2028next\u2029last", "line next last"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("  много\t пробелов ", "много пробелов"),
        ("soft\u00adhyphen\ufeff", "softhyphen"),
    ],
)
def test_clean_leaves_one_harmless_line(dirty: str, tidy: str) -> None:
    assert clean(dirty) == tidy


def test_clean_keeps_joiners_that_a_script_needs() -> None:
    words = "می\u200cخواهم 👩\u200d🚀 қазақ 领土"

    assert clean(words) == words


@given(st.text(st.characters()))
def test_clean_text_is_clean_and_can_be_encoded(text: str) -> None:
    tidy = clean(text)

    tidy.encode("utf-8")
    assert clean(tidy) == tidy
    assert len(tidy.splitlines()) <= 1


def test_shorten_leaves_what_fits() -> None:
    assert shorten("короткий", 8) == "короткий"


def test_shorten_cuts_between_words() -> None:
    assert shorten("территориальные претензии соседей", 28) == "территориальные претензии…"


def test_shorten_cuts_chinese_anywhere() -> None:
    assert shorten("这片土地自古以来属于邻国", 7) == "这片土地自古…"


def test_shorten_cuts_an_endless_word_all_the_same() -> None:
    assert shorten("x" * 100, 10) == "x" * 9 + "…"


def test_a_cut_never_parts_a_letter_from_its_accent() -> None:
    endless = "e\u0301" * 60

    assert all(cut_before(endless, place, floor=0) % 2 == 0 for place in range(1, 120))
    assert all(cut_after(endless, place, ceiling=120) % 2 == 0 for place in range(1, 120))


@pytest.mark.parametrize("whole", ["👩\u200d🚀", "👍\U0001f3fd", "\ud83d\ude80", "か\u3099"])
def test_a_cut_never_parts_what_is_seen_as_one(whole: str) -> None:
    text = "中" * 30 + whole + "中" * 30

    places = {cut_before(text, place, floor=0) for place in range(30, 30 + len(whole))}

    assert places == {30}


def test_a_cut_may_part_two_scripts() -> None:
    assert cut_before("x" * 40 + "中国", 40, floor=0) == 40


def test_a_cut_moves_forward_to_the_next_word() -> None:
    assert cut_after("границы соседей", 3, ceiling=15) == 7


def test_scripts_without_spaces_are_known() -> None:
    assert [is_unspaced(each) for each in "国かไaж1"] == [True, True, True, False, False, False]
