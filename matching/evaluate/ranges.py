"""NEAR, SENT, PARA and fields of compiled queries: how far apart, and within what."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence

from matching.evaluate.nearness import FEW, any_pair, pairs, sides
from matching.evaluate.part import ByLanguage, Found, Leaf, Part, united
from matching.places import WHOLE, Places, Range, Span, Spans
from matching.query.ast import Scope

#: Below this, looking at every sentence is the fastest.
_FEW_PARTS = 8
_CHARACTER_LANGUAGES = ("zh", "ja")
_NEAR_WORDS, _NEAR_CHARACTERS = 4, 12


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
        if len(left) * len(right) <= FEW:
            met = any_pair(left, right, reach, ordered=self._ordered)
        else:
            met = next(pairs(left, right, reach, ordered=self._ordered), None) is not None
        if met and scope is WHOLE:
            places.sides[self] = left, right
        return met

    def spans(self, places: Places, scope: Range) -> Spans:
        # remembered, or a tower of them would ask the lowest one again and again
        found = places.found.get((self, scope))
        if found is None:
            left, right = self._left.spans(places, scope), self._right.spans(places, scope)
            found_pairs = pairs(left, right, self._reach(places), ordered=self._ordered)
            found = places.found[self, scope] = sorted({(before[0], after[1]) for before, after in found_pairs})
        return found

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        known = places.sides.get(self) if scope is WHOLE else None
        left, right = known or (self._left.spans(places, scope), self._right.spans(places, scope))
        of_left, of_right = sides(left, right, self._reach(places), used, ordered=self._ordered)
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
        return united([self._part.spans(places, one) for one in self._meeting(places, scope)])

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
