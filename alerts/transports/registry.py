"""Opens the transports and finds the right one for a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

from alerts.transports.console import ConsoleTransport
from alerts.transports.email import EmailTransport
from alerts.transports.http import GuardedHttp
from alerts.transports.tls import client_context
from alerts.transports.webhook import WebhookTransport
from domain.alerts import Channel, ConsoleChannel, EmailChannel
from domain.net import AddressPolicy
from domain.ports import Transport
from domain.time import Clock, SystemClock


@dataclass(frozen=True, kw_only=True)
class Transports:
    """One transport a kind of channel."""

    console: Transport
    email: Transport
    webhook: Transport

    def of(self, channel: Channel) -> Transport:
        """The transport that speaks this channel's kind."""
        if isinstance(channel, ConsoleChannel):
            return self.console
        return self.email if isinstance(channel, EmailChannel) else self.webhook

    async def close(self) -> None:
        """Close all of them."""
        for transport in (self.console, self.email, self.webhook):
            await transport.close()


def open_transports(
    *,
    smtp_policy: AddressPolicy,
    webhook_policy: AddressPolicy,
    ca_file: str | None,
    user_agent: str,
    console: TextIO,
    clock: Clock | None = None,
) -> Transports:
    """The transports of one process; nothing is connected yet.

    Args:
        smtp_policy: which mail servers may be connected to.
        webhook_policy: which webhook receivers may be connected to.
        ca_file: PEM file of authorities to trust beside the system's, None for none.
        user_agent: how webhooks are introduced.
        console: where the console channel prints; it is not closed.
        clock: the machine's by default.

    Raises:
        UsageError: the ca_file cannot be read.
    """
    http = GuardedHttp(policy=webhook_policy, tls=client_context(ca_file), user_agent=user_agent)
    return Transports(
        console=ConsoleTransport(console),
        email=EmailTransport(policy=smtp_policy, ca_file=ca_file),
        webhook=WebhookTransport(http=http, clock=clock or SystemClock()),
    )
