"""Where sentences and paragraphs begin, as places of tokens.

Rules that live here:

* A line break ends a paragraph, unless it stands in the middle of a sentence: the line before ends
  without a mark and the next one begins in lower case.
* ``. ! ? …`` with closing quotes ends a sentence before a blank and something that is no lower-case letter.
* A full stop after an abbreviation, an initial ("В. Никонов") or the number of a list item does not.
* ``。！？`` end a sentence wherever they stand, in any width.

Every search is one pass over the text; hostile text costs no more than its length.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from domain.keys import Token

_CLOSERS = "\"'»”’›)\\]}」』】》）"
_LINE_END = r"(?:\r\n|[\n\r\x0b\x0c\x85\u2028\u2029])"
_BREAK = re.compile(rf"{_LINE_END}(?:[^\S\n\r\x0b\x0c\x85\u2028\u2029]*(?P<blank>{_LINE_END}))?\s*")
_END = re.compile(rf"(?P<marks>[.!?…‽؟۔।։。！？｡]++)[{_CLOSERS}]*+\s?")
_UNSPACED_MARKS = frozenset("。！？｡")
_STARTS_UNSPACED = re.compile("[\u3041-\u30ff\u3400-\u9fff「『《“]")
_MARK_AT_END = re.compile(rf"[.!?…‽؟۔।։。！？｡:;：；][{_CLOSERS}\s]*\Z")
#: What may stand before the first letter of a sentence; looked through this far.
_OPENERS = re.compile(r"[\s\"'«“„‘‹(\[{「『【《（—–-]{0,16}")
_LAST_WORD = re.compile(r"[^\W_]+\Z")
_LONGEST_ABBREVIATION = 8


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


#: Words whose full stop hardly ever ends a sentence; all languages in one, none is a common word of another.
_ABBREVIATIONS = _words(
    # English
    "mr mrs ms dr prof sen rep gov gen col lt maj capt sgt st jr sr vs nos eq vol pp approx dept rev",
    "hon jan feb apr jun jul aug sept sep oct nov dec mt",
    # Russian and Ukrainian
    "г гг в вв т тт ст стр см ср им ул пр д кв обл р тыс млн млрд трлн руб коп долл напр проф акад доц ген полк",
    "зам респ гр англ янв фев февр апр авг сент окт нояб дек м тис грн вул рр",
    # Kazakh
    "ж жж ғ ғғ қ тел",
)
#: Those that are words too: only before a number.
_BEFORE_NUMBERS = frozenset(("no", "fig", "art", "p", "ch", "sec", "ст", "п", "ч", "гл", "рис", "табл", "б"))


def paragraph_starts(text: str, tokens: Sequence[Token]) -> tuple[int, ...]:
    """The first token of each paragraph, rising; empty without tokens.

    Args:
        text: a field.
        tokens: its tokens.
    """
    breaks = (match.end() for match in _BREAK.finditer(text) if match["blank"] or _parts(text, match))
    return _first_tokens(tokens, breaks, ())


def sentence_starts(text: str, tokens: Sequence[Token], paragraphs: Iterable[int]) -> tuple[int, ...]:
    """The first token of each sentence, rising; every paragraph begins one.

    Args:
        text: a field.
        tokens: its tokens.
        paragraphs: as ``paragraph_starts`` gives them.
    """
    return _first_tokens(tokens, _sentence_ends(text), paragraphs)


def _first_tokens(tokens: Sequence[Token], places: Iterable[int], known: Iterable[int]) -> tuple[int, ...]:
    """The tokens that stand first after these places of the text, with those that are known."""
    if not tokens:
        return ()
    starts = [token.start for token in tokens]
    found = {0, *known}
    found.update(bisect_left(starts, place) for place in places)
    found.discard(len(tokens))
    return tuple(sorted(found))


def _sentence_ends(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        marks, place = match["marks"], match.end()
        if not _UNSPACED_MARKS.isdisjoint(marks):
            yield place
        elif match.group()[-1].isspace() or place == len(text):
            if not _goes_on(text, place) and not (marks == "." and _is_abbreviated(text, match)):
                yield place
        elif marks[-1] in "!?" and _STARTS_UNSPACED.match(text, place):
            yield place


def _goes_on(text: str, place: int) -> bool:
    """Does a lower-case letter follow?"""
    after = _OPENERS.match(text, place)
    place = after.end() if after else place
    return text[place : place + 1].islower()


def _is_abbreviated(text: str, stop: re.Match[str]) -> bool:
    """Does this single full stop stand after an abbreviation, an initial or the number of a list item?"""
    place = stop.start()
    before = _LAST_WORD.search(text[max(0, place - _LONGEST_ABBREVIATION) : place])
    if before is None:
        return False
    word = before.group()
    if word.isdecimal():
        return _begins_line(text, place - len(word))
    if word.lower() in _BEFORE_NUMBERS:
        return text[stop.end() : stop.end() + 1].isdigit()
    return (len(word) == 1 and word.isupper()) or word.lower() in _ABBREVIATIONS


def _begins_line(text: str, place: int) -> bool:
    return place == 0 or text[place - 1] in "\n\r"


def _parts(text: str, line_break: re.Match[str]) -> bool:
    """Does the end of this line end a paragraph?"""
    line = text[max(0, line_break.start() - _LONGEST_ABBREVIATION) : line_break.start()]
    return _MARK_AT_END.search(line) is not None or not _goes_on(text, line_break.end())
