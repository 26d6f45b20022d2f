"""The three scripts of Kazakh: how a word in Cyrillic is written in each, and what its letters say of its endings.

Latin script has two official orthographies, of 2018 and 2021, and many habits; one letter means different sounds
in them. Both therefore become a skeleton without marks, in which words that differ only there fall together
(сөз and соз). In Arabic script the letters of back and front vowels are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matching.text.inflect import kk_suffixes as kinds
from matching.text.inflect.kk_suffixes import BACK, BOTH, FRONT

_LONG_ENOUGH_TO_BE_POSSESSED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Letters:
    """What the letters of one script are."""

    vowels: frozenset[str]
    #: Letters with which an ending can begin before which stems change.
    opening: frozenset[str]
    #: A last letter to its kinds; any other letter is voiceless to an ending.
    noun_kinds: Mapping[str, str]
    #: The voiced letter to the voiceless ones that it may stand for, and to itself where words end in it.
    voiced: Mapping[str, str]
    #: Letters that become voiced between vowels, to what they become.
    voiceable: Mapping[str, str]
    #: Which endings a word may take: BACK, FRONT or both.
    harmony: Callable[[str], tuple[int, ...]]
    #: Letters in which no stem of a verb ends.
    never_verbal: frozenset[str]
    #: The last letter of a verb's stem with the у that follows it, where both are one letter.
    fused: Mapping[str, str]
    #: A letter that stands for й and а in an ending after a vowel.
    merged: str = ""
    #: The letter of which a run is written once.
    run: str = ""

    def noun_mask(self, word: str) -> int:
        """The kinds of stem that a noun may be, as a mask."""
        last = word.rstrip("ь")[-1:]
        found = self.noun_kinds.get(last, kinds.VOICELESS)
        if kinds.POSSESSED in found and len(word) < _LONG_ENOUGH_TO_BE_POSSESSED:
            found = found.replace(kinds.POSSESSED, "")
        return self._mask(found, word)

    def verb_mask(self, stem: str) -> int:
        """The kinds of stem that a verb's stem may be, as a mask."""
        found = self.noun_kinds.get(stem[-1:], kinds.VOICELESS)
        return self._mask("".join(_VERB_KINDS[kind] for kind in found), stem)

    def _mask(self, found: str, word: str) -> int:
        mask = 0
        for harmony in self.harmony(word):
            for kind in found:
                mask |= kinds.bit(kind, harmony)
        return mask


_VERB_KINDS = {
    kinds.VOWEL: kinds.VERB_VOWEL,
    kinds.POSSESSED: kinds.VERB_VOWEL,
    kinds.GLIDE: kinds.VERB_VOICED,
    kinds.LIQUID: kinds.VERB_VOICED,
    kinds.NASAL: kinds.VERB_NASAL,
    kinds.HISS: kinds.VERB_HISS,
    kinds.VOICELESS: kinds.VERB_VOICELESS,
}


def _noun_kinds(**letters: str) -> dict[str, str]:
    """Kinds by name (V, G, VG ...) with their letters, turned round."""
    return {letter: kind for kind, group in letters.items() for letter in group}


def _cyrillic_harmony(word: str) -> tuple[int, ...]:
    """By the last vowel but и, у and ю, which say nothing; и alone is front, у alone is back.

    Russian words in -и- with a back vowel before it, in -ь, -ев, -к and -г are written either way.
    """
    passed = ""
    for letter in reversed(word):
        if letter in "әеөүіэ":
            return BOTH if word.endswith(("ев", "ь")) else (FRONT,)
        if letter in "аоұыя":
            return BOTH if "и" in passed or word[-1] in "ькг" else (BACK,)
        if letter in "иую":
            passed += letter
    if not passed or "ю" in passed:
        return BOTH
    return (FRONT,) if "и" in passed else (BACK,)


def _latin_harmony(word: str) -> tuple[int, ...]:
    """As in Cyrillic, but i may be і, и or й, o may be о or ө, u may be у, ұ or ү."""
    unsure = False
    for letter in reversed(word):
        if letter == "o":
            return BOTH
        if letter == "e":
            return BOTH if word.endswith("ev") else (FRONT,)
        if letter in "ay":
            return BOTH if unsure or word[-1] in "kg" else (BACK,)
        unsure = unsure or letter == "i"
    return (FRONT,) if unsure and "u" not in word else BOTH


def _arabic_harmony(word: str) -> tuple[int, ...]:
    """ە, گ and ك are front, ا, ق and ع are back; the other letters say nothing."""
    front = any(letter in word for letter in "ەگك")
    back = any(letter in word for letter in "اقع")
    return BOTH if front == back else ((FRONT,) if front else (BACK,))


CYRILLIC = Letters(
    vowels=frozenset("аәеоөұүыіиуэюя"),
    opening=frozenset("аеыі"),
    noun_kinds=_noun_kinds(V="аәеоөэяұү", VP="ыі", VG="ию", G="уйр", L="л", N="мнң", Z="зж"),
    voiced={"ғ": "қ", "г": "кг", "б": "пб"},
    voiceable={"қ": "ғ", "к": "г", "п": "б"},
    harmony=_cyrillic_harmony,
    never_verbal=frozenset("вдңфхһцчщ"),
    fused={"й": "ю", "и": "ию"},
    merged="я",
)
LATIN = Letters(
    vowels=frozenset("aeiouy"),
    opening=frozenset("aeiy"),
    noun_kinds=_noun_kinds(V="aeo", VP="y", VGP="i", G="ur", L="l", N="mn", Z="zj"),
    voiced={"g": "qkg", "b": "pb"},
    voiceable={"q": "g", "k": "g", "p": "b"},
    harmony=_latin_harmony,
    never_verbal=frozenset("vdf"),
    fused={},
    run="i",
)
ARABIC = Letters(
    vowels=frozenset("اەوىۇۋي"),
    opening=frozenset("اەى"),
    noun_kinds=_noun_kinds(V="اەو", VP="ى", VG="ي", G="ۋر", L="ل", N="منڭ", Z="زج"),
    voiced={"ع": "ق", "گ": "كگ", "ب": "پب"},
    voiceable={"ق": "ع", "ك": "گ", "پ": "ب"},
    harmony=_arabic_harmony,
    never_verbal=frozenset("ۆدڭفحچ"),
    fused={},
)

_TO_LATIN = str.maketrans(
    dict(zip("аәбвгғдежзийкқлмнңоөпрстуұүфхһыіэ", "aabvggdejziikqlmnnooprstuuufhhyie", strict=True))
    | {"ч": "ch", "ш": "sh", "щ": "sh", "ю": "iu", "я": "ia", "ъ": "", "ь": "", "ц": "ts"}
)
_TO_ARABIC = str.maketrans(
    dict(zip("аәбвгғдежзийкқлмнңоөпрстуұүфхһыіэчш", "اابۆگعدەجزييكقلمنڭووپرستۋۇۇفحھىىەچش", strict=True))
    | {"щ": "ش", "ю": "يۋ", "я": "يا", "ъ": "", "ь": "", "ц": "تس"}
)
_LATIN_MARKS = str.maketrans(
    dict(zip("áäəǵğǧıńñŋóöúüūýwx", "aaagggınnnoouuuuuh", strict=True)) | {"ı": "i", "ş": "sh", "ç": "ch"}
)
_ARABIC_MARKS = str.maketrans({"ء": "", "ٴ": "", "ک": "ك", "ہ": "ە", "ه": "ە", "ی": "ي", "ې": "ي"})
_RUN_OF_I = re.compile("ii+")
_RUN_OF_YEH = re.compile("يي+")


def latin(word: str) -> str:
    """A word in Cyrillic as the skeleton of its Latin forms."""
    return _RUN_OF_I.sub("i", word.translate(_TO_LATIN))


def arabic(word: str) -> str:
    """A word in Cyrillic in Arabic letters, without the sign of front vowels."""
    return _RUN_OF_YEH.sub("ي", word.translate(_TO_ARABIC))


def latin_skeleton(word: str) -> str:
    """A folded word in Latin script, of any orthography, as its skeleton."""
    return _RUN_OF_I.sub("i", word.translate(_LATIN_MARKS))


def arabic_skeleton(word: str) -> str:
    """A folded word in Arabic script without the sign of front vowels, its letters those of Kazakh."""
    return _RUN_OF_YEH.sub("ي", word.translate(_ARABIC_MARKS))
