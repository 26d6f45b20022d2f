"""Invented articles of 800 words and rules ``(A OR B OR C) NEAR/8 (D OR E) AND F``; equal numbers, equal texts.

The words are those of dictionaries, or made of syllables, each in some of its forms. An article speaks of three of
many subjects, in words of theirs, of the whole language and in the commonest ones; a rule is on one subject.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from simplemma.strategies.dictionaries import DefaultDictionaryFactory

from benchmarks import texts
from benchmarks.texts import LANGUAGES, NOW, draws
from domain.articles import Article
from matching.text.inflect import inflection
from matching.text.tokens import surface

#: Words of an article; of Chinese ones, so many of two characters.
WORDS = 800

_VOCABULARY = 12_000
_SUBJECTS = 70
_WORDS_OF_SUBJECT = 36
_COMMON = 150
_MOST_FORMS = 8
#: Characters that are written in one way only.
_HAN = [char for char in map(chr, range(0x4E00, 0x5E00)) if surface(char) == char]


@dataclass(frozen=True, kw_only=True)
class Term:
    """One term of a rule, for contenders that do not read our queries."""

    #: All spellings, folded; of an inflected one each form.
    forms: tuple[str, ...]
    #: As our query writes it.
    written: str


@dataclass(frozen=True, kw_only=True)
class BenchRule:
    """``(any of left) NEAR/8 (any of right) AND needed``, perhaps ``AND NOT unwanted``."""

    id: str
    language: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]
    needed: Term
    unwanted: Term | None

    @property
    def query(self) -> str:
        """In our language."""
        left, right = (" OR ".join(term.written for term in side) for side in (self.left, self.right))
        without = f" AND NOT {self.unwanted.written}" if self.unwanted else ""
        return f"({left}) NEAR/8 ({right}) AND {self.needed.written}{without}"

    @property
    def asked_of(self) -> str:
        """The language of the articles it is for: every other one is for any."""
        return self.language if int(self.id) // len(LANGUAGES) % 2 else "*"


@cache
def _lexemes(language: str) -> tuple[tuple[str, ...], ...]:
    """Words with some of their forms, the dictionary form first; the commonest words first."""
    drawn = draws("lexemes", language)
    made_up = language not in {"en", "ru"}
    known = [_made_up(language, number) for number in range(_VOCABULARY)] if made_up else _of_dictionary(language)
    drawn.shuffle(known)
    kept = [_agreed(language, forms) for forms in known[:_VOCABULARY]]
    return (*((word.lower(),) for word in texts.words(language)), *kept)


def _agreed(language: str, forms: tuple[str, ...]) -> tuple[str, ...]:
    """Those forms that we hold for forms of the word too, so that all ways are asked for the same."""
    known = inflection(language)
    if known is None:
        return forms
    wanted = known.keys_for(surface(forms[0]))
    agreed = tuple(form for form in forms if not wanted.isdisjoint(known.keys_of(surface(form))))
    return agreed if forms[0] in agreed else forms[:1]


def _of_dictionary(language: str) -> list[tuple[str, ...]]:
    forms: dict[str, list[str]] = {}
    for form, lemma in sorted(DefaultDictionaryFactory().get_dictionary(language).items()):
        if form.isalpha() and form.islower() and lemma.islower() and lemma.isalpha() and 4 <= len(lemma) <= 11:
            forms.setdefault(lemma, []).append(form)
    return [(lemma, *found[:_MOST_FORMS]) for lemma, found in sorted(forms.items()) if len(found) > 1]


def _made_up(language: str, number: int) -> tuple[str, ...]:
    if language == "zh":
        return (_HAN[number * 7 % 997] + _HAN[number * 13 % 1009],)
    stem = texts.name(language, number).lower()
    return (stem, *(stem + ending for ending in ("ның", "нің", "ға", "ге", "да", "де", "лар", "лер", "ы", "і")))


class _Language:
    """How often which words are drawn in one language."""

    def __init__(self, language: str) -> None:
        self.lexemes = _lexemes(language)
        self.weights = [1 / (rank + 20) for rank in range(len(self.lexemes))]
        rare = range(_COMMON, len(self.lexemes))
        drawn = draws("subjects", language)
        self.subjects = [drawn.sample(rare, _WORDS_OF_SUBJECT) for _ in range(_SUBJECTS)]


_language = cache(_Language)


def article(number: int) -> Article:
    """The article of this number, in each language in turn."""
    language = LANGUAGES[number % len(LANGUAGES)]
    drawn, known = draws("article", number), _language(language)
    subjects = drawn.sample(known.subjects, 3)
    everywhere = drawn.choices(range(len(known.lexemes)), known.weights, k=WORDS)
    written = []
    for place in range(WORDS):
        chance = drawn.random()
        if chance < 0.3:
            word = drawn.choice(subjects[place * 3 // WORDS if drawn.random() < 0.7 else drawn.randrange(3)])
        else:
            word = drawn.randrange(_COMMON // 2) if chance < 0.6 else everywhere[place]
        written.append(drawn.choice(known.lexemes[min(word, len(known.lexemes) - 1)]))
    title, body = _prose(written[:9], language, drawn), _prose(written[9:], language, drawn)
    return Article(
        id=f"art-{number}",
        url=f"https://news.example/{number}",
        title=title,
        text=body,
        declared_language=language,
        first_seen_at=NOW,
    )


def _prose(words: Sequence[str], language: str, drawn: random.Random) -> str:
    stop, space = ("。", "") if language == "zh" else (". ", " ")
    sentences = []
    at = 0
    while at < len(words):
        length = drawn.randint(8, 22)
        sentence = space.join(words[at : at + length])
        sentences.append(sentence[:1].upper() + sentence[1:])
        at += length
    return stop.join(sentences)


def rules(count: int) -> list[BenchRule]:
    """So many rules, in each language in turn."""
    return [_rule(number) for number in range(count)]


def _rule(number: int) -> BenchRule:
    language = LANGUAGES[number % len(LANGUAGES)]
    drawn, known = draws("rule", number), _language(language)
    subject = drawn.choice(known.subjects)
    words = drawn.sample(subject, 6)
    if drawn.random() < 0.3:  # on the subject, but with words of everywhere in it
        rare = range(_COMMON // 2, len(known.lexemes))
        for place in drawn.sample(range(6), 2):
            words[place] = drawn.choices(rare, known.weights[_COMMON // 2 :], k=1)[0]
    made = [_term(known.lexemes[word], drawn, language) for word in words]
    if drawn.random() < 0.2:
        common = drawn.choice(known.lexemes[: _COMMON // 2])[0]
        made[0] = _phrase(common, known.lexemes[words[0]][0], language)
    unwanted = _term(known.lexemes[drawn.choice(subject)], drawn, language) if drawn.random() < 0.15 else None
    return BenchRule(
        id=str(number),
        language=language,
        left=tuple(made[:3]),
        right=tuple(made[3:5]),
        needed=made[5],
        unwanted=unwanted,
    )


def _term(lexeme: Sequence[str], drawn: random.Random, language: str) -> Term:
    inflected = drawn.random() < 0.5 and language != "zh"
    forms = tuple(dict.fromkeys(lexeme)) if inflected else (lexeme[0],)
    return Term(forms=forms, written=lexeme[0] + "~" * inflected)


def _phrase(one: str, other: str, language: str) -> Term:
    whole = one + ("" if language == "zh" else " ") + other
    return Term(forms=(whole,), written=f'"{whole}"')
