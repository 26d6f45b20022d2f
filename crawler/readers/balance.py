"""Mends a feed whose tags do not match, so that no item is lost to a tag that should not be there.

An XML parser that goes on after a mistake lets an end tag that nobody opened close whatever is open:
one such tag in an item closes the feed, and all items after it are gone. The rules here: an end tag
that matches nothing open is dropped; one that matches closes what is open inside; items do not nest,
and the feed ends where its text ends, whatever closes it before. All but tags stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: Begins a tag, or what hides tags. A raw ``<`` ends an attempt, so that the search is linear.
_TOKEN = re.compile(
    r"<(?:(?P<hides>!--|!\[CDATA\[|\?)"
    r"|(?P<end>/?)(?P<name>[A-Za-z_][\w.:-]*)(?P<rest>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>)"
)
_CLOSERS = {"!--": "-->", "![CDATA[": "]]>", "?": "?>"}
_FRAMES = ("rss", "feed", "RDF", "channel")
_ITEMS = ("item", "entry")


class _Balance:
    """What is open, and the text so far."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: list[str] = []
        #: How often a name is open, so that nothing is searched for in vain.
        self._counts: dict[str, int] = {}

    def text(self) -> str:
        """All of it, with everything closed."""
        self._close_while(lambda _: True)
        return "".join(self._parts)

    def copy(self, text: str) -> None:
        """Take over what is no tag."""
        self._parts.append(text)

    def start(self, name: str, tag: str) -> None:
        """A start tag, or an element that is empty."""
        if _local(name) in _ITEMS:
            self._close_while(lambda inner: _local(inner) not in _FRAMES)
        self._parts.append(tag)
        if not tag.endswith("/>"):
            self._open.append(name)
            self._counts[name] = self._counts.get(name, 0) + 1

    def end(self, name: str) -> None:
        """An end tag."""
        if _local(name) in _FRAMES or not self._counts.get(name):
            return
        self._close_while(lambda inner: inner != name)
        self._close()

    def _close_while(self, condition: Callable[[str], bool]) -> None:
        while self._open and condition(self._open[-1]):
            self._close()

    def _close(self) -> None:
        name = self._open.pop()
        self._counts[name] -= 1
        self._parts.append(f"</{name}>")


def balanced(document: str) -> str:
    """The document with matching tags; linear in its length.

    Args:
        document: XML from its root's start tag on.
    """
    balance = _Balance()
    unclosed: set[str] = set()
    done = place = 0
    while (token := _TOKEN.search(document, place)) is not None:
        place = token.end()
        hides = token["hides"]
        if hides is not None:
            place = _after(document, place, hides, unclosed)
            continue
        balance.copy(document[done : token.start()])
        done = place
        if token["end"]:
            balance.end(token["name"])
        else:
            balance.start(token["name"], token[0])
    balance.copy(document[done:])
    return balance.text()


def _after(document: str, place: int, hides: str, unclosed: set[str]) -> int:
    """The place after a comment, a CDATA section or an instruction; where none closes it, after its beginning."""
    closer = _CLOSERS[hides]
    found = -1 if hides in unclosed else document.find(closer, place)
    if found < 0:
        unclosed.add(hides)
        return place
    return found + len(closer)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
