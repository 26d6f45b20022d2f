"""What stands at the other end of the channels: receivers that are up, down, slow, gone, or refuse somebody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from domain.alerts import Alert, Channel, Delivery, Receipt
from domain.errors import DeliveryError

#: ``deaf`` takes the message, but its answer never arrives.
MOODS = ("up", "down", "slow", "gone", "choosy", "deaf")

#: Whom a choosy receiver never takes mail for.
REFUSED = "b@desk.example"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One message that a receiver took."""

    delivery_id: str
    alert_id: str
    channel: str
    recipient: str
    #: All that the alert says.
    said: str
    #: Which job sent it (the number of its run).
    run: int


@dataclass
class Receivers:
    """Every receiver, by the name of its channel; outlives every process that sends.

    Args:
        pause: called before and after each acceptance; the sender may die there.
        run: the number of the job's run that is sending.
        unheard: told when a message was taken, but the sender will not hear of it.
    """

    pause: Callable[[], Awaitable[None]]
    run: Callable[[], int]
    unheard: Callable[[], None]
    moods: dict[str, str] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)

    async def send(self, channel: Channel, delivery: Delivery, alert: Alert) -> Receipt:
        """A ``domain.ports.Transport``."""
        await self.pause()
        mood = self.moods.get(channel.name, "up")
        _refuse(mood, delivery)
        self.accepted.append(
            Accepted(
                delivery_id=delivery.id,
                alert_id=alert.id,
                channel=channel.name,
                recipient=delivery.recipient,
                said=repr(alert.content),
                run=self.run(),
            )
        )
        if mood == "deaf":
            self.unheard()
            raise DeliveryError("the connection was lost before the answer")
        await self.pause()
        return Receipt(status=200)

    async def close(self) -> None:
        """Nothing is open."""


def _refuse(mood: str, delivery: Delivery) -> None:
    if mood == "down":
        raise DeliveryError("no connection")
    if mood == "slow":
        raise DeliveryError("too many", status=429, retry_after_s=900)
    if mood == "gone":
        raise DeliveryError("gone", status=410, permanent=True, disables=True)
    if mood == "choosy" and delivery.recipient == REFUSED:
        raise DeliveryError("no such mailbox", status=550, permanent=True)
