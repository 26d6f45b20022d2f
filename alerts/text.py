"""Makes text from anywhere safe to show in a header, a mail, a terminal or JSON, and cuts it where it may be cut."""

from __future__ import annotations

import re
import unicodedata

#: Shown where text was cut off.
ELLIPSIS = "…"

_SURROGATES = re.compile("[\ud800-\udfff]")
# Controls that are no white space; bidi marks, embeddings, overrides and isolates, which can show
# text in an order in which it was not written; and characters that are never seen.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_JOINER = "\u200d"
# How far a cut may move to the nearest white space, in code points.
_REACH = 24


def clean(text: str) -> str:
    """One line of it, without controls, bidi tricks and lone surrogates; runs of white space become one space."""
    text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
    return " ".join(_UNSEEN.sub("", text).split())


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` code points of clean text, cut at a word's border and then marked with an ellipsis."""
    if len(text) <= limit:
        return text
    return text[: cut_before(text, limit - 1, floor=0)].rstrip() + ELLIPSIS


def is_unspaced(character: str) -> bool:
    """Is it of a script that puts no spaces between words (Han, kana, Thai, Lao, Khmer)?"""
    return _UNSPACED.match(character) is not None


def cut_before(text: str, place: int, *, floor: int) -> int:
    """The best place at or before ``place`` to end a piece of text, never under ``floor``.

    Between words where the script has spaces, else between any two characters that are seen as two.
    """
    if not _inside_word(text, place):
        return place
    for border in range(place - 1, max(floor, place - _REACH), -1):
        if not _inside_word(text, border):
            return border
    while place > floor and _inside_character(text, place):
        place -= 1
    return place


def cut_after(text: str, place: int, *, ceiling: int) -> int:
    """The best place at or after ``place`` to begin a piece of text, never over ``ceiling``."""
    if not _inside_word(text, place):
        return place
    for border in range(place + 1, min(ceiling, place + _REACH)):
        if not _inside_word(text, border):
            return border
    while place < ceiling and _inside_character(text, place):
        place += 1
    return place


def _inside_word(text: str, place: int) -> bool:
    """Would a cut here go through a word, or through one character?"""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if _one_character(before, after):
        return True
    return not (before.isspace() or after.isspace() or is_unspaced(before) or is_unspaced(after))


def _inside_character(text: str, place: int) -> bool:
    return 0 < place < len(text) and _one_character(text[place - 1], text[place])


def _one_character(before: str, after: str) -> bool:
    """Does a reader see the two as one character?"""
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    continues = unicodedata.category(after).startswith("M") or "\U0001f3fb" <= after <= "\U0001f3ff"
    return continues or _JOINER in (before, after)
