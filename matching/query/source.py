"""The text of a query: where its characters stand, and errors that show the place."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

from domain.errors import QueryError
from matching.query.ast import Position

#: Characters of the line that an error shows on each side of its place.
_AROUND = 60
_ELLIPSIS = "…"
#: What a terminal or a log should not be given.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]")
_WIDE = "WF"


class Source:
    """The text of one query.

    Args:
        text: the query, lines parted by line feeds.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(end.end() for end in re.finditer("\n", text))]

    def position(self, offset: int) -> Position:
        """Line and column of a character; of the end of the text, one after its last."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def error(self, message: str, at: Position | int) -> QueryError:
        """What is wrong at a place (a position, or an offset into the text)."""
        place = self.position(at) if isinstance(at, int) else at
        return QueryError(message, line=place.line, column=place.column, excerpt=self._excerpt(place))

    def _excerpt(self, place: Position) -> str:
        """The line, cut to the surroundings of the place, and a caret under it."""
        start = self._starts[place.line - 1]
        end = self._starts[place.line] - 1 if place.line < len(self._starts) else len(self.text)
        offset = min(start + place.column - 1, end)
        first, last = max(start, offset - _AROUND), min(end, offset + _AROUND)
        before = (_ELLIPSIS if first > start else "") + shown(self.text[first:offset])
        after = shown(self.text[offset:last]) + (_ELLIPSIS if last < end else "")
        return f"{before}{after}\n{' ' * _cells(before)}^"


def shown(text: str) -> str:
    """Text of a query as it may be printed: one line, nothing invisible."""
    return _UNSHOWN.sub(lambda found: " " if found.group() in "\t\n\r" else "\ufffd", text)


def quoted(text: str, most: int = 40) -> str:
    """A piece of a query within a message."""
    return f"'{shown(text[: most - 1] + _ELLIPSIS if len(text) > most else text)}'"


def _cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in _WIDE else 1 for char in text
    )
