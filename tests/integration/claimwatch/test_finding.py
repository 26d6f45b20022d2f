"""The verbs search, backtest and db reindex as a person types them."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claimwatch.cli import finding
from claimwatch.cli.app import run
from tests.integration.claimwatch.test_cli import Terminal, terminal

__all__ = ["terminal"]

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
LINES = [
    {
        "id": "1",
        "title": "Депутат о землях",
        "text": "Эти земли были подарком России, сказал депутат в понедельник вечером.",
        "published_at": (TODAY - timedelta(days=1)).isoformat(),
    },
    {
        "id": "2",
        "title": "Deputy repeats",
        "text": "The deputy repeated his territorial claims against the neighbour on Monday.",
        "published_at": (TODAY - timedelta(days=2)).isoformat(),
    },
    {"id": "3", "text": "外交部回应了领土主张。", "published_at": (TODAY - timedelta(days=2)).isoformat()},
    {"id": "4", "text": "The wheat harvest is in.", "published_at": (TODAY - timedelta(days=60)).isoformat()},
]


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the lines were ingested, to be copied."""
    folder = tmp_path_factory.mktemp("ingested")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("CLAIMWATCH_CONFIG", "CLAIMWATCH_DATABASE_URL"):
            patch.delenv(name, raising=False)
        patch.setattr("sys.argv", ["claimwatch", "ingest", "-"])
        text = "\n".join(map(json.dumps, LINES)).encode()
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))
        with pytest.raises(SystemExit) as end:
            run()
    assert end.value.code == 0
    return folder


@pytest.fixture
def filled(ingested: Path, terminal: Terminal) -> Terminal:
    (terminal.folder / "claimwatch.yaml").unlink()  # the lines were met with the built-in watches
    shutil.copytree(ingested, terminal.folder, dirs_exist_ok=True)
    return terminal


def test_search_finds_forms_and_marks_them(filled: Terminal) -> None:
    said = filled("search", "земля~ NEAR/3 подарок~")

    assert said.code == 0
    assert "Эти *земли* были подарком России" in said.out
    assert "claimwatch: 1 found, 1 candidate looked at\n" in said.err


def test_search_finds_chinese_words_of_two_characters(filled: Terminal) -> None:
    (row,) = filled("search", "领土", "-f", "json").json()

    assert row["snippet"] == "外交部回应了*领土*主张。"
    assert (row["terms"], row["language"], row["score"]) == (["领土"], "zh", 1.0)


def test_search_takes_dates_languages_and_a_limit(filled: Terminal) -> None:
    everything = "harvest OR territor* OR земля~ OR 领土"
    day = f"{TODAY - timedelta(days=1):%Y-%m-%d}"

    assert len(filled("search", everything, "-f", "json").json()) == 4
    assert len(filled("search", everything, "--since", day, "-f", "json").json()) == 1
    assert len(filled("search", everything, "--until", day, "-f", "json").json()) == 3
    assert {row["language"] for row in filled("search", everything, "-l", "ru", "-l", "zh", "-f", "json").json()} == {
        "ru",
        "zh",
    }
    few = filled("search", everything, "--limit", "1", "-f", "jsonl")
    assert (len(few.out.splitlines()), "there may be more" in few.err) == (1, True)


def test_search_that_finds_nothing_says_so(filled: Terminal) -> None:
    assert filled("search", "zebra").out == "Nothing was found.\n"
    assert filled("search", "zebra", "-f", "csv").out.startswith("article,published_at,")


@pytest.mark.parametrize("words", [("search",), ("backtest", "--query")])
def test_wrong_query_is_shown_with_a_caret(filled: Terminal, words: tuple[str, ...]) -> None:
    said = filled(*words, "land AND (gift")

    assert said.code == 2
    assert "claimwatch: line 1, column 10: " in said.err
    assert "claimwatch: land AND (gift\nclaimwatch:          ^\n" in said.err


def test_unknown_outlet_and_watch_are_wrong_usage(filled: Terminal) -> None:
    assert filled("search", "land", "--outlet", "nobody").code == 2
    assert "there is no watch 'teritorial-claims'; did you mean" in filled("backtest", "teritorial-claims").err
    assert filled("backtest").code == 2
    assert filled("backtest", "territorial-claims", "--query", "land").code == 2
    assert filled("backtest", "--query", "land", "--since", "2999-01-01").code == 2
    assert filled("backtest", "--query", "land", "--since", "soon").code == 2


def test_backtest_counts_by_day_and_shows_samples(filled: Terminal) -> None:
    said = filled("backtest", "--query", "земля~ OR 领土 OR harvest", "--since", "3d", "--samples", "1")

    days = dict(line.split("\t") for line in said.out.splitlines() if "\t" in line)
    expected = {1: "1", 2: "1", 3: "0"}
    assert {ago: days[f"{TODAY - timedelta(days=ago):%Y-%m-%d}"] for ago in expected} == expected
    assert "*земли* были подарком" in said.out
    assert "领土" not in said.out
    assert "2 hits, at most 2 alerts (2 stories); 2 candidates looked at" in said.out
    assert "beside the stored" not in said.out


def test_backtest_of_a_watch_says_what_changed(filled: Terminal) -> None:
    stored = filled("matches", "--watch", "territorial-claims", "-f", "json").json()
    version = stored[0]["watch_version"]
    report = json.loads(filled("backtest", "territorial-claims", "-f", "json").out)

    assert (report["hits"], report["watch_version"]) == (len(stored), version)
    assert report["change"] == {"new": [], "gone": [], "same": len(stored), "stored_by_version": {version: len(stored)}}

    watch = "watches: [{id: territorial-claims, title: Other, query: harvest OR 领土}]"
    Path("watches.yaml").write_text(watch, encoding="utf-8")
    Path("claimwatch.yaml").write_text("watches: [watches.yaml]\n", encoding="utf-8")
    said = filled("backtest", "territorial-claims", "--since", "90d")

    kept = sum(row["language"] == "zh" for row in stored)
    assert f"{2 - kept} new, {len(stored) - kept} gone, {kept} the same" in said.out
    assert f"other versions of the watch made: {len(stored)} by {version}" in said.out


def test_backtest_draws_bars_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    days = [TODAY.date() + timedelta(days=number) for number in range(3)]

    lines = list(finding._chart(dict(zip(days, (4, 1, 0), strict=True))))

    assert lines == [f"{days[0]}  4  {'█' * 40}", f"{days[1]}  1  {'█' * 10}", f"{days[2]}  ·"]


def test_reindex_reads_again_what_another_version_read(filled: Terminal) -> None:
    assert "nothing to do" in filled("db", "reindex").out
    with closing(sqlite3.connect(next(filled.folder.rglob("*.db")))) as database:
        database.execute("UPDATE articles SET analyzer_version = '0'")
        database.execute("UPDATE article_keys SET indexed = 'nothing' WHERE indexed LIKE '%harvest%'")
        database.commit()
    assert filled("search", "harvest", "-f", "json").json() == []

    said = filled("db", "reindex")

    assert (said.code, said.out) == (0, "4 articles read again\n")
    assert len(filled("search", "harvest", "-f", "json").json()) == 1


def test_show_names_the_term_of_each_mention(filled: Terminal) -> None:
    (row,) = filled("search", "territorial", "-f", "json").json()

    out = filled("show", str(row["article"])).out

    assert "The deputy repeated his territorial claims against" in out
    assert any(
        "*territorial*" in line and line.rstrip() != line[: line.index("Monday.") + 7] for line in out.splitlines()
    )
