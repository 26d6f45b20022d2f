"""Twenty thousand polls of a hundred sites, some of them hostile, leave nothing behind.

The parts are the service's own, in a process of its own; see ``tests.soak.service`` for what is compressed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claimwatch.demo.child import environment
from tests.soak.figures import Line, complaints, table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
EVERY = 1_000

#: How a poll ends when all goes well, and how it can fail; each must come up, or the soak is none.
ENDINGS = {
    "fine",
    "BodyTooLarge",
    "HttpStatus",
    "ReadError",
    "RobotsRefused",
    "RobotsUnreadable",
    "Unreachable",
}


@contextmanager
def _press() -> Iterator[int]:
    """The hundred sites; yields their port."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.soak.press"],
        cwd=ROOT,
        env=environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:  # its input is closed at the end, which ends it
        assert process.stdout is not None
        yield int(process.stdout.readline())


def _soak(polls: int, *, leak_bytes: int = 0) -> list[Line]:
    """The lines of a service that polled so often."""
    with _press() as port:
        plan = {"port": port, "polls": polls, "every": EVERY, "leak_bytes": leak_bytes}
        done = subprocess.run(
            [sys.executable, "-m", "tests.soak.service", json.dumps(plan)],
            cwd=ROOT,
            env=environment({}),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=500,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_twenty_thousand_polls_leave_nothing_behind() -> None:
    lines = _soak(20_000)
    print(table(lines))
    last = lines[-1]

    assert complaints(lines[5:]) == []
    assert last["polls"] >= 20_000
    assert set(last["results"]) == ENDINGS
    assert last["results"]["fine"] < 0.95 * last["polls"]
    assert min(last["entries"], last["deliveries"]) > 50


def test_soak_sees_a_kilobyte_that_is_kept_of_every_poll() -> None:
    lines = _soak(6_000, leak_bytes=1024)

    assert any(line.startswith("rss_kb") for line in complaints(lines[2:]))
