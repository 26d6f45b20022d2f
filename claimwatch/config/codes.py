"""What is wrong with a country code or a language tag (the common part of BCP 47)."""

from __future__ import annotations

import re

from domain.codes import COUNTRIES, LANGUAGES

#: Codes of countries that people write for the language spoken there.
_COUNTRY_FOR_LANGUAGE = {"kz": "kk", "cn": "zh", "ua": "uk", "jp": "ja", "cz": "cs", "dk": "da", "gr": "el", "rs": "sr"}
#: Three-letter codes of languages that have a shorter one.
_LONG = {"eng": "en", "rus": "ru", "kaz": "kk", "zho": "zh", "chi": "zh", "ukr": "uk", "kir": "ky", "uzb": "uz"}
#: Codes that people write for a country that has another.
_COUNTRY_MISTAKES = {"UK": "GB", "EL": "GR", "KS": "XK", "SU": "RU"}

_TAG = re.compile(r"([a-z]{2,3})(-[A-Z][a-z]{3})?(-(?:[A-Z]{2}|[0-9]{3}))?")


def country_problem(code: str) -> str | None:
    """What is wrong with a country code, None when it is right."""
    if code in COUNTRIES:
        return None
    guess = _COUNTRY_MISTAKES.get(code.upper(), code.upper())
    hint = f"; did you mean '{guess}'?" if guess in COUNTRIES else ""
    return f"'{code}' is not a country code of ISO 3166-1, such as KZ{hint}"


def language_problem(tag: str) -> str | None:
    """What is wrong with a language tag, None when it is right.

    A tag is a language, and where needed a script and a region: ``kk``, ``kk-Arab``, ``zh-Hant-TW``.
    """
    shape = _TAG.fullmatch(tag)
    if shape and shape[1] not in _LONG and (shape[1] in LANGUAGES or len(shape[1]) == 3):
        return None
    guess = tag.lower()
    guess = _LONG.get(guess) or _COUNTRY_FOR_LANGUAGE.get(guess, guess)
    hint = f"; did you mean '{guess}'?" if guess in LANGUAGES else ""
    return f"'{tag}' is not a language tag of BCP 47, such as kk or zh-Hant{hint}"
