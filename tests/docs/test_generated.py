"""The generated parts of the documentation are what the program says today; `make docs` writes them."""

from __future__ import annotations

import json
import re

import pytest
from typer.main import get_command

from claimwatch.cli.app import app
from docs import generate
from tests.docs.markdown import ROOT

#: The verbs of this release.
VERBS = {
    "init", "run", "demo", "check", "poll", "matches", "show", "analyze", "extract", "ingest", "sources", "alerts",
    "deliveries", "query", "replay", "test-channel", "db", "health", "search", "backtest",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(generate.PARTS))
def test_generated_part_is_up_to_date(name: str) -> None:
    file, make = generate.PARTS[name]

    assert generate.standing(name, file) == make(), "run `make docs`"


def test_program_has_the_verbs_of_this_release() -> None:
    command = get_command(app)

    assert set(getattr(command, "commands", {})) == VERBS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_cli_reference_documents_every_verb(verb: str) -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    assert f"\n### claimwatch {verb}\n" in text
    assert f"Usage: claimwatch {verb}" in text


def test_outlets_table_lists_the_whole_catalogue() -> None:
    text = (ROOT / "docs" / "outlets.md").read_text(encoding="utf-8")
    outlets = generate.builtin_outlets()

    missing = [outlet.id for outlet in outlets if f"`{outlet.id}`" not in text and f"`{outlet.id}/" not in text]

    assert missing == []
    assert sum(1 for outlet in outlets if outlet.sources) >= 8


def test_readme_record_is_one_match_with_true_offsets() -> None:
    shown = generate.standing("record", "README.md")
    answer = json.loads(shown[shown.index("\n{") : shown.rindex("}") + 1])

    mentions = [mention for match in answer["matches"] for mention in match["mentions"]]
    texts = [str(generate.EXAMPLE[mention["field"]])[mention["start"] : mention["end"]] for mention in mentions]

    assert texts
    assert texts == [mention["text"] for mention in mentions]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(generate.SLOW_PARTS))
def test_transcript_is_what_the_demo_prints(name: str) -> None:
    file, make = generate.SLOW_PARTS[name]

    assert comparable(generate.standing(name, file)) == comparable(make()), "run `make docs ARGS=--demo`"


def comparable(text: str) -> list[str]:
    """The lines in any order, without what differs from run to run: ids, dates, times, ports and counts."""
    no_ids = re.sub(r"\b[a-z]{3}-[a-z2-7]{24}\b", "ID", text)
    no_dates = re.sub(r"\d+ [A-Z][a-z]{2} \d+:\d+", "DATE", no_ids)
    return sorted(re.sub(r"\s+", " ", re.sub(r"[\d.,]+", "N", line)) for line in no_dates.splitlines())


def test_transcripts_are_compared_by_what_they_say() -> None:
    one = "told alr-aaaaaaaaaaaaaaaaaaaaaaaa at 23 Nov 16:44 UTC\nport  33365, 2.5 s"
    same = "port 4, 31 s\ntold alr-bbbbbbbbbbbbbbbbbbbbbbbb at 1 Dec 06:44 UTC"

    assert comparable(one) == comparable(same)
    assert comparable(one) != comparable(one.replace("told", "forgot"))
