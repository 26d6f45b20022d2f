"""Signatures of articles, by which equal ones are known."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from domain.keys import Token

#: A body of at least so many words is a text of its own, whatever headline an outlet puts over it.
OWN_TEXT_WORDS = 40


def content_hash(title: Sequence[Token], body: Sequence[Token]) -> str:
    """A hash of the words, equal for equal words whatever layout, case, width or punctuation.

    A copy under another headline is the same text; only where the body is short do the words of the
    headline count too.

    Args:
        title: the tokens of the headline.
        body: the tokens of the text; of the lead where an article has no text.

    Returns:
        64 hex digits; empty when there is no word at all.
    """
    tokens = body if len(body) >= OWN_TEXT_WORDS else (*title, *body)
    joined = "\x1f".join(token.keys[0] for token in tokens)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest() if joined else ""
