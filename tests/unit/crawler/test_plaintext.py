"""Plain text: markup off, entities read, nothing left that is no text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.plaintext import paragraphs, plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("A <b>bo</b>ld word", "A bold word"),
        ("one<br>two<p>three</p>four", "one two three four"),
        ("&lt;p&gt;escaped once&lt;/p&gt;", "escaped once"),
        ("&amp;lt;p&amp;gt;twice&amp;lt;/p&amp;gt;", "twice"),
        ("AT&amp;T", "AT&T"),
        ("AT&T", "AT&T"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("a&nbsp;\u3000 b\r\n\tc", "a b c"),
        ("x<script>alert(1)</script><style>p{}</style>y", "xy"),
        ("x<!-- hidden -->y", "xy"),
        ("x<script>never closed", "x"),
        ("one<p>two&#1;<br>&#2;three", "one two three"),
        ("<a href='/x'>link", "link"),
        ("\x00nul\x07bell\ud800surrogate\ufeff\u200b\u00ad", "nulbellsurrogate"),
        ("Тәуелсіздік &mdash; тағдыр", "Тәуелсіздік — тағдыр"),
        ("", ""),
    ],
)
def test_the_words_remain(markup: str, text: str) -> None:
    assert plain(markup, 500) == text


def test_the_limit_is_kept() -> None:
    assert plain("word " * 300, 500) == ("word " * 100).strip()


@pytest.mark.parametrize("bomb", ["<div>", "<", "<script", "&lt;", "<a b=", "&"])
def test_hostile_repetition_ends_quickly(bomb: str) -> None:
    assert len(plain(bomb * 100_000, 5000)) <= 5000


@given(st.text())
def test_any_text_becomes_one_line_that_can_be_stored(markup: str) -> None:
    text = plain(markup, 500)

    text.encode("utf-8")
    assert not set(text) & set("\x00\n\r\t")
    assert text == text.strip()


def test_paragraphs_are_lines_without_empty_ones() -> None:
    assert paragraphs("one  two\r\n\n \x00 \nthree\u2028four") == "one two\nthree\nfour"
