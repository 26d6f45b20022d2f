"""Cut text into tokens: words and numbers, and single characters where words are not spaced.

Rules that live here:

* A hyphen parts words: "North-Kazakhstan" is two tokens, so that a phrase meets its text with the hyphen,
  with a blank or with a dash, and Kazakh "ҚР-ның" is found as "ҚР".
* An apostrophe inside a word belongs to it (об'єкт, o'zbek, don't), but English 's is cut off.
* Han, kana, Thai, Lao, Khmer and Burmese are not spaced: each of their characters is a token, and a term is
  a run of them that touch (``touching``); only a middle dot may stand between, as in foreign names.
* A number keeps its inner dots and commas: 2,700,000 is one token.
* Letters of Cyrillic and Latin mixed in one word are look-alikes; they are folded to the script that
  has more letters in it (Latin "i" in мемлекеттiк).
* A traditional Chinese character is folded to its simplified one, whatever the language of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from domain.keys import Token
from matching.text.inflect.zh import simplify
from matching.text.normalize import MARKS, normalize

#: The inside of a character class: scripts whose words are not spaced.
_UNSPACED = (
    r"\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ede\u1000-\u103f\u1780-\u17d3"
)
_LETTERS = rf"[^\W_{_UNSPACED}]"
_WORD = rf"{_LETTERS}+(?:[{MARKS}]+{_LETTERS}*)*"
_NUMBER = r"\d+(?:[.,]\d+)+"
_TOKEN = re.compile(rf"[{_UNSPACED}]|{_NUMBER}|{_WORD}(?:'{_WORD})*")
# The same for a text without unspaced characters and marks, in a third of the time.
_PLAIN_TOKEN = re.compile(rf"{_NUMBER}|[^\W_]+(?:'[^\W_]+)*")
_PLAIN_TEXT = re.compile(
    r"[\x00-\u02ff\u0370-\u0482\u048a-\u052f\u0531-\u058a\u0620-\u064a\u0671-\u06d3\u06d5\u2000-\u206f\u20a0-\u20c0\u2100-\u22ff]*"
)
_STARTS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_FILLERS = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff\u00b7\u2022\u2027\u30fb\uff65]*")
_POSSESSIVE = "'s"
#: Longer words are no words: they are not inflected, nor kept in memory.
LONGEST_WORD = 64

#: What makes the keys of a word that is folded but not yet unmixed; the first is its folded surface.
KeysOf = Callable[[str], tuple[str, ...]]

_LATIN = re.compile("[a-zə]")
_CYRILLIC = re.compile(r"[\u0430-\u052f]")
_TO_CYRILLIC = str.maketrans("abcehijkmopqstvwxyə", "авсеніјкморԛѕтѵԝхуә")
_TO_LATIN = str.maketrans("авсеһніјкморԛѕтѵԝхуә", "abcehhijkmopqstvwxyə")


def surface(word: str) -> str:
    """The folded surface of a word that ``normalize`` gave: one script, simplified characters."""
    if word.isascii():
        return word
    if _LATIN.search(word) and _CYRILLIC.search(word):
        return unicodedata.normalize("NFC", _unmix(word))
    return simplify(word) if _STARTS_UNSPACED.match(word) else word


@lru_cache(maxsize=1 << 14)
def surface_only(word: str) -> tuple[str, ...]:
    """The keys of a word where nothing is known of the language: its folded surface."""
    return (surface(word),)


def tokenize(text: str, keys_of: KeysOf = surface_only) -> tuple[Token, ...]:
    """The tokens of a text.

    Args:
        text: any text.
        keys_of: makes the keys of words up to LONGEST_WORD; a longer one has its surface alone.

    Returns:
        Tokens in order; their offsets are code points of ``text`` as given.
    """
    return tuple(iterate(text, keys_of))


def iterate(text: str, keys_of: KeysOf = surface_only) -> Iterator[Token]:
    """The tokens of a text one by one, as ``tokenize`` gives them."""
    folded = normalize(text)
    starts, ends = folded.offsets
    moved = not isinstance(starts, range)
    pattern = _PLAIN_TOKEN if _PLAIN_TEXT.fullmatch(folded.text) else _TOKEN
    for match in pattern.finditer(folded.text):
        word = match.group()
        start, end = match.span()
        if word.endswith(_POSSESSIVE):
            word = word[:-2]
            end -= 2
        if moved:
            start, end = starts[start], ends[end - 1]
        yield Token(start, end, keys_of(word) if len(word) <= LONGEST_WORD else (surface(word),))


def is_unspaced(key: str) -> bool:
    """Is this first key of a token a character of a script without spaces?"""
    return _STARTS_UNSPACED.match(key) is not None


def touching(text: str, left: Token, right: Token) -> bool:
    """May these neighbours be one term? Spaced words always; unspaced characters only side by side.

    Args:
        text: the text that was cut.
        left: a token of it.
        right: the token after that.
    """
    if not (is_unspaced(left.keys[0]) and is_unspaced(right.keys[0])):
        return True
    return left.end >= right.start or _FILLERS.fullmatch(text, left.end, right.start) is not None


def _unmix(word: str) -> str:
    cyrillic, latin = len(_CYRILLIC.findall(word)), len(_LATIN.findall(word))
    return word.translate(_TO_CYRILLIC if cyrillic >= latin else _TO_LATIN)
