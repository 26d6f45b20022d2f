"""What an article must have so that it can meet a query: keys, without which there is no need to look.

Necessary, never enough: NOT and what is asked of the document rather than of its words ask for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from domain.keys import ANYTHING, HasAll, HasAny, HasSome, KeyQuery
from domain.watches import ANY_LANGUAGE
from matching.query import terms
from matching.query.ast import AtLeast, Claim, Condition, Node, Not, Or, Phrase, Variants, Word
from matching.query.predicates import reaches
from matching.query.terms import Step
from matching.query.vocabulary import AUTHORITIES, LEAST_PREFIX
from matching.query.walk import parts

#: Met by no article.
NOTHING = HasAny(keys=frozenset())

#: Keys of which an article must have one.
KeySet = frozenset[str]

#: So many choices from alternatives are made; of longer phrases the cheapest words count.
_MOST_CHOICES = 4

_COSTS = {1: 64.0, 2: 32.0, 3: 8.0, 4: 4.0, 5: 2.0}
_UNSPACED_COST = 16.0


#: What articles of a language need to meet one of the variants, if it is known already.
OfVariants = Callable[[Variants, str], KeyQuery]


def required(node: Node, language: str, *, prefixes: bool = False, of_variants: OfVariants | None = None) -> KeyQuery:
    """What every article has that meets a query.

    Args:
        node: a query without concepts and places: ``resolve`` has put their variants in their stead.
        language: primary language of the articles, ``*`` for any.
        prefixes: do the article's keys hold ``terms.prefix_key`` of each word? Else nothing is
            known of ``word*``.
        of_variants: asked instead of working it out again for a concept that many queries name.

    Returns:
        ``ANYTHING`` where nothing is known.
    """
    if isinstance(node, Word | Phrase):
        return _of_term(terms.steps(node, language), prefixes=prefixes)
    if isinstance(node, Claim):
        return _all(_of_condition(condition) for condition in node.conditions)
    if isinstance(node, Variants):
        found = (required(part, one, prefixes=prefixes) for one, part in variants(node, language))
        return _some(found) if of_variants is None else of_variants(node, language)
    below = [required(part, language, prefixes=prefixes, of_variants=of_variants) for part in parts(node)]
    return _joined(node, below)


def _joined(node: Node, below: Sequence[KeyQuery]) -> KeyQuery:
    """What a node needs of whose parts this is known."""
    match node:
        case Or():
            return _some(below)
        case AtLeast():
            return _at_least(node.count, below)
        case Not():
            return ANYTHING
    # of Regex and Filter, which have no parts, nothing is known; the others need all that theirs do
    return _all(below)


def variants(node: Variants, language: str) -> Iterable[tuple[str, Node]]:
    """The parts that articles of a language may meet, each with the language in which its words inflect.

    Args:
        node: of which.
        language: primary language of the articles, ``*`` for any.
    """
    if language == ANY_LANGUAGE:
        return node.by_language.items()
    part = node.by_language.get(language) or node.by_language.get(ANY_LANGUAGE)
    return [(language, part)] if part else []


def conjuncts(query: KeyQuery) -> list[KeySet]:
    """Sets of keys, of each of which an article must have one, cheapest first; none where nothing is known."""
    if isinstance(query, HasAny):
        return [query.keys]
    if isinstance(query, HasAll):
        distinct = dict.fromkeys(keys for part in query.parts for keys in conjuncts(part))
        return sorted(distinct, key=cost)
    found = [conjuncts(part) for part in query.parts]
    if not all(found):
        return []
    # any choice of one set from each alternative will do: the cheapest of each, the second ones, and so on
    most = min(_MOST_CHOICES, max(map(len, found), default=1))
    return [frozenset().union(*(each[min(number, len(each) - 1)] for each in found)) for number in range(most)]


@lru_cache(maxsize=1 << 12)
def cost(keys: KeySet | tuple[str, ...]) -> float:
    """How many articles have one of these keys, as a guess; what is short is frequent.

    An article has the keys of one language, so only the dearest language counts.
    """
    languages: dict[str, float] = {}
    for key in keys:
        language, colon, word = key.rpartition(":")
        languages[language] = languages.get(language, 0.0) + _key_cost(word if colon else key)
    return languages.pop("", 0.0) + max(languages.values(), default=0.0)


def _key_cost(word: str) -> float:
    if word > "\u3000" or "\u0e00" <= word < "\u1800":
        return _UNSPACED_COST if len(word) == 1 else 1.0
    return _COSTS.get(len(word), 1.0)


def _of_term(sequence: Sequence[Step], *, prefixes: bool) -> KeyQuery:
    if not sequence:
        return NOTHING
    any_of = [_of_step(step, prefixes=prefixes) for step in sequence if len(step.keys) != 1]
    return _all([*(HasAny(keys=frozenset((key,))) for key in dict.fromkeys(terms.needed_keys(sequence))), *any_of])


def _of_step(step: Step, *, prefixes: bool) -> KeyQuery:
    if not step.prefix:
        return HasAny(keys=step.keys)
    known = prefixes and len(step.prefix) >= LEAST_PREFIX
    return HasAny(keys=frozenset((terms.prefix_key(step.prefix),))) if known else ANYTHING


def _of_condition(condition: Condition) -> KeyQuery:
    name, operator, values = condition.name, condition.operator, condition.values
    if operator == "=" and name != "score":
        return HasAny(keys=frozenset(f"claim.{name}={value}" for value in values))
    if name == "authority" and operator in {">=", "<="}:
        return HasAny(keys=frozenset(f"claim.{name}={one}" for one in AUTHORITIES if reaches(one, operator, values)))
    return ANYTHING


def _all(queries: Iterable[KeyQuery]) -> KeyQuery:
    """All of them, flat."""
    flat: list[KeyQuery] = []
    for part in queries:
        flat.extend(part.parts if isinstance(part, HasAll) else (part,))
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else HasAll(parts=distinct)


def _some(queries: Iterable[KeyQuery]) -> KeyQuery:
    """Any of them, flat: what asks for any of some keys is one with its like."""
    keys: set[str] = set()
    others: list[KeyQuery] = []
    for part in queries:
        if part == ANYTHING:
            return ANYTHING
        if isinstance(part, HasAny):
            keys |= part.keys
        else:
            others.extend(part.parts if isinstance(part, HasSome) else (part,))
    if not others:
        return HasAny(keys=frozenset(keys))
    plain = [HasAny(keys=frozenset(keys))] if keys else []
    distinct = tuple(dict.fromkeys([*plain, *others]))
    return distinct[0] if len(distinct) == 1 else HasSome(parts=distinct)


def _at_least(count: int, queries: Sequence[KeyQuery]) -> KeyQuery:
    """Of any so many parts that all but ``count - 1`` are, at least one is met: the cheapest go together."""
    if count > len(queries):
        return NOTHING
    size = len(queries) - count + 1
    ranked = sorted(queries, key=_dearness)
    return _all(_some(ranked[first : first + size]) for first in range(0, len(queries) - size + 1, size))


def _dearness(query: KeyQuery) -> float:
    return min(map(cost, conjuncts(query)), default=float("inf"))
