from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from alerts.transports.email import EmailTransport
from domain.alerts import Alert, EmailChannel, Receipt, TlsMode
from domain.errors import DeliveryError
from domain.net import AddressPolicy
from domain.secrets import Secret
from tests.integration.alerts.servers import Authority, Mailbox, mail_server, raw_server
from tests.unit.alerts.samples import alert, delivery


async def send(port: int, *, told: Alert | None = None, recipient: str = "a@r.example", **settings: Any) -> Receipt:
    """Send one mail to 127.0.0.1 (or another host of ours), which the policy allows."""
    settings = {"host": "127.0.0.1", "tls": TlsMode.NONE, "timeout_s": 10.0, **settings}
    channel = EmailChannel(name="mail", port=port, sender="alerts@sender.example", to=(recipient,), **settings)
    policy = AddressPolicy(allow_private=frozenset({f"{channel.host}:{port}"}))
    transport = EmailTransport(policy=policy)
    try:
        return await transport.send(channel, delivery(recipient=recipient), told or alert())
    finally:
        await transport.close()


async def refusal(port: int, **settings: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as refused:
        await send(port, **settings)
    return refused.value


def content(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


async def test_a_mail_arrives() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        receipt = await send(port)

    (envelope,) = mailbox.kept
    assert (receipt.status, receipt.note) == (250, "kept")
    assert (envelope.mail_from, envelope.rcpt_tos) == ("alerts@sender.example", ["a@r.example"])


@pytest.mark.parametrize(
    "title", ["Земля снова названа подарком", "Қазақ жері сыйға берілмеген", "这片领土自古属于邻国"]
)
async def test_a_mail_arrives_in_any_script(title: str) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await send(port, told=alert(title=title))

    message = message_from_bytes(content(mailbox.kept[0]), policy=default)
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert title in message["Subject"]
    assert title in text.get_content()
    assert title in page.get_content()


async def test_a_resent_mail_is_the_same_mail() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await send(port)
        await send(port)

    first, second = map(content, mailbox.kept)
    assert first == second
    assert b"Message-ID: <dlv-1@sender.example>" in first


async def test_starttls_protects_the_mail(authority: Authority) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, starttls=authority.server("127.0.0.1")) as port:
        await send(port, tls=TlsMode.STARTTLS, ca_file=authority.ca_file)

    assert mailbox.secured == [True]


async def test_tls_from_the_first_byte_protects_the_mail(authority: Authority) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, tls=authority.server("127.0.0.1")) as port:
        await send(port, tls=TlsMode.TLS, ca_file=authority.ca_file)

    assert len(mailbox.kept) == 1


async def test_a_name_is_dialled_by_address_and_checked_by_name(authority: Authority) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, starttls=authority.server("localhost")) as port:
        await send(port, host="localhost", tls=TlsMode.STARTTLS, ca_file=authority.ca_file)

    assert mailbox.secured == [True]


@pytest.mark.parametrize("mode", [TlsMode.STARTTLS, TlsMode.TLS])
async def test_a_certificate_of_another_name_is_refused(authority: Authority, mode: TlsMode) -> None:
    mailbox = Mailbox()
    context = authority.server("other.example")
    first = mode is TlsMode.TLS
    async with mail_server(mailbox, starttls=None if first else context, tls=context if first else None) as port:
        error = await refusal(port, tls=mode, ca_file=authority.ca_file)

    assert error.retryable
    assert "certificate" in error.message.lower()
    assert mailbox.kept == []


async def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, starttls=authority.server("127.0.0.1")) as port:
        error = await refusal(port, tls=TlsMode.STARTTLS)

    assert error.retryable
    assert mailbox.kept == []


async def test_an_authority_file_that_is_missing_is_named() -> None:
    async with mail_server(Mailbox()) as port:
        error = await refusal(port, tls=TlsMode.STARTTLS, ca_file="/nowhere/ca.pem")

    assert error.message == "the ca_file /nowhere/ca.pem cannot be read: No such file or directory"


async def test_where_starttls_is_stripped_nothing_is_sent() -> None:
    heard: list[bytes] = []

    async def strip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example\r\n")
        while line := await reader.readline():
            heard.append(line.split()[0])
            writer.write(b"250-mx.example\r\n250 AUTH PLAIN\r\n")

    async with raw_server(strip) as port:
        error = await refusal(port, tls=TlsMode.STARTTLS, username="desk", password=Secret("env:NOT_NEEDED"))

    assert error.retryable
    assert "STARTTLS" in error.message
    assert set(heard) <= {b"EHLO", b"QUIT"}


async def test_a_user_logs_in_under_tls(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "сезам")
    mailbox = Mailbox()
    async with mail_server(mailbox, starttls=authority.server("127.0.0.1"), auth=True) as port:
        await send(
            port,
            tls=TlsMode.STARTTLS,
            ca_file=authority.ca_file,
            username="desk",
            password=Secret("env:MAIL_PASSWORD"),
        )

    assert mailbox.users == ["desk"]
    assert len(mailbox.kept) == 1


async def test_a_wrong_password_is_tried_again_and_never_told(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    async with mail_server(Mailbox(), starttls=authority.server("127.0.0.1"), auth=True) as port:
        error = await refusal(
            port,
            tls=TlsMode.STARTTLS,
            ca_file=authority.ca_file,
            username="desk",
            password=Secret("env:MAIL_PASSWORD"),
        )

    assert (error.status, error.retryable) == (535, True)
    assert error.message == "the mail server refused user name or password (535)"


async def test_a_password_is_not_sent_in_plaintext() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, auth=True) as port:
        error = await refusal(port, username="desk", password=Secret("env:MAIL_PASSWORD"))

    assert "not sent in clear" in error.message
    assert (mailbox.users, mailbox.kept) == ([], [])


async def test_a_user_without_a_password_is_a_clear_error(authority: Authority) -> None:
    async with mail_server(Mailbox(), starttls=authority.server("127.0.0.1"), auth=True) as port:
        error = await refusal(port, tls=TlsMode.STARTTLS, ca_file=authority.ca_file, username="desk")

    assert error.message == "the channel mail has a user name but no password"


async def test_a_secret_that_is_not_set_is_named(authority: Authority) -> None:
    async with mail_server(Mailbox(), starttls=authority.server("127.0.0.1"), auth=True) as port:
        error = await refusal(
            port,
            tls=TlsMode.STARTTLS,
            ca_file=authority.ca_file,
            username="desk",
            password=Secret("env:SURELY_NOT_SET"),
        )

    assert "env:SURELY_NOT_SET" in error.message
    assert error.retryable


@pytest.mark.parametrize(
    ("mailbox", "status", "permanent"),
    [
        (Mailbox(mail_answer="421 closing"), 421, False),
        (Mailbox(mail_answer="550 sender unknown"), 550, True),
        (Mailbox(rcpt_answer="451 greylisted"), 451, False),
        (Mailbox(rcpt_answer="550 5.1.1 no such user"), 550, True),
        (Mailbox(data_answer="452 disk full"), 452, False),
        (Mailbox(data_answer="554 no spam"), 554, True),
    ],
)
async def test_an_answer_decides_if_trying_again_can_help(mailbox: Mailbox, status: int, permanent: bool) -> None:
    async with mail_server(mailbox) as port:
        error = await refusal(port)

    assert (error.status, error.permanent) == (status, permanent)
    assert str(status) in error.message
    assert mailbox.kept == []


@pytest.mark.parametrize("greeting", [b"421 too busy\r\n", b"554 not for you\r\n"])
async def test_a_server_that_takes_nobody_is_tried_again(greeting: bytes) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        await reader.read()

    async with raw_server(refuse) as port:
        error = await refusal(port)

    assert (error.status, error.retryable) == (int(greeting[:3]), True)


async def test_a_connection_lost_before_the_answer_is_tried_again() -> None:
    async with mail_server(Mailbox(drops=True)) as port:
        error = await refusal(port)

    assert (error.status, error.retryable) == (None, True)


async def test_a_server_that_says_nothing_is_left_in_time() -> None:
    async def tarpit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(tarpit) as port:
        error = await refusal(port, timeout_s=0.2)

    assert error.message == "127.0.0.1 did not finish within 0.2 s"
    assert error.retryable


async def test_a_server_that_drips_is_left_in_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example\r\n")
        await reader.readline()
        for _ in range(200):
            writer.write(b"250-x\r\n")
            await asyncio.sleep(0.02)

    async with raw_server(drip) as port:
        error = await refusal(port, timeout_s=0.2)

    assert error.retryable


async def test_an_answer_that_is_no_smtp_is_tried_again() -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()
        await reader.read()

    async with raw_server(chatter) as port:
        error = await refusal(port)

    assert (error.status, error.retryable) == (None, True)


async def test_what_happens_after_acceptance_does_not_count() -> None:
    async def abrupt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example\r\n")
        for answer in (b"250 hello", b"250 ok", b"250 ok", b"354 go on"):
            await reader.readline()
            writer.write(answer + b"\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 kept\r\n")
        await reader.readline()

    async with raw_server(abrupt) as port:
        receipt = await send(port)

    assert receipt.status == 250


async def test_an_address_outside_ascii_is_sent_where_the_server_takes_it() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await send(port, recipient="бюро@r.example")

    (envelope,) = mailbox.kept
    assert envelope.rcpt_tos == ["бюро@r.example"]
    assert "SMTPUTF8" in envelope.mail_options


async def test_an_address_outside_ascii_is_refused_where_the_server_does_not() -> None:
    async with mail_server(Mailbox(), smtputf8=False) as port:
        error = await refusal(port, recipient="бюро@r.example")

    assert error.permanent


async def test_a_private_mail_server_is_refused_by_default() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        channel = EmailChannel(name="m", host="127.0.0.1", port=port, tls=TlsMode.NONE, sender="a@s.example", to=())
        with pytest.raises(DeliveryError, match=r"127\.0\.0\.1 is not a public address") as refused:
            await EmailTransport(policy=AddressPolicy()).send(channel, delivery(), alert())

    assert refused.value.permanent
    assert mailbox.kept == []


async def test_a_name_of_a_private_address_is_refused_but_tried_again() -> None:
    channel = EmailChannel(name="m", host="localhost", port=25, tls=TlsMode.NONE, sender="a@s.example", to=())

    with pytest.raises(DeliveryError, match=r"list localhost:25 under network\.allow_private") as refused:
        await EmailTransport(policy=AddressPolicy()).send(channel, delivery(), alert())

    assert refused.value.retryable


async def test_a_name_that_does_not_exist_is_tried_again() -> None:
    error = await refusal(25, host="mx.invalid")

    assert "cannot be resolved" in error.message
    assert error.retryable


async def test_a_server_that_is_down_is_tried_again() -> None:
    async with raw_server(_nothing) as port:
        pass

    error = await refusal(port)

    assert "Connect" in error.message or "connect" in error.message
    assert error.retryable


async def _nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing."""
