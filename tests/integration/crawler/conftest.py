"""A server that plays the internet, and a process with a real Scrapy engine that may reach it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.crawler.site import SiteServer, serving

ROOT = Path(__file__).parents[3]


class Engine:
    """Speaks with an engine process."""

    def __init__(self, process: subprocess.Popen[str], **config: object) -> None:
        self.process = process
        self._write(config)

    def fetch(self, url: str, **request: object) -> dict[str, Any]:
        """How the fetch ended: the result, or the error's name and message."""
        return self._ask({"fetch": {"url": url, **request}})

    def begin(self, url: str) -> None:
        """Start a fetch and let it run."""
        self._ask({"begin": {"url": url}})

    def cancel(self, number: int) -> None:
        """Cancel one of the fetches begun, counted from 0."""
        self._ask({"cancel": number})

    def crawl_delay(self, url: str) -> float | None:
        answer: float | None = self._ask({"crawl_delay": url})["crawl_delay_s"]
        return answer

    def stop(self, deadline_s: float) -> dict[str, Any]:
        """Stop the fetcher: how long it took, and how the begun fetches ended."""
        return self._ask({"stop": deadline_s})

    def _ask(self, command: object) -> dict[str, Any]:
        self._write(command)
        assert self.process.stdout is not None
        answer = self.process.stdout.readline()
        assert answer, "the engine process died"
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    def _write(self, command: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()


@contextmanager
def running_engine(
    environment: Mapping[str, str] | None = None, *, program: str = "engine_process", **config: object
) -> Iterator[Engine]:
    """An engine in a process of its own; killed at the end if it still runs."""
    with subprocess.Popen(
        [sys.executable, "-m", f"tests.integration.crawler.{program}"],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Engine(process, **config)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def internet() -> Iterator[SiteServer]:
    """One server for all tests of a module; each test uses paths of its own."""
    with serving() as site:
        yield site


@pytest.fixture(scope="module")
def engine(internet: SiteServer) -> Iterator[Engine]:
    """An engine that takes the server for a public one; it has a short patience and a small limit."""
    with running_engine(allow=[internet.place], timeout_s=1.5, max_body_bytes=1_000_000) as engine:
        yield engine
