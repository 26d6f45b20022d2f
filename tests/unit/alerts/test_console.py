from __future__ import annotations

import asyncio
import contextlib
import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from alerts.transports.console import ConsoleTransport
from alerts.view import TEST_WATCH_ID
from domain.alerts import Alert, ConsoleChannel
from domain.errors import DeliveryError
from tests.unit.alerts.samples import alert, delivery

CHANNEL = ConsoleChannel(name="screen")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def printed(stream: io.StringIO, told: Alert) -> str:
    await ConsoleTransport(stream).send(CHANNEL, delivery(), told)
    return stream.getvalue()


async def test_an_alert_is_a_short_block() -> None:
    assert await printed(io.StringIO(), alert()) == (
        "HIGH  Claims on Kazakhstan\n"
        "  Снова слова о «подарке»\n"
        "  Вестник Пример (RU) | Russian | published 2026-11-23 11:38 UTC\n"
        "  > Гость сказал, что земля стала *большим подарком* державы.\n"
        "  https://v.example/efir/77\n"
        "\n"
    )


async def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    shown = await printed(Terminal(), alert())

    assert "\x1b[1;31mHIGH\x1b[0m" in shown
    assert "\x1b[1;4mбольшим подарком\x1b[0m" in shown


async def test_a_terminal_that_wants_no_colour_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b" not in await printed(Terminal(), alert())


async def test_a_title_cannot_command_the_terminal() -> None:
    assert "\x1b" not in await printed(io.StringIO(), alert(title="\x1b]0;owned\x07 title"))


async def test_a_partial_article_without_an_address_says_so() -> None:
    shown = await printed(io.StringIO(), alert(partial=True, url="ftp://v.example"))

    assert "  (no address that can be opened safely)\n" in shown
    assert "only title and summary could be read" in shown


@pytest.mark.parametrize("lacks", [{"title": " "}, {"url": ""}, {"title": "", "url": ""}])
async def test_an_article_without_title_or_address_can_still_be_shown(lacks: dict[str, str]) -> None:
    assert "  claimwatch show art-1\n" in await printed(io.StringIO(), alert(**lacks))


async def test_a_test_of_a_channel_has_no_article_to_be_shown() -> None:
    assert "claimwatch show" not in await printed(io.StringIO(), alert(watch_id=TEST_WATCH_ID, url=""))


async def test_a_test_is_marked() -> None:
    shown = await printed(io.StringIO(), alert(watch_id=TEST_WATCH_ID, url=""))

    assert shown.startswith("TEST  no article stands behind this\n")


async def test_a_console_of_few_letters_is_written_all_the_same() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    await ConsoleTransport(stream).send(CHANNEL, delivery(), alert())

    assert b"\\u0421" in raw.getvalue()


async def test_a_closed_stream_is_a_failed_delivery() -> None:
    stream = io.StringIO()
    stream.close()

    with pytest.raises(DeliveryError, match="cannot be written to") as failed:
        await printed(stream, alert())

    assert failed.value.retryable


async def test_a_broken_pipe_is_a_failed_delivery() -> None:
    with _pipe() as (reader, stream):
        os.close(reader)

        with pytest.raises(DeliveryError, match="Broken pipe"):
            await ConsoleTransport(stream).send(CHANNEL, delivery(), alert())


async def test_a_stream_that_blocks_stops_nobody_else() -> None:
    stream = Blocked()
    console = ConsoleTransport(stream, timeout_s=0.01)

    for words in ("nobody reads it", "written before"):
        with pytest.raises(DeliveryError, match=words):
            await console.send(CHANNEL, delivery(), alert())

    stream.reader.set()
    await asyncio.to_thread(stream.done.wait, 10)
    assert stream.done.is_set()
    await console.close()


async def test_alerts_that_follow_each_other_closely_are_all_printed() -> None:
    stream = io.StringIO()
    console = ConsoleTransport(stream)

    for _ in range(100):
        await console.send(CHANNEL, delivery(), alert())

    assert stream.getvalue().count("HIGH  Claims on Kazakhstan\n") == 100


async def test_a_full_pipe_is_a_failed_delivery_until_somebody_reads() -> None:
    with _pipe(broken=False) as (reader, stream):
        _fill(stream.fileno())
        console = ConsoleTransport(stream, timeout_s=0.05)

        with pytest.raises(DeliveryError, match="nobody reads it") as failed:
            await console.send(CHANNEL, delivery(), alert())
        await asyncio.to_thread(os.read, reader, 2**20)
        await _accepted(console)

    assert failed.value.retryable


async def _accepted(console: ConsoleTransport) -> None:
    """Send until the write that was stuck has ended."""
    async with asyncio.timeout(20):
        while True:
            try:
                await console.send(CHANNEL, delivery(), alert())
            except DeliveryError:
                await asyncio.sleep(0)
            else:
                return


def _fill(descriptor: int) -> None:
    os.set_blocking(descriptor, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(descriptor, b"x")
    os.set_blocking(descriptor, True)


class Blocked(io.StringIO):
    """Blocks until somebody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.reader = threading.Event()
        self.done = threading.Event()

    def write(self, text: str) -> int:
        self.reader.wait(30)
        return super().write(text)

    def flush(self) -> None:
        self.done.set()


@contextmanager
def _pipe(*, broken: bool = True) -> Iterator[tuple[int, io.TextIOWrapper]]:
    reader, writer = os.pipe()
    stream = open(writer, "w", encoding="utf-8")  # noqa: PTH123, SIM115  a descriptor, closed below
    try:
        yield reader, stream
    finally:
        # What could not be written is still in its buffer, and closing tries once more.
        with pytest.raises(BrokenPipeError) if broken else contextlib.nullcontext():
            stream.close()
        if not broken:
            os.close(reader)
