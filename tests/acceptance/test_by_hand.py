"""Polls made by hand: the `poll` verb, and Scrapy's own command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from claimwatch.demo.child import run_claimwatch
from tests.acceptance.office import PATIENCE_S, Office
from tests.newsroom import Newsroom

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def publish(newsroom: Newsroom) -> str:
    """One claim and one other article; returns the claim's address."""
    newsroom.add_article("Harvest", "The wheat harvest is in. " * 10)
    return newsroom.add_article("Envoys", "The envoy spoke of territorial claims on Monday. " * 10)


def scrapy(office: Office, *words: str) -> subprocess.CompletedProcess[str]:
    """Scrapy's command in our project, with the office's configuration."""
    environ = {**os.environ, "CLAIMWATCH_CONFIG": str(office.config)}
    command = [sys.executable, "-m", "scrapy", *words]
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def test_poll_reads_follows_and_stores_but_leaves_telling_to_the_daemon(office: Office, newsroom: Newsroom) -> None:
    claim = publish(newsroom)
    office.configure(newsroom)

    said = run_claimwatch("poll", "--config", str(office.config), cwd=office.folder)

    assert said.returncode == 0, said.stderr
    assert "2 entries, 2 new" in said.stdout
    assert f"claims: Envoys [en] {claim}" in said.stdout
    assert [row["url"] for row in office.ask("matches")] == [claim]
    assert {row["state"] for row in office.ask("deliveries")} == {"pending"}
    assert office.mailroom.mails == ()


def test_poll_of_an_unknown_name_is_wrong_usage(office: Office, newsroom: Newsroom) -> None:
    office.configure(newsroom)

    said = run_claimwatch("poll", "nowhere", "--config", str(office.config), cwd=office.folder)

    assert said.returncode == 2
    assert "nowhere is neither an outlet nor a source" in said.stderr


def test_poll_of_a_source_that_fails_says_why_and_ends_with_1(office: Office, newsroom: Newsroom) -> None:
    newsroom.stop()
    office.configure(newsroom)

    said = run_claimwatch("poll", "--config", str(office.config), cwd=office.folder)

    assert said.returncode == 1
    assert "the server refused the connection" in said.stdout


def test_ingest_of_an_address_fetches_it_by_the_same_engine(office: Office, newsroom: Newsroom) -> None:
    claim = publish(newsroom)
    office.configure(newsroom)

    said = run_claimwatch("ingest", claim, "--config", str(office.config), cwd=office.folder)

    assert said.returncode == 0, said.stderr
    assert "1 article, 1 match (claims 1)" in said.stdout
    assert [row["url"] for row in office.ask("matches")] == [claim]


def test_scrapy_lists_the_monitor_spider(office: Office, newsroom: Newsroom) -> None:
    office.configure(newsroom)

    said = scrapy(office, "list")

    assert (said.returncode, said.stdout.split()) == (0, ["monitor"]), said.stderr


def test_scrapy_crawl_monitor_is_a_real_poll_through_the_same_pipeline(office: Office, newsroom: Newsroom) -> None:
    claim = publish(newsroom)
    office.configure(newsroom)
    items = office.folder / "items.jsonl"

    said = scrapy(office, "crawl", "monitor", "-a", f"outlet={newsroom.plan().id}", "-O", str(items))

    assert said.returncode == 0, said.stderr
    rows = [json.loads(line) for line in items.read_text(encoding="utf-8").splitlines()]
    assert (rows[0]["kind"], rows[0]["new"]) == ("poll", 2)
    assert [row["url"] for row in rows if row.get("watches") == ["claims"]] == [claim]
    assert [row["url"] for row in office.ask("matches")] == [claim]
