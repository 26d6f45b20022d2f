"""What the demo prints fits a terminal of 100 columns, with every script aligned."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.cells import cell_len

from claimwatch.demo.newsroom import Newsroom
from claimwatch.demo.report import WIDTH, console_for, print_findings, print_opening, print_verdict
from claimwatch.demo.stories import Expected
from claimwatch.demo.verdict import Evidence
from tests.integration.demo.test_verdict import NOW, TOLD, evidence
from tests.integration.demo.web import ask


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(NOW) as running:
        yield running


def printed(newsroom: Newsroom, shown: Evidence) -> str:
    out = io.StringIO()
    console = console_for(out)
    print_opening(console, newsroom)
    print_findings(console, shown, newsroom, NOW)
    print_verdict(console, shown, (), (), 12.34)
    return out.getvalue()


def test_report_is_never_wider_than_a_terminal(newsroom: Newsroom) -> None:
    assert max(cell_len(line) for line in printed(newsroom, evidence()).splitlines()) <= WIDTH


def test_report_aligns_columns_behind_wide_characters(newsroom: Newsroom) -> None:
    lines = printed(newsroom, evidence()).splitlines()
    starts = {cell_len(line[: line.index("127.0.0.1:")]) for line in lines if line.rstrip().count("127.0.0.1:")}

    assert len(starts) == 1


def test_report_names_every_article(newsroom: Newsroom) -> None:
    text = printed(newsroom, evidence())

    assert [story.title for story in newsroom.stories if story.title[:20] not in text] == []


def test_report_ends_with_the_time_it_took(newsroom: Newsroom) -> None:
    assert printed(newsroom, evidence()).splitlines()[-1].endswith("once by webhook. 12.3 s")


def test_report_shows_what_is_wrong_with_the_daemons_last_words() -> None:
    out = io.StringIO()
    print_verdict(console_for(out), evidence(), ("missing: a mail",), ("it broke",), 1.0)

    assert "it broke" in out.getvalue()
    assert "• missing: a mail" in out.getvalue()


def test_report_shows_no_quote_where_none_came(newsroom: Newsroom) -> None:
    silent = replace(evidence(), notices=())

    assert "told by mail" in printed(newsroom, silent)


def test_report_claims_no_more_than_the_program_does(newsroom: Newsroom) -> None:
    ask(newsroom.url(next(story for story in newsroom.stories if story.expected is Expected.ORDINARY)))

    text = printed(newsroom, evidence())

    assert f"Found and told: {len(TOLD)} articles matched" in text
    assert "no watch matched" in text
    assert "statements" not in text
    assert "no claim" not in text


def test_report_says_that_a_redirect_and_a_slow_page_were_survived(newsroom: Newsroom) -> None:
    (line,) = [line for line in printed(newsroom, evidence()).splitlines() if "survived" in line]

    assert line == "  survived: 1 page that had moved (a redirect), 1 page that answered after 3 s"


def test_report_claims_no_survival_of_what_was_not_told(newsroom: Newsroom) -> None:
    assert "survived" not in printed(newsroom, replace(evidence(), notices=(), mails=()))
