"""AND, OR, ATLEAST and NOT of compiled queries, and what is asked of the document as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from matching.document import Document
from matching.evaluate.leaves import WordLeaf
from matching.evaluate.part import ByLanguage, Found, Leaf, Part, united
from matching.places import WHOLE, Places, Range, Span, Spans
from matching.query import predicates
from matching.query.ast import Claim, Filter


class Group(Part):
    """Several parts."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)

    def spans(self, places: Places, scope: Range) -> Spans:
        if not self.met(places, scope):
            return ()
        return united([found for part in self._parts if (found := part.spans(places, scope))])

    def collect(self, places: Places, scope: Range, used: Collection[Span] | None, found: list[Found]) -> None:
        for part in self._parts:
            if part.met(places, scope):
                part.collect(places, scope, used, found)

    def asked(self) -> Iterator[Leaf | ByLanguage]:
        for part in self._parts:
            yield from part.asked()


class AllOf(Group):
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


class AnyOf(Group):
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
        return united([found for part in self._parts if (found := part.spans(places, scope))])


class SomeOf(Group):
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


def _holds(wanted: Filter | Claim, document: Document) -> bool:
    if isinstance(wanted, Filter):
        return predicates.admits(wanted, document)
    return predicates.claimed(wanted, document)
