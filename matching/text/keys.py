"""The KeyStream of an article: its fields as tokens with their keys."""

from __future__ import annotations

from domain.articles import TEXT_FIELDS, Article
from domain.keys import KeyStream
from matching.text.tokens import tokenize


def key_stream(article: Article) -> KeyStream:
    """The tokens of title, lead and text; an empty field has none.

    Offsets are code points of the field as the article holds it.
    """
    return KeyStream(fields={name: tokenize(article.field(name)) for name in TEXT_FIELDS})
