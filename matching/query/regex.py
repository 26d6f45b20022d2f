"""Regular expressions of queries: RE2 only, which takes time in proportion to the text, whatever the pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

MOST_CHARACTERS = 1000
#: Letters or digits in a row that every match must hold, so that an index can find the article.
LEAST_LITERAL = 3

_MEMORY = 8 << 20
_SURROGATE = re.compile("[\ud800-\udfff]")
#: One piece of a pattern that compiles, with its repetition.
_PIECE = re.compile(
    r"(?:(?P<flags>\(\?[imsU-]+\))|(?P<open>\((?:\?(?:P?<\w+>|[imsU-]*:))?)|(?P<close>\))|(?P<bar>\|)|(?P<letter>[^\W_])"
    r"|\\Q.*?(?:\\E|$)|\\(?:x\{[^}]*\}|x..|[pP](?:\{[^}]*\}|.)|[0-7]{1,3}|.)|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|.)"
    r"(?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)?",
    re.DOTALL,
)
_MAY_BE_ABSENT = ("*", "?", "{0")


class WrongPatternError(ValueError):
    """RE2 does not take the pattern; says why."""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """The compiled pattern; case is never minded.

    Raises:
        WrongPatternError: it does not compile, or would take too much memory.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise WrongPatternError(_words(error)) from error


def matches(pattern: str, text: str, most: int) -> Iterator[tuple[int, int]]:
    """Start and end of the first matches in code points of the text, empty ones left out; they never overlap.

    Args:
        pattern: one that compiles.
        text: any text; lone surrogates are no letters.
        most: how many at most.
    """
    for found in compiled(pattern).finditer(_SURROGATE.sub("\ufffd", text)):
        if most == 0:
            return
        if found.start() < found.end():
            most -= 1
            yield found.start(), found.end()


def has_literal(pattern: str) -> bool:
    """Must every match hold some letters or digits in a row? A cautious answer: no where it is hard to say."""
    groups = [_Group()]
    for piece in _PIECE.finditer(pattern):
        _take(groups, piece)
    return groups[0].required() >= LEAST_LITERAL


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


class _Group:
    """A group of a pattern in the making: how many letters in a row its matches cannot do without."""

    def __init__(self) -> None:
        #: The least of the alternatives before this one.
        self._least: int | None = None
        #: The longest run of this alternative, and the run that is still growing.
        self._longest = 0
        self.run = 0

    def cut(self, inner: int = 0) -> None:
        """The run ends; ``inner`` is what the group that stands here requires by itself."""
        self._longest = max(self._longest, self.run, inner)
        self.run = 0

    def end_alternative(self) -> None:
        """Another alternative begins."""
        self._least = self.required()
        self._longest = self.run = 0

    def required(self) -> int:
        """Of the alternative that requires the least."""
        longest = max(self._longest, self.run)
        return longest if self._least is None else min(self._least, longest)


def _take(groups: list[_Group], piece: re.Match[str]) -> None:
    absent = (piece["repeat"] or "").startswith(_MAY_BE_ABSENT)
    kind = piece.lastgroup if piece.lastgroup != "repeat" else _kind(piece)
    if kind == "open":
        groups.append(_Group())
    elif kind == "close" and len(groups) > 1:
        inner = groups.pop().required()
        groups[-1].cut(0 if absent else inner)
    elif kind == "bar":
        groups[-1].end_alternative()
    elif kind == "letter":
        groups[-1].run += not absent
        if piece["repeat"]:
            groups[-1].cut()
    else:
        groups[-1].cut()


def _kind(piece: re.Match[str]) -> str | None:
    return next((name for name in ("close", "letter") if piece[name]), None)
