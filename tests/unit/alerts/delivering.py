"""One delivery job as the pipeline runs it, without the pipeline."""

from __future__ import annotations

from alerts.dispatcher import Dispatcher
from domain.jobs import Job
from domain.outcomes import AttemptOutcome


async def deliver(dispatcher: Dispatcher, job: Job) -> AttemptOutcome | None:
    """Load, attempt, record; None when there is nothing to try."""
    found = await dispatcher.load(job)
    if found is None:
        return None
    outcome = await dispatcher.attempt(job, *found)
    await dispatcher.record(outcome)
    return outcome
