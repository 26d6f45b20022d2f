"""Concepts (``@russia``) and states (``geo:RU``): what is said by other words in every language.

A concept is written as a mapping::

    russia: {geo: RU, en: [Kremlin, "Red Square"], ru: [Кремль~], zh: [克宫], block: {zh: [克宫殿]}}

Each language has its variants, written as in a query; ``"*"`` is for any language that has none of its own;
``geo`` adds the names of states; ``block`` lists longer words that hold a variant and mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.codes import LANGUAGES
from domain.errors import QueryError
from domain.watches import ANY_LANGUAGE
from matching.query import vocabulary
from matching.query.ast import Concept, Geo, Node
from matching.query.concepts import Concepts, ConceptWords
from matching.query.parse import parse
from matching.query.walk import is_place, walk
from matching.text.language import primary

__all__ = ("ConceptWords", "Concepts", "Flaw", "read_concepts")

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_GEO, _BLOCK = "geo", "block"


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """One thing wrong in a mapping of concepts."""

    #: Keys (and places in lists) that lead to it: ``("russia", "ru", 2)``.
    path: tuple[str | int, ...]
    message: str


def read_concepts(raw: Mapping[str, object]) -> tuple[dict[str, ConceptWords], tuple[Flaw, ...]]:
    """Read concepts as they are written in a file.

    Args:
        raw: name to the mapping that the module's docstring shows.

    Returns:
        The concepts, and what is wrong; of a concept with a flaw the rest is there.
    """
    reader = _Reader()
    return {name: reader.concept(name, entry) for name, entry in raw.items()}, tuple(reader.flaws)


class _Reader:
    """Reads concepts and collects what is wrong."""

    def __init__(self) -> None:
        self.flaws: list[Flaw] = []

    def concept(self, name: str, raw: object) -> ConceptWords:
        if not _NAME.fullmatch(name):
            self._note("a concept's name has small letters a-z, digits, - and _", name)
        if not isinstance(raw, Mapping):
            self._note("a concept is a mapping of languages to variants: {en: [word, ...], ru: [...]}", name)
            return ConceptWords()
        variants: dict[str, tuple[Node, ...]] = {}
        for key, value in raw.items():
            if key in {_GEO, _BLOCK}:
                continue
            if self._is_language(key, name):
                known = variants.get(primary(key), ())
                variants[primary(key)] = (*known, *self._variants(value, name, key))
        if not variants and not raw.get(_GEO):
            self._note("a concept needs variants in at least one language, or geo", name)
        return ConceptWords(variants=variants, blocked=self._blocked(raw, name), geo=tuple(self._geo(raw, name)))

    def _note(self, message: str, *path: str | int) -> None:
        self.flaws.append(Flaw(path=path, message=message))

    def _is_language(self, key: str, *path: str) -> bool:
        code = primary(key) if isinstance(key, str) else None
        if code == ANY_LANGUAGE or code in LANGUAGES or (code is not None and len(code) == 3 and code.isalpha()):
            return True
        hint = vocabulary.did_you_mean(str(key), (_GEO, _BLOCK))
        self._note(f"{key} is no language, nor geo or block{hint}", *path, key)
        return False

    def _variants(self, raw: object, *path: str) -> Iterator[Node]:
        for number, text in enumerate(self._texts(raw, *path)):
            try:
                node = parse(text)
            except QueryError as error:
                self._note(f"the variant {text!r} is wrong: {error.message}", *path, number)
                continue
            if problem := _variant_problem(node, text):
                self._note(problem, *path, number)
                continue
            yield node

    def _blocked(self, raw: Mapping[str, object], name: str) -> dict[str, tuple[str, ...]]:
        blocked = raw.get(_BLOCK, {})
        if not isinstance(blocked, Mapping):
            self._note("block is a mapping of languages to words: {zh: [...]}", name, _BLOCK)
            return {}
        return {
            primary(key): self._texts(value, name, _BLOCK, key)
            for key, value in blocked.items()
            if self._is_language(key, name, _BLOCK)
        }

    def _geo(self, raw: Mapping[str, object], name: str) -> Iterator[str]:
        codes = raw.get(_GEO, ())
        for code in self._texts([codes] if isinstance(codes, str) else codes, name, _GEO):
            if problem := vocabulary.actor_problem(code):
                self._note(problem, name, _GEO)
            else:
                yield vocabulary.actor(code)

    def _texts(self, raw: object, *path: str) -> tuple[str, ...]:
        if isinstance(raw, Sequence) and not isinstance(raw, str) and all(isinstance(one, str) for one in raw):
            return tuple(raw)
        self._note("a list of texts is expected: [word, ...]; quote what YAML does not read as text", *path)
        return ()


def _variant_problem(node: Node, text: str) -> str | None:
    if not is_place(node):
        return f"the variant {text!r} is no single word, phrase, list or NEAR: quote several words as a phrase"
    if any(isinstance(one, Concept | Geo) for one in walk(node)):
        return f"the variant {text!r} names another concept or place: write geo: KZ as a key instead"
    return None
