"""Where things stand in one document: its tokens numbered through all fields, looked up by key.

A place is a number; the fields lie so far apart that nothing reaches from one into another. A span is the
first and the last place of something that was found. What was looked up once is remembered.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import chain, compress, pairwise
from operator import not_
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
from matching.text.tokens import is_unspaced, touching

#: First and last place of what was found.
Span = tuple[int, int]
#: Sorted and distinct.
Spans = Sequence[Span]

#: Places from the beginning of one field to that of the next; no field is so long.
STRIDE = 1 << 26
#: After the last place of any field.
END = STRIDE * len(TEXT_FIELDS)

_LEAD_CHARACTERS = 400
_PAIR = 2


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
        #: Has no term more places than count?
        self.is_short = all(len(tokens) <= MOST_PLACES for tokens in self._tokens)
        #: What the parts of queries found, to be remembered by them.
        self.found: dict[object, Spans] = {}
        #: What both sides of a NEAR found that is met.
        self.sides: dict[object, tuple[Spans, Spans]] = {}
        #: The keys that were looked up, to all their places in order, and to those that count as places of a term.
        self._postings: Mapping[str, list[Span]] = {}
        self._counting: Mapping[str, Spans] = {}
        self._of_step: dict[object, Set[int]] = {}
        self._mentions: dict[tuple[int, int, str], Mention] = {}

    def expect(self, keys: Set[str]) -> None:
        """Look up the places of all these keys in one go; only these can be asked for afterwards.

        Args:
            keys: of tokens, or of two unspaced characters that stand side by side.
        """
        postings: dict[str, list[Span]] = {key: [] for key in self.keys & keys}
        pairs = {key for key in postings if len(key) == _PAIR and is_unspaced(key)}
        unwanted = frozenset(postings).isdisjoint
        for number, tokens in enumerate(self._tokens):
            keys_of = [token.keys for token in tokens]
            # as few steps as can be in Python for the many tokens that nobody asks for
            for place, found in compress(enumerate(keys_of, number * STRIDE), map(not_, map(unwanted, keys_of))):
                span = (place, place)
                for key in found:
                    if key in postings:
                        postings[key].append(span)
            if pairs:
                self._add_pairs(postings, pairs, number)
        self._postings = postings
        self._counting = postings
        if not self.is_short:
            self._counting = {key: first_in_each_field(spans) for key, spans in postings.items()}

    def _add_pairs(self, postings: Mapping[str, list[Span]], pairs: Set[str], number: int) -> None:
        tokens, text = self._tokens[number], self._texts[number]
        surfaces = [token.keys[0] for token in tokens]
        firsts = {pair[0] for pair in pairs}
        for index in compress(range(len(tokens) - 1), map(firsts.__contains__, surfaces)):
            pair = surfaces[index] + surfaces[index + 1]
            if pair in pairs and _beside(text, tokens[index], tokens[index + 1]):
                place = number * STRIDE + index
                postings[pair].append((place, place + 1))

    def _numbered(self) -> Iterator[tuple[int, Token]]:
        """Every token with its place."""
        return chain(*(enumerate(tokens, number * STRIDE) for number, tokens in enumerate(self._tokens)))

    def of_key(self, key: str) -> Spans:
        """The first places of a key in each field."""
        return self._counting.get(key, ())

    def of_keys(self, keys: Iterable[str]) -> Spans:
        """The first places of each of these keys in each field."""
        counting = self._counting
        found = [spans for key in keys if (spans := counting.get(key))]
        if len(found) == 1:
            return found[0]
        return sorted(set().union(*found)) if found else ()

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

    def of_run(self, pairs: Sequence[str]) -> Spans:
        """Where unspaced characters stand side by side, given as the pairs that follow each other in them."""
        runs = self._postings.get(pairs[0], [])
        for pair in pairs[1:]:
            longer = dict(self._postings.get(pair, ()))
            runs = [(first, longer[last]) for first, last in runs if last in longer]
        return first_in_each_field(runs)

    def of_sequence(self, steps: Sequence[Step], blockers: Sequence[Blocker]) -> Spans:
        """Where tokens stand beside each other of which each is what its step says.

        Args:
            steps: what the tokens are.
            blockers: longer words within which they do not count.
        """
        candidates = [self._places_of(step) for step in steps]
        rarest = min(range(len(steps)), key=lambda number: len(candidates[number]), default=0)
        length, found, counts = len(steps), [], [0] * len(TEXT_FIELDS)
        for place in sorted(candidates[rarest]) if steps else ():
            first, number = place - rarest, place // STRIDE
            for after, others in enumerate(candidates):
                if first + after not in others:
                    break
            else:
                blocked = any(self.stands(longer, first - before) for before, longer in blockers)
                if counts[number] < MOST_PLACES and self.stands(steps, first) and not blocked:
                    counts[number] += 1
                    found.append((first, first + length - 1))
        return found

    def stands(self, steps: Sequence[Step], first: int) -> bool:
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

    def _places_of(self, step: Step) -> Set[int]:
        """The places of the tokens that a step asks for, whatever their original characters."""
        known = self._of_step.get(step.prefix or step.keys)
        if known is None:
            if step.prefix:
                begun = frozenset(self._begun(step.prefix))
                known = {place for place, token in self._numbered() if token.keys[0] in begun}
            else:
                known = {place for key in step.keys for place, _ in self._postings.get(key, ())}
            self._of_step[step.prefix or step.keys] = known
        return known

    def _begun(self, prefix: str) -> Iterator[str]:
        """The surfaces that begin so."""
        known: Iterable[Sequence[str]] = self._surfaces.values()
        if len(prefix) >= LEAST_PREFIX:
            known = (self._surfaces.get(prefix_key(prefix), ()),)
        return (surface for surfaces in known for surface in surfaces if surface.startswith(prefix))

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

    def mention(self, found: tuple[int, int, str]) -> Mention:
        """What stands somewhere, as a place in the article's own characters.

        Args:
            found: first and last place, and the term that asked for it, as written.
        """
        known = self._mentions.get(found)
        if known is None:
            place, last, term = found
            number, first = divmod(place, STRIDE)
            tokens, text = self._tokens[number], self._texts[number]
            start, end = tokens[first].start, tokens[first + last - place].end
            known = Mention(field=TEXT_FIELDS[number], start=start, end=end, text=text[start:end], term=term)
            self._mentions[found] = known
        return known


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
