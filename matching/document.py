"""Document: what a query meets, an article's words as keys with everything that queries may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.keys import KeyStream


@dataclass(frozen=True, kw_only=True)
class Document:
    """One article as queries see it."""

    #: Field name (title, lead, text) to its original characters, to which the tokens' places refer.
    texts: Mapping[str, str]
    stream: KeyStream
    #: BCP 47, primary language; ``und`` when it cannot be told.
    language: str = "und"
    outlet_id: str | None = None
    #: ISO 3166-1 alpha-2 of the outlet, in upper case.
    country: str | None = None
    author: str | None = None
    url: str = ""
