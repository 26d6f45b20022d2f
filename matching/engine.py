"""All watches as one program: which of them a document can meet at all, and those that it does meet.

Every query is filed under the rarest keys that a document must have to meet it. The keys of a document lead to
few queries; of these the other keys are asked for, and only what is left looks at the places of words.
Adding and removing a watch touches its own entries alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from domain.matches import Mention
from domain.watches import ANY_LANGUAGE
from matching.compiler import Compiler
from matching.document import Document
from matching.evaluate.part import ByLanguage, Found, Leaf
from matching.places import WHOLE, Places, Span, Spans, in_title
from matching.query.ast import Node
from matching.query.required import KeySet, cost

#: Keys of which a document must have one.
Keys = tuple[str, ...]

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


class Unit:
    """One query of one rule, as it is filed."""

    __slots__ = ("_part", "checks", "filed", "language", "others", "program")

    def __init__(self, program: Program, language: str, node: Node, compiler: Compiler) -> None:
        self.program = program
        #: Primary language of the documents it is for, ``*`` for any.
        self.language = language
        self._part = compiler.compile(node, language)
        #: Of each of these a document must have a key, the rarest first; tuples, for they are smaller than sets.
        self.checks: tuple[Keys, ...] = tuple(map(_in_order, compiler.needed(node, language)[:_MOST_CHECKS]))
        #: The keys it is filed under, one of the checks; and all others.
        self.filed: Keys = ()
        self.others = self.checks

    def file_under(self, keys: Keys) -> None:
        """What it is filed under need not be asked again."""
        self.filed = keys
        self.others = tuple(check for check in self.checks if check is not keys)

    @property
    def asks_for_beginnings(self) -> bool:
        """Is any key one of ``prefix_key``?"""
        return any(key.endswith("*") for keys in self.checks for key in keys)

    def met(self, places: Places) -> bool:
        """Does the document meet it?"""
        return self._part.met(places, WHOLE)

    def collect(self, places: Places, found: list[Found]) -> None:
        """Add the terms that made it be met, and where."""
        self._part.collect(places, WHOLE, None, found)

    def labels(self, language: str) -> Iterator[str]:
        """All of its terms for documents of a language, as written and in this order."""
        return (leaf.label for leaf in self._part.terms(language))

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        """All of its terms and concepts."""
        return self._part.asked()


class Program:
    """One rule, compiled: can be asked by itself, or through the engine that it was added to."""

    __slots__ = ("_exclude", "_languages", "_outlets", "_threshold", "concepts", "keys", "order", "rule_id", "units")

    def __init__(self, rule: Rule, compiler: Compiler) -> None:
        self.rule_id = rule.id
        self._languages = rule.languages
        self._outlets = rule.outlets
        self._threshold = rule.threshold
        #: Its place among the others.
        self.order = 0
        self.units: tuple[Unit, ...] = tuple(
            Unit(self, language, node, compiler) for language, node in rule.queries.items()
        )
        self._exclude = compiler.compile(rule.exclude, ANY_LANGUAGE) if rule.exclude is not None else None
        asked = [one for unit in self.units for one in unit.asked()]
        asked += self._exclude.asked() if self._exclude else ()
        #: The concepts whose places it may ask for, and the keys of all other terms.
        self.concepts = tuple(dict.fromkeys(one for one in asked if isinstance(one, ByLanguage)))
        self.keys: Keys = tuple({key: None for one in asked if isinstance(one, Leaf) for key in one.keys})

    def run(self, places: Places) -> Result | None:
        """Meet one document; None if it does not fire."""
        places.expect(_expected((self,), places.document.language))
        if not self.listens(places.document):
            return None
        languages = (places.document.language, ANY_LANGUAGE)
        return self.result(places, [unit for unit in self.units if unit.language in languages and unit.met(places)])

    def listens(self, document: Document) -> bool:
        """Is the document of a language and an outlet that it watches?"""
        if not (self._languages or self._outlets):
            return True
        if self._languages and document.language not in self._languages:
            return False
        return not self._outlets or document.outlet_id in self._outlets

    def result(self, places: Places, met: Collection[Unit]) -> Result | None:
        """What comes of it that these of its queries are met; None if it does not fire."""
        if not met:
            return None
        found: list[Found] = []
        for unit in self.units:
            if unit in met:
                unit.collect(places, found)
        language = places.document.language
        terms = _Mentioned(found, lambda: (label for unit in self.units for label in unit.labels(language)))
        score = terms.score()
        if score < self._threshold or (self._exclude is not None and self._exclude.met(places, WHOLE)):
            return None
        return Result(self.rule_id, score, terms.mentions(places))


class _Mentioned:
    """The terms that made a query be met, each with its places.

    Args:
        found: the leaves, in the order written.
        written: gives all terms as written, in order.
    """

    def __init__(self, found: Iterable[Found], written: Callable[[], Iterable[str]]) -> None:
        self._terms: dict[str, _Term] = {}
        self._written = written
        for leaf, spans in found:
            known = self._terms.get(leaf.identity)
            if known is None:
                self._terms[leaf.identity] = _Term(leaf, spans)
            else:
                known.add(leaf, spans)

    def score(self) -> float:
        """The sum of the weights, twice where the headline mentions it; 1 for a query that needs no words."""
        if not self._terms:
            return 1.0
        return math.fsum(term.weight * (2 if in_title(min(term.spans)) else 1) for term in self._terms.values())

    def mentions(self, places: Places) -> tuple[Mention, ...]:
        """The first places, in reading order."""
        found = [
            (*span, label) for term in self._terms.values() for label in (self._label(term),) for span in term.spans
        ]
        return tuple(map(places.mention, sorted(found)[:MOST_MENTIONS]))

    def _label(self, term: _Term) -> str:
        """Of several ways to write it, the first."""
        labels = term.labels
        return labels[0] if len(labels) == 1 else next(label for label in self._written() if label in labels)


class _Term:
    """What scores once: its greatest weight, the ways in which it is written, its places."""

    __slots__ = ("labels", "spans", "weight")

    def __init__(self, leaf: Leaf, spans: Spans) -> None:
        self.labels = [leaf.label]
        self.weight = leaf.weight
        self.spans: Collection[Span] = spans

    def add(self, leaf: Leaf, spans: Spans) -> None:
        """Add another leaf that scores with it."""
        self.weight = max(self.weight, leaf.weight)
        self.spans = {*self.spans, *spans}
        if leaf.label not in self.labels:
            self.labels.append(leaf.label)


class Engine:
    """Rules, and the documents that meet them; running is safe from any thread while nobody changes the rules."""

    def __init__(self) -> None:
        self._compiler = Compiler()
        self._programs: dict[str, Program] = {}
        self._filed: dict[str, list[Unit]] = {}
        #: The queries of which nothing is known.
        self._always: list[Unit] = []
        #: How many queries ask for the beginnings of words.
        self._beginnings = 0
        self._orders = count()

    def __len__(self) -> int:
        return len(self._programs)

    def compile(self, rule: Rule) -> Program:
        """A rule, compiled but not added."""
        return Program(rule, self._compiler)

    def add(self, program: Program) -> None:
        """Add a rule that this engine compiled; it takes the place of one with the same id, else the last one."""
        known = self._programs.get(program.rule_id)
        program.order = known.order if known else next(self._orders)
        if known:
            self.remove(program.rule_id)
        self._programs[program.rule_id] = program
        for unit in program.units:
            unit.file_under(min(unit.checks, key=self._load, default=()))
            for bucket in self._buckets(unit):
                bucket.append(unit)
            self._beginnings += unit.asks_for_beginnings

    def remove(self, rule_id: str) -> None:
        """Remove a rule; its program can be asked no more.

        Raises:
            KeyError: there is none with this id.
        """
        program = self._programs.pop(rule_id)
        for unit in program.units:
            for bucket in self._buckets(unit):
                bucket.remove(unit)
            for key in unit.filed:
                if not self._filed[key]:
                    del self._filed[key]
            self._beginnings -= unit.asks_for_beginnings
        program.units = ()  # its units know it: gone at once, even where no garbage is collected

    def _buckets(self, unit: Unit) -> list[list[Unit]]:
        if not unit.checks:
            return [self._always]
        return [self._filed.setdefault(key, []) for key in unit.filed]

    def _load(self, keys: Keys) -> float:
        """How often documents will lead here, as a guess: what many queries ask for, many documents have."""
        return cost(keys) * sum(1 + len(self._filed.get(key, ())) for key in keys)

    def run(self, places: Places) -> list[Result]:
        """The rules that a document makes fire, in the order in which they were added."""
        candidates = self.candidates(places)
        places.expect(_expected([unit.program for unit in candidates], places.document.language))
        met: dict[Program, list[Unit]] = {}
        for unit in candidates:
            if unit.met(places):
                met.setdefault(unit.program, []).append(unit)
        programs = sorted(met, key=_order)
        return [result for program in programs if (result := program.result(places, met[program]))]

    def candidates(self, places: Places) -> set[Unit]:
        """The queries for the document's language and outlet of which it has all keys."""
        keys = places.keys | places.prefix_keys if self._beginnings else places.keys
        missing = keys.isdisjoint
        found = set(self._always)
        for key in self._filed.keys() & keys:
            for unit in self._filed[key]:
                for check in unit.others:
                    if missing(check):
                        break
                else:
                    found.add(unit)
        document = places.document
        languages = (document.language, ANY_LANGUAGE)
        return {unit for unit in found if unit.language in languages and unit.program.listens(document)}


def _order(program: Program) -> int:
    return program.order


def _expected(programs: Collection[Program], language: str) -> set[str]:
    """The keys whose places these will ask for in a document of a language."""
    concepts = set().union(*(program.concepts for program in programs))
    keys = set().union(*(program.keys for program in programs))
    return keys.union(*(concept.keys(language) for concept in concepts))


@lru_cache(maxsize=1 << 12)
def _in_order(keys: KeySet) -> Keys:
    """Equal sets give one and the same tuple, which all queries share that need the same concept."""
    return tuple(sorted(keys))
