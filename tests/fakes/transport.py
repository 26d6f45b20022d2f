"""A transport that does as it is told and remembers what it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.alerts import Alert, Channel, Delivery, Receipt


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One call of ``send``."""

    channel: Channel
    delivery: Delivery
    alert: Alert


class FakeTransport:
    """Answers as scripted, one answer a call, then accepts everything.

    Args:
        answers: receipts to return and errors to raise, in order.
    """

    def __init__(self, answers: Sequence[Receipt | Exception] = ()) -> None:
        self._answers = list(answers)
        self.sent: list[Sending] = []
        self.closed = False

    async def send(self, channel: Channel, delivery: Delivery, alert: Alert) -> Receipt:
        self.sent.append(Sending(channel=channel, delivery=delivery, alert=alert))
        answer = self._answers.pop(0) if self._answers else Receipt(status=200)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed = True
