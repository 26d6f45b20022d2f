"""Real feeds and pages are read without a crash; they lie beside the checkout, and are never part of it."""

from __future__ import annotations

import pytest

from tests.integration.crawler.captures import FOLDER, Row, captured, read

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no captures beside the checkout (../shared/data/captures)")


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [read(name, body) for name, body in captured()]


def test_every_capture_is_read_or_told_in_a_sentence(rows: list[Row]) -> None:
    assert rows
    assert all(row.error.startswith(("the feed ", "the page ", "")) for row in rows)
    assert sum(bool(row.error) for row in rows) <= 3


def test_every_page_has_a_title_and_text(rows: list[Row]) -> None:
    pages = [row for row in rows if ".html" in row.name]

    assert pages
    assert [row.name for row in pages if row.error or not row.title or row.amount < 300] == []


def test_most_pages_have_a_date(rows: list[Row]) -> None:
    pages = [row for row in rows if ".html" in row.name]

    assert sum(bool(row.date) for row in pages) >= len(pages) * 0.75


def test_nothing_was_decoded_wrongly(rows: list[Row]) -> None:
    assert [row.name for row in rows if "\ufffd" in row.title or "Ð" in row.title] == []
