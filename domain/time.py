"""Clock and instants: every time in claimwatch is an aware UTC datetime, checked at the door."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; tests pass a clock of their own."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: the datetime is naive, so that nobody knows which instant it means.
    """
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime: {moment!r}")
    return moment.astimezone(UTC)


def to_iso(moment: datetime) -> str:
    """ISO 8601 with seconds and a Z, as every listing and payload writes times."""
    return as_utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> datetime:
    """Read ISO 8601; a text without an offset is refused.

    Raises:
        ValueError: not ISO 8601, or without a zone.
    """
    return as_utc(datetime.fromisoformat(text))


def from_iso_or_day(text: str) -> datetime:
    """Read ISO 8601 as people write it: an instant with its offset, or a day, which is its midnight in UTC.

    Raises:
        ValueError: neither, or an instant without a zone.
    """
    return from_iso(f"{text}T00:00:00+00:00" if len(text) == len("2026-11-23") else text)
