"""The names that a query may use: fields, filters, what is asked of claims, and the limits of numbers.

The words of claims are those of docs/glossary.md; the order of AUTHORITIES is the ladder, highest first.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping

from domain.codes import COUNTRIES, LANGUAGES

#: As written in a query, to the field that is meant.
FIELDS: Mapping[str, str] = {"title": "title", "lead": "lead", "text": "text", "body": "text"}
FILTERS = ("lang", "outlet", "country", "author", "url")
GEO = "geo"
#: Names of other systems, and what they are called here.
_OTHER_NAMES: Mapping[str, str] = {
    "headline": "title",
    "intitle": "title",
    "content": "text",
    "intext": "text",
    "summary": "lead",
    "language": "lang",
    "source": "outlet",
    "publisher": "outlet",
    "site": "url",
    "inurl": "url",
    "domain": "url",
    "link": "url",
    "byline": "author",
    "state": "geo",
    "place": "geo",
    "location": "geo",
}

MOST_DISTANCE = 100
LEAST_WEIGHT, MOST_WEIGHT = 0.001, 1000.0
LEAST_PREFIX = 3

TYPES = (
    "explicit_claim",
    "historical_belonging",
    "gift",
    "artificial_state",
    "return_reunify",
    "protect_compatriots",
    "border_revision",
    "treaty_annulment",
    "population_wants",
    "annexation",
    "sovereignty_assertion",
    "dispute_mention",
)
STANCES = ("assert", "deny", "disavow", "reject", "protest", "settle", "hypothetical")
VOICES = ("direct", "attributed", "author")
AUTHORITIES = (
    "head_of_state",
    "government",
    "legislator",
    "military",
    "regional",
    "party",
    "state_media",
    "media",
    "expert",
    "public",
    "unknown",
)
#: Conditions of claim(...) whose values are listed.
LISTED: Mapping[str, tuple[str, ...]] = {
    "type": TYPES,
    "stance": STANCES,
    "voice": VOICES,
    "authority": AUTHORITIES,
    "recalled": ("true", "false"),
}
#: Those whose values are states or other actors.
ACTORS = ("challenger", "target", "speaker_state")
#: Those whose values are ids that only the data know.
NAMED = ("territory", "speaker")
SCORE = "score"
CONDITIONS = (*LISTED, *ACTORS, *NAMED, SCORE)
#: Those that know more and less.
ORDERED = ("authority", SCORE)

_COUNTRY_MISTAKES = {"UK": "GB", "EL": "GR", "KS": "XK", "SU": "x-ussr"}
_LANGUAGE_MISTAKES = {"kz": "kk", "cn": "zh", "ua": "uk", "jp": "ja", "eng": "en", "rus": "ru", "kaz": "kk"}
_ACTOR = re.compile(r"x-[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-\w+)*", re.ASCII | re.IGNORECASE)
_ID = re.compile(r"[\w.:-]+")
_SCORE = re.compile(r"0|1|[01]?\.\d+", re.ASCII)


def did_you_mean(word: str, known: Collection[str], *, before: str = "", after: str = "") -> str:
    """``; did you mean x?`` when a known word is near, else nothing.

    Args:
        word: as it was written.
        known: the words there are.
        before: what the query writes before such a word.
        after: and after it.
    """
    near = difflib.get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return f"; did you mean {before}{near[0]}{after}?" if near else ""


def unknown_field(name: str) -> str:
    """The message for ``name:`` that is no field."""
    known = (*FIELDS, *FILTERS, GEO)
    other = _OTHER_NAMES.get(name.casefold())
    hint = f"; did you mean {other}:?" if other else did_you_mean(name, known, after=":")
    listed = ", ".join(f"{one}:" for one in known)
    return f"there is no field {name}:{hint or f'; there are {listed}'} (to look for the text itself, quote it)"


def filter_problem(name: str, value: str) -> str | None:
    """What is wrong with a value of a filter; None when nothing is."""
    if name == "country":
        return country_problem(value)
    if name == "lang":
        return _language_problem(value)
    return None if value.strip() else f"{name}: needs a value"


def filter_value(name: str, value: str) -> str:
    """The value as documents have it."""
    return value.upper() if name == "country" else value.lower() if name == "lang" else value


def country_problem(code: str) -> str | None:
    """What is wrong with a country's code, in capitals or not; None when nothing is."""
    if code.upper() in COUNTRIES:
        return None
    guess = _COUNTRY_MISTAKES.get(code.upper())
    return f"there is no country {code}" + (
        f"; did you mean {guess}?" if guess in COUNTRIES else "; write its code of two letters, such as KZ"
    )


def actor_problem(code: str) -> str | None:
    """What is wrong with the id of a state or other actor; None when nothing is."""
    if code.upper() in COUNTRIES or _ACTOR.fullmatch(code.lower()):
        return None
    guess = _COUNTRY_MISTAKES.get(code.upper())
    hint = f"; did you mean {guess}?" if guess else "; write a code such as KZ, or x-abkhazia where ISO has none"
    return f"there is no state {code}{hint}"


def actor(code: str) -> str:
    """The id as it is kept: KZ in capitals, x-abkhazia in small letters."""
    return code.lower() if code.lower().startswith("x-") else code.upper()


def _language_problem(tag: str) -> str | None:
    code = tag.lower().split("-")[0]
    if _LANGUAGE.fullmatch(tag) and (code in LANGUAGES or (len(code) == 3 and code not in _LANGUAGE_MISTAKES)):
        return None
    guess = _LANGUAGE_MISTAKES.get(code)
    hint = f"; did you mean {guess}?" if guess else "; write its code, such as kk or ru"
    return f"there is no language {tag}{hint}"


def condition_problem(name: str, operator: str, values: tuple[str, ...]) -> str | None:
    """What is wrong with a condition of ``claim(...)``; None when nothing is."""
    if name not in CONDITIONS:
        hint = did_you_mean(name, CONDITIONS) or f"; there are {', '.join(CONDITIONS)}"
        return f"a claim has no {name}{hint} (for the word itself, put a blank before the bracket: claim (...))"
    if operator in {"<=", ">="}:
        if name not in ORDERED:
            return f"{name} knows no more and less: write {name}=... or {name}!=..."
        if len(values) > 1:
            return f"{name}{operator} takes one value, not a list"
    return next((problem for value in values if (problem := _value_problem(name, value))), None)


def _value_problem(name: str, value: str) -> str | None:
    if name in ACTORS:
        return actor_problem(value)
    if name == SCORE:
        return None if _SCORE.fullmatch(value) else f"score is a number from 0 to 1, such as 0.5, not {value}"
    if name in NAMED:
        return None if _ID.fullmatch(value) else f"{value} is no id of a {name}"
    if value.lower() in LISTED[name]:
        return None
    hint = did_you_mean(value, LISTED[name]) or f"; there are {', '.join(LISTED[name])}"
    return f"{name} is never {value}{hint}"


def condition_value(name: str, value: str) -> str:
    """The value as claims have it."""
    if name in ACTORS:
        return actor(value)
    return value.lower() if name in LISTED else value
