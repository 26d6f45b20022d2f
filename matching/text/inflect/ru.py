"""Russian: pymorphy3, every reading of a form that it holds possible; words it does not know by their endings.

Surnames in -ов, -ев, -ин, -ын are read as such beside that: pymorphy3 takes Токаев for a form of токай.
"""

from __future__ import annotations

import re

from pymorphy3 import MorphAnalyzer

from matching.text.inflect import Inflection
from matching.text.inflect.lemmas import LemmaInflection, fold

# pymorphy3 fails on letters that have no name, and has nothing to say of other scripts.
_CYRILLIC = re.compile("[\u0400-\u052f']+")
_SURNAME_ENDINGS = ("а", "у", "ым", "е", "ой", "ы", "ых", "ыми")
_SURNAME = re.compile(f"(.{{2,}}(?:ов|ев|ин|ын))(?P<ending>{'|'.join(_SURNAME_ENDINGS)})?")


class Russian(LemmaInflection):
    """Participles are forms of their verb; each aspect and each reflexive verb is a word of its own."""

    def __init__(self) -> None:
        super().__init__("ru")
        self._morphology = MorphAnalyzer(lang="ru")

    def lemmas(self, word: str) -> tuple[str, ...]:
        """The normal forms of all readings, and the surname that it may be of."""
        if not _CYRILLIC.fullmatch(word):
            return (word,)
        normal = self._normal_forms(word)
        surname = _SURNAME.fullmatch(word)
        if surname is None or (surname["ending"] and self.knows(word)):
            return tuple(normal) or (word,)
        return tuple(dict.fromkeys((*normal, surname[1])))

    def knows(self, word: str) -> bool:
        """Is the form in the dictionary, as a form of any word?"""
        return _CYRILLIC.fullmatch(word) is not None and any(
            reading.is_known for reading in self._morphology.parse(word)
        )

    def lexeme(self, lemma: str) -> list[str]:
        """All forms of the words that have this normal form."""
        if not _CYRILLIC.fullmatch(lemma):
            return []
        readings = [each for each in self._morphology.parse(lemma) if fold(each.normal_form) == lemma]
        if not readings and _SURNAME.fullmatch(lemma):
            return [lemma + ending for ending in ("", *_SURNAME_ENDINGS)]
        return [fold(form.word) for reading in readings for form in reading.lexeme]

    def _meant(self, word: str) -> tuple[str, ...]:
        lemmas = self.lemmas(word)
        return (word,) if len(lemmas) > 1 and word in self._normal_forms(word) else lemmas

    def _normal_forms(self, word: str) -> dict[str, None]:
        return dict.fromkeys(fold(reading.normal_form) for reading in self._morphology.parse(word))


def load() -> Inflection:
    """The inflection of Russian; takes a twentieth of a second."""
    return Russian()
