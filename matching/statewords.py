"""The states of the gazetteer as concepts, each read when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from matching.concepts import ConceptWords
from matching.gazetteer.states import State, states
from matching.query.ast import Node, Or
from matching.query.parse import parse


class StateWords(Mapping[str, ConceptWords]):
    """Actor id to the words of that state, for ``Concepts.states``."""

    def __getitem__(self, code: str) -> ConceptWords:
        return _words(code)

    def __iter__(self) -> Iterator[str]:
        return iter(states())

    def __len__(self) -> int:
        return len(states())

    def __contains__(self, code: object) -> bool:
        return code in states()


@cache
def _words(code: str) -> ConceptWords:
    state = states()[code]
    variants = {language: _variants(state, language) for language in state.terms}
    return ConceptWords(variants=variants, blocked=state.blocked)


def _variants(state: State, language: str) -> tuple[Node, ...]:
    node = parse(state.query(language))
    return node.parts if isinstance(node, Or) else (node,)
