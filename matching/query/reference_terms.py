"""What the terms of queries mean: the half of reference.py that knows words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise, product

from domain.articles import TEXT_FIELDS
from domain.keys import Token
from matching.document import Document
from matching.query.ast import Form, Phrase, Regex, Term, Word
from matching.query.regex import matches
from matching.query.render import SIGNS
from matching.text.inflect import inflection
from matching.text.tokens import LONGEST_WORD, is_unspaced, tokenize, touching

#: The most places of one term in one field.
MOST_PLACES = 10_000


@dataclass(frozen=True, order=True)
class Range:
    """Tokens of one field, the last one included."""

    field: int
    first: int
    last: int

    def holds(self, other: Range) -> bool:
        """Does the other lie wholly in this one?"""
        return self.field == other.field and self.first <= other.first and other.last <= self.last


@dataclass(frozen=True)
class Leaf:
    """A place of a term, and what it scores."""

    range: Range
    #: Equal for terms that score once: form and folded text.
    identity: tuple[str, ...]
    #: As written.
    label: str
    weight: float


#: Each span with the leaves that it is made of.
Spans = Mapping[Range, frozenset[Leaf]]


@dataclass(frozen=True)
class Found:
    """What a part of a query finds in a scope."""

    met: bool
    spans: Spans = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """Where a part is evaluated, and what holds for it."""

    document: Document
    scope: tuple[Range, ...]
    weight: float = 1.0
    #: Longer words within which a run of unspaced characters does not count; None outside of Variants.
    blocked: tuple[str, ...] | None = None

    def tokens(self, number: int) -> Sequence[Token]:
        """The tokens of a field, by its place in TEXT_FIELDS."""
        return self.document.stream.fields.get(TEXT_FIELDS[number], ())

    def text(self, number: int) -> str:
        """Its original characters."""
        return self.document.texts.get(TEXT_FIELDS[number], "")

    def narrowed(self, parts: Collection[Range]) -> tuple[Range, ...]:
        """What the scope and these ranges have in common."""
        common = (
            Range(part.field, max(part.first, one.first), min(part.last, one.last))
            for one, part in product(self.scope, parts)
            if part.field == one.field
        )
        return tuple(sorted(one for one in common if one.first <= one.last))


def of_term(term: Term, context: Context) -> Found:
    """The places of a term that lie in the scope."""
    places = regex_places(term, context) if isinstance(term, Regex) else word_places(term, context)
    leaves = (
        Leaf(place, identity(term), label(term), context.weight)
        for place in places
        if any(one.holds(place) for one in context.scope)
    )
    spans = {leaf.range: frozenset((leaf,)) for leaf in leaves}
    return Found(bool(spans), spans)


def identity(term: Term) -> tuple[str, ...]:
    """Equal for terms that score once."""
    if isinstance(term, Regex):
        return "regex", term.pattern
    return term.form, *(token.keys[0] for token in tokenize(term.text))


def label(term: Term) -> str:
    """The term as a query writes it."""
    if isinstance(term, Regex):
        return f"/{term.pattern}/"
    return (term.text if isinstance(term, Word) else f'"{term.text}"') + SIGNS[term.form]


def word_places(term: Word | Phrase, context: Context) -> Iterator[Range]:
    """Where the tokens of a term stand beside each other, in every field."""
    wanted = tokenize(term.text)
    for number in range(len(TEXT_FIELDS)):
        tokens, text = context.tokens(number), context.text(number)
        firsts = range(len(tokens) - len(wanted) + 1) if wanted else ()
        count = 0
        for first in firsts:
            there = tokens[first : first + len(wanted)]
            place = Range(number, first, first + len(wanted) - 1)
            met = count < MOST_PLACES and stands(term, wanted, there, text, context.document.language)
            if met and not is_blocked(place, context):
                count += 1
                yield place


def stands(term: Word | Phrase, wanted: Sequence[Token], there: Sequence[Token], text: str, language: str) -> bool:
    """Are these tokens of a text the term?"""
    beside = all(touching(text, left, right) for left, right in pairwise(there))
    # of North-Kaz* only the last word is a beginning
    whole = replace(term, form=Form.FOLDED) if term.form is Form.PREFIX else term
    asked = zip([whole] * (len(wanted) - 1) + [term], wanted, there, strict=True)
    return beside and all(is_form(part, one, token, text, language) for part, one, token in asked)


def is_form(term: Word | Phrase, wanted: Token, token: Token, text: str, language: str) -> bool:
    """Is a token of a text what a token of a term asks for?"""
    surface = wanted.keys[0]
    if is_unspaced(surface) and term.form is not Form.EXACT:
        return token.keys[0] == surface
    match term.form:
        case Form.FOLDED:
            return token.keys[0] == surface
        case Form.EXACT:
            written = term.text[wanted.start : wanted.end]
            return token.keys[0] == surface and text[token.start : token.end] == written
        case Form.PREFIX:
            return token.keys[0].startswith(surface)
        case Form.INFLECTED:
            known = inflection(language) if len(surface) <= LONGEST_WORD else None
            keys = known.keys_for(surface) if known else {surface}
            return not keys.isdisjoint(token.keys)


def is_blocked(place: Range, context: Context) -> bool:
    """Is a run of unspaced characters only a piece of a longer word that means something else?"""
    tokens, text = context.tokens(place.field), context.text(place.field)
    if context.blocked is None or not all(is_unspaced(token.keys[0]) for token in tokens[place.first : place.last + 1]):
        return False
    return any(
        longer != place and longer.holds(place)
        for word in (*built_in_blockers(), *context.blocked)
        for longer in occurrences(word, tokens, text, place.field)
    )


def occurrences(word: str, tokens: Sequence[Token], text: str, number: int) -> Iterator[Range]:
    """Where a blocking word stands in a field."""
    wanted = [token.keys[0] for token in tokenize(word)]
    for first in range(len(tokens) - len(wanted) + 1):
        there = tokens[first : first + len(wanted)]
        same = [token.keys[0] for token in there] == wanted
        if same and all(touching(text, left, right) for left, right in pairwise(there)):
            yield Range(number, first, first + len(wanted) - 1)


@cache
def built_in_blockers() -> tuple[str, ...]:
    """The words of lexicons/blockers.txt."""
    lines = files("matching").joinpath("lexicons/blockers.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def regex_places(term: Regex, context: Context) -> Iterator[Range]:
    """The tokens that each match overlaps."""
    for number in range(len(TEXT_FIELDS)):
        for start, end in matches(term.pattern, context.text(number), MOST_PLACES):
            tokens = enumerate(context.tokens(number))
            touched = [place for place, token in tokens if token.start < end and start < token.end]
            if touched:
                yield Range(number, touched[0], touched[-1])
