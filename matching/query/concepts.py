"""What concepts and states are to a query: for each language, the words any of which will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from domain.watches import ANY_LANGUAGE
from matching.query.ast import Node, Or
from matching.query.render import render


@dataclass(frozen=True, kw_only=True)
class ConceptWords:
    """By which words one concept or state is said."""

    #: Primary language or ``*`` to the variants, any of which will do: what may stand beside NEAR.
    variants: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    #: Longer words that hold a variant and mean something else, by language.
    blocked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: States whose words belong to it too.
    geo: tuple[str, ...] = ()

    @cached_property
    def by_language(self) -> Mapping[str, Node]:
        """The variants of each language as one part of a query: made once, so that all queries share it."""
        return {language: _any_of(variants) for language, variants in self.variants.items() if variants}


@dataclass(frozen=True, kw_only=True)
class Concepts:
    """All that queries may name."""

    #: ``@name`` to its words.
    named: Mapping[str, ConceptWords] = field(default_factory=dict)
    #: Actor id (KZ, x-abkhazia) to the words of that state.
    states: Mapping[str, ConceptWords] = field(default_factory=dict)
    _joined: dict[str, ConceptWords] = field(default_factory=dict, init=False, repr=False, compare=False)

    def words_of(self, name: str) -> ConceptWords:
        """The words of a concept with those of its states, each once; it has no ``geo`` any more.

        Raises:
            KeyError: there is no such concept.
        """
        if name not in self._joined:
            own = self.named[name]
            self._joined[name] = joined([own, *(self.states[code] for code in own.geo if code in self.states)])
        return self._joined[name]


def joined(entries: Sequence[ConceptWords]) -> ConceptWords:
    """Several as one: in each language the variants that each of them has for it."""
    languages = dict.fromkeys(language for entry in entries for language in entry.variants)
    blocking = dict.fromkeys(language for entry in entries for language in entry.blocked)
    variants = {}
    for language in languages:
        found = (
            variant
            for entry in entries
            for variant in entry.variants.get(language) or entry.variants.get(ANY_LANGUAGE, ())
        )
        variants[language] = tuple({render(variant): variant for variant in found}.values())
    return ConceptWords(
        variants=variants,
        blocked={
            language: tuple(dict.fromkeys(word for entry in entries for word in entry.blocked.get(language, ())))
            for language in blocking
        },
    )


def _any_of(variants: tuple[Node, ...]) -> Node:
    flat = tuple(inner for one in variants for inner in (one.parts if isinstance(one, Or) else (one,)))
    return flat[0] if len(flat) == 1 else Or(parts=flat)
