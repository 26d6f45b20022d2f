"""Bytes that were good once: valid documents with bytes flipped, cut out, doubled, or spliced with one another."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Result = TypeVar("Result")
Refusal = TypeVar("Refusal", bound=Exception)

#: Longer than any machine under load takes for one small document; a reader that hangs is over it.
HANGS_S = 20

#: What breaks parsers: markup, references, charsets, line ends, lone surrogates as UTF-8, numbers without end.
SOUP = (
    b"", b"\0", b"<", b">", b"&", b'"', b"'", b"/", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?xml?>",
    b"<!DOCTYPE x>", b"&#0;", b"&#xD800;", b"&#x110000;", b"&amp;amp;lt;p&amp;gt;", b"&nbsp;", b"&unknown;", b"\xff",
    b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\x85", b"\xe2\x80\xa8", b"{", b"}", b"[", b"]",
    b",", b":", b"null", b"1e999", b"9" * 400, b"\\ud800", b"\\u0000", b"http://[", b"//", b"javascript:x", b"%00",
    b"%ff", b"#", b"?", b"..", b"@", b" ", b"9999-12-31T23:59:59-12:00", b"0001-01-01",
    b"Mon, 31 Feb 2026 25:61:61 +9999", b"1699999999", b"now", b"5",
)  # fmt: skip


def fuzz(examples: int) -> settings:
    """Settings of a fuzz test: the same examples each time, or ``FUZZ_EXAMPLES`` new ones."""
    asked = os.environ.get("FUZZ_EXAMPLES")
    return settings(
        max_examples=int(asked or examples),
        derandomize=asked is None,
        database=None,
        deadline=timedelta(seconds=HANGS_S),
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes], soup: Sequence[bytes] = SOUP) -> bytes:
    """One of the seeds after up to a dozen changes."""
    body = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 12))):
        start = draw(st.integers(0, max(len(body) - 1, 0)))
        end = start + draw(st.sampled_from([0, 0, 1, 1, 2, 7, 60, 10_000]))
        other = draw(st.sampled_from(seeds))
        cut = draw(st.integers(0, len(other)))
        piece = draw(
            st.sampled_from(soup)
            | st.binary(max_size=3)
            | st.just(body[start:end])
            | st.just(body[start:end] * 3)
            | st.just(other[cut : cut + 80])
        )
        body = body[:start] + piece + body[end:]
    return body


def texts(*pieces: str, most: int = 12) -> st.SearchStrategy[str]:
    """Any text, and texts put together from pieces and single characters, lone surrogates among them."""
    anything = st.characters(codec=None)
    joined = st.lists(st.sampled_from(pieces) | anything, max_size=most).map("".join)
    return joined | st.text(anything, max_size=40)


def result_or(error: type[Refusal], function: Callable[[], Result]) -> Result | Refusal:
    """What the function returns, or the error that it may raise."""
    try:
        return function()
    except error as refused:
        return refused


def is_text(value: str) -> bool:
    """Can it be stored and sent: no NUL, no lone surrogate?"""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value)
