"""Channel (where to tell), Alert (the decision to tell), Delivery and Attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.matches import Decision
from domain.secrets import Secret
from domain.watches import Severity


@dataclass(frozen=True, kw_only=True)
class ConsoleChannel:
    """Prints alerts where the daemon runs."""

    name: str

    @property
    def recipients(self) -> tuple[str, ...]:
        """One delivery an alert."""
        return ("",)


class TlsMode(StrEnum):
    """How a mail connection is protected."""

    STARTTLS = "starttls"  # demanded: without it nothing is sent
    TLS = "tls"  # from the first byte
    NONE = "none"  # plaintext, for a relay on the same machine


@dataclass(frozen=True, kw_only=True)
class EmailChannel:
    """Sends mail through one SMTP server."""

    name: str
    host: str
    port: int = 587
    tls: TlsMode = TlsMode.STARTTLS
    #: PEM file of authorities to trust beside the system's.
    ca_file: str | None = None
    #: With some providers a token.
    username: str | None = field(default=None, repr=False)
    password: Secret | None = None
    sender: str
    to: tuple[str, ...]
    #: Seconds for the whole conversation.
    timeout_s: float = 30.0

    @property
    def recipients(self) -> tuple[str, ...]:
        """One delivery a recipient, so that one bad address delays nobody else."""
        return self.to


@dataclass(frozen=True, kw_only=True)
class WebhookChannel:
    """POSTs signed JSON to one address, as Standard Webhooks says."""

    name: str
    #: Its path is a secret with many chat services.
    url: str = field(repr=False)
    #: ``whsec_…`` secrets; every one signs, so that one can be changed without a gap.
    secrets: tuple[Secret, ...]
    #: Extra headers whose values are secrets, such as Authorization.
    headers: Mapping[str, Secret] = field(default_factory=dict)
    #: Seconds for the whole request.
    timeout_s: float = 20.0

    @property
    def recipients(self) -> tuple[str, ...]:
        """One delivery an alert."""
        return ("",)


Channel = ConsoleChannel | EmailChannel | WebhookChannel


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A mention with the words around it, for people."""

    field: str
    #: Code points within the field, end exclusive.
    start: int
    end: int
    #: The words met, the term that they met, and the text around them (the words included).
    text: str
    term: str
    context: str


@dataclass(frozen=True, kw_only=True)
class AlertContent:
    """What an alert says, frozen when it was decided; a resend says the same."""

    watch_title: str
    title: str
    url: str
    outlet_name: str | None
    #: ISO 3166-1 alpha-2 of the outlet.
    country: str | None
    language: str
    author: str | None
    published_at: datetime | None
    first_seen_at: datetime
    quotes: tuple[Quote, ...]
    #: True when only title and lead could be read.
    partial: bool = False


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Our decision to tell, with its reason."""

    #: ``alr-…``, made from watch and story: one alert per watch and story, for ever.
    id: str
    watch_id: str
    story_id: str
    article_id: str
    severity: Severity
    reason: Decision
    created_at: datetime
    content: AlertContent


class DeliveryState(StrEnum):
    """Where a Delivery stands."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"  # given up; visible, and `claimwatch replay` tries again


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One Alert to one recipient of one Channel."""

    #: ``dlv-…``, made from alert, channel and recipient; the receiver sees it on every try.
    id: str
    alert_id: str
    channel: str
    #: The mail address for email; empty for kinds with one receiver.
    recipient: str = ""
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_attempt_at: datetime
    last_error: str | None = None
    last_status: int | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a receiver said when it accepted."""

    #: HTTP or SMTP code, None where there is none.
    status: int | None = None
    #: A few words for the log.
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of a Delivery."""

    id: str
    delivery_id: str
    started_at: datetime
    #: Seconds.
    took_s: float
    accepted: bool
    status: int | None = None
    error: str | None = None
