"""Random queries, and queries without their places."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from matching.query.ast import (
    And,
    AtLeast,
    Claim,
    Concept,
    Condition,
    Filter,
    Form,
    Geo,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Position,
    Regex,
    Scope,
    Weighted,
    Within,
    Word,
)
from matching.query.walk import depth, is_negative, parts, with_parts

AT = Position(1, 1)
WORDS = ("border", "land", "G20", "North-Kazakhstan", "об'єкт", "земля", "жер", "领土", "中国", "or", "near", "ёлка")
PREFIXES = ("territor", "земл", "领土")
PHRASES = ("land claim", "OR", "a (b)", "land ~ x", "领土 主张", "say “a” so", 'x "y" z', "#1", "a\nb")
PATTERNS = (r"territor(y|ial)", r"border\s+", r"a\/bcd", r"[A-Z]land(s)?")
VALUES = ("tass", "example.org/a?b=c", "Ivan Petrov", "x,y", "(z)", "#1", "a]")

_FORMS = st.sampled_from((Form.FOLDED, Form.INFLECTED, Form.EXACT))
_WEIGHTS = st.sampled_from((0.001, 0.5, 2.0, 3.25, 1000.0))


def unplaced(node: Any) -> Any:
    """The same with every place the first one, so that trees can be compared."""
    if isinstance(node, Claim):
        node = replace(node, conditions=tuple(replace(one, at=AT) for one in node.conditions))
    bare: Any = with_parts(node, tuple(map(unplaced, parts(node))))
    return replace(bare, at=AT) if any(one.name == "at" for one in fields(bare)) else bare


def words() -> st.SearchStrategy[Word]:
    """Words in every form."""
    plain = st.builds(Word, text=st.sampled_from(WORDS), form=_FORMS, at=st.just(AT))
    return plain | st.builds(Word, text=st.sampled_from(PREFIXES), form=st.just(Form.PREFIX), at=st.just(AT))


def terms() -> st.SearchStrategy[Node]:
    """What can be mentioned."""
    phrases = st.builds(Phrase, text=st.sampled_from(PHRASES), form=_FORMS, at=st.just(AT))
    patterns = st.builds(Regex, pattern=st.sampled_from(PATTERNS), at=st.just(AT))
    return words() | words() | phrases | patterns


def predicates() -> st.SearchStrategy[Node]:
    """Filters and claims."""
    conditions = st.sampled_from(
        (
            Condition(name="type", operator="=", values=("gift", "annexation"), at=AT),
            Condition(name="challenger", operator="!=", values=("RU",), at=AT),
            Condition(name="authority", operator=">=", values=("legislator",), at=AT),
            Condition(name="score", operator="<=", values=("0.5",), at=AT),
        )
    )
    claims = st.builds(Claim, conditions=st.lists(conditions, max_size=3).map(tuple), at=st.just(AT))
    values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3).map(tuple)
    filters = st.builds(Filter, name=st.sampled_from(("author", "url", "outlet")), values=values, at=st.just(AT))
    languages = st.just(Filter(name="lang", values=("ru", "kk"), at=AT))
    return claims | filters | languages


def names() -> st.SearchStrategy[Node]:
    """Concepts and places."""
    concepts = st.builds(Concept, name=st.sampled_from(("russia", "kz_territory")), at=st.just(AT))
    return concepts | st.builds(Geo, code=st.sampled_from(("RU", "x-abkhazia")), at=st.just(AT))


def _any_of(members: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    flat = members.filter(lambda node: not isinstance(node, Or))
    return st.builds(Or, parts=st.lists(flat, min_size=2, max_size=3).map(tuple))


def places(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """What may stand beside NEAR."""

    def larger(smaller: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        distances = st.none() | st.integers(1, 9)
        near = st.builds(Near, left=smaller, right=smaller, distance=distances, ordered=st.booleans(), at=st.just(AT))
        return near | _any_of(smaller) | st.builds(Weighted, part=smaller, weight=_WEIGHTS)

    return st.recursive(leaves, larger, max_leaves=4)


def nodes(leaves: st.SearchStrategy[Node] | None = None) -> st.SearchStrategy[Node]:
    """Whole queries, as ``parse`` would make them; of terms alone, or of the leaves given."""
    least = terms() if leaves is None else leaves
    return st.recursive(places(least) | predicates(), _larger, max_leaves=6).filter(lambda node: depth(node) < 20)


def _larger(smaller: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    positive = smaller.filter(lambda node: not is_negative(node))
    not_and = positive.filter(lambda node: not isinstance(node, And))
    negations = st.builds(Not, part=positive, at=st.just(AT))
    # No flatmap: what it is given becomes part of a strategy's name, and trees have long ones.
    every = st.tuples(not_and, not_and | negations, st.booleans()).map(lambda two: two[1::-1] if two[2] else two[:2])
    several = st.lists(positive, min_size=1, max_size=3).map(tuple)
    return (
        st.builds(And, parts=every)
        | _any_of(positive)
        | st.builds(Within, scope=st.sampled_from(Scope), part=positive, at=st.just(AT))
        | st.builds(InField, field=st.sampled_from(("title", "lead", "text")), part=positive, at=st.just(AT))
        | st.tuples(several, st.integers(0, 2)).map(
            lambda one: AtLeast(count=1 + one[1] % len(one[0]), parts=one[0], at=AT)
        )
    )
