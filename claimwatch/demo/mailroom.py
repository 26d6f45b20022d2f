"""A real SMTP server on loopback that keeps what arrives."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope

from claimwatch.demo.listener import LOOPBACK, Listener

ACCEPTED = "250 2.0.0 kept"


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message as it arrived."""

    sender: str
    recipients: tuple[str, ...]
    #: Of the header, with its brackets; empty where there is none.
    message_id: str
    subject: str
    #: The plain and the HTML body; empty where there is none.
    text: str
    html: str
    message: EmailMessage


class MailRoom(Listener):
    """Accepts mail for anybody; safe from any thread."""

    def __init__(self, *, answer: Callable[[Mail], str] = lambda _: ACCEPTED, port: int = 0) -> None:
        """Args:
        answer: the SMTP reply to a message; 2xx keeps it. Called in the server's thread.
        port: 0 lets the system choose one at the first start.
        """
        super().__init__(port=port)
        self._answer = answer
        self._mails: list[Mail] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def mails(self) -> tuple[Mail, ...]:
        """What was accepted, oldest first."""
        with self._changed:
            return tuple(self._mails)

    def wait_until(self, enough: Callable[[Sequence[Mail]], bool], *, timeout_s: float = 30.0) -> bool:
        """Wait until what arrived is enough; False when it was not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: enough(tuple(self._mails)), timeout=timeout_s)

    def start(self) -> None:
        """Listen; does nothing when it already does."""
        if self._thread is not None:
            return
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(loop.create_server(lambda: _session(self, loop), LOOPBACK, self._port))
        self._port = server.sockets[0].getsockname()[1]
        self._loop = loop
        self._thread = threading.Thread(target=_serve, args=(loop, server), name=f"smtp-{self._port}")
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections from now on, and hang up on those that are open."""
        if self._loop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop = self._thread = None

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """aiosmtpd calls it for every message."""
        mail = read_mail(envelope.mail_from or "", envelope.rcpt_tos, cast("bytes", envelope.content))
        answer = self._answer(mail)
        if answer.startswith("2"):
            with self._changed:
                self._mails.append(mail)
                self._changed.notify_all()
        return answer


def read_mail(sender: str, recipients: Sequence[str], content: bytes) -> Mail:
    """A message from its bytes, with the envelope's addresses."""
    message = message_from_bytes(content, policy=policy.default)
    return Mail(
        sender=sender,
        recipients=tuple(recipients),
        message_id=str(message.get("Message-ID", "")),
        subject=str(message.get("Subject", "")),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        message=message,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def _session(room: MailRoom, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(room, hostname="mail.example", ident="claimwatch demo", loop=loop, enable_SMTPUTF8=True)


def _serve(loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> None:
    """Run the server's loop until it is stopped, then leave nothing open."""
    try:
        loop.run_forever()
    finally:
        server.close()
        loop.run_until_complete(_hang_up(loop))
        loop.close()


async def _hang_up(loop: asyncio.AbstractEventLoop) -> None:
    tasks: list[asyncio.Task[Any]] = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
