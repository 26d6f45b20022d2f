"""English: simplemma's dictionary, which knows one lemma a form, and the other readings by rule.

A rule counts only where it leads to a word that the dictionary has as a lemma.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from matching.text.inflect import Inflection
from matching.text.inflect.lemmas import DictionaryInflection

#: Forms of which the dictionary knows another reading, and no rule tells this one.
_IRREGULAR: Mapping[str, tuple[str, ...]] = {
    "axes": ("axis",),
    "bases": ("basis",),
    "bore": ("bear",),
    "born": ("bear",),
    "bound": ("bind",),
    "broke": ("break",),
    "data": ("datum",),
    "fell": ("fall",),
    "felt": ("feel",),
    "found": ("find",),
    "froze": ("freeze",),
    "gone": ("go",),
    "ground": ("grind",),
    "lay": ("lie", "lay"),
    "laid": ("lay",),
    "lain": ("lie",),
    "leaves": ("leaf",),
    "led": ("lead",),
    "left": ("leave",),
    "lives": ("life",),
    "rose": ("rise",),
    "saw": ("see", "saw"),
    "shot": ("shoot",),
    "spoke": ("speak",),
    "stole": ("steal",),
    "stood": ("stand",),
    "thought": ("think",),
    "woke": ("wake",),
    "won": ("win",),
    "worse": ("bad",),
    "worst": ("bad",),
    "wound": ("wind",),
}
_DOUBLED = re.compile(r"([bdgklmnprt])\1$")
#: Peoples in the plural, which the dictionary takes for words of their own.
_PEOPLE = re.compile("(.{3,}(?:an|akh|ak|ek|en|ol|yz))s")
_SHORTEST_STEM = 3


class English(DictionaryInflection):
    """Every reading: "annexed" is of annexe and of annex, "meeting" is a noun and of meet."""

    def __init__(self) -> None:
        super().__init__("en")

    def lemmas(self, word: str) -> tuple[str, ...]:
        """The dictionary's lemma, the irregular ones, and what the endings say."""
        people = _PEOPLE.fullmatch(word)
        found = [people[1] if people and lemma == word else lemma for lemma in self.entries(word)]
        endings = _stems(word, inflected=any(lemma != word for lemma in found))
        by_rule = [stem for stem in endings if self._dictionary.get(stem) == stem]
        return tuple(dict.fromkeys((*found, *_IRREGULAR.get(word, ()), *by_rule))) or (word,)


def _stems(word: str, *, inflected: bool) -> Iterator[str]:
    """What the word may be a form of, by its ending.

    Args:
        word: folded.
        inflected: the dictionary takes it for a form; else -s says nothing (news, politics).
    """
    if word.endswith("ing"):
        yield from _verbs(word.removesuffix("ing"))
    elif word.endswith("ed") and not word.endswith("eed"):
        yield from _verbs(word.removesuffix("ed"))
    elif inflected and word.endswith("es"):
        yield from (stem for stem in (word[:-2], word[:-1]) if len(stem) >= _SHORTEST_STEM)


def _verbs(stem: str) -> Iterator[str]:
    """The verbs whose -ing or -ed form begins so."""
    if len(stem) < _SHORTEST_STEM:
        return
    yield stem
    yield stem + "e"
    if _DOUBLED.search(stem):
        yield stem[:-1]


def load() -> Inflection:
    """The inflection of English."""
    return English()
