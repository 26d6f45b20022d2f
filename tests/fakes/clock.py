"""A clock that tests move by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands still until told otherwise."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def set_by(self, seconds: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        self._now += timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
