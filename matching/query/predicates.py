"""What queries ask of a document rather than of its words: filters and claims."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from matching.document import Document
from matching.query.ast import Claim, Condition, Filter
from matching.query.vocabulary import AUTHORITIES, SCORE
from matching.text.language import primary
from matching.text.normalize import normalize

_RANKS = {name: -place for place, name in enumerate(AUTHORITIES)}


def admits(wanted: Filter, document: Document) -> bool:
    """Is the document one that the filter lets through?"""
    match wanted.name:
        case "lang":
            return primary(document.language) in map(primary, wanted.values)
        case "outlet":
            return document.outlet_id in wanted.values
        case "country":
            return (document.country or "").upper() in map(str.upper, wanted.values)
        case "author":
            return _holds(normalize(document.author or "").text, (normalize(value).text for value in wanted.values))
        case "url":
            return _holds(document.url.lower(), map(str.lower, wanted.values))
    raise ValueError(f"no filter is called {wanted.name}")


def claimed(wanted: Claim, document: Document) -> bool:
    """Does one claim of the document meet all conditions?"""
    return any(all(_meets(claim, condition) for condition in wanted.conditions) for claim in document.stream.claims)


def reaches(authority: str, operator: str, values: Iterable[str]) -> bool:
    """Is this authority as high (``>=``) or as low (``<=``) as any of these?

    One that the ladder does not know reaches nothing.
    """
    if authority not in _RANKS:
        return False
    ranks = [_RANKS[value] for value in values if value in _RANKS]
    return any(_RANKS[authority] >= rank if operator == ">=" else _RANKS[authority] <= rank for rank in ranks)


def _holds(text: str, pieces: Iterable[str]) -> bool:
    return any(piece in text for piece in pieces)


def _meets(claim: Collection[str], condition: Condition) -> bool:
    start = f"claim.{condition.name}="
    stated = [key.removeprefix(start) for key in claim if key.startswith(start)]
    if condition.operator == "!=":
        return not any(_equal(condition.name, one, value) for one in stated for value in condition.values)
    if condition.operator == "=":
        return any(_equal(condition.name, one, value) for one in stated for value in condition.values)
    if condition.name == SCORE:
        return any(_as_far(one, condition.operator, value) for one in stated for value in condition.values)
    return any(reaches(one, condition.operator, condition.values) for one in stated)


def _equal(name: str, one: str, value: str) -> bool:
    return float(one) == float(value) if name == SCORE else one == value


def _as_far(one: str, operator: str, value: str) -> bool:
    return float(one) >= float(value) if operator == ">=" else float(one) <= float(value)
