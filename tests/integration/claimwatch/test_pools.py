"""Hostile bytes are read in processes that can be killed, and articles in ones that know the watches."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimwatch.pools import AnalysisPool, ParsingPool
from domain.articles import Article
from domain.errors import ReadError
from domain.watches import Watch
from tests.unit.claimwatch.make import NOW, SOURCE

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>
<item><title>One</title><link>https://courier.example/one</link></item></channel></rss>"""


def die(*_: object) -> None:
    """A reader that kills its process."""
    os._exit(7)


def hang(*_: object) -> None:
    """A reader that never ends."""
    time.sleep(600)


def hoard(*_: object) -> None:
    """A reader that takes all memory."""
    bytearray(64 * 1024**3)


def trip(*_: object) -> None:
    """A reader that raises what nobody thought of."""
    raise KeyError("where")


@pytest.fixture(scope="module")
def pool() -> Iterator[ParsingPool]:
    pool = ParsingPool(workers=1, timeout_s=5)
    yield pool
    pool.close()


async def test_parsing_pool_reads_a_feed(pool: ParsingPool) -> None:
    document = await pool.read_feed(FEED, SOURCE, SOURCE.url, "application/rss+xml")

    assert [entry.title for entry in document.entries] == ["One"]


async def test_parsing_pool_hands_on_what_the_reader_says(pool: ParsingPool) -> None:
    with pytest.raises(ReadError, match="empty"):
        await pool.read_feed(b"", SOURCE, SOURCE.url, "application/rss+xml")


async def test_parsing_pool_extracts_a_page(pool: ParsingPool) -> None:
    words = "The ministry said on Monday that the border is where the treaty put it. " * 5
    html = f"<html><head><title>Border</title></head><body><article><h1>Border</h1><p>{words}</p></article></body>"

    page = await pool.extract(html.encode(), "https://courier.example/one", "text/html")

    assert "treaty put it" in page.text


@pytest.mark.parametrize(
    ("reader", "message"), [(die, "broke its reader"), (hoard, "broke its reader"), (trip, "KeyError")]
)
async def test_parsing_pool_outlives_a_reader_that_breaks(pool: ParsingPool, reader: object, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        await pool._read(reader)  # type: ignore[arg-type]

    document = await pool.read_feed(FEED, SOURCE, SOURCE.url, "application/rss+xml")
    assert len(document.entries) == 1


async def test_parsing_pool_kills_a_reader_that_takes_too_long() -> None:
    pool = ParsingPool(workers=1, timeout_s=0.5)
    try:
        with pytest.raises(ReadError, match=r"took longer than 0\.5 s"):
            await pool._read(hang)
    finally:
        pool.close()


@pytest.mark.parametrize("rest_s", [0.0, 0.5])
async def test_parsing_pool_goes_on_when_all_its_idle_processes_are_killed(rest_s: float) -> None:
    pool = ParsingPool(workers=2, timeout_s=5)
    try:
        before = {await pool._read(os.getpid) for _ in range(4)}
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(rest_s)  # the pool has seen it, or it has not
        after = await asyncio.gather(*(pool._read(os.getpid) for _ in range(4)))
    finally:
        pool.close()

    assert not before & set(after)
    assert not any(map(_alive, before | set(after)))


async def test_analysis_pool_finds_what_the_watches_ask_for() -> None:
    watch = Watch(id="land", title="Land", queries={"en": '"territorial claim"'})
    pool = AnalysisPool([watch])
    try:
        article = Article(id="a", url="u", title="A territorial claim", text="It is here.", first_seen_at=NOW)
        first, second = await asyncio.gather(pool.analyze(article), pool.analyze(article))
    finally:
        pool.close()

    assert first == second
    assert [hit.watch_id for hit in first.hits] == ["land"]


def test_pools_leave_no_process_behind_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import asyncio, os, sys
        from claimwatch.pools import ParsingPool
        async def main():
            pool = ParsingPool(workers=1)
            pid = await pool._read(os.getpid)
            print(pid, flush=True)
            await asyncio.sleep(600)
        if __name__ == "__main__":
            asyncio.run(main())
    """)
    program = tmp_path / "program.py"
    program.write_text(script)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, env=environ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()

    deadline = time.monotonic() + 10
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"
