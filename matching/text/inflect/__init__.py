"""Inflection: which tokens are forms of which words, one module a language.

A language is a module of this package named by its code, with a function ``load() -> Inflection``, and its
code in ``LANGUAGES``. Modules are loaded when their language is first met. Chinese and Japanese do not
inflect and have none; docs/languages.md says how to add one.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Protocol

#: The languages that have an inflection.
LANGUAGES = ("en", "kk", "ru", "uk")


class Inflection(Protocol):
    """What one language knows of its words; safe from any thread.

    Words come folded: as ``text.normalize`` and ``text.tokens`` leave the first key of a token.
    """

    @property
    def language(self) -> str:
        """BCP 47, primary language."""
        ...

    def keys_of(self, surface: str) -> tuple[str, ...]:
        """Keys of a token of a text in this language, beside its folded surface; each begins with ``<language>:``.

        ``text.keys`` remembers the answers; this works them out.
        """
        ...

    def keys_for(self, word: str) -> frozenset[str]:
        """Keys of which every form of this word has at least one, and other words have none; never empty.

        A dictionary form is that word only; of another form all the words are meant that it may be of.
        """
        ...

    def forms(self, word: str) -> tuple[str, ...]:
        """The forms, to be shown to a person; the word itself first. Not always all."""
        ...

    def knows(self, word: str) -> bool:
        """Is it a word that will be inflected rightly? False is a hint at a slip of the pen."""
        ...


@lru_cache(maxsize=64)
def inflection(language: str) -> Inflection | None:
    """The inflection of a primary language; None for one that has none."""
    if language not in LANGUAGES:
        return None
    loaded: Inflection = import_module(f"{__name__}.{language}").load()
    return loaded
