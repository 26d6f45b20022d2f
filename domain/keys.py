"""KeyStream: what an article says, as keys.

A key is a folded form of a word: every form that may meet a query is one key. Matching makes
the stream; watches, claims and stored search all read the same one.
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
