"""Put the words of concepts and states in the place of their names."""

from __future__ import annotations

from matching.query.ast import Concept, Geo, Node, Position, Variants
from matching.query.concepts import Concepts, ConceptWords
from matching.query.source import Source
from matching.query.vocabulary import did_you_mean
from matching.query.walk import parts, with_parts


def resolve(node: Node, concepts: Concepts, query: str = "") -> Node:
    """The same query with Variants in the place of every Concept and Geo.

    Args:
        node: as ``parse`` gives it.
        concepts: what may be named.
        query: the text that was parsed, for the line that an error shows.

    Raises:
        QueryError: it names a concept or place that there is not.
    """
    if isinstance(node, Concept):
        if node.name not in concepts.named:
            hint = did_you_mean(node.name, concepts.named, before="@") or _listed(concepts)
            raise Source(query).error(f"there is no concept @{node.name}{hint}", node.at)
        return _variants(f"@{node.name}", concepts.words_of(node.name), node.at)
    if isinstance(node, Geo):
        if node.code not in concepts.states:
            hint = did_you_mean(node.code, {code.casefold(): 0 for code in concepts.states}, before="geo:")
            raise Source(query).error(f"no names of {node.code} are known{hint if '-' in node.code else ''}", node.at)
        return _variants(f"geo:{node.code}", concepts.states[node.code], node.at)
    below = parts(node)
    return with_parts(node, tuple(resolve(part, concepts, query) for part in below)) if below else node


def _variants(label: str, words: ConceptWords, at: Position) -> Variants:
    return Variants(label=label, by_language=words.by_language, blocked=words.blocked, at=at)


def _listed(concepts: Concepts) -> str:
    return f"; there are {', '.join(f'@{name}' for name in sorted(concepts.named)[:20])}" if concepts.named else ""
