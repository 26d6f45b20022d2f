"""Where things stand in one document: its tokens numbered through all fields, looked up by key.

A place is a number; the fields lie so far apart that nothing reaches from one into another. A span is the
first and the last place of something that was found. What was looked up once is remembered.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from domain.articles import TEXT_FIELDS
from domain.keys import Token
from domain.matches import Mention
from matching.document import Document
from matching.query.ast import Scope
from matching.query.blockers import Blocker
from matching.query.regex import matches
from matching.query.terms import MOST_PLACES, Step, prefix_key
from matching.query.vocabulary import LEAST_PREFIX
from matching.text.keys import index_keys
from matching.text.tokens import touching

#: First and last place of what was found.
Span = tuple[int, int]
#: Sorted and distinct.
Spans = Sequence[Span]

#: Places from the beginning of one field to that of the next; no field is so long.
STRIDE = 1 << 26
#: After the last place of any field.
END = STRIDE * len(TEXT_FIELDS)

_LEAD_CHARACTERS = 400


class Range(NamedTuple):
    """Part of a document: from the first place to the last; of the whole there is one, ``WHOLE``."""

    first: int
    last: int


WHOLE = Range(0, END)
NOWHERE = Range(1, 0)


class Places:
    """One document, ready to be asked.

    Args:
        document: what is asked.
        keys: its ``index_keys``, if they are known already.
    """

    def __init__(self, document: Document, keys: Collection[str] | None = None) -> None:
        self.document = document
        fields = document.stream.fields
        self._tokens: list[Sequence[Token]] = [fields.get(name, ()) for name in TEXT_FIELDS]
        self._texts = [document.texts.get(name, "") for name in TEXT_FIELDS]
        #: What an index would keep of the document.
        self.keys = frozenset(index_keys(document.stream) if keys is None else keys)
        #: What the parts of queries found, to be remembered by them.
        self.found: dict[object, Spans] = {}
        #: Any key to the first places that it has in each field; to none for one that the document does not have.
        self.of_key: Mapping[str, Spans] = _SpansOfKeys(self._places_of)
        self._postings: dict[str, list[int]] = {}
        self._mentions: dict[tuple[int, int, str], Mention] = {}

    def expect(self, keys: Set[str]) -> None:
        """Look up the places of these keys at once: of most or all keys that will be asked for.

        Others can still be asked for, at the price of looking up every key of the document.
        """
        self._postings = self._looked_up(self.keys & keys)

    def _looked_up(self, wanted: Set[str]) -> dict[str, list[int]]:
        postings: dict[str, list[int]] = {key: [] for key in wanted}
        unwanted = wanted.isdisjoint
        for number, tokens in enumerate(self._tokens):
            for place, token in enumerate(tokens, number * STRIDE):
                if unwanted(token.keys):
                    continue
                for key in token.keys:
                    if key in postings:
                        postings[key].append(place)
        return postings

    def _places_of(self, key: str) -> Sequence[int]:
        """The places that have a key, in order."""
        found = self._postings.get(key)
        if found is not None or key not in self.keys:
            return found or ()
        self._postings = self._looked_up(self.keys)
        return self._postings[key]

    def of_keys(self, keys: Iterable[str]) -> Spans:
        """The places that have any of these keys."""
        of_key = self.of_key
        found = [spans for key in keys if (spans := of_key[key])]
        if not found:
            return ()
        return found[0] if len(found) == 1 else sorted(set().union(*found))

    @cached_property
    def prefix_keys(self) -> frozenset[str]:
        """The ``prefix_key`` of each word."""
        return frozenset(self._surfaces)

    @cached_property
    def _surfaces(self) -> Mapping[str, list[str]]:
        """Prefix key to the folded surfaces that begin so."""
        surfaces = {token.keys[0] for tokens in self._tokens for token in tokens}
        found: dict[str, list[str]] = {}
        for surface in surfaces:
            found.setdefault(prefix_key(surface), []).append(surface)
        return found

    def of_sequence(self, steps: Sequence[Step], blockers: Sequence[Blocker]) -> Spans:
        """Where tokens stand beside each other of which each is what its step says.

        Args:
            steps: what the tokens are.
            blockers: longer words within which they do not count.
        """
        candidates = [self._of_step(step) for step in steps]
        rarest = min(range(len(steps)), key=lambda number: len(candidates[number]), default=0)
        length, found, counts = len(steps), [], [0] * len(TEXT_FIELDS)
        for place in candidates[rarest] if steps else ():
            first = place - rarest
            number = place // STRIDE
            if counts[number] == MOST_PLACES or first < number * STRIDE or not self._stands(steps, first):
                continue
            if not any(self._stands(longer, first - before) for before, longer in blockers):
                counts[number] += 1
                found.append((first, first + length - 1))
        return found

    def _stands(self, steps: Sequence[Step], first: int) -> bool:
        """Does the sequence stand here?

        ``first`` may lie before the field: so far before the next one there are no tokens.
        """
        number, index = divmod(first, STRIDE)
        tokens, text = self._tokens[number], self._texts[number]
        if index + len(steps) > len(tokens):
            return False
        before: Token | None = None
        for step in steps:
            token = tokens[index]
            if not step.meets(token, text) or not (before is None or _beside(text, before, token)):
                return False
            before = token
            index += 1
        return True

    def _of_step(self, step: Step) -> Sequence[int]:
        keys: Collection[str] = self._begun(step.prefix) if step.prefix else step.keys
        found = [places for key in keys if (places := self._places_of(key))]
        if len(found) == 1:
            return found[0]
        return sorted(set().union(*found))

    def _begun(self, prefix: str) -> list[str]:
        if len(prefix) >= LEAST_PREFIX:
            known: Iterable[str] = self._surfaces.get(prefix_key(prefix), ())
        else:
            known = (surface for surfaces in self._surfaces.values() for surface in surfaces)
        return [surface for surface in known if surface.startswith(prefix)]

    def of_expression(self, pattern: str) -> list[Span]:
        """The tokens that each match of a regular expression overlaps; a match without any is left out."""
        found = set()
        for number, (tokens, text) in enumerate(zip(self._tokens, self._texts, strict=True)):
            starts, ends = [token.start for token in tokens], [token.end for token in tokens]
            for start, end in matches(pattern, text, MOST_PLACES):
                first, after = bisect_left(ends, start + 1), bisect_left(starts, end)
                if first < after:
                    found.add((number * STRIDE + first, number * STRIDE + after - 1))
        return sorted(found)

    def field(self, name: str, scope: Range) -> Range:
        """The part of a range that lies in a field; of a lead that is empty, in the beginning of the text."""
        whole = self._fields[name]
        return whole if scope is WHOLE else _common(whole, scope)

    @cached_property
    def _fields(self) -> Mapping[str, Range]:
        counts = dict(zip(TEXT_FIELDS, map(len, self._tokens), strict=True))
        found = {
            name: Range(number * STRIDE, number * STRIDE + counts[name] - 1) if counts[name] else NOWHERE
            for number, name in enumerate(TEXT_FIELDS)
        }
        if not counts["lead"] and counts["text"]:
            tokens = self._tokens[TEXT_FIELDS.index("text")]
            begun = bisect_left(tokens, _LEAD_CHARACTERS, key=lambda token: token.start)
            first = found["text"].first
            found["lead"] = Range(first, first + begun - 1) if begun else NOWHERE
        return found

    def parts(self, kind: Scope, scope: Range) -> Sequence[Range]:
        """The sentences or paragraphs of a range, in order; of those at its ends, what lies in it."""
        parts = self._sentences if kind is Scope.SENTENCE else self._paragraphs
        if scope is WHOLE:
            return parts
        first = max(0, bisect_right(parts, scope.first, key=_first) - 1)
        after = bisect_right(parts, scope.last, key=_first)
        common = (_common(part, scope) for part in parts[first:after])
        return [part for part in common if part is not NOWHERE]

    @cached_property
    def _sentences(self) -> Sequence[Range]:
        return self._cut(self.document.stream.sentences)

    @cached_property
    def _paragraphs(self) -> Sequence[Range]:
        return self._cut(self.document.stream.paragraphs)

    def _cut(self, starts: Mapping[str, Sequence[int]]) -> Sequence[Range]:
        found = []
        for number, (name, tokens) in enumerate(zip(TEXT_FIELDS, self._tokens, strict=True)):
            bounds = [*sorted({0, *starts.get(name, ())}), len(tokens)] if tokens else []
            found += [Range(number * STRIDE + first, number * STRIDE + after - 1) for first, after in pairwise(bounds)]
        return found

    def mention(self, span: Span, term: str) -> Mention:
        """What stands here, as a place in the article's own characters.

        Args:
            span: where.
            term: the term that asked for it, as written.
        """
        known = self._mentions.get((*span, term))
        if known is None:
            number, first = divmod(span[0], STRIDE)
            tokens, text = self._tokens[number], self._texts[number]
            start, end = tokens[first].start, tokens[span[1] - number * STRIDE].end
            known = Mention(field=TEXT_FIELDS[number], start=start, end=end, text=text[start:end], term=term)
            self._mentions[(*span, term)] = known
        return known


class _SpansOfKeys(dict[str, Spans]):
    """Made for a key when it is asked for, and kept."""

    def __init__(self, places_of: Callable[[str], Sequence[int]]) -> None:
        self._places_of = places_of

    def __missing__(self, key: str) -> Spans:
        spans = self[key] = first_in_each_field([(place, place) for place in self._places_of(key)])
        return spans


def in_title(span: Span) -> bool:
    """Does it stand in the headline?"""
    return span[0] < STRIDE


def within(spans: Spans, scope: Range) -> Spans:
    """Those that lie wholly in a range."""
    if scope is WHOLE or not spans:
        return spans
    first = bisect_left(spans, (scope.first, 0))
    after = bisect_left(spans, (scope.last + 1, 0))
    return [span for span in spans[first:after] if span[1] <= scope.last]


def _beside(text: str, left: Token, right: Token) -> bool:
    return left.end == right.start or touching(text, left, right)


def _first(part: Range) -> int:
    return part.first


def _common(one: Range, other: Range) -> Range:
    """What lies in both; nowhere if nothing does."""
    first, last = max(one.first, other.first), min(one.last, other.last)
    return Range(first, last) if first <= last else NOWHERE


def first_in_each_field(spans: Spans) -> Spans:
    """As many as count of those that one term has, sorted."""
    if len(spans) <= MOST_PLACES:
        return spans
    found: list[Span] = []
    for number in range(len(TEXT_FIELDS)):
        first, after = (bisect_left(spans, (one * STRIDE, 0)) for one in (number, number + 1))
        found += spans[first : min(after, first + MOST_PLACES)]
    return found
