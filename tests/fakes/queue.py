"""A job queue in memory that records how each job ended, and can be told to misbehave."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import LeaseLost, StorageError
from domain.jobs import Job, JobKind


def job(kind: JobKind, key: str, attempt: int = 1) -> Job:
    """A job held without a lease."""
    return Job(kind=kind, key=key, lane=key, attempt=attempt, lease=None)


class FakeQueue:
    """Implements ``domain.ports.JobQueue``."""

    def __init__(self, *jobs: Job) -> None:
        self.waiting = list(jobs)
        self.claims: list[Mapping[JobKind, int]] = []
        self.failed: list[tuple[str, str]] = []
        self.postponed: list[str] = []
        self.given_back: list[str] = []
        self.kept: list[str] = []
        self.broken = False
        self.lost: set[str] = set()

    async def open(self) -> None:
        """Nothing to do."""

    async def claim(self, limits: Mapping[JobKind, int]) -> tuple[Job, ...]:
        self._check()
        self.claims.append(dict(limits))
        taken: list[Job] = []
        for kind, limit in limits.items():
            taken += [item for item in self.waiting if item.kind is kind][:limit]
        self.waiting = [item for item in self.waiting if item not in taken]
        return tuple(taken)

    async def keep(self, job: Job) -> Job:
        self._check()
        self.kept.append(job.key)
        if job.key in self.lost:
            raise LeaseLost(job.key)
        return job

    async def fail(self, job: Job, error: str) -> None:
        self._check()
        self.failed.append((job.key, error))

    async def postpone(self, job: Job) -> None:
        self._check()
        self.postponed.append(job.key)

    async def give_back(self, job: Job) -> None:
        self._check()
        self.given_back.append(job.key)

    async def close(self) -> None:
        """Nothing to do."""

    def _check(self) -> None:
        if self.broken:
            raise StorageError("the database is away")
