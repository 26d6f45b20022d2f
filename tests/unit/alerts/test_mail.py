from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default

import pytest

from alerts.transports.mail import Mail, compose
from domain.errors import DeliveryError
from tests.unit.alerts.samples import MAIL, alert, delivery


def read(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.data, policy=default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def test_a_mail_has_the_headers_of_an_automatic_notice() -> None:
    message = read(compose(MAIL, delivery(), alert()))

    assert message["Message-ID"] == "<dlv-1@sender.example>"
    assert message["Date"] == "Mon, 23 Nov 2026 11:52:00 +0000"
    assert message["List-Id"] == "<kz-land.claimwatch.sender.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert (message["From"], message["To"]) == ("claimwatch <alerts@sender.example>", "a@r.example")


@pytest.mark.parametrize("title", ["Земля снова названа подарком", "Қазақ жері", "这片领土自古属于邻国" * 9])
def test_a_mail_keeps_title_and_quotes_in_any_script(title: str) -> None:
    message = read(compose(MAIL, delivery(), alert(title=title)))

    text, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert message["Subject"] == f"[HIGH] Claims on Kazakhstan: {title}"
    assert text is not None
    assert page is not None
    assert title in text.get_content()
    assert title in page.get_content()


def test_a_mail_is_pure_ascii_on_the_way() -> None:
    mail = compose(MAIL, delivery(), alert())

    assert mail.data.isascii()
    assert not mail.utf8


def test_the_same_delivery_is_the_same_mail() -> None:
    assert compose(MAIL, delivery(), alert()) == compose(MAIL, delivery(attempts=3), alert())


def test_a_hostile_title_makes_no_header() -> None:
    message = read(compose(MAIL, delivery(), alert(title="Hot\r\nBcc: all@x.example\n\n<b>body")))

    assert message["Bcc"] is None
    assert "Bcc: all@x.example <b>body" in message["Subject"]


def test_a_watch_with_an_odd_id_still_makes_a_list_id() -> None:
    assert read(compose(MAIL, delivery(), alert(watch_id="(Ө)\r\nX: y")))["List-Id"] == (
        "<x-y.claimwatch.sender.example>"
    )


def test_a_sender_may_have_a_name() -> None:
    named = replace(MAIL, sender="Служба наблюдения за прессой соседних стран <alerts@sender.example>")

    mail = compose(named, delivery(), alert())

    assert mail.sender == "alerts@sender.example"
    # Read the old way: the new parser keeps a space between encoded words that RFC 2047 drops.
    shown = make_header(decode_header(message_from_bytes(mail.data)["From"]))
    assert str(shown) == "Служба наблюдения за прессой соседних стран <alerts@sender.example>"


def test_a_domain_in_other_letters_is_written_as_dns_knows_it() -> None:
    mail = compose(MAIL, delivery(recipient="desk@пример.example"), alert())

    assert mail.recipient == "desk@xn--e1afmkfd.example"
    assert not mail.utf8


def test_a_name_in_other_letters_needs_smtputf8() -> None:
    mail = compose(MAIL, delivery(recipient="бюро@r.example"), alert())

    assert mail.utf8
    assert "To: бюро@r.example".encode() in mail.data


@pytest.mark.parametrize(
    "written", ["", "nobody", "@r.example", "a@", "a b@r.example", "a@-bad-.example..", "a@r.example\r\nRCPT TO:<x@y>"]
)
def test_what_is_no_address_is_refused_for_good(written: str) -> None:
    with pytest.raises(DeliveryError, match="is not a mail address") as refused:
        compose(MAIL, delivery(recipient=written), alert())

    assert refused.value.permanent
