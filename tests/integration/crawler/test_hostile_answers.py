"""Answers made to hurt: the engine ends each in time, in words, and with little memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.crawler.conftest import Engine, running_engine
from tests.newsroom import hostile
from tests.newsroom.hostile import Attack, HostileSite

#: What the whole table may add to the engine's peak, in MiB: two bodies of 8 MiB and what is made of them.
MAX_GROWTH_MIB = 64

ATTACKS: dict[str, tuple[Attack, str]] = {
    **{name: (bomb, "the body is larger than allowed") for name, bomb in hostile.bombs().items()},
    "endless": (hostile.endless, "the body is larger than allowed"),
    "announced": (hostile.huge, "the body is larger than allowed"),
    "endless-headers": (hostile.endless_headers, "the headers are larger than allowed"),
    "endless-line": (hostile.endless_line, "the server closed the connection"),
    "interim-answers": (hostile.interim_answers, "the headers are larger than allowed"),
    "drip": (hostile.drip, "the answer took too long"),
    "slow-headers": (hostile.slow_headers, "the answer took too long"),
    "silent": (hostile.silent, "the answer took too long"),
    "reset": (hostile.hang_up, "the body broke off before its end"),
    "broken-chunks": (hostile.broken_chunks, "the body broke off before its end"),
    "too-long-a-length": (hostile.longer_than_sent(b"<rss>"), "the body broke off before its end"),
    "broken-zstd": (hostile.answer(b"garbage", "Content-Encoding: zstd"), "the body cannot be inflated"),
    "broken-brotli": (hostile.answer(b"garbage", "Content-Encoding: br"), "the body cannot be inflated"),
    "many-codings": (hostile.answer(b"garbage", "Content-Encoding: " + "gzip, " * 1000 + "gzip"), "cannot be inflated"),
    "negative-length": (hostile.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"), "malformed"),
    "two-lengths": (hostile.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc"), "malformed"),
    "no-http": (hostile.raw(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "the server closed the connection"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[HostileSite]:
    with HostileSite("hostile") as site:
        for name, (attack, _) in ATTACKS.items():
            site.put(f"/{name}", attack)
        site.put("/well", hostile.answer(b"well"))
        yield site


@pytest.fixture(scope="module")
def engine(site: HostileSite) -> Iterator[Engine]:
    with running_engine(allow=[site.address], timeout_s=1.0) as engine:
        engine.fetch(f"{site.base_url}/well")
        yield engine


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_answer_is_told_in_words_and_costs_little_memory(
    engine: Engine, site: HostileSite, name: str
) -> None:
    before = _peak_mib(engine)

    answer = engine.fetch(f"{site.base_url}/{name}")

    assert ATTACKS[name][1] in answer["message"]
    assert answer["retryable"]
    assert _peak_mib(engine) - before < MAX_GROWTH_MIB
    assert engine.fetch(f"{site.base_url}/well")["body"] == "well"


def _peak_mib(engine: Engine) -> int:
    status = Path(f"/proc/{engine.process.pid}/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) // 1024
