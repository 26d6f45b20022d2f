"""Finished polls: the record, the source's state and the entries that nobody had seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from domain.articles import Entry, EntryState, StoredEntry
from domain.net import lane_of
from domain.outcomes import PollOutcome
from domain.outlets import PollResult, SourceState
from storage.database import Database
from storage.fencing import bounded_lane, end_lease, free_lane
from storage.rows import Row, entry_row, insert, row_of
from storage.schema import entries, polls, sources


class SqlPollStore:
    """The port ``PollStore`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_poll(self, outcome: PollOutcome) -> int:
        """Store a poll; new entries were first seen, and are due, at the poll's start.

        Raises:
            StorageError: also when the source was never in the catalogue (``sync`` comes first).
        """
        poll = outcome.poll
        with self._database.transaction() as connection:
            held = end_lease(connection, outcome.end)
            lane = _set_state(connection, outcome.state)
            if lane is None:
                raise self._database.error(f"the source {outcome.state.source_id} is not in the catalogue")
            new = _add_entries(connection, outcome.entries, poll.started_at)
            if _has_gap(connection, outcome, new):
                connection.execute(update(sources).where(sources.c.id == poll.source_id).values(gap_at=poll.started_at))
            record = insert(connection, polls).on_conflict_do_nothing()
            connection.execute(record, row_of(replace(poll, new_entries=new)))
            free_lane(connection, held or lane, outcome.end)
        return new

    def forget_polls(self, before: datetime) -> int:
        """Delete poll records that started before an instant; returns how many."""
        with self._database.transaction() as connection:
            return connection.execute(delete(polls).where(polls.c.started_at < before)).rowcount


def _set_state(connection: Connection, state: SourceState) -> str | None:
    """The lane of the source, None where it is unknown."""
    values = row_of(state)
    known = update(sources).where(sources.c.id == values.pop("source_id")).values(**values)
    lane: str | None = connection.execute(known.returning(sources.c.lane)).scalar_one_or_none()
    return lane


def _has_gap(connection: Connection, outcome: PollOutcome, new: int) -> bool:
    """Is every entry unknown, though the last poll that was read listed some?"""
    if not new or new != len({entry.id for entry in outcome.entries}):
        return False
    read = select(polls.c.entries).where(polls.c.source_id == outcome.poll.source_id, polls.c.result == PollResult.READ)
    return bool(connection.scalar(read.order_by(polls.c.started_at.desc(), polls.c.id).limit(1)))


def _add_entries(connection: Connection, listed: tuple[Entry, ...], seen_at: datetime) -> int:
    """Add what is unknown, by rising id so that two polls listing the same links never deadlock."""
    if not listed:
        return 0
    rows = [_new_row(entry, seen_at) for entry in sorted(listed, key=lambda entry: entry.id)]
    statement = insert(connection, entries).on_conflict_do_nothing().returning(entries.c.id)
    return len(connection.execute(statement, rows).all())


def _new_row(entry: Entry, seen_at: datetime) -> Row:
    stored = StoredEntry(entry=entry, state=EntryState.PENDING, tries=0, first_seen_at=seen_at)
    return entry_row(stored) | {"lane": bounded_lane(lane_of(entry.url)), "retry_at": seen_at}
