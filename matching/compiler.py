"""Make the compiled form of a query, in which equal terms of all queries are one object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from weakref import WeakValueDictionary

from domain.keys import HasAll, HasAny, KeyQuery
from domain.watches import ANY_LANGUAGE
from matching.evaluate.groups import AllOf, AnyOf, AskOf, NoneOf, SomeOf
from matching.evaluate.leaves import RegexLeaf, RunLeaf, TermLeaf, WordLeaf
from matching.evaluate.part import ByLanguage, Leaf, Part
from matching.evaluate.ranges import InOneField, InPart, NearTo
from matching.query import terms
from matching.query.ast import (
    And,
    AtLeast,
    Claim,
    Filter,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Variants,
    Weighted,
    Within,
    Word,
)
from matching.query.blockers import blockers
from matching.query.required import KeySet, conjuncts, required, variants
from matching.query.walk import walk

K = TypeVar("K")
V = TypeVar("V")

#: Concepts remembered; beyond so many they are forgotten, and made anew for the queries that come then.
_MOST_CONCEPTS = 4096

#: What a concept is known by: its variants, which are one object in all queries, and how it is asked for.
_Asked = tuple[int, str, float, tuple[str, ...] | None]


class Compiler:
    """Compiles queries; what equal terms and concepts have in common is kept once."""

    def __init__(self) -> None:
        #: As long as any query needs them.
        self.leaves: WeakValueDictionary[object, Leaf] = WeakValueDictionary()
        # Each beside the variants it is made of, for only while these live nothing else has their id.
        self.concepts: dict[_Asked, tuple[object, ByLanguage]] = {}
        self._needed: dict[tuple[int, str], tuple[object, KeyQuery]] = {}

    def compile(self, node: Node, language: str) -> Part:
        """The compiled form of a query.

        Args:
            node: a query without concepts and places: ``resolve`` has put their variants in their stead.
            language: primary language of the documents, ``*`` for any.
        """
        return _Pass(self, language, 1.0, None).compile(node)

    def needed(self, node: Node, language: str) -> list[KeySet]:
        """Sets of keys, of each of which a document needs one to meet a query, cheapest first; with prefix keys.

        Args:
            node: as above.
            language: as above.
        """
        return conjuncts(required(node, language, prefixes=True, of_variants=self._of_variants))

    def _of_variants(self, node: Variants, language: str) -> KeyQuery:
        """What the variants of a concept need, made simple once for all queries."""
        key = (id(node.by_language), language)
        if key not in self._needed:
            whole = required(node, language, prefixes=True)
            simple = HasAll(parts=tuple(HasAny(keys=keys) for keys in conjuncts(whole)))
            _remember(self._needed, key, (node.by_language, simple))
        return self._needed[key][1]


def _remember(known: dict[K, V], key: K, value: V) -> None:
    if len(known) >= _MOST_CONCEPTS:
        known.clear()
    known[key] = value


class _Pass:
    """What holds for a part of a query: its language, its weight, and the words that block it."""

    def __init__(self, compiler: Compiler, language: str, weight: float, blocked: tuple[str, ...] | None) -> None:
        self._compiler = compiler
        self._language = language
        self._weight = weight
        #: None outside of concepts and places, where nothing is blocked.
        self._blocked = blocked

    def compile(self, node: Node) -> Part:
        match node:
            case Word() | Phrase() | Regex():
                return self._leaf(node)
            case And():
                return AllOf(self._all(node.parts))
            case Or():
                return AnyOf(self._all(node.parts))
            case Near():
                left, right = self._all((node.left, node.right))
                return NearTo(left, right, node.distance, ordered=node.ordered)
            case Variants():
                return self._concept(node)
            case _:
                return self._rarer(node)

    def _rarer(self, node: Node) -> Part:
        match node:
            case Not():
                return NoneOf(self.compile(node.part))
            case AtLeast():
                return SomeOf(node.count, self._all(node.parts))
            case Within():
                alike = not any(isinstance(below, Within | InField) for below in walk(node.part))
                return InPart(node.scope, self.compile(node.part), alike=alike)
            case InField():
                return InOneField(node.field, self.compile(node.part))
            case Weighted():
                return _Pass(self._compiler, self._language, node.weight, self._blocked).compile(node.part)
            case Filter() | Claim():
                return AskOf(node)
        raise TypeError(f"{type(node).__name__} is not resolved")

    def _all(self, nodes: Iterable[Node]) -> list[Part]:
        return [self.compile(node) for node in nodes]

    def _concept(self, node: Variants) -> ByLanguage:
        key = (id(node.by_language), self._language, self._weight, self._blocked)
        known = self._compiler.concepts.get(key)
        if known is None:
            known = (node.by_language, ByLanguage(self._variants(node)))
            _remember(self._compiler.concepts, key, known)
        return known[1]

    def _variants(self, node: Variants) -> dict[str, Part]:
        found = dict(variants(node, self._language))
        if ANY_LANGUAGE in found:
            # what is blocked depends on the language even where what is looked for does not
            found |= {key: found[ANY_LANGUAGE] for key in node.blocked if key not in found}
        return {key: self._variant(node, key, part) for key, part in found.items()}

    def _variant(self, node: Variants, language: str, part: Node) -> Part:
        own = (*node.blocked.get(language, ()), *node.blocked.get(ANY_LANGUAGE, ()))
        return _Pass(self._compiler, language, self._weight, (*(self._blocked or ()), *own)).compile(part)

    def _leaf(self, term: Word | Phrase | Regex) -> Leaf:
        written = (type(term), term.text, term.form) if not isinstance(term, Regex) else (Regex, term.pattern)
        key = (written, self._language, self._weight, self._blocked)
        leaf = self._compiler.leaves.get(key)
        if leaf is None:
            leaf = self._compiler.leaves[key] = self._made(term)
        return leaf

    def _made(self, term: Word | Phrase | Regex) -> Leaf:
        label = terms.label(term)
        if isinstance(term, Regex):
            return RegexLeaf(label, self._weight, term.pattern)
        steps = terms.steps(term, self._language)
        longer = () if self._blocked is None else blockers(steps, self._blocked)
        identity = terms.identity(term)
        if not longer and not any(step.original or step.prefix for step in steps):
            if len(steps) == 1:
                return WordLeaf(label, identity, self._weight, steps[0].keys)
            if steps and all(step.unspaced for step in steps):
                pairs = [*terms.needed_keys(steps)]
                make = WordLeaf if len(pairs) == 1 else RunLeaf
                return make(label, identity, self._weight, pairs)
        return TermLeaf(label, identity, self._weight, steps, longer)
