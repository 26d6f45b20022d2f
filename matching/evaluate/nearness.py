"""Spans that stand near each other: by pairs, in reading order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from itertools import islice

from matching.evaluate.part import united
from matching.places import Span, Spans

#: The most pairs of spans that one NEAR looks at: the first ones in reading order.
MOST_PAIRS = 10_000

#: Below this, going through all pairs is the fastest.
FEW = 64


def any_pair(left: Spans, right: Spans, reach: int, *, ordered: bool) -> bool:
    """Are any two near? For few."""
    for one in left:
        for other in right:
            if 0 < other[0] - one[1] <= reach or (not ordered and 0 < one[0] - other[1] <= reach):
                return True
    return False


def pairs(left: Spans, right: Spans, reach: int, *, ordered: bool) -> Iterator[tuple[Span, Span]]:
    """The first pairs of spans that are near, the earlier one first, in reading order.

    Args:
        left: sorted; if ``ordered``, what comes first.
        right: sorted.
        reach: the most places from the last of the one to the first of the other.
        ordered: else the earlier may be of either.
    """
    return islice(_ordered(left, right, reach) if ordered else _unordered(left, right, reach), MOST_PAIRS)


def sides(
    left: Spans, right: Spans, reach: int, used: Collection[Span] | None, *, ordered: bool
) -> tuple[set[Span], set[Span]]:
    """Which spans of each side are near one of the other, together making one of those that are used."""
    of_left: set[Span] = set()
    of_right: set[Span] = set()
    if used is None and len(left) * len(right) <= FEW:
        for one in left:
            for other in right:
                if 0 < other[0] - one[1] <= reach or (not ordered and 0 < one[0] - other[1] <= reach):
                    of_left.add(one)
                    of_right.add(other)
        return of_left, of_right
    lefts, rights = set(left), set(right)
    for before, after in pairs(left, right, reach, ordered=ordered):
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
        for after in united([after_left, after_right]) if after_left and after_right else after_left or after_right:
            yield before, after


def _followers(before: Span, spans: Spans, reach: int) -> Spans:
    last = before[1]
    return spans[bisect_left(spans, (last + 1, 0)) : bisect_left(spans, (last + reach + 1, 0))]
