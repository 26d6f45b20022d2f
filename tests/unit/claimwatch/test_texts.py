"""JSON lines: what is read, and what a bad line is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimwatch.texts import BadLine, read_line


def test_line_is_read_with_all_its_fields() -> None:
    line = read_line('{"id": "7", "url": "https://a.example/x", "lang": "ru", "title": "T", "text": "Текст", '
                     '"published_at": "2026-11-23T08:00:00+05:00"}')  # fmt: skip

    assert (line.id, line.url, line.language, line.title, line.text) == ("7", "https://a.example/x", "ru", "T", "Текст")
    assert line.published_at == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_line_without_an_address_gets_a_stable_one() -> None:
    assert read_line('{"id": 5, "text": "x"}').url == read_line('{"id": "5", "text": "x"}').url


def test_lines_of_one_number_and_other_words_are_other_articles() -> None:
    assert read_line('{"id": 1, "text": "Monday"}').url != read_line('{"id": 1, "text": "Tuesday"}').url


def test_line_that_begins_with_a_byte_order_mark_is_read() -> None:
    assert read_line('\ufeff{"id": 1, "text": "x"}').text == "x"


@pytest.mark.parametrize(
    ("raw", "message", "line_id"),
    [
        ("{", "not JSON", None),
        ("[]", "not a JSON object", None),
        ("{}", "`id` is missing", None),
        ('{"id": "", "text": "x"}', "`id` is missing", None),
        ('{"id": 1, "text": "x", "url": "javascript:alert(1)"}', "`url` must begin with http", 1),
        ('{"id": true, "text": "x"}', "`id` must be", None),
        ('{"id": "a"}', "`text` is missing", "a"),
        ('{"id": "a", "text": 5}', "`text` must be a text", "a"),
        ('{"id": "a", "text": "x", "title": []}', "`title` must be a text", "a"),
        ('{"id": "a", "text": "x", "published_at": "2026-11-23T08:00:00"}', "not ISO 8601 with a zone", "a"),
        ('{"id": "a", "text": "x", "published_at": "yesterday"}', "not ISO 8601 with a zone", "a"),
        ("[" * 100_000, "not JSON", None),
    ],
)
def test_bad_line_says_what_is_wrong_and_keeps_its_id(raw: str, message: str, line_id: str | None) -> None:
    with pytest.raises(BadLine, match=message) as caught:
        read_line(raw)

    assert caught.value.row().get("id") == line_id


@given(
    st.text()
    | st.dictionaries(st.sampled_from(["id", "text", "lang", "url"]), st.none() | st.text() | st.integers()).map(
        json.dumps
    )
)
def test_any_line_is_read_or_refused(raw: str) -> None:
    try:
        read = read_line(raw).text
    except BadLine as error:
        read = str(error.row()["error"])

    assert read or json.loads(raw)["text"] == ""
