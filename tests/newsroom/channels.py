"""The mail room and the webhook receiver with switches that make them fail.

Being down is ``stop`` and ``start``: the port stays the same.
"""

from __future__ import annotations

import threading
from collections import deque

from claimwatch.demo.mailroom import ACCEPTED, Mail, MailRoom
from claimwatch.demo.receiver import Receiver
from claimwatch.demo.server import Reply, Request

#: RFC 3463: try again later.
BUSY = "451 4.3.2 busy, try again later"


class FaultyMailRoom(MailRoom):
    """Refuses messages on demand, and remembers which."""

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(answer=self._reply, port=port)
        self._replies: deque[str] = deque()
        self._refused: list[Mail] = []
        self._guard = threading.Lock()

    @property
    def refused_mails(self) -> tuple[Mail, ...]:
        """What was not accepted, oldest first."""
        with self._guard:
            return tuple(self._refused)

    def refuse(self, *, times: int = 1, reply: str = BUSY) -> None:
        """Answer the next messages so, then accept again."""
        with self._guard:
            self._replies.extend([reply] * times)

    def _reply(self, mail: Mail) -> str:
        with self._guard:
            reply = self._replies.popleft() if self._replies else ACCEPTED
            if not reply.startswith("2"):
                self._refused.append(mail)
        return reply


class FaultyReceiver(Receiver):
    """Fails or dawdles over good calls on demand, and remembers the ids it turned away."""

    def __init__(self, *, secret: str | None = None, port: int = 0) -> None:
        super().__init__(secret=secret, port=port)
        self._replies: deque[Reply] = deque()
        self._turned_away: list[str] = []
        self._late_s = 0.0
        self._guard = threading.Lock()

    @property
    def turned_away(self) -> tuple[str, ...]:
        """``webhook-id`` of every well-signed call that was refused on demand, oldest first."""
        with self._guard:
            return tuple(self._turned_away)

    def fail(self, *, times: int = 1, status: int = 500, headers: dict[str, str] | None = None) -> None:
        """Answer the next good calls with a status, then accept again."""
        with self._guard:
            self._replies.extend([Reply(status=status, headers=headers or {})] * times)

    def delay(self, seconds: float) -> None:
        """Answer every call so late from now on; what is accepted is kept before the wait."""
        with self._guard:
            self._late_s = seconds

    def accept(self, request: Request) -> Reply:
        """Keep the call, unless it is to fail."""
        with self._guard:
            refusal, late_s = self._replies.popleft() if self._replies else None, self._late_s
            if refusal is not None:
                self._turned_away.append(request.headers["webhook-id"])
        reply = refusal if refusal is not None else super().accept(request)
        return Reply(status=reply.status, headers=reply.headers, body=reply.body, delay_s=late_s)
