"""What a query is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word: met by a word of the article that folds to the same."""

    #: As written.
    text: str
    #: Where it begins in the query, counted from 1.
    column: int


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words in quotes: met by the same words beside each other, in this order."""

    #: As written, without the quotes.
    text: str
    #: Where its opening quote stands in the query, counted from 1.
    column: int


@dataclass(frozen=True, kw_only=True)
class Or:
    """Any of the terms; each that is met counts."""

    terms: tuple[Word | Phrase, ...]


Term = Word | Phrase
Query = Or | Word | Phrase


def terms(query: Query) -> tuple[Term, ...]:
    """The terms of a query, in the order written."""
    return query.terms if isinstance(query, Or) else (query,)
