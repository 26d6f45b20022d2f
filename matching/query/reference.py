"""What queries mean, written to be read: slow, plain, and the measure of the engine.

Nothing here is used to match articles. ``matching.engine`` must give the same results for every query and
document (the tests compare them), but for one thing: where a NEAR has more than ten thousand pairs of
spans, the engine looks at the first ones only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product

from domain.articles import TEXT_FIELDS
from domain.matches import Mention
from domain.watches import ANY_LANGUAGE
from matching.document import Document
from matching.query.ast import (
    And,
    AtLeast,
    Claim,
    Condition,
    Filter,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Scope,
    Term,
    Variants,
    Weighted,
    Within,
    Word,
)
from matching.query.reference_terms import Context, Found, Leaf, Range, Spans, identity, label, of_term
from matching.query.vocabulary import AUTHORITIES
from matching.query.walk import parts
from matching.text.language import primary
from matching.text.normalize import normalize

#: The most mentions of one result.
MOST_MENTIONS = 50

#: So much of the text is the lead of an article without one, in code points.
LEAD_CHARACTERS = 400

#: The usual distance of NEAR in tokens, and in languages whose tokens are characters.
NEAR_WORDS, NEAR_CHARACTERS = 4, 12
CHARACTER_LANGUAGES = ("zh", "ja")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a query finds in a document."""

    met: bool
    #: 0 where it is not met.
    score: float = 0.0
    #: The first ones, in reading order.
    mentions: tuple[Mention, ...] = ()


def evaluate(node: Node, document: Document) -> Result:
    """Meet one document.

    Args:
        node: a query without concepts and places: ``resolve`` has put their variants in their stead.
        document: as queries see it.
    """
    context = Context(document, ())
    found = find(node, replace(context, scope=whole(context)))
    if not found.met:
        return Result(met=False)
    leaves = frozenset().union(*found.spans.values())
    return Result(met=True, score=score(leaves), mentions=mentions(leaves, node, context))


def whole(context: Context) -> tuple[Range, ...]:
    """All fields that have tokens, whole."""
    counts = [len(context.tokens(number)) for number in range(len(TEXT_FIELDS))]
    return tuple(Range(number, 0, count - 1) for number, count in enumerate(counts) if count)


def find(node: Node, context: Context) -> Found:
    """Is a part of a query met in a scope, and by which spans?"""
    return _MEANINGS[type(node)](node, context)


def of_not(node: Not, context: Context) -> Found:
    """Met where its part is not."""
    return Found(not find(node.part, context).met)


def of_field(node: InField, context: Context) -> Found:
    """The part, in what lies in the field."""
    return find(node.part, replace(context, scope=context.narrowed(field_ranges(node.field, context))))


def of_weighted(node: Weighted, context: Context) -> Found:
    """The part, its terms scoring so much; a weight within it wins."""
    return find(node.part, replace(context, weight=node.weight))


def of_filter(node: Filter, context: Context) -> Found:
    """Asked of the whole document."""
    return Found(admits(node, context.document))


def of_claim(node: Claim, context: Context) -> Found:
    """One claim of the whole document meets all conditions."""
    claims = context.document.stream.claims
    return Found(any(all(meets(claim, one) for one in node.conditions) for claim in claims))


def united(found: Collection[Found]) -> Spans:
    """The spans of all that are met; equal ones share their leaves."""
    spans: dict[Range, frozenset[Leaf]] = {}
    for one in found:
        for place, leaves in one.spans.items() if one.met else ():
            spans[place] = spans.get(place, frozenset()) | leaves
    return spans


def of_parts(node: And | Or | AtLeast, context: Context) -> Found:
    """All, any, or so many of the parts."""
    found = [find(part, context) for part in node.parts]
    needed = {And: len(found), Or: 1}[type(node)] if isinstance(node, And | Or) else node.count
    met = sum(one.met for one in found) >= needed
    return Found(met, united(found) if met else {})


def of_near(node: Near, context: Context) -> Found:
    """Every pair of spans that are near enough."""
    reach = node.distance
    if reach is None:
        reach = NEAR_CHARACTERS if context.document.language in CHARACTER_LANGUAGES else NEAR_WORDS
    left, right = find(node.left, context).spans, find(node.right, context).spans
    pairs = [
        Found(met=True, spans={span: left[one] | right[other]})
        for one, other in product(left, right)
        for span in between(one, other, reach, ordered=node.ordered)
    ]
    return Found(bool(pairs), united(pairs))


def between(one: Range, other: Range, reach: int, *, ordered: bool) -> Iterator[Range]:
    """The span from the first token of the one to the last of the other, if they are near."""
    if one.field != other.field:
        return
    if one.last < other.first and other.first - one.last - 1 <= reach:
        yield Range(one.field, one.first, other.last)
    if not ordered and other.last < one.first and one.first - other.last - 1 <= reach:
        yield Range(one.field, other.first, one.last)


def of_scopes(node: Within, context: Context) -> Found:
    """Every sentence or paragraph that meets the part by itself."""
    parts = context.narrowed(sentences_or_paragraphs(node.scope, context))
    found = [find(node.part, replace(context, scope=(part,))) for part in parts]
    return Found(any(one.met for one in found), united(found))


def sentences_or_paragraphs(scope: Scope, context: Context) -> list[Range]:
    """All of them, in every field."""
    stream = context.document.stream
    starts = stream.sentences if scope is Scope.SENTENCE else stream.paragraphs
    found = []
    for one in whole(context):
        firsts = sorted({0, *starts.get(TEXT_FIELDS[one.field], ())})
        found += [Range(one.field, first, after - 1) for first, after in pairwise([*firsts, one.last + 1])]
    return found


def field_ranges(name: str, context: Context) -> list[Range]:
    """The tokens of a field; the beginning of the text where there is no lead."""
    number = TEXT_FIELDS.index(name)
    if name == "lead" and not context.tokens(number):
        number = TEXT_FIELDS.index("text")
        begun = [token for token in context.tokens(number) if token.start < LEAD_CHARACTERS]
        return [Range(number, 0, len(begun) - 1)] if begun else []
    return [one for one in whole(context) if one.field == number]


def of_variants(node: Variants, context: Context) -> Found:
    """The variants of the document's language."""
    language = context.document.language
    part = node.by_language.get(language) or node.by_language.get(ANY_LANGUAGE)
    if part is None:
        return Found(met=False)
    blocked = (*node.blocked.get(language, ()), *node.blocked.get(ANY_LANGUAGE, ()))
    return find(part, replace(context, blocked=(*(context.blocked or ()), *blocked)))


# What is asked of the document


def admits(node: Filter, document: Document) -> bool:
    """Is the document one that a filter lets through?"""
    author, url = normalize(document.author or "").text, document.url.lower()
    match node.name:
        case "lang":
            return primary(document.language) in map(primary, node.values)
        case "outlet":
            return document.outlet_id in node.values
        case "country":
            return document.country in node.values
        case "author":
            return any(normalize(value).text in author for value in node.values)
        case "url":
            return any(value.lower() in url for value in node.values)
    raise ValueError(f"there is no filter {node.name}:")


def meets(claim: Collection[str], condition: Condition) -> bool:
    """Does a claim, as its keys, meet a condition? One that does not say meets only ``!=``."""
    start = f"claim.{condition.name}="
    values = [key.removeprefix(start) for key in claim if key.startswith(start)]
    compared = [compare(condition.name, one, value) for one in values for value in condition.values]
    match condition.operator:
        case "=":
            return 0 in compared
        case "!=":
            return 0 not in compared
        case ">=":
            return any(one is not None and one >= 0 for one in compared)
        case "<=":
            return any(one is not None and one <= 0 for one in compared)
    raise ValueError(f"nothing is compared by {condition.operator}")


def compare(name: str, one: str, other: str) -> float | None:
    """Above 0 where the one is more, 0 where they are equal, None where that cannot be said."""
    if name == "score":
        return float(one) - float(other)
    if name == "authority" and one in AUTHORITIES and other in AUTHORITIES:
        return AUTHORITIES.index(other) - AUTHORITIES.index(one)
    return 0 if one == other else None


_MEANINGS: dict[type, Callable[..., Found]] = {
    Word: of_term,
    Phrase: of_term,
    Regex: of_term,
    And: of_parts,
    Or: of_parts,
    AtLeast: of_parts,
    Not: of_not,
    Near: of_near,
    Within: of_scopes,
    InField: of_field,
    Weighted: of_weighted,
    Variants: of_variants,
    Filter: of_filter,
    Claim: of_claim,
}


# What comes of it


def score(leaves: Collection[Leaf]) -> float:
    """Each distinct term its greatest weight, twice if one of its mentions stands in the title; 1 without any."""
    title = TEXT_FIELDS.index("title")
    total = 0.0
    for one in {leaf.identity for leaf in leaves}:
        mine = [leaf for leaf in leaves if leaf.identity == one]
        total += max(leaf.weight for leaf in mine) * (2 if any(leaf.range.field == title for leaf in mine) else 1)
    return total if leaves else 1.0


def mentions(leaves: Collection[Leaf], node: Node, context: Context) -> tuple[Mention, ...]:
    """Each place of each term once, in reading order; a term written in two ways goes by the first that is met."""
    labels: dict[tuple[str, ...], str] = {}
    for term in written(node, context.document.language):
        if any(leaf.identity == identity(term) and leaf.label == label(term) for leaf in leaves):
            labels.setdefault(identity(term), label(term))
    places = sorted({(leaf.range, labels[leaf.identity]) for leaf in leaves})
    return tuple(mention(place, label, context) for place, label in places[:MOST_MENTIONS])


def written(node: Node, language: str) -> Iterator[Term]:
    """The terms for documents of a language, in the order written."""
    if isinstance(node, Term):
        yield node
    below = parts(node)
    if isinstance(node, Variants):
        part = node.by_language.get(language) or node.by_language.get(ANY_LANGUAGE)
        below = (part,) if part is not None else ()
    for one in below:
        yield from written(one, language)


def mention(place: Range, label: str, context: Context) -> Mention:
    """A place as the article's own characters."""
    tokens = context.tokens(place.field)
    start, end = tokens[place.first].start, tokens[place.last].end
    text = context.text(place.field)[start:end]
    return Mention(field=TEXT_FIELDS[place.field], start=start, end=end, text=text, term=label)
