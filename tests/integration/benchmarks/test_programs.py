"""Every benchmark runs at its small size, ends with one JSON line, and measured what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("alerts", "extraction", "matching", "pipeline", "polling", "search", "storage")


@cache
def output(name: str) -> str:
    """What the program prints; it is run once."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(name: str) -> Mapping[str, Mapping[str, Any]]:
    """The figures, by row."""
    told: Mapping[str, Mapping[str, Any]] = json.loads(output(name).splitlines()[-1])["rows"]
    return told


def test_all_benchmarks_are_tried() -> None:
    programs = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text("utf-8")}

    assert programs == set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_benchmark_prints_one_table_and_its_figures(name: str) -> None:
    *table, last = output(name).splitlines()

    told = json.loads(last)
    assert (told["benchmark"], told["quick"]) == (name, True)
    assert [line.split("|")[1].strip() for line in table if line.startswith("| ")][2:] == list(told["rows"])


@pytest.mark.slow
def test_engine_finds_what_loop_and_regular_expressions_find() -> None:
    told = rows("matching")

    assert told["engine, 1000"]["candidates"] >= told["engine, 1000"]["hits"] > 0
    assert told["loop, 1000"]["same_hits_percent"] == 100
    assert told["regex each term, 1000"]["same_hits_percent"] == 100


@pytest.mark.slow
def test_extraction_of_clean_pages_is_nearly_whole() -> None:
    told = rows("extraction")

    assert told["extract: semantic"]["F1"] > 0.95
    assert told["get_text, lxml: semantic"]["F1"] < told["extract: semantic"]["F1"]


@pytest.mark.slow
def test_feed_readers_find_the_same_entries() -> None:
    told = rows("extraction")

    assert told["read_feed: feeds"]["items"] == told["feedparser: feeds"]["items"] == 80


@pytest.mark.slow
def test_polling_tells_of_both_answers() -> None:
    ours = rows("polling")["ScrapyFetcher, our settings"]

    assert ours["cpu_ms_per_200"] > 0
    assert ours["cpu_ms_per_304"] > 0


@pytest.mark.slow
def test_storage_tells_of_sqlite_at_least() -> None:
    told = rows("storage")

    assert told["sqlite: plain insert, one article row"]["wall_ms"] > 0
    assert told["sqlite: claim, 16 entries"]["rows"] == 2_000


@pytest.mark.slow
def test_search_tells_what_the_index_costs_and_finds() -> None:
    told = rows("search")

    assert told["sqlite: a word of every third article"]["found"] == 20
    assert told["sqlite: two Chinese characters"]["found"] == 4
    assert all(cells["bytes"] > 0 for name, cells in told.items() if "record_article" in name)


@pytest.mark.slow
def test_pipeline_takes_every_article_the_whole_way() -> None:
    told = rows("pipeline")

    assert (told["polls"]["items"], told["articles"]["items"]) == (2, 10)
    assert told["deliveries"]["items"] > 0
    assert told["articles"]["cpu_ms_each"] > 0


@pytest.mark.slow
def test_alerts_are_written_and_posted() -> None:
    told = rows("alerts")

    assert told["html"]["bytes"] > told["payload"]["bytes"] > told["subject"]["bytes"]
    assert told["webhook, ours, 1 at once"]["per_s"] > 0
