"""A user's own spider with our settings has our guard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.addresses import Canary
from tests.integration.crawler.conftest import ROOT
from tests.integration.crawler.site import serving, text


def _crawl(folder: Path, *urls: str, **environment: str) -> dict[str, Any]:
    """What came of each address, by address."""
    items = folder / "items.jsonl"
    settings = {"SCRAPY_SETTINGS_MODULE": "tests.integration.crawler.spider_settings", "TEST_URLS": " ".join(urls)}
    own = ("-s", "SPIDER_MODULES=tests.integration.crawler.own_spider")
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "own", *own, "-o", f"{items}:jsonlines"],
        cwd=ROOT,
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert items.exists(), done.stderr
    rows = [json.loads(line) for line in items.read_text().splitlines()]
    return {row.pop("url"): row for row in rows}


def test_an_own_spider_reaches_what_is_listed_and_nothing_else_inside(tmp_path: Path) -> None:
    with serving() as site, Canary() as canary:
        site.pages["/open"] = text("for all")
        site.pages["/trap"] = text("", 302, location=f"http://localhost:{canary.port}/")
        inside = [f"http://127.0.0.1:{canary.port}/", f"http://localhost:{canary.port}/", site.url("/trap")]

        found = _crawl(tmp_path, site.url("/open"), *inside, TEST_ALLOW=site.place)

        assert found.pop(site.url("/open")) == {"status": 200}
        assert set(found) == set(inside[:2])  # the trap's error is told under the address that it led to
        assert all("is not a public address" in row["error"] for row in found.values())
        assert not canary.was_connected


def test_an_own_spider_chooses_no_proxy(tmp_path: Path) -> None:
    with serving() as site, Canary() as canary:
        site.pages["/open"] = text("for all")

        found = _crawl(tmp_path, site.url("/open"), TEST_ALLOW=site.place, TEST_PROXY=f"http://127.0.0.1:{canary.port}")

        assert found == {site.url("/open"): {"status": 200}}
        assert not canary.was_connected
