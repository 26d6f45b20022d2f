"""Fold text so that equal words are equal strings, with the way back to the original characters.

Rules that live here: NFKC and case folding; invisible characters (soft hyphen, zero-width, bidi marks,
tatweel) vanish; all quotes, dashes and apostrophes are one of each; ё is е; İ is i. One pass, linear time:
the text is cut into clusters (a character and the marks that join it), each folded on its own.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_DOUBLE_QUOTES = "“”„‟«»〝〞〟＂「」『』"
_APOSTROPHES = "‘’‚‛ʼʻʹ′`´ʽˈ＇｀"
_DASHES = "‐‑‒–—―−⁃﹘－"
_IGNORED = (
    "\u00ad\u034f\u061c\u0640\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
_FOLDS: dict[int, str | None] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full width
    0x3000: " ",
    0xA0: " ",
    **dict.fromkeys(map(ord, _DOUBLE_QUOTES), '"'),
    **dict.fromkeys(map(ord, _APOSTROPHES), "'"),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _IGNORED), None),
    **dict.fromkeys(map(ord, "ёЁ"), "е"),
    ord("İ"): "i",
}

#: Characters that fold one to one and never join the one before: most of any article.
_PLAIN = (
    r"\x00-\x7f\xa0À-ÖØ-Þà-öø-ÿ\u0400-\u0481\u048a-\u052f\u0621-\u063f\u0641-\u064a\u0679-\u06d3"
    r"\u3000-\u3002\u300a-\u300f\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e“”„«»‘’‐–—−"
)
# Every mark, and the few letters that compose with what stands before them (Hangul vowels and finals in all
# widths, Thai and Lao AM, Kirat Rai vowels) or fold to a mark (Arabic presentation forms); joining too
# much only makes spans coarser.
_MARK_PLANES = (range(0x300, 0x3100), range(0xA66F, 0xAC00), range(0xFB1E, 0xFE30), range(0x10000, 0x1F000))
_JOINING_LETTERS = (
    "\u0e33\u0eb3\u1160-\u11ff\u3131-\u318e\ud7b0-\ud7ff\uff9e-\uffdc\ufcf2-\ufcf4\ufe70-\ufe7f\U00016d40-\U00016d7f"
)


def _mark_ranges() -> str:
    """All combining marks of the interpreter's Unicode, as the inside of a character class."""
    spans: list[list[int]] = []
    for code in (code for plane in _MARK_PLANES for code in plane):
        if unicodedata.category(chr(code))[0] != "M":
            continue
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in spans)


#: The inside of a regular expression's character class that holds every combining mark.
MARKS = _mark_ranges()
_JOINING = MARKS + _JOINING_LETTERS + _IGNORED
_TRICKY = re.compile(f"[^{_PLAIN}]+")
#: The plain characters of which ``_FOLDS`` makes something else, in most articles few or none.
_FOLDED_PLAIN = {chr(code): fold for code, fold in _FOLDS.items() if fold and re.match(f"[{_PLAIN}]", chr(code))}
_FULL_WIDTH = re.compile(r"[\uff01-\uff5e]")
_SINGLE_FOLDS = {one: fold for one, fold in _FOLDED_PLAIN.items() if not _FULL_WIDTH.match(one)}
#: Copying a slice of this is a hundred times faster than counting; most texts are not longer.
_PLACES = array("I", range(1 << 16))
_CLUSTER = re.compile(f"[^{_JOINING}][{_JOINING}]*|[{_JOINING}]+")
# No script stacks more than a few marks; the rest of a hostile stack is dropped, because
# sorting marks canonically takes quadratic time.
_LONGEST_CLUSTER = 64
_LONGEST_FOLD = 32


@dataclass(frozen=True, slots=True)
class Normalized:
    """Folded text and where each of its characters came from."""

    text: str
    #: For each character of ``text``, start and end (exclusive) in the original, in code points.
    offsets: tuple[Sequence[int], Sequence[int]]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The original characters behind ``text[start:end]``.

        Args:
            start: first character, ``0 <= start <= end``.
            end: after the last character, ``end <= len(text)``.

        Returns:
            Start and end in code points of the original; a character that folds to several is
            wholly in as soon as one of them is. An empty span stays empty.
        """
        starts, ends = self.offsets
        if start == end:
            place = starts[start] if start < len(starts) else (ends[-1] if ends else 0)
            return place, place
        return starts[start], ends[end - 1]


def normalize(text: str) -> Normalized:
    """Fold ``text``; folding what is folded changes nothing."""
    folding = _Folding()
    done = 0
    for tricky in _TRICKY.finditer(text):
        # The plain character before may be the one that these join.
        first = max(done, tricky.start() - 1)
        folding.add_plain(text, done, first)
        for cluster, start, end in _clusters(text, first, tricky.end()):
            folding.add_cluster(cluster, start, end)
        done = tricky.end()
    if not done:
        return Normalized(_fold_plain(text), (range(len(text)), range(1, len(text) + 1)))
    folding.add_plain(text, done, len(text))
    return Normalized("".join(folding.parts), (folding.starts, folding.ends))


class _Folding:
    """A folded text in the making."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.starts = array("I")
        self.ends = array("I")

    def add_plain(self, text: str, start: int, end: int) -> None:
        """Add ``text[start:end]``, in which each character folds to one."""
        self.parts.append(_fold_plain(text[start:end]))
        self.starts.extend(_places(start, end))
        self.ends.extend(_places(start + 1, end + 1))

    def add_cluster(self, folded: str, start: int, end: int) -> None:
        """Add what ``text[start:end]`` folded to as a whole."""
        self.parts.append(folded)
        self.starts.extend([start] * len(folded))
        self.ends.extend([end] * len(folded))


def _places(start: int, end: int) -> array[int]:
    """The numbers from start to before end."""
    return _PLACES[start:end] if end <= len(_PLACES) else array("I", range(start, end))


def _fold_plain(text: str) -> str:
    """Fold plain characters one to one: replacing a dozen of them is five times faster than translating all."""
    if _FULL_WIDTH.search(text):
        text = text.translate(_FOLDS)
    text = text.casefold()
    for character, fold in _SINGLE_FOLDS.items():
        if character in text:
            text = text.replace(character, fold)
    return text


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Each cluster folded, with its place less the invisible characters at its edges."""
    for match in _CLUSTER.finditer(text, start, end):
        cluster = match.group()
        first = match.end() - len(cluster.lstrip(_IGNORED))
        last = match.start() + len(cluster.rstrip(_IGNORED))
        if first < last:
            visible = cluster if len(cluster) == 1 else cluster.translate(_FOLDS)[:_LONGEST_CLUSTER]
            yield _fold_cluster(visible), first, last


@lru_cache(maxsize=8192)
def _fold_cluster(cluster: str) -> str:
    """Fold until nothing changes: a fold can bring forth what another one folds."""
    before = ""
    while cluster != before:
        before = cluster
        cluster = unicodedata.normalize("NFKC", cluster.translate(_FOLDS)).casefold()
        cluster = unicodedata.normalize("NFKC", cluster).replace("i\u0307", "i")
    return cluster[:_LONGEST_FOLD]
