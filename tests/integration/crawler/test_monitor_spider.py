"""`scrapy crawl monitor` runs the jobs that its settings name, with its own engine as fetcher."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.integration.crawler.conftest import ROOT
from tests.integration.crawler.site import serving, text


def _scrapy(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=ROOT,
        env={**os.environ, "SCRAPY_SETTINGS_MODULE": "tests.integration.crawler.spider_settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _crawl(folder: Path, outlet: str, **environment: str) -> tuple[list[dict[str, Any]], str]:
    items = folder / "items.jsonl"
    done = _scrapy("crawl", "monitor", "-a", f"outlet={outlet}", "-o", f"{items}:jsonlines", **environment)
    lines = items.read_text().splitlines() if items.exists() else []
    return [json.loads(line) for line in lines], done.stderr


def test_scrapy_lists_the_spider() -> None:
    assert "monitor" in _scrapy("list").stdout.split()


def test_the_spider_polls_and_yields_summaries(tmp_path: Path) -> None:
    with serving() as site:
        site.pages["/feed"] = text("news")

        items, errors = _crawl(tmp_path, "known", TEST_URL=site.url("/feed"), TEST_ALLOW=site.place)

        assert items == [{"status": 200, "body": "news"}]
        assert site.visits == {"/robots.txt": 1, "/feed": 1}
        assert "Traceback" not in errors


def test_the_spider_is_guarded_too(tmp_path: Path) -> None:
    with serving() as site:
        items, _ = _crawl(tmp_path, "known", TEST_URL=f"http://127.2:{site.port}/feed")

        assert "not a public address" in items[0]["error"]
        assert not site.visits


def test_an_unknown_outlet_is_told_without_a_traceback(tmp_path: Path) -> None:
    items, errors = _crawl(tmp_path, "unknown")

    assert items == []
    assert "no such outlet: unknown" in errors
    assert "Traceback" not in errors


def test_a_missing_outlet_is_told() -> None:
    done = _scrapy("crawl", "monitor")

    assert done.returncode == 1
    assert "scrapy crawl monitor -a outlet=NAME" in done.stderr
