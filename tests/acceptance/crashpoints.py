"""The crash points of every kind of job, made from the pipeline's own list of steps.

A point's name says it all, such as ``entry/before/plan_alerts``; the launcher ``crashing`` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from claimwatch.pipeline import JOB_STEPS
from domain.jobs import JobKind

#: What the names of steps that write to the database begin with; the launcher refuses others that write.
RECORDS = "record_"


class Moment(StrEnum):
    """When, around or within a step."""

    BEFORE = "before"  # after the step before it, too
    UNCOMMITTED = "uncommitted"  # its statements were sent, COMMIT was not
    COMMITTED = "committed"  # in the thread that sent COMMIT, before the job hears of it
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class CrashPoint:
    """A place at which the process kills itself."""

    kind: JobKind
    moment: Moment
    step: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.moment}/{self.step}"

    @classmethod
    def named(cls, name: str) -> CrashPoint:
        """The point of a name that ``str`` gave.

        Raises:
            ValueError: there is no such point.
        """
        for point in CRASH_POINTS:
            if str(point) == name:
                return point
        raise ValueError(f"no crash point is called {name}")

    @property
    def tells_twice(self) -> bool:
        """Does it lie between the receiver's acceptance and our mark?"""
        unmarked = self.moment in {Moment.BEFORE, Moment.UNCOMMITTED}
        return self.kind is JobKind.DELIVERY and self.step == "record_attempt" and unmarked


def _points() -> Iterator[CrashPoint]:
    for kind, steps in JOB_STEPS.items():
        for step in steps:
            yield CrashPoint(kind=kind, moment=Moment.BEFORE, step=step.__name__)
            if step.__name__.startswith(RECORDS):
                yield CrashPoint(kind=kind, moment=Moment.UNCOMMITTED, step=step.__name__)
                yield CrashPoint(kind=kind, moment=Moment.COMMITTED, step=step.__name__)
        yield CrashPoint(kind=kind, moment=Moment.AFTER, step=steps[-1].__name__)


#: Before the first, between all, after the last step of every kind of job, and around each COMMIT.
CRASH_POINTS = tuple(_points())
