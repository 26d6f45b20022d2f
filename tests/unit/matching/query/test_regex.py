"""Regular expressions: bounded, on any text, and with a literal that an index can know."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.query.regex import WrongPatternError, compiled, has_literal, matches

LITERALS = [
    ("territor", True),
    ("te", False),
    ("ter|land", True),
    ("ter|la", False),
    ("(ter|land)", True),
    ("x(ter|la)", False),
    ("(territory)?", False),
    ("(territory)?x", False),
    ("(territory)*land", True),
    ("(territory)+", True),
    ("(?:territory){0,2}", False),
    ("(?P<name>territory){1,2}", True),
    ("terr?", True),
    ("ter?", False),
    ("ter+", True),
    ("te[rr]a", False),
    ("[territory]", False),
    ("[^]territory]", False),
    (r"\bland\b", True),
    (r"\pLabc", True),
    (r"\p{Greek}\x{41}abc", True),
    (r"\Q(abc|\E", False),
    (r"a\.b\.c", False),
    ("(?i)land", True),
    ("()land", True),
    ("l(a)nd", False),
    ("земл[яи]", True),
    ("", False),
]


@pytest.mark.parametrize(("pattern", "known"), LITERALS)
def test_a_literal_is_what_no_match_can_do_without(pattern: str, known: bool) -> None:
    assert has_literal(pattern) == known


PIECES = st.recursive(
    st.sampled_from(["a", "bc", "def", "ghij", "[xy]", "[^a]", r"\d", "."]),
    lambda smaller: (
        st.tuples(smaller, smaller).map("".join)
        | st.tuples(smaller, smaller).map(lambda two: f"({two[0]}|{two[1]})")
        | st.tuples(smaller, st.sampled_from("?*+")).map(lambda two: f"(?:{two[0]}){two[1]}")
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(PIECES, st.data())
def test_every_match_of_a_pattern_with_a_literal_holds_one(pattern: str, data: st.DataObject) -> None:
    match = data.draw(st.from_regex(pattern, fullmatch=True))

    assert re.search(r"[^\W_]{3}", match) or not has_literal(pattern)


def test_matches_are_places_of_characters_whatever_the_text() -> None:
    assert list(matches("зем[a-zа-я]+|x*", "\ud800 ЗЕМЛЯ 领 земли", 10)) == [(2, 7), (10, 15)]


def test_no_more_matches_are_given_than_asked_for() -> None:
    assert list(matches("a", "aaaa", 2)) == [(0, 1), (1, 2)]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*b", "(.*)(.*)(.*)(.*)x"])
def test_a_catastrophic_pattern_takes_no_time(pattern: str) -> None:
    began = time.process_time()

    assert list(matches(pattern, "a" * 100_000 + "!", 10_000)) == []
    assert time.process_time() - began < 10


@pytest.mark.parametrize("pattern", ["(", "[a", "(?=a)", r"\1", "a{1001}", "((a{100}){100}){100}", r"\pX"])
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(pattern: str) -> None:
    with pytest.raises(WrongPatternError, match=r"\w"):
        compiled(pattern)
