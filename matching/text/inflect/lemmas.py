"""Inflection by lemmas: two words are forms of one where some reading gives both the same dictionary form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import lru_cache

from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY, DefaultDictionaryFactory


class LemmaInflection(ABC):
    """The part that all languages with a lemmatiser share.

    Args:
        language: its code.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    @abstractmethod
    def lemmas(self, word: str) -> tuple[str, ...]:
        """The dictionary forms that a word may be of, folded, the likeliest first; never empty."""

    @abstractmethod
    def knows(self, word: str) -> bool:
        """Is the word in the dictionary?"""

    @abstractmethod
    def lexeme(self, lemma: str) -> Iterable[str]:
        """All forms of a dictionary form, folded."""

    def keys_of(self, surface: str) -> tuple[str, ...]:
        """A key for each dictionary form."""
        return tuple([f"{self.language}:{lemma}" for lemma in self.lemmas(surface)])

    def keys_for(self, word: str) -> frozenset[str]:
        """The word alone where it is a dictionary form, else all that it may be of."""
        return frozenset(f"{self.language}:{lemma}" for lemma in self._meant(word))

    def forms(self, word: str) -> tuple[str, ...]:
        """The word and all other forms of what it means, in the order of the alphabet."""
        others = {form for lemma in self._meant(word) for form in self.lexeme(lemma)} - {word}
        return (word, *sorted(others))

    def _meant(self, word: str) -> tuple[str, ...]:
        lemmas = self.lemmas(word)
        return (word,) if word in lemmas else lemmas


class DictionaryInflection(LemmaInflection):
    """A language that simplemma has a dictionary of: one lemma for each form as it is written.

    Args:
        language: a code that simplemma knows.
    """

    def __init__(self, language: str) -> None:
        super().__init__(language)
        # Five microseconds a look-up instead of one, and some 80 MB less: what was looked up is remembered.
        self._dictionary: Mapping[str, str] = LOW_MEMORY_DICTIONARY_FACTORY.get_dictionary(language)

    def lemmas(self, word: str) -> tuple[str, ...]:
        """The lemmas of the word and of the name that it may be; the word itself where there is none."""
        return tuple(dict.fromkeys(self.entries(word))) or (word,)

    def entries(self, word: str) -> list[str]:
        """What the dictionary says of the word in small letters and as a name."""
        found = (self._dictionary.get(word), self._dictionary.get(word.capitalize()))
        return [fold(lemma) for lemma in found if lemma is not None]

    def knows(self, word: str) -> bool:
        """Does the dictionary have the word, or the name?"""
        return bool(self.entries(word))

    def lexeme(self, lemma: str) -> tuple[str, ...]:
        """Every form to which the dictionary gives this lemma; the first one takes seconds."""
        return _lexemes(self.language).get(lemma, ())


def fold(word: str) -> str:
    """A word of a dictionary as tokens are folded."""
    return word.casefold().replace("ё", "е").replace("’", "'")


@lru_cache(maxsize=2)
def _lexemes(language: str) -> Mapping[str, tuple[str, ...]]:
    """Each lemma, folded, with its forms: some 100 MB, so only those who show forms to people make it."""
    # The dictionary that is whole in memory: the frugal one would take seven seconds.
    found: dict[str, list[str]] = {}
    for form, lemma in DefaultDictionaryFactory().get_dictionary(language).items():
        found.setdefault(fold(lemma), []).append(form)
    return {lemma: tuple(map(fold, forms)) for lemma, forms in found.items()}
