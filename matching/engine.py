"""All watches as one program: which of them a document can meet at all, and those that it does meet.

Every query is filed under the rarest keys that a document must have to meet it. The keys of a document lead to
few queries; of these the other keys are asked for, and only what is left looks at the places of words.
Adding and removing a watch touches its own entries alone.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from domain.matches import Mention
from domain.watches import ANY_LANGUAGE
from matching.compiler import Compiler
from matching.document import Document
from matching.evaluate import Found, Leaf, Part
from matching.places import WHOLE, Places, Span, in_title
from matching.query.ast import Node
from matching.query.required import conjuncts, cost, required

#: The most mentions that are kept of one watch in one article.
MOST_MENTIONS = 50

#: More sets of keys than this are not asked for: the places will tell.
_MOST_CHECKS = 5


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A watch as the engine takes it; its queries are resolved."""

    id: str
    #: Primary language of the documents, or ``*`` for any, to the query.
    queries: Mapping[str, Node]
    #: What silences the watch, in any language.
    exclude: Node | None = None
    #: Primary languages; empty means all.
    languages: frozenset[str] = frozenset()
    #: Outlet ids; empty means all.
    outlets: frozenset[str] = frozenset()
    #: Least score to fire.
    threshold: float = 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """A rule fires."""

    rule_id: str
    score: float
    mentions: tuple[Mention, ...]


class _Unit:
    """One query of one rule, as it is filed."""

    __slots__ = ("checks", "filed", "language", "others", "part", "program")

    def __init__(self, program: Program, language: str, node: Node, part: Part) -> None:
        self.program = program
        self.language = language
        self.part = part
        sets = conjuncts(required(node, language, prefixes=True))
        #: Of each of these keys a document must have one, the rarest first; tuples, for they are smaller than sets.
        self.checks = tuple(map(tuple, sets[:_MOST_CHECKS]))
        #: The keys it is filed under: one of the checks, as the shelf sees fit.
        self.filed: tuple[str, ...] = ()
        #: All other checks.
        self.others: tuple[tuple[str, ...], ...] = ()

    def met(self, places: Places) -> bool:
        """Does the document meet it?"""
        return self.part.met(places, WHOLE)

    @property
    def asks_for_beginnings(self) -> bool:
        """Is any key one of ``prefix_key``?"""
        return any(key.endswith("*") for keys in self.checks for key in keys)


class Program:
    """One rule, compiled: can be asked by itself, or through an engine that it was added to."""

    __slots__ = ("_exclude", "_languages", "_outlets", "_threshold", "order", "rule_id", "units")

    def __init__(self, rule: Rule, compiler: Compiler, order: int = 0) -> None:
        self.rule_id = rule.id
        self._languages = rule.languages
        self._outlets = rule.outlets
        self._threshold = rule.threshold
        #: Its place among the others.
        self.order = order
        self.units = tuple(
            _Unit(self, language, node, compiler.compile(node, language)) for language, node in rule.queries.items()
        )
        self._exclude = compiler.compile(rule.exclude, ANY_LANGUAGE) if rule.exclude is not None else None

    def run(self, places: Places) -> Result | None:
        """Meet one document; None if it does not fire."""
        languages = (places.document.language, ANY_LANGUAGE)
        if not self.listens(places.document):
            return None
        return self.result(places, [unit for unit in self.units if unit.language in languages and unit.met(places)])

    def listens(self, document: Document) -> bool:
        """Is the document of a language and an outlet that it watches?"""
        if self._languages and document.language not in self._languages:
            return False
        return not self._outlets or document.outlet_id in self._outlets

    def result(self, places: Places, met: Collection[_Unit]) -> Result | None:
        """What comes of it that these of its queries are met; None if it does not fire."""
        if not met:
            return None
        parts = [unit.part for unit in self.units if unit in met]
        terms = _Mentioned(found for part in parts for found in part.leaves(places, WHOLE, None))
        score = terms.score()
        if score < self._threshold or (self._exclude is not None and self._exclude.met(places, WHOLE)):
            return None
        return Result(self.rule_id, score, terms.mentions(places))


class _Mentioned:
    """The terms that made a query be met, each with its places."""

    def __init__(self, found: Iterable[Found]) -> None:
        #: What scores once, to the leaf that was written first, its greatest weight, and its spans.
        self._terms: dict[str, tuple[Leaf, float, set[Span]]] = {}
        for leaf, spans in found:
            known = self._terms.get(leaf.identity)
            if known is None:
                self._terms[leaf.identity] = (leaf, leaf.weight, set(spans))
            else:
                known[2].update(spans)
                if leaf.weight > known[1]:
                    self._terms[leaf.identity] = (known[0], leaf.weight, known[2])

    def score(self) -> float:
        """The sum of the weights, twice where the headline mentions it; 1 for a query that needs no words."""
        if not self._terms:
            return 1.0
        return math.fsum(weight * (2 if in_title(min(spans)) else 1) for _, weight, spans in self._terms.values())

    def mentions(self, places: Places) -> tuple[Mention, ...]:
        """The first places, in reading order."""
        spans = sorted((*span, leaf.label) for leaf, _, spans in self._terms.values() for span in spans)
        return tuple(places.mention((first, last), label) for first, last, label in spans[:MOST_MENTIONS])


class _Shelf:
    """The queries for one language, filed by their keys."""

    def __init__(self) -> None:
        self._filed: dict[str, list[_Unit]] = {}
        #: Those of which nothing is known.
        self._always: list[_Unit] = []

    def add(self, unit: _Unit) -> None:
        unit.filed = min(unit.checks, key=self._load, default=())
        # what it is filed under need not be asked again
        unit.others = tuple(check for check in unit.checks if check is not unit.filed)
        for bucket in self._buckets(unit):
            bucket.append(unit)

    def remove(self, unit: _Unit) -> None:
        for bucket in self._buckets(unit):
            bucket.remove(unit)
        for key in unit.filed:
            if not self._filed[key]:
                del self._filed[key]

    def _buckets(self, unit: _Unit) -> list[list[_Unit]]:
        if not unit.checks:
            return [self._always]
        return [self._filed.setdefault(key, []) for key in unit.filed]

    def _load(self, keys: tuple[str, ...]) -> float:
        """How often a document will lead here: keys that many queries ask for are those that many documents have."""
        return cost(keys) * sum(1 + len(self._filed.get(key, ())) for key in keys)

    def candidates(self, keys: frozenset[str]) -> Iterator[_Unit]:
        """The queries that a document with these keys may meet; some more than once."""
        filed = self._filed
        yield from self._always
        missing = keys.isdisjoint
        for key in filed.keys() & keys:
            for unit in filed[key]:
                for check in unit.others:
                    if missing(check):
                        break
                else:
                    yield unit


class Engine:
    """Rules, and the documents that meet them. Running is safe from any thread as long as nobody changes the rules."""

    def __init__(self) -> None:
        self._compiler = Compiler()
        self._programs: dict[str, Program] = {}
        self._shelves: dict[str, _Shelf] = {}
        #: How many queries ask for the beginnings of words.
        self._prefixes = 0
        self._last_order = 0

    def __len__(self) -> int:
        return len(self._programs)

    def compile(self, rule: Rule) -> Program:
        """A rule, compiled but not added."""
        return Program(rule, self._compiler)

    def add(self, program: Program) -> None:
        """Add a rule that this engine compiled; it takes the place of one with the same id, else the last one."""
        known = self._programs.get(program.rule_id)
        if known is not None:
            self.remove(program.rule_id)
            program.order = known.order
        else:
            self._last_order += 1
            program.order = self._last_order
        self._programs[program.rule_id] = program
        for unit in program.units:
            self._shelves.setdefault(unit.language, _Shelf()).add(unit)
            self._prefixes += unit.asks_for_beginnings

    def remove(self, rule_id: str) -> None:
        """Remove a rule.

        Raises:
            KeyError: there is none with this id.
        """
        for unit in self._programs.pop(rule_id).units:
            self._shelves[unit.language].remove(unit)
            self._prefixes -= unit.asks_for_beginnings

    def run(self, places: Places) -> list[Result]:
        """The rules that a document makes fire, in the order in which they were added."""
        met: dict[Program, set[_Unit]] = {}
        for unit in self.candidates(places):
            if unit.met(places) and unit.program.listens(places.document):
                met.setdefault(unit.program, set()).add(unit)
        programs = sorted(met, key=_order)
        return [result for program in programs if (result := program.result(places, met[program]))]

    def candidates(self, places: Places) -> Iterator[_Unit]:
        """The queries for the document's language of which it has all keys; some more than once."""
        keys = places.keys | places.prefix_keys if self._prefixes else places.keys
        for language in {places.document.language, ANY_LANGUAGE}:
            if language in self._shelves:
                yield from self._shelves[language].candidates(keys)


def _order(program: Program) -> int:
    return program.order
