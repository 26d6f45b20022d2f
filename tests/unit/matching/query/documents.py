"""Documents as queries see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from domain.articles import TEXT_FIELDS
from matching.document import Document
from matching.query.parse import parse
from matching.query.reference import Result, evaluate
from matching.text.keys import key_stream
from tests.unit.matching.articles import article


def document(
    text: str = "",
    *,
    title: str = "",
    lead: str = "",
    language: str = "en",
    claims: tuple[Mapping[str, str], ...] = (),
    **about: str,
) -> Document:
    """One document; a claim is its fields, without the ``claim.``."""
    read = article(text, title=title, lead=lead)
    keys = tuple(frozenset(f"claim.{name}={value}" for name, value in claim.items()) for claim in claims)
    return Document(
        texts={name: read.field(name) for name in TEXT_FIELDS},
        stream=replace(key_stream(read, language), claims=keys),
        language=language,
        outlet_id=about.get("outlet"),
        country=about.get("country"),
        author=about.get("author"),
        url=about.get("url", ""),
    )


def meet(query: str, met: Document) -> Result:
    """What a query finds, by its definition."""
    return evaluate(parse(query), met)


def found(query: str, met: Document) -> list[str]:
    """The words that a query mentions, in reading order."""
    return [mention.text for mention in meet(query, met).mentions]
