"""The mail room keeps what an SMTP client sends, and refuses on demand."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.newsroom import FaultyMailRoom


@pytest.fixture
def mailroom() -> Iterator[FaultyMailRoom]:
    with FaultyMailRoom() as running:
        yield running


def message() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "claimwatch@newsroom.example", "analyst@desk.example"
    mail["Subject"], mail["Message-ID"] = "Аумақтық талап", "<dlv-1@newsroom.example>"
    mail.set_content("固有领土\n")
    mail.add_alternative("<p>固有领土</p>\n", subtype="html")
    return mail


def send(room: FaultyMailRoom) -> None:
    with smtplib.SMTP("127.0.0.1", room.port, timeout=10) as client:
        client.send_message(message())


def test_mailroom_keeps_a_message_with_both_bodies(mailroom: FaultyMailRoom) -> None:
    send(mailroom)
    (mail,) = mailroom.mails

    assert (mail.subject, mail.message_id) == ("Аумақтық талап", "<dlv-1@newsroom.example>")
    assert (mail.text, mail.html) == ("固有领土\n", "<p>固有领土</p>\n")
    assert (mail.sender, mail.recipients) == ("claimwatch@newsroom.example", ("analyst@desk.example",))


def test_mailroom_refuses_on_demand_and_then_accepts(mailroom: FaultyMailRoom) -> None:
    mailroom.refuse(times=1)
    with pytest.raises(smtplib.SMTPDataError, match="busy"):
        send(mailroom)
    assert mailroom.mails == ()
    send(mailroom)

    assert [mail.message_id for mail in (*mailroom.refused_mails, *mailroom.mails)] == ["<dlv-1@newsroom.example>"] * 2


def test_mailroom_is_down_and_up_again_on_its_port(mailroom: FaultyMailRoom) -> None:
    mailroom.stop()
    with pytest.raises(ConnectionRefusedError):
        send(mailroom)
    mailroom.start()
    send(mailroom)

    assert len(mailroom.mails) == 1


def test_mailroom_hangs_up_on_whoever_is_connected_when_it_stops(mailroom: FaultyMailRoom) -> None:
    with smtplib.SMTP("127.0.0.1", mailroom.port, timeout=10) as client:
        mailroom.stop()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
