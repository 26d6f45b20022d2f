"""KeyStream: what an article says, as keys; KeyQuery: what a search asks of keys.

A key is a folded form of a word: every form that may meet a query is one key. Matching makes
the stream; watches, claims and stored search all read the same one. Keys of a language's own
are marked with it (``ru:земля``), so that no word of one language meets a form of another; a
folded surface never holds a colon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or Han character of a field."""

    #: Place in the field's own characters: Unicode code points, end exclusive.
    start: int
    end: int
    #: Every key of this token; the first one is its folded surface.
    keys: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KeyStream:
    """The tokens of each field of one article, in order."""

    #: Field name (title, lead, text) to its tokens.
    fields: Mapping[str, tuple[Token, ...]] = field(default_factory=dict)
    #: Field name to the index of the first token of each of its sentences, rising; empty where there is no token.
    sentences: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    #: The same for paragraphs; the beginning of a paragraph is the beginning of a sentence.
    paragraphs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    #: Of each claim that the article holds, its fields as keys (``claim.challenger=RU``).
    claims: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class HasAny:
    """The article has at least one of these keys; none at all is never met."""

    keys: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class HasAll:
    """All parts are met; no part at all is always met."""

    parts: tuple[KeyQuery, ...]


@dataclass(frozen=True, kw_only=True)
class HasSome:
    """At least one part is met; no part at all is never met."""

    parts: tuple[KeyQuery, ...]


#: What an article must have so that a query can be met: necessary, not enough. It has no Not: what
#: a query excludes is seen only when the article itself is looked at.
KeyQuery = HasAny | HasAll | HasSome

#: Met by every article: nothing is known that the query needs.
ANYTHING = HasAll(parts=())
