"""The work of matching grows with the text, and hardly with the number of watches; calls are counted, not seconds."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from domain.watches import Watch
from matching.matcher import Matcher
from tests.unit.matching.articles import article

WORDS = ("steppe", "river", "border", "speech", "council", "harvest", "railway", "treaty", "bridge", "minister")
PROSE = " ".join(f"{word}{number % 7}" for number in range(400) for word in WORDS)


def calls(matcher: Matcher, text: str) -> int:
    """Calls and generator steps of one analysis."""
    count = 0

    def on_event(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    written = article(text=text)
    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        matcher.analyze(written)
    finally:
        sys.setprofile(before)
    return count


def watches(number: int) -> list[Watch]:
    """So many watches, each with terms of its own that begin like words of the text."""
    return [
        Watch(id=f"w{one}", title="W", queries={"*": f'"river{one % 7} unknown{one}" OR other{one}'})
        for one in range(number)
    ]


#: Thirty phrases that each begin with all of the one before: as much as a text can be made to fit.
NESTED = [Watch(id=f"n{one}", title="N", queries={"*": f'"{" ".join(["land"] * (one + 1))}"'}) for one in range(30)]


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (watches(10), PROSE),
        (NESTED, "land " * 400),
        (watches(10), "ş" * 20_000),
        (watches(10), "领土" * 8000),
        (watches(10), "a\u0301" * 10_000),
        (watches(10), "- . , ; " * 2500),
    ],
    ids=["prose", "nested phrases", "one word", "unspaced", "marks", "punctuation"],
)
def test_work_grows_with_the_text_and_no_faster(known: list[Watch], text: str) -> None:
    matcher = Matcher(known)
    calls(matcher, "the first one loads models")

    once, four_times = calls(matcher, text), calls(matcher, text * 4)

    assert four_times < 4.4 * once + 1000


def test_work_does_not_grow_with_watches_that_are_not_met() -> None:
    few, many = Matcher(watches(10)), Matcher(watches(2000))
    text = PROSE[:500]
    for matcher in (few, many):
        calls(matcher, text)  # what is loaded and remembered at first is no work of the text

    assert calls(many, text) < 1.1 * calls(few, text)
