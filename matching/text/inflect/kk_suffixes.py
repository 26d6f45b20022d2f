"""The endings of Kazakh, and after which kinds of stems each may stand.

Written with four signs that follow the vowels of the stem: A is а or е, Y is ы or і, G is ғ or г, K is қ or к.
A kind of stem is its last sound (how endings begin after it) and its harmony (back or front): one bit, so that an
ending has a mask of the kinds it may follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

BACK, FRONT = 0, 1
BOTH = (BACK, FRONT)

#: Last sounds of nouns: vowel; р й у; л; м н ң; з ж; voiceless; and a third person's ы, і that stays possessed.
VOWEL, GLIDE, LIQUID, NASAL, HISS, VOICELESS, POSSESSED = "VGLNZTP"
#: Last sounds of verbs.
VERB_VOWEL, VERB_VOICED, VERB_NASAL, VERB_HISS, VERB_VOICELESS = "vgnzt"
_KINDS = "VGLNZTPvgnzt"

_SIGNS = (str.maketrans("AYGK", "аығқ"), str.maketrans("AYGK", "еігк"))

#: Genitive, dative, accusative, locative, ablative, instrumental, "that is in", "that is of".
_CASES: Mapping[str, tuple[str, ...]] = {
    VOWEL: ("нYң", "GA", "нY", "дA", "дAн", "мен", "дAGY", "нікі"),
    GLIDE: ("дYң", "GA", "дY", "дA", "дAн", "мен", "дAGY", "дікі"),
    LIQUID: ("дYң", "GA", "дY", "дA", "дAн", "мен", "дAGY", "дікі"),
    NASAL: ("нYң", "GA", "дY", "дA", "нAн", "мен", "дAGY", "нікі"),
    HISS: ("дYң", "GA", "дY", "дA", "дAн", "бен", "дAGY", "дікі"),
    VOICELESS: ("тYң", "KA", "тY", "тA", "тAн", "пен", "тAGY", "тікі"),
    POSSESSED: ("нA", "н", "ндA", "нAн", "ндAGY"),
}
_PLURAL = {VOWEL: "лAр", GLIDE: "лAр", LIQUID: "дAр", NASAL: "дAр", HISS: "дAр", VOICELESS: "тAр"}
_OF_ME = ("нYң", "A", "дY", "дA", "нAн", "мен", "дAGY", "нікі")
_OF_THEM = ("нYң", "нA", "н", "ндA", "нAн", "мен", "ндAGY", "нікі")
#: Ending after a vowel, after a consonant, and the cases that follow: my, your, your (polite), their, our.
_OWNERS = (
    ("м", "Yм", _OF_ME),
    ("ң", "Yң", _OF_ME),
    ("ңYз", "YңYз", _CASES[HISS]),
    ("сY", "Y", _OF_THEM),
    ("мYз", "YмYз", _CASES[HISS]),
)

_PAST_PERSONS = ("", "м", "ң", "ңYз", "K", "ңдAр", "ңYздAр")
_PERSONS = ("мYн", "сYң", "сYз", "мYз", "сYңдAр", "сYздAр")
_PARTICIPLE_PERSONS = ("мYн", "сYң", "сYз", "бYз", "сYңдAр", "дYK", "дYKтAн", "дYGY", "дYGYн")
_CONVERB_PERSONS = ("пYн", "сYң", "сYз", "тY", "пYз")


def bit(kind: str, harmony: int) -> int:
    """The bit of a kind of stem."""
    return 1 << (2 * _KINDS.index(kind) + harmony)


@cache
def noun_endings() -> Mapping[str, int]:
    """Each ending of a noun to the mask of the stems it may follow; the empty one is not among them."""
    return _masks((kind, _noun(kind)) for kind in _CASES)


@cache
def verb_endings() -> Mapping[str, int]:
    """Each ending of a verb to the mask of the stems it may follow; the bare stem is not among them."""
    return _masks((kind, _verb(kind)) for kind in (VERB_VOWEL, VERB_VOICED, VERB_NASAL, VERB_HISS, VERB_VOICELESS))


def _masks(endings: Iterable[tuple[str, Iterable[str]]]) -> Mapping[str, int]:
    masks: dict[str, int] = {}
    for kind, templates in endings:
        for template in templates:
            for harmony in BOTH:
                ending = template.translate(_SIGNS[harmony])
                masks[ending] = masks.get(ending, 0) | bit(kind, harmony)
    return masks


def _noun(kind: str) -> Iterator[str]:
    yield from _CASES[kind]
    if kind == POSSESSED:
        return
    yield from _possessed(after_vowel=kind == VOWEL)
    plural = _PLURAL[kind]
    yield plural
    yield from (plural + case for case in _CASES[GLIDE])
    yield from (plural + owned for owned in _possessed(after_vowel=False))


def _possessed(*, after_vowel: bool) -> Iterator[str]:
    for vowel, consonant, cases in _OWNERS:
        owner = vowel if after_vowel else consonant
        yield owner
        yield from (owner + case for case in cases)


def _verb(kind: str) -> Iterator[str]:
    yield from _affirmative(kind)
    negative = {VERB_VOICELESS: "пA", VERB_NASAL: "бA", VERB_HISS: "бA"}.get(kind, "мA")
    yield from (negative + ending for ending in _affirmative(VERB_VOWEL))
    yield from (negative + ending for ending in ("с", "сA", "стAн", "спYн", "ссYң", "ссYз", "спYз", "у"))
    yield from (f"{negative}у{ending}" for ending in _noun(GLIDE))
    yield from (f"{negative}K{ending}" for ending in ("", "шY"))


def _affirmative(kind: str) -> Iterator[str]:
    voiceless, vowel = kind == VERB_VOICELESS, kind == VERB_VOWEL
    yield from ((("тY" if voiceless else "дY") + person) for person in _PAST_PERSONS)
    yield from _participle("KAн" if voiceless else "GAн")
    yield from _participle("йтYн" if vowel else "AтYн")
    present, converb, future = ("й", "п", "р") if vowel else ("A", "Yп", "Aр")
    yield present
    yield from (present + person for person in (*_PERSONS, "дY"))
    yield converb
    yield from (converb + person for person in _CONVERB_PERSONS)
    yield future
    yield from (future + person for person in _PERSONS)
    yield from ("сA" + person for person in _PAST_PERSONS)
    yield from ("сYн", "сYндAр")
    yield from ("йYн", "йYK", "ңYз", "ңYздAр") if vowel else ("AйYн", "AйYK", "YңYз", "YңYздAр")
    gap = "K" if voiceless else "G"
    yield from (f"{gap}{ending}" for ending in ("AлY", "AншA", "Yм", "Yң", "YңYз", "YсY", "YмYз"))


def _participle(participle: str) -> Iterator[str]:
    """A participle is declined as a noun in н."""
    yield participle
    yield from (participle + ending for ending in _noun(NASAL))
    yield from (participle + person for person in _PARTICIPLE_PERSONS)
