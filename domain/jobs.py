"""Job (one piece of work) and Lease (a worker's dated hold on it)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobKind(StrEnum):
    """What a job does; the order is the order of urgency."""

    DELIVERY = "delivery"
    POLL = "poll"
    ENTRY = "entry"


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A worker's dated hold on a job; its token fences out whoever held the job before."""

    kind: JobKind
    #: Id of the Source, Entry or Delivery.
    key: str
    token: str
    #: Aware UTC; after it anybody may take the job.
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Job:
    """One due piece of work, held by us."""

    kind: JobKind
    #: Id of the Source, Entry or Delivery.
    key: str
    #: What no two running jobs share: ``host:port`` of a site, or a channel's name.
    lane: str
    #: 1 for the first try; more when earlier tries crashed or were lost.
    attempt: int
    #: None when the engine fences by other means.
    lease: Lease | None
