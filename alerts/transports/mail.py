"""Pure: one alert as one mail to one recipient; composed again it is the same, byte for byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr, quote

from alerts.render import html, subject, text
from alerts.text import clean
from domain.alerts import Alert, Delivery, EmailChannel
from domain.errors import DeliveryError

_SENDER_NAME = "claimwatch"
_NOT_IN_ADDRESS = re.compile(r"[\s<>\"@,;:\\()\x00-\x1f\x7f]")
# Bodies go as base64 or quoted-printable, which every server takes.
_BODY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail and its envelope."""

    sender: str
    recipient: str
    data: bytes
    #: Does an address need a server with SMTPUTF8?
    utf8: bool


def compose(channel: EmailChannel, delivery: Delivery, alert: Alert) -> Mail:
    """The mail of a delivery.

    Raises:
        DeliveryError: the sender's or recipient's address is not one.
    """
    sender, recipient = _address(channel.sender, _SENDER_NAME), _address(delivery.recipient, "")
    lines = [f"{name}: {value}\r\n" for name, value in _headers(sender, recipient, delivery, alert).items()]
    return Mail(
        sender=sender.addr_spec,
        recipient=recipient.addr_spec,
        data="".join(lines).encode("utf-8") + _body(delivery, alert),
        utf8=not (sender.username + recipient.username).isascii(),
    )


def _body(delivery: Delivery, alert: Alert) -> bytes:
    """The MIME headers, an empty line, and text and HTML as alternatives."""
    message = EmailMessage(policy=_BODY)
    message.set_content(text(alert))
    message.add_alternative(html(alert), subtype="html")
    # The standard library draws a border by lot; "=_" can stand in neither encoding of a body.
    message.set_boundary(f"=_{delivery.id}")
    return message.as_bytes()


def _headers(sender: Address, recipient: Address, delivery: Delivery, alert: Alert) -> dict[str, str]:
    label = re.sub(r"[^a-z0-9-]+", "-", alert.watch_id.lower()).strip("-") or "watch"
    return {
        "From": _mailbox(sender),
        "To": _mailbox(recipient),
        "Subject": _encoded(subject(alert), "Subject"),
        "Date": format_datetime(alert.created_at),
        "Message-ID": f"<{delivery.id}@{sender.domain}>",
        "List-Id": f"<{label}.claimwatch.{sender.domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _encoded(words: str, name: str) -> str:
    """A header's words, folded. Not by EmailMessage: it loses spaces between encoded words (gh-92081)."""
    return Header(words, "us-ascii" if words.isascii() else "utf-8", header_name=name).encode(linesep="\r\n")


def _mailbox(address: Address) -> str:
    if not address.display_name:
        return address.addr_spec
    name = address.display_name
    shown = f'"{quote(name)}"' if name.isascii() else _encoded(name, "From")
    return f"{shown} <{address.addr_spec}>"


def _address(written: str, name: str) -> Address:
    """``Name <a@b>`` or ``a@b``; a domain in other letters is written as DNS knows it."""
    shown, spec = parseaddr(written)
    local, _, domain = spec.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
        address = Address(display_name=clean(shown) or name, username=local, domain=domain)
    except ValueError:
        address = Address()
    whole = address.username and address.domain and written.isprintable()
    if not whole or _NOT_IN_ADDRESS.search(address.username + address.domain):
        raise DeliveryError(f"{clean(written)!r} is not a mail address", permanent=True)
    return address
