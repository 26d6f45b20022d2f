"""Compiled queries: small objects that look at the places of one document.

docs/queries.md says what they mean, ``matching.query.reference`` does the same slowly and plainly. Three questions
are asked, each only when it must be: is this met within a range; by which spans; and, when a query has met a
document, by which leaves. The last goes from the top down, each part being told which of its spans count.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from domain.watches import ANY_LANGUAGE
from matching.document import Document
from matching.places import WHOLE, Places, Range, Span, Spans, first_in_each_field, within
from matching.query import predicates
from matching.query.ast import Claim, Filter, Scope
from matching.query.blockers import Blocker
from matching.query.terms import Step, needed_keys

#: The most pairs of spans that one NEAR looks at: the first ones in reading order.
MOST_PAIRS = 10_000

#: Below this, going through all pairs is the fastest.
_FEW = 64
#: Below this, looking at every sentence is.
_FEW_PARTS = 8
_CHARACTER_LANGUAGES = ("zh", "ja")
_NEAR_WORDS, _NEAR_CHARACTERS = 4, 12


class Part(ABC):
    """One part of a compiled query; it never changes."""

    __slots__ = ()

    @abstractmethod
    def met(self, places: Places, scope: Range) -> bool:
        """Is it met by this range of the document?"""

    @abstractmethod
    def spans(self, places: Places, scope: Range) -> Spans:
        """Where; none at all if it is not met."""

    @abstractmethod
    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        """Add the leaves that made these of its spans, in the order written; only where it is met.

        Args:
            places: the document.
            scope: the range that met it.
            used: the spans that count; None for all.
            found: what the leaves are added to.
        """

    @abstractmethod
    def asked(self) -> Iterator[Leaf | ByLanguage]:
        """All leaves and concepts below in the order written, those of a Not too."""

    def terms(self, language: str) -> Iterator[Leaf]:
        """All leaves below in the order written; of concepts, those for documents of this language."""
        for one in self.asked():
            if isinstance(one, ByLanguage):
                yield from one.of_language(language)
            else:
                yield one


class Leaf(Part):
    """A term, the same object wherever the same is asked in the same way.

    Args:
        label: as the query writes it.
        identity: equal for leaves that score once.
        weight: what it scores.
    """

    __slots__ = ("__weakref__", "identity", "label", "weight")

    def __init__(self, label: str, identity: str, weight: float) -> None:
        self.label = label
        self.identity = identity
        self.weight = weight

    @property
    def keys(self) -> Collection[str]:
        """Every key whose places it asks for."""
        return ()

    @abstractmethod
    def find(self, places: Places) -> Spans:
        """Where it stands in the whole document."""

    def met(self, places: Places, scope: Range) -> bool:
        return bool(self.spans(places, scope))

    def spans(self, places: Places, scope: Range) -> Spans:
        found = places.found.get(self)
        if found is None:
            found = places.found[self] = self.find(places)
        return found if scope is WHOLE else within(found, scope)

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        spans = self.spans(places, scope)
        if mine := spans if used is None else [span for span in spans if span in used]:
            found.append((self, mine))

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        yield self


#: A leaf and the spans of it that made a part be met.
Found = tuple[Leaf, Spans]


class WordLeaf(Leaf):
    """A word of which nothing is asked but a key, or two unspaced characters, which are one key: most terms are.

    Args:
        keys: of which the word has one.
    """

    __slots__ = ("_keys",)

    def __init__(self, label: str, identity: str, weight: float, keys: Collection[str]) -> None:
        super().__init__(label, identity, weight)
        self._keys = tuple(keys)

    @property
    def keys(self) -> Collection[str]:
        return self._keys

    def find(self, places: Places) -> Spans:
        return first_in_each_field(places.of_keys(self._keys))

    def spans(self, places: Places, scope: Range) -> Spans:
        keys = self._keys
        if len(keys) == 1:
            found = places.of_key(keys[0])
        elif (known := places.found.get(self)) is not None:
            found = known
        else:
            found = places.found[self] = self.find(places)
        return found if scope is WHOLE else within(found, scope)


class RunLeaf(Leaf):
    """Three or more unspaced characters side by side.

    Args:
        pairs: the pairs that follow each other in them.
    """

    __slots__ = ("_pairs",)

    def __init__(self, label: str, identity: str, weight: float, pairs: Iterable[str]) -> None:
        super().__init__(label, identity, weight)
        self._pairs = tuple(pairs)

    @property
    def keys(self) -> Collection[str]:
        return self._pairs

    def find(self, places: Places) -> Spans:
        return places.of_run(self._pairs)


class TermLeaf(Leaf):
    """Any other word or phrase.

    Args:
        steps: what its tokens are.
        blockers: longer words within which it does not count, and its place in them.
    """

    __slots__ = ("_blockers", "_needed", "_steps")

    def __init__(
        self,
        label: str,
        identity: str,
        weight: float,
        steps: tuple[Step, ...],
        blockers: tuple[Blocker, ...],
    ) -> None:
        super().__init__(label, identity, weight)
        self._steps = steps
        self._blockers = blockers
        self._needed = tuple(needed_keys(steps))

    @property
    def keys(self) -> Collection[str]:
        return [key for step in self._steps for key in step.keys]

    def find(self, places: Places) -> Spans:
        if not places.keys.issuperset(self._needed):
            return ()
        return places.of_sequence(self._steps, self._blockers)


class RegexLeaf(Leaf):
    """A regular expression.

    Args:
        pattern: one that RE2 takes.
    """

    __slots__ = ("_pattern",)

    def __init__(self, label: str, weight: float, pattern: str) -> None:
        super().__init__(label, label, weight)
        self._pattern = pattern

    def find(self, places: Places) -> Spans:
        return places.of_expression(self._pattern)


class _Group(Part):
    """Several parts."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)

    def spans(self, places: Places, scope: Range) -> Spans:
        if not self.met(places, scope):
            return ()
        return _united([found for part in self._parts if (found := part.spans(places, scope))])

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        for part in self._parts:
            if part.met(places, scope):
                part.collect(places, scope, used, found)

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        for part in self._parts:
            yield from part.asked()


class AllOf(_Group):
    """AND."""

    __slots__ = ()

    def met(self, places: Places, scope: Range) -> bool:
        for part in self._parts:  # noqa: SIM110 - a generator costs more than the loop
            if not part.met(places, scope):
                return False
        return True

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        for part in self._parts:  # all of them are met
            part.collect(places, scope, used, found)


class AnyOf(_Group):
    """OR."""

    __slots__ = ("_keys", "_words")

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__(parts)
        words = [part for part in self._parts if isinstance(part, WordLeaf)]
        #: If it has only words: these, and the keys of all of them.
        self._words = tuple(words) if len(words) == len(parts) else None
        self._keys = tuple({key: None for word in words for key in word.keys})

    def met(self, places: Places, scope: Range) -> bool:
        for part in self._parts:  # noqa: SIM110 - a generator costs more than the loop
            if part.met(places, scope):
                return True
        return False

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        if self._words is None:
            super().collect(places, scope, used, found)
            return
        for word in self._words:  # as Leaf.collect does, without a call for each
            spans = word.spans(places, scope)
            if mine := spans if used is None else [span for span in spans if span in used]:
                found.append((word, mine))

    def spans(self, places: Places, scope: Range) -> Spans:
        if self._words is not None and scope is WHOLE and places.is_short:
            return places.of_keys(self._keys)
        return _united([found for part in self._parts if (found := part.spans(places, scope))])


class SomeOf(_Group):
    """ATLEAST.

    Args:
        count: so many parts are needed.
    """

    __slots__ = ("_count",)

    def __init__(self, count: int, parts: Sequence[Part]) -> None:
        super().__init__(parts)
        self._count = count

    def met(self, places: Places, scope: Range) -> bool:
        return sum(part.met(places, scope) for part in self._parts) >= self._count


class _Silent(Part):
    """What has no spans."""

    __slots__ = ()

    def spans(self, places: Places, scope: Range) -> Spans:  # noqa: ARG002 - as Part asks for it
        return ()

    # The signature is Part's.
    def collect(
        self,
        places: Places,  # noqa: ARG002
        scope: Range,  # noqa: ARG002
        used: Collection[Span] | None,  # noqa: ARG002
        found: list[Found],  # noqa: ARG002
    ) -> None:
        return


class NoneOf(_Silent):
    """NOT."""

    __slots__ = ("_part",)

    def __init__(self, part: Part) -> None:
        self._part = part

    def met(self, places: Places, scope: Range) -> bool:
        return not self._part.met(places, scope)

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        return self._part.asked()


class AskOf(_Silent):
    """A filter or claim(...), of the whole document."""

    __slots__ = ("_wanted",)

    def __init__(self, wanted: Filter | Claim) -> None:
        self._wanted = wanted

    def met(self, places: Places, scope: Range) -> bool:  # noqa: ARG002 - as Part asks for it
        return _holds(self._wanted, places.document)

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        return iter(())


class ByLanguage(Part):
    """The variants of a concept, which all queries share that name it in the same way.

    Args:
        parts: primary language, or ``*``, to what is looked for in documents of it.
    """

    __slots__ = ("_keys", "_parts")

    def __init__(self, parts: dict[str, Part]) -> None:
        self._parts = parts
        self._keys: dict[str, frozenset[str]] = {}

    def _part(self, language: str) -> Part | None:
        return self._parts.get(language) or self._parts.get(ANY_LANGUAGE)

    def of_language(self, language: str) -> Iterator[Leaf]:
        """The leaves for documents of a language."""
        part = self._part(language)
        return part.terms(language) if part is not None else iter(())

    def keys(self, language: str) -> frozenset[str]:
        """The keys whose places it asks for in documents of a language."""
        known = self._keys.get(language)
        if known is None:
            known = self._keys[language] = frozenset(key for leaf in self.of_language(language) for key in leaf.keys)
        return known

    def met(self, places: Places, scope: Range) -> bool:
        part = self._part(places.document.language)
        return part is not None and part.met(places, scope)

    def spans(self, places: Places, scope: Range) -> Spans:
        # remembered, for many queries ask
        found = places.found.get((self, scope))
        if found is None:
            part = self._part(places.document.language)
            found = places.found[self, scope] = part.spans(places, scope) if part else ()
        return found

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        part = self._part(places.document.language)
        if part is not None:
            part.collect(places, scope, used, found)

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        yield self


class NearTo(Part):
    """NEAR and ONEAR.

    Args:
        left: what comes first, if ``ordered``.
        right: the other.
        distance: the most tokens between them; None for what is usual in the document's language.
        ordered: does the order matter?
    """

    __slots__ = ("_distance", "_left", "_ordered", "_right")

    def __init__(self, left: Part, right: Part, distance: int | None, *, ordered: bool) -> None:
        self._left = left
        self._right = right
        self._distance = distance
        self._ordered = ordered

    def _reach(self, places: Places) -> int:
        """The most places from the last of the one to the first of the other."""
        if self._distance is not None:
            return self._distance + 1
        return 1 + (_NEAR_CHARACTERS if places.document.language in _CHARACTER_LANGUAGES else _NEAR_WORDS)

    def met(self, places: Places, scope: Range) -> bool:
        left = self._left.spans(places, scope)
        right = self._right.spans(places, scope) if left else ()
        if not right:
            return False
        reach = self._reach(places)
        if len(left) * len(right) <= _FEW:
            met = _any_pair(left, right, reach, ordered=self._ordered)
        else:
            met = next(_pairs(left, right, reach, ordered=self._ordered), None) is not None
        if met and scope is WHOLE:
            places.sides[self] = left, right
        return met

    def spans(self, places: Places, scope: Range) -> Spans:
        # remembered, or a tower of them would ask the lowest one again and again
        found = places.found.get((self, scope))
        if found is None:
            left, right = self._left.spans(places, scope), self._right.spans(places, scope)
            pairs = _pairs(left, right, self._reach(places), ordered=self._ordered)
            found = places.found[self, scope] = sorted({(before[0], after[1]) for before, after in pairs})
        return found

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        known = places.sides.get(self) if scope is WHOLE else None
        left, right = known or (self._left.spans(places, scope), self._right.spans(places, scope))
        of_left, of_right = _sides(left, right, self._reach(places), used, ordered=self._ordered)
        self._left.collect(places, scope, of_left, found)
        self._right.collect(places, scope, of_right, found)

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        yield from self._left.asked()
        yield from self._right.asked()


class InPart(Part):
    """SENT and PARA.

    Args:
        kind: which.
        part: what one sentence or paragraph must meet by itself.
        alike: do all sentences meet the part, or none, that hold no term of it?
    """

    __slots__ = ("_alike", "_kind", "_part")

    def __init__(self, kind: Scope, part: Part, *, alike: bool) -> None:
        self._kind = kind
        self._part = part
        self._alike = alike

    def _meeting(self, places: Places, scope: Range) -> Iterator[Range]:
        parts = places.parts(self._kind, scope)
        if self._alike and len(parts) > _FEW_PARTS:
            parts = _worth_a_look(
                [term.spans(places, scope) for term in self._part.terms(places.document.language)], parts
            )
        for one in parts:
            if self._part.met(places, one):
                yield one

    def met(self, places: Places, scope: Range) -> bool:
        return next(self._meeting(places, scope), None) is not None

    def spans(self, places: Places, scope: Range) -> Spans:
        return _united([self._part.spans(places, one) for one in self._meeting(places, scope)])

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        several: list[Found] = []
        for one in self._meeting(places, scope):
            self._part.collect(places, one, used, several)
        spans: dict[Leaf, set[Span]] = {}
        for leaf, mine in several:
            spans.setdefault(leaf, set()).update(mine)
        written = dict.fromkeys(self._part.terms(places.document.language))
        found.extend((leaf, sorted(spans[leaf])) for leaf in written if leaf in spans)

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        return self._part.asked()


class InOneField(Part):
    """``title:x``.

    Args:
        name: of the field.
        part: what it must meet by itself.
    """

    __slots__ = ("_name", "_part")

    def __init__(self, name: str, part: Part) -> None:
        self._name = name
        self._part = part

    def met(self, places: Places, scope: Range) -> bool:
        return self._part.met(places, places.field(self._name, scope))

    def spans(self, places: Places, scope: Range) -> Spans:
        return self._part.spans(places, places.field(self._name, scope))

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        self._part.collect(places, places.field(self._name, scope), used, found)

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        return self._part.asked()


def _holds(wanted: Filter | Claim, document: Document) -> bool:
    if isinstance(wanted, Filter):
        return predicates.admits(wanted, document)
    return predicates.claimed(wanted, document)


def _united(found: Sequence[Spans]) -> Spans:
    if len(found) == 1:
        return found[0]
    return sorted(set().union(*found))


def _any_pair(left: Spans, right: Spans, reach: int, *, ordered: bool) -> bool:
    """Are any two near? For few."""
    for one in left:
        for other in right:
            if 0 < other[0] - one[1] <= reach or (not ordered and 0 < one[0] - other[1] <= reach):
                return True
    return False


def _pairs(left: Spans, right: Spans, reach: int, *, ordered: bool) -> Iterator[tuple[Span, Span]]:
    """The first pairs of spans that are near, the earlier one first, in reading order.

    Args:
        left: sorted; if ``ordered``, what comes first.
        right: sorted.
        reach: the most places from the last of the one to the first of the other.
        ordered: else the earlier may be of either.
    """
    return islice(_ordered(left, right, reach) if ordered else _unordered(left, right, reach), MOST_PAIRS)


def _sides(
    left: Spans, right: Spans, reach: int, used: Collection[Span] | None, *, ordered: bool
) -> tuple[set[Span], set[Span]]:
    """Which spans of each side are near one of the other, together making one of those that are used."""
    of_left: set[Span] = set()
    of_right: set[Span] = set()
    if used is None and len(left) * len(right) <= _FEW:
        for one in left:
            for other in right:
                if 0 < other[0] - one[1] <= reach or (not ordered and 0 < one[0] - other[1] <= reach):
                    of_left.add(one)
                    of_right.add(other)
        return of_left, of_right
    lefts, rights = set(left), set(right)
    for before, after in _pairs(left, right, reach, ordered=ordered):
        if used is not None and (before[0], after[1]) not in used:
            continue
        if before in lefts and after in rights:
            of_left.add(before)
            of_right.add(after)
        if not ordered and before in rights and after in lefts:
            of_right.add(before)
            of_left.add(after)
    return of_left, of_right


def _ordered(left: Spans, right: Spans, reach: int) -> Iterator[tuple[Span, Span]]:
    for before in left:
        for after in _followers(before, right, reach):
            yield before, after


def _unordered(left: Spans, right: Spans, reach: int) -> Iterator[tuple[Span, Span]]:
    of_left, of_right = set(left), set(right)
    for before in sorted(of_left | of_right):
        after_left = _followers(before, right, reach) if before in of_left else ()
        after_right = _followers(before, left, reach) if before in of_right else ()
        for after in _united([after_left, after_right]) if after_left and after_right else after_left or after_right:
            yield before, after


def _followers(before: Span, spans: Spans, reach: int) -> Spans:
    last = before[1]
    return spans[bisect_left(spans, (last + 1, 0)) : bisect_left(spans, (last + reach + 1, 0))]


def _worth_a_look(found: Sequence[Spans], parts: Sequence[Range]) -> Sequence[Range]:
    """Those parts of a document that hold anything, and the first that holds nothing: such are all alike.

    Args:
        found: the spans of each term.
        parts: sentences or paragraphs, in order.
    """
    firsts = [part.first for part in parts]
    numbers = {bisect_right(firsts, span[0]) - 1 for spans in found for span in spans}
    empty = next((number for number in range(len(parts)) if number not in numbers), None)
    if empty is not None:
        numbers.add(empty)
    return [parts[number] for number in sorted(numbers)]
