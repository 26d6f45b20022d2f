"""Signatures of articles, by which equal ones are known."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from domain.keys import Token


def content_hash(title: Sequence[Token], body: Sequence[Token]) -> str:
    """A hash of the words, equal for equal words whatever layout, case, width or punctuation.

    The headline counts: pages behind one consent page or from one template have equal bodies and are
    not copies. A headline alone says too little to be known by: a weekly column has the same each week.

    Args:
        title: the tokens of the headline.
        body: the tokens of the text; of the lead where an article has no text.

    Returns:
        64 hex digits; empty when the body has no word.
    """
    if not body:
        return ""
    joined = "\x1f".join(token.keys[0] for token in (*title, *body))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
