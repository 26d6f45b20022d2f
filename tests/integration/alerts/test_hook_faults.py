"""A webhook receiver that fails, asks to wait, is gone or dawdles: kept to the schedule, told once, alone."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from alerts.backoff import SCHEDULE_S
from domain.alerts import DeliveryState
from tests.integration.alerts.post_office import PostOffice, hook, mail, post_office
from tests.integration.alerts.servers import (
    Authority,
    Mailbox,
    Receiver,
    answering,
    mail_server,
    raw_server,
    web_server,
)
from tests.unit.alerts.samples import NOW

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POST_OFFICE_HOOK", f"whsec_{base64.b64encode(b'k' * 32).decode()}")


def first_then(status: int, *, times: int = 1, **headers: str) -> Receiver:
    """A receiver that refuses so many calls, then accepts all."""
    left = times

    async def answer(_: web.Request) -> web.StreamResponse:
        nonlocal left
        left -= 1
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=named) if left >= 0 else web.Response(status=204)

    return Receiver(answer)


def ids(receiver: Receiver) -> list[str]:
    """``webhook-id`` of each call, oldest first."""
    return [call.headers["webhook-id"] for call in receiver.calls]


def waits(office: PostOffice) -> list[float]:
    """Seconds before each try of the only webhook delivery, counted from the one before."""
    (row,) = office.rows(channel="hook")
    moments = [NOW, *(attempt.started_at for attempt in row.attempts)]
    return [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]


@pytest.mark.parametrize("status", [500, 301, 404])
async def test_receiver_that_fails_is_called_by_the_schedule_and_then_given_up(tmp_path: Path, status: int) -> None:
    receiver = answering(status, Location="http://127.0.0.1:9/admin")
    async with web_server(receiver) as port, post_office(tmp_path, hook(port)) as office:
        office.publish()
        await office.work_for(hours=24 * 10)
        delivery, schedule = office.delivery(), waits(office)
        seen = office.stores.health.report().dead_deliveries

    assert schedule == list(SCHEDULE_S)
    assert (delivery.state, delivery.last_status, seen) == (DeliveryState.DEAD, status, 1)
    assert set(ids(receiver)) == {delivery.id}


async def test_receiver_that_failed_is_told_later_under_the_same_id_and_never_again(tmp_path: Path) -> None:
    receiver = first_then(500, times=3)
    async with web_server(receiver) as port, post_office(tmp_path, hook(port)) as office:
        office.publish()
        await office.work_for(hours=100)
        delivery = office.delivery()

    assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 4)
    assert ids(receiver) == [delivery.id] * 4
    assert len({call.body for call in receiver.calls}) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_receiver_that_asks_to_wait_gets_no_message_meanwhile_and_the_others_do(
    tmp_path: Path, status: int
) -> None:
    receiver, mailbox = first_then(status, Retry_After="600"), Mailbox()
    async with (
        web_server(receiver) as port,
        mail_server(mailbox) as smtp_port,
        post_office(tmp_path, hook(port), mail(smtp_port)) as office,
    ):
        for number in (1, 2, 3):
            office.publish(number)
        await office.work()
        office.clock.advance(599)
        await office.work()
        meanwhile = len(receiver.calls), len(mailbox.kept)
        office.clock.advance(1)
        await office.work()
        states = office.states()

    assert meanwhile == (1, 3)
    assert (len(receiver.calls), len(set(ids(receiver)))) == (4, 3)
    assert states == {DeliveryState.SENT}


async def test_receiver_that_asks_to_wait_for_ever_is_asked_again_after_a_day(tmp_path: Path) -> None:
    receiver = first_then(429, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT")
    async with web_server(receiver) as port, post_office(tmp_path, hook(port)) as office:
        office.publish()
        await office.work_for(hours=23.9)
        asked_within_a_day = len(receiver.calls)
        await office.work_for(hours=0.2)

    assert (asked_within_a_day, len(receiver.calls)) == (1, 2)


async def test_receiver_that_is_gone_is_called_no_more_until_people_enable_it(tmp_path: Path) -> None:
    receiver, mailbox = first_then(410), Mailbox()
    async with (
        web_server(receiver) as port,
        mail_server(mailbox) as smtp_port,
        post_office(tmp_path, hook(port), mail(smtp_port)) as office,
    ):
        office.publish(1)
        await office.work()
        office.publish(2)
        await office.work_for(hours=100)
        calls, seen = len(receiver.calls), office.stores.health.report()
        outbox = office.stores.outbox
        dead = outbox.dead()
        outbox.enable_channel("hook")
        outbox.replay(dead, office.clock.now())
        await office.work()
        states = office.states()

    assert (calls, len(mailbox.kept)) == (1, 2)
    assert (list(seen.disabled_channels), seen.dead_deliveries, len(dead)) == (["hook"], 2, 2)
    assert (sorted(ids(receiver)[1:]), states) == (sorted(dead), {DeliveryState.SENT})


async def test_connection_reset_after_the_call_was_read_brings_the_same_call_again(tmp_path: Path) -> None:
    read: list[bytes] = []

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await reader.readexactly(int(length.partition(b":")[2]))
        read.append(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"webhook-id:")) + body)
        if len(read) > 1:
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            await writer.drain()

    async with raw_server(reset) as port, post_office(tmp_path, hook(port)) as office:
        office.publish()
        await office.work()
        unsure = office.delivery()
        await office.work_for(hours=1)
        sure = office.delivery()

    assert (unsure.state, sure.state, sure.attempts) == (DeliveryState.PENDING, DeliveryState.SENT, 2)
    assert len(read) == 2
    assert len(set(read)) == 1


async def test_receiver_that_answers_too_late_is_called_again_with_the_same_id(tmp_path: Path) -> None:
    late = asyncio.Event()

    async def answer(_: web.Request) -> web.StreamResponse:
        await late.wait()
        return web.Response(status=204)

    receiver = Receiver(answer)
    async with web_server(receiver) as port, post_office(tmp_path, hook(port, timeout_s=0.3)) as office:
        office.publish()
        await office.work()
        unsure = office.delivery()
        late.set()
        await office.work_for(hours=1)
        sure = office.delivery()

    assert (unsure.state, unsure.last_error) == (DeliveryState.PENDING, f"127.0.0.1:{port}: no answer in time")
    assert (sure.state, ids(receiver)) == (DeliveryState.SENT, [sure.id, sure.id])


async def test_receiver_with_a_wrong_certificate_gets_nothing_and_delays_nobody(
    tmp_path: Path, authority: Authority
) -> None:
    impostor, mailbox = answering(204), Mailbox()
    async with (
        web_server(impostor, tls=authority.server("127.0.0.1")) as port,
        mail_server(mailbox) as smtp_port,
        post_office(tmp_path, hook(port, url=f"https://127.0.0.1:{port}/hook"), mail(smtp_port)) as office,
    ):
        office.publish()
        await office.work()
        (row,) = office.rows(channel="hook")

    assert (row.delivery.state, impostor.calls, len(mailbox.kept)) == (DeliveryState.PENDING, [], 1)
    assert "certificate is not valid" in (row.delivery.last_error or "")


async def test_receiver_that_answers_nothing_holds_up_no_other_channel(tmp_path: Path) -> None:
    caught, over = asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        caught.set()
        await over.wait()
        return web.Response(status=204)

    dead, alive = Receiver(hang), answering(204)
    async with (
        web_server(dead) as dead_port,
        web_server(alive) as port,
        post_office(tmp_path, hook(dead_port, name="dead"), hook(port)) as office,
    ):
        for number in range(1, 6):
            office.publish(number)
        async with office.working(), asyncio.timeout(15):
            await caught.wait()
            while len(alive.calls) < 5:
                await asyncio.sleep(0.01)
            tries_at_dead = sum(row.delivery.attempts for row in office.rows(channel="dead"))
            calls_at_dead = len(dead.calls)
            over.set()

    assert (tries_at_dead, calls_at_dead) == (0, 1)
    assert len(set(ids(alive))) == 5
