"""The terms of compiled queries: words, runs of unspaced characters, phrases, regular expressions."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from matching.evaluate.part import Leaf
from matching.places import WHOLE, Places, Range, Spans, first_in_each_field, within
from matching.query.blockers import Blocker
from matching.query.terms import Step, needed_keys


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
