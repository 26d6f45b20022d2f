"""What every part of a compiled query answers, and the two that all others are made of: terms and concepts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence

from domain.watches import ANY_LANGUAGE
from matching.places import WHOLE, Places, Range, Span, Spans, within


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


def united(found: Sequence[Spans]) -> Spans:
    if len(found) == 1:
        return found[0]
    return sorted(set().union(*found))
