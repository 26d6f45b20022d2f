"""A mail server that is down, busy, hostile or picky delays mail; it loses none, doubles none, hears no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from domain.alerts import DeliveryState, TlsMode
from domain.secrets import Secret
from tests.integration.alerts.post_office import mail, post_office
from tests.integration.alerts.servers import Authority, Mailbox, mail_server, raw_server
from tests.unit.alerts.samples import NOW

DESK = ("a@r.example", "gone@r.example", "c@r.example")
PASSWORD = "p4ss-of-the-desk"


@dataclass
class Picky(Mailbox):
    """Knows some recipients not."""

    unknown: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.rcpt_answer = "550 5.1.1 no such user" if address in self.unknown else "250 OK"
        return await super().handle_RCPT(server, session, envelope, address, options)


@dataclass
class Forgetful(Mailbox):
    """Keeps the first messages, and hangs up before it says so."""

    hang_ups: int = 1

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.drops = len(self.kept) < self.hang_ups
        return await super().handle_DATA(server, session, envelope)


def message_ids(mailbox: Mailbox) -> list[str]:
    """Message-ID of each mail kept, oldest first."""
    contents = [envelope.content for envelope in mailbox.kept if isinstance(envelope.content, bytes)]
    return [str(message_from_bytes(content)["Message-ID"]) for content in contents]


def told(mailbox: Mailbox) -> list[str]:
    """Recipients of the mails kept, oldest first."""
    return [address for envelope in mailbox.kept for address in envelope.rcpt_tos]


async def free_port() -> int:
    """A port of a mail server that has just ended."""
    async with mail_server(Mailbox()) as port:
        return port


async def test_server_that_was_down_for_an_hour_gets_every_mail_once(tmp_path: Path) -> None:
    port = await free_port()
    mailbox = Mailbox()
    async with post_office(tmp_path, mail(port)) as office:
        for number in (1, 2, 3):
            office.publish(number)
        await office.work_for(hours=1)
        tries = [len(row.attempts) for row in office.rows()]
        waiting = office.states()
        async with mail_server(mailbox, port=port):
            await office.work_for(hours=3)
        rows = office.rows()

    assert (waiting, tries) == ({DeliveryState.PENDING}, [4, 4, 4])
    assert {row.delivery.state for row in rows} == {DeliveryState.SENT}
    assert sorted(message_ids(mailbox)) == sorted(f"<{row.delivery.id}@sender.example>" for row in rows)


async def test_server_that_stays_down_is_given_up_after_three_days_and_gets_the_mail_when_people_say(
    tmp_path: Path,
) -> None:
    port = await free_port()
    mailbox = Mailbox()
    async with post_office(tmp_path, mail(port)) as office:
        office.publish()
        await office.work_for(hours=24 * 5)
        given_up = office.rows()[0]
        seen = office.stores.health.report().dead_deliveries
        office.stores.outbox.replay(office.stores.outbox.dead(), office.clock.now())
        async with mail_server(mailbox, port=port):
            await office.work()
        after = office.delivery()

    assert (given_up.delivery.state, len(given_up.attempts), seen) == (DeliveryState.DEAD, 10, 1)
    assert timedelta(days=3) < given_up.attempts[-1].started_at - NOW < timedelta(days=4)
    assert (after.state, after.id) == (DeliveryState.SENT, given_up.delivery.id)
    assert message_ids(mailbox) == [f"<{after.id}@sender.example>"]


@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("mail_answer", "421 4.3.2 closing"),
        ("rcpt_answer", "451 4.7.1 greylisted"),
        ("data_answer", "452 4.3.1 disk full"),
    ],
)
async def test_mail_that_was_put_off_is_sent_once_when_it_is_taken(tmp_path: Path, stage: str, answer: str) -> None:
    mailbox = Mailbox()
    setattr(mailbox, stage, answer)
    async with mail_server(mailbox) as port, post_office(tmp_path, mail(port)) as office:
        office.publish()
        await office.work()
        put_off = office.delivery()
        setattr(mailbox, stage, "250 OK")
        await office.work_for(hours=0.1)
        await office.work_for(hours=100)
        sent = office.delivery()

    assert (put_off.state, put_off.last_status) == (DeliveryState.PENDING, int(answer[:3]))
    assert (sent.state, sent.attempts) == (DeliveryState.SENT, 2)
    assert message_ids(mailbox) == [f"<{sent.id}@sender.example>"]


async def test_recipient_that_is_unknown_is_dead_alone_and_the_others_get_theirs_once(tmp_path: Path) -> None:
    mailbox = Picky(unknown={"gone@r.example"})
    async with mail_server(mailbox) as port, post_office(tmp_path, mail(port, to=DESK)) as office:
        office.publish()
        await office.work_for(hours=100)
        states = {row.delivery.recipient: (row.delivery.state, row.delivery.last_status) for row in office.rows()}
        mailbox.unknown.clear()
        replayed = office.stores.outbox.replay(office.stores.outbox.dead(), office.clock.now())
        await office.work()
        mended = office.states()

    assert states == {
        "a@r.example": (DeliveryState.SENT, 250),
        "c@r.example": (DeliveryState.SENT, 250),
        "gone@r.example": (DeliveryState.DEAD, 550),
    }
    assert (replayed, mended) == (1, {DeliveryState.SENT})
    assert sorted(told(mailbox)) == sorted(DESK)


async def test_connection_lost_before_the_answer_brings_the_same_mail_again(tmp_path: Path) -> None:
    mailbox = Forgetful()
    async with mail_server(mailbox) as port, post_office(tmp_path, mail(port)) as office:
        office.publish()
        await office.work()
        unsure = office.delivery()
        await office.work_for(hours=1)
        sure = office.delivery()

    first, second = mailbox.kept
    assert (unsure.state, sure.state) == (DeliveryState.PENDING, DeliveryState.SENT)
    assert message_ids(mailbox) == [f"<{sure.id}@sender.example>"] * 2
    assert first.content == second.content


async def test_mail_over_the_servers_limit_is_dead_and_visible_and_stops_no_other(tmp_path: Path) -> None:
    narrow, wide = Mailbox(), Mailbox()
    async with (
        mail_server(narrow, size_limit=500) as narrow_port,
        mail_server(wide) as wide_port,
        post_office(tmp_path, mail(narrow_port, name="narrow"), mail(wide_port, name="wide")) as office,
    ):
        office.publish()
        await office.work()
        dead, sent = office.delivery(channel="narrow"), office.delivery(channel="wide")
        seen = office.stores.health.report().dead_deliveries

    assert (dead.state, dead.last_status, seen) == (DeliveryState.DEAD, 552, 1)
    assert "552" in (dead.last_error or "")
    assert (sent.state, len(wide.kept), narrow.kept) == (DeliveryState.SENT, 1, [])


async def test_server_that_knows_nothing_but_the_oldest_smtp_gets_a_mail_of_seven_bits(tmp_path: Path) -> None:
    heard: list[bytes] = []
    body = bytearray()

    async def ancient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example\r\n")
        while line := await reader.readline():
            heard.append(line)
            verb = line.split()[0].upper()
            writer.write({b"EHLO": b"502 what?", b"DATA": b"354 go on"}.get(verb, b"250 ok") + b"\r\n")
            if verb == b"DATA":
                body.extend(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 kept\r\n")

    async with raw_server(ancient) as port, post_office(tmp_path, mail(port)) as office:
        office.publish()
        await office.work()
        sent = office.delivery()

    assert sent.state is DeliveryState.SENT
    assert [line.split()[0] for line in heard[:5]] == [b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA"]
    assert (b"".join(heard) + body).isascii()
    assert max(map(len, bytes(body).split(b"\r\n"))) <= 998


async def test_tarpit_holds_up_no_other_channel(tmp_path: Path) -> None:
    caught, over = asyncio.Event(), asyncio.Event()

    async def tarpit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught.set()
        await over.wait()

    mailbox = Mailbox()
    async with (
        raw_server(tarpit) as pit_port,
        mail_server(mailbox) as port,
        post_office(tmp_path, mail(pit_port, name="pit"), mail(port, to=DESK)) as office,
    ):
        for number in range(1, 5):
            office.publish(number)
        async with office.working(), asyncio.timeout(15):
            await caught.wait()
            while len(mailbox.kept) < 4 * len(DESK):
                await asyncio.sleep(0.01)
            tries_at_pit = sum(row.delivery.attempts for row in office.rows(channel="pit"))
            over.set()

    assert tries_at_pit == 0  # the first one was still waiting
    assert len(set(message_ids(mailbox))) == 4 * len(DESK)


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv("MAIL_FAULTS_PASSWORD", PASSWORD)
    return Secret("env:MAIL_FAULTS_PASSWORD")


async def test_refused_password_is_tried_again_visible_and_right_once_it_is_mended(
    tmp_path: Path, authority: Authority, password: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Mailbox()
    settings: dict[str, Any] = {
        "tls": TlsMode.STARTTLS,
        "ca_file": authority.ca_file,
        "username": "desk",
        "password": password,
    }
    async with (
        mail_server(mailbox, starttls=authority.server("127.0.0.1"), auth=True) as port,
        post_office(tmp_path, mail(port, **settings)) as office,
    ):
        office.publish()
        await office.work()
        refused = office.delivery()
        monkeypatch.setenv("MAIL_FAULTS_PASSWORD", "сезам")
        await office.work_for(hours=1)
        sent = office.delivery()

    assert (refused.state, refused.last_status) == (DeliveryState.PENDING, 535)
    assert refused.last_error == "the mail server refused user name or password (535)"
    assert (sent.state, mailbox.users) == (DeliveryState.SENT, ["desk"])


def stripped(line: bytes) -> bytes:
    """No STARTTLS on offer; the password is invited in clear."""
    return b"250-mx.example\r\n250 AUTH PLAIN LOGIN\r\n" if line.startswith(b"EHLO") else b"250 ok\r\n"


def refused(line: bytes) -> bytes:
    """STARTTLS on offer, and refused."""
    if line.startswith(b"STARTTLS"):
        return b"454 4.7.0 not today\r\n"
    return b"250-mx.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"


def feigned(line: bytes) -> bytes:
    """STARTTLS agreed to, but what follows is no TLS: an answer in clear that invites to go on."""
    if line.startswith(b"STARTTLS"):
        return b"220 go on\r\n250-mx.example\r\n250 AUTH PLAIN LOGIN\r\n"
    return b"250-mx.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"


@pytest.mark.parametrize("man_in_the_middle", [stripped, refused, feigned])
async def test_where_tls_is_demanded_nothing_is_said_without_it(
    tmp_path: Path, password: Secret, man_in_the_middle: Callable[[bytes], bytes]
) -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example\r\n")
        while chunk := await reader.read(4096):
            heard.extend(chunk)
            writer.write(man_in_the_middle(chunk))

    async with (
        raw_server(listen) as port,
        post_office(
            tmp_path, mail(port, tls=TlsMode.STARTTLS, username="desk", password=password, timeout_s=2.0)
        ) as office,
    ):
        office.publish()
        await office.work_for(hours=1)
        delivery = office.delivery()

    in_clear = bytes(heard)
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 4)
    assert b"EHLO" in in_clear
    assert not any(verb in in_clear for verb in (b"AUTH", b"MAIL FROM", b"RCPT", b"DATA", b"r.example"))
    assert PASSWORD.encode() not in in_clear


async def test_answer_smuggled_in_before_tls_is_not_taken_for_one_under_it(
    tmp_path: Path, authority: Authority, password: Secret
) -> None:
    context, verbs = authority.server("127.0.0.1"), []

    async def smuggle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example\r\n")
        await reader.readline()
        writer.write(b"250-mx.example\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go on\r\n250-mx.example\r\n250 AUTH LOGIN\r\n")  # the last two are the attacker's
        await writer.start_tls(context)
        while line := await reader.readline():
            verbs.append(line.split()[0])
            writer.write(b"250 mx.example, and no AUTH\r\n")

    settings: dict[str, Any] = {
        "tls": TlsMode.STARTTLS,
        "ca_file": authority.ca_file,
        "username": "desk",
        "password": password,
    }
    async with raw_server(smuggle) as port, post_office(tmp_path, mail(port, **settings)) as office:
        office.publish()
        await office.work()
        delivery = office.delivery()

    assert delivery.state is DeliveryState.PENDING
    assert b"AUTH" not in verbs
    assert verbs[:1] == [b"EHLO"]
