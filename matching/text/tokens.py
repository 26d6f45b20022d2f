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
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.keys import Token
from matching.text.normalize import MARKS, normalize

#: The inside of a character class: scripts whose words are not spaced.
_UNSPACED = (
    r"\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ede\u1000-\u103f\u1780-\u17d3"
)
_LETTERS = rf"[^\W_{_UNSPACED}]"
_WORD = rf"{_LETTERS}+(?:[{MARKS}]+{_LETTERS}*)*"
_TOKEN = re.compile(rf"[{_UNSPACED}]|\d+(?:[.,]\d+)+|(?P<word>{_WORD}(?:'{_WORD})*)")
_STARTS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_FILLERS = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff\u00b7\u2022\u2027\u30fb\uff65]*")
_POSSESSIVE = "'s"

_LATIN = re.compile("[a-zə]")
_CYRILLIC = re.compile(r"[\u0430-\u052f]")
_TO_CYRILLIC = str.maketrans("abcehijkmopqstvwxyə", "авсеніјкморԛѕтѵԝхуә")
_TO_LATIN = str.maketrans("авсеһніјкморԛѕтѵԝхуә", "abcehhijkmopqstvwxyə")


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of a text; their offsets are code points of ``text`` as given."""
    return tuple(iterate(text))


def iterate(text: str) -> Iterator[Token]:
    """The tokens of a text one by one, as ``tokenize`` gives them."""
    folded = normalize(text)
    for match in _TOKEN.finditer(folded.text):
        word = match.group()
        if match.lastgroup and word.endswith(_POSSESSIVE):
            word = word.removesuffix(_POSSESSIVE)
        start, end = folded.original_span(match.start(), match.start() + len(word))
        yield Token(start, end, (_unmix(word),))


def touching(text: str, left: Token, right: Token) -> bool:
    """May these neighbours be one term? Spaced words always; unspaced characters only side by side.

    Args:
        text: the text that was cut.
        left: a token of it.
        right: the token after that.
    """
    if not (_STARTS_UNSPACED.match(left.keys[0]) and _STARTS_UNSPACED.match(right.keys[0])):
        return True
    return left.end >= right.start or _FILLERS.fullmatch(text, left.end, right.start) is not None


def _unmix(word: str) -> str:
    if word.isascii() or not (_LATIN.search(word) and _CYRILLIC.search(word)):
        return word
    cyrillic, latin = len(_CYRILLIC.findall(word)), len(_LATIN.findall(word))
    return word.translate(_TO_CYRILLIC if cyrillic >= latin else _TO_LATIN)
