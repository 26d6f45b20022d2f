"""The storage ports in memory: the same promises as ``storage.stores.Stores``, without a database.

Hand-written and simple on purpose; the contract suite runs on it too, so that a unit test that
passes with it may believe it. A call that raises leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.alerts import Alert, Delivery, DeliveryState
from domain.articles import Article, Entry, EntryState, PageState, StoredEntry
from domain.errors import StorageError
from domain.jobs import JobKind
from domain.matches import Decision
from domain.net import lane_of
from domain.outcomes import ArticleOutcome, AttemptOutcome, EntryOutcome, PollOutcome
from domain.outlets import Poll, PollResult, Source, SourceState
from domain.ports import FARTHEST_WAIT
from domain.stories import story_id
from domain.time import as_utc
from domain.views import (
    AlertFilter,
    ArticleDetails,
    DeliveryFilter,
    DeliveryRow,
    MatchFilter,
    MatchRow,
)
from tests.fakes.health import MemoryHealthStore
from tests.fakes.keys import MemoryKeyIndex, put_keys
from tests.fakes.leases import MemoryLeaseStore
from tests.fakes.memory import (
    Memory,
    Store,
    Tables,
    demand,
    earlier,
    end_lease,
    free_lane,
    newest_first,
    pull_back,
    stored_form,
    unbar,
)


class MemorySourceStore(Store):
    """``SourceStore`` in memory."""

    def sync(self, sources: Sequence[Source], lanes: Mapping[str, str], now: datetime) -> None:
        now = as_utc(now)
        with self._memory.using() as tables:
            tables.active = dict.fromkeys(tables.active, False)
            self._put(tables, sources, lanes, now)
            pull_back(tables, now)

    def add(self, sources: Sequence[Source], lanes: Mapping[str, str], now: datetime) -> None:
        now = as_utc(now)
        with self._memory.using() as tables:
            self._put(tables, sources, lanes, now)

    @staticmethod
    def _put(tables: Tables, sources: Sequence[Source], lanes: Mapping[str, str], now: datetime) -> None:
        for source in sources:
            known = tables.catalogue.get(source.id)
            state = tables.states.get(source.id, SourceState(source_id=source.id, next_poll_at=now))
            if known is not None and known.url != source.url:
                state = replace(state, etag=None, last_modified=None, body_sha256=None, next_poll_at=now)
            tables.catalogue[source.id] = stored_form(source)
            tables.source_lanes[source.id] = lanes.get(source.id) or lane_of(source.url)
            tables.active[source.id] = True
            tables.states[source.id] = replace(state, next_poll_at=earlier(state.next_poll_at, now + FARTHEST_WAIT))

    def state(self, source_id: str) -> SourceState | None:
        with self._memory.using() as tables:
            return tables.states.get(source_id)

    def states(self) -> Mapping[str, SourceState]:
        with self._memory.using() as tables:
            return {key: tables.states[key] for key, active in sorted(tables.active.items()) if active}

    def make_due(self, source_ids: Sequence[str], now: datetime) -> int:
        now = as_utc(now)
        with self._memory.using() as tables:
            wanted = [key for key in set(source_ids) if tables.active.get(key)]
            for key in wanted:
                due = tables.states[key].next_poll_at
                tables.states[key] = replace(tables.states[key], next_poll_at=min(due or now, now))
                unbar(tables, JobKind.POLL, key)
            return len(wanted)

    def polls(self, source_id: str, limit: int = 20) -> tuple[Poll, ...]:
        with self._memory.using() as tables:
            own = (poll for poll in tables.polls.values() if poll.source_id == source_id)
            return tuple(newest_first(own, lambda poll: poll.started_at, lambda poll: poll.id)[:limit])


class MemoryPollStore(Store):
    """``PollStore`` in memory."""

    def record_poll(self, outcome: PollOutcome) -> int:
        poll, state = stored_form(outcome.poll), stored_form(outcome.state)
        with self._memory.using() as tables:
            lane = end_lease(tables, outcome.end)
            if state.source_id not in tables.states:
                raise StorageError(f"unknown source {state.source_id}")
            unknown = {entry.id: entry for entry in map(stored_form, outcome.entries) if entry.id not in tables.entries}
            listed = {entry.id for entry in outcome.entries}
            gap = bool(unknown) and len(unknown) == len(listed) and _listed_before(tables, poll.source_id)
            tables.states[state.source_id] = replace(state, gap_at=poll.started_at) if gap else state
            for entry in unknown.values():
                _add_entry(tables, entry, poll.started_at)
            tables.polls.setdefault(poll.id, replace(poll, new_entries=len(unknown)))
            free_lane(tables, lane or tables.source_lanes[state.source_id], outcome.end)
            return len(unknown)

    def forget_polls(self, before: datetime) -> int:
        before = as_utc(before)
        with self._memory.using() as tables:
            old = [poll.id for poll in tables.polls.values() if poll.started_at < before]
            for key in old:
                del tables.polls[key]
            return len(old)


def _listed_before(tables: Tables, source_id: str) -> bool:
    read = [one for one in tables.polls.values() if one.source_id == source_id and one.result is PollResult.READ]
    return bool(read) and max(read, key=lambda one: one.started_at).entries > 0


def _add_entry(tables: Tables, entry: Entry, seen_at: datetime) -> None:
    demand(entry.source_id in tables.states, f"unknown source {entry.source_id}")
    tables.entries[entry.id] = StoredEntry(entry=entry, state=EntryState.PENDING, tries=0, first_seen_at=seen_at)
    tables.retry_at[entry.id] = seen_at


class MemoryArticleStore(Store):
    """``ArticleStore`` in memory."""

    def entry(self, entry_id: str) -> StoredEntry | None:
        with self._memory.using() as tables:
            return tables.entries.get(entry_id)

    def record_article(self, outcome: ArticleOutcome) -> None:
        article = stored_form(outcome.article)
        with self._memory.using() as tables:
            lane = end_lease(tables, outcome.end)
            moved = self._put_article(tables, article)
            if moved:
                put_keys(tables, tables.articles[article.id], outcome.keys)
            told = self._tell(tables, article.id, outcome)
            for match in map(stored_form, outcome.matches):
                demand(match.article_id in tables.articles, f"unknown article {match.article_id}")
                now = told.get(match.watch_id, match.decision) if match.decision.told else match.decision
                decided = replace(match, decision=now)
                known = tables.matches.setdefault(match.id, decided)
                if moved:
                    tables.matches[match.id] = replace(
                        known, score=match.score, mentions=match.mentions, watch_version=match.watch_version
                    )
            if outcome.entry is not None:
                self._put_entry(tables, outcome.entry, outcome.retry_at)
            free_lane(tables, lane or lane_of(outcome.entry.entry.url if outcome.entry else article.url), outcome.end)

    def record_entry(self, outcome: EntryOutcome) -> None:
        with self._memory.using() as tables:
            lane = end_lease(tables, outcome.end)
            self._put_entry(tables, outcome.entry, outcome.retry_at)
            free_lane(tables, lane or lane_of(outcome.entry.entry.url), outcome.end)

    def article(self, article_id: str) -> Article | None:
        with self._memory.using() as tables:
            return tables.articles.get(article_id)

    def details(self, id_or_url: str) -> ArticleDetails | None:
        with self._memory.using() as tables:
            article = self._find(tables, id_or_url)
            if article is None:
                return None
            matches = [match for match in tables.matches.values() if match.article_id == article.id]
            alerts = [alert for alert in tables.alerts.values() if alert.article_id == article.id]
            story = [
                other
                for other in tables.articles.values()
                if other.id != article.id and other.story_id == article.story_id != ""
            ]
            return ArticleDetails(
                article=article,
                matches=tuple(sorted(matches, key=lambda match: (match.matched_at, match.id))),
                alerts=tuple(sorted(alerts, key=lambda alert: (alert.created_at, alert.id))),
                story=tuple(sorted(story, key=lambda other: (other.first_seen_at, other.id))),
            )

    @staticmethod
    def _find(tables: Tables, id_or_url: str) -> Article | None:
        linked = {
            stored.article_id
            for stored in tables.entries.values()
            if id_or_url in (stored.entry.url, stored.entry.canonical_url)
        }
        oldest = sorted(tables.articles.values(), key=lambda article: (article.first_seen_at, article.id))
        named = [article for article in oldest if article.id == id_or_url]
        at_url = [article for article in oldest if article.url == id_or_url]
        through_entry = [article for article in oldest if article.id in linked]
        return next(iter(named + at_url + through_entry), None)

    @staticmethod
    def _put_article(tables: Tables, article: Article) -> bool:
        """Whether the article as given is now the one stored."""
        known = tables.articles.get(article.id)
        if known is None:
            tables.articles[article.id] = article
            return True
        better = known.page is not PageState.FULL and article.page is PageState.FULL
        if better:
            tables.articles[article.id] = replace(article, first_seen_at=known.first_seen_at, story_id=known.story_id)
        return better

    @staticmethod
    def _tell(tables: Tables, article_id: str, outcome: ArticleOutcome) -> dict[str, Decision]:
        """What came true for the watches whose alert was known from another article."""
        for alert in map(stored_form, outcome.alerts):
            demand(alert.article_id in tables.articles, f"unknown article {alert.article_id}")
            tables.alerts.setdefault(alert.id, alert)
        reached = set()
        for delivery in map(stored_form, outcome.deliveries):
            demand(delivery.alert_id in tables.alerts, f"unknown alert {delivery.alert_id}")
            if delivery.id not in tables.deliveries:
                tables.deliveries[delivery.id] = delivery
                tables.first_due[delivery.id] = delivery.next_attempt_at
                reached.add(delivery.alert_id)
        named = {alert.id for alert in outcome.alerts} | {delivery.alert_id for delivery in outcome.deliveries}
        return {
            tables.alerts[key].watch_id: Decision.OTHER_CHANNEL if key in reached else Decision.SAME_STORY
            for key in named
            if tables.alerts[key].article_id != article_id
        }

    @staticmethod
    def _put_entry(tables: Tables, given: StoredEntry, retry_at: datetime | None) -> None:
        stored = stored_form(given)
        demand(stored.entry.source_id in tables.states, f"unknown source {stored.entry.source_id}")
        demand(stored.article_id is None or stored.article_id in tables.articles, "unknown article")
        known = tables.entries.get(stored.entry.id)
        if known is not None:
            stored = replace(stored, entry=known.entry, first_seen_at=known.first_seen_at)
        tables.entries[stored.entry.id] = stored
        tables.retry_at[stored.entry.id] = None if retry_at is None else as_utc(retry_at)


class MemoryMatchStore(Store):
    """``MatchStore`` in memory."""

    def list(self, filter: MatchFilter) -> tuple[MatchRow, ...]:
        with self._memory.using() as tables:
            rows = [
                MatchRow(match=match, article=tables.articles[match.article_id]) for match in tables.matches.values()
            ]
        wanted = [row for row in rows if _selected(filter, row)]
        newest = newest_first(
            wanted, lambda row: (_dated_at(row.article), row.match.matched_at), lambda row: row.match.id
        )
        return tuple(newest[filter.offset : filter.offset + filter.limit])


def _dated_at(article: Article) -> datetime:
    return article.published_at or article.first_seen_at


def _selected(filter: MatchFilter, row: MatchRow) -> bool:
    wanted = (
        (filter.watch, row.match.watch_id),
        (filter.outlet, row.article.outlet_id),
        (filter.language, row.article.language),
    )
    dated_at = _dated_at(row.article)
    since = filter.since is None or dated_at >= as_utc(filter.since)
    until = filter.until is None or dated_at < as_utc(filter.until)
    return since and until and all(want in (None, found) for want, found in wanted)


class MemoryStoryIndex(Store):
    """``StoryIndex`` in memory."""

    def assign(self, content_hash: str, article_id: str) -> str:
        new = story_id(content_hash, article_id)
        with self._memory.using() as tables:
            same = [
                a for a in tables.articles.values() if content_hash and a.content_hash == content_hash and a.story_id
            ]
            known = tables.articles.get(article_id)
        same.sort(key=lambda article: (article.story_id != new, article.first_seen_at, article.id))
        return (same[0].story_id if same else known.story_id if known else "") or new

    def told(self, story_id: str) -> Mapping[str, frozenset[str]]:
        with self._memory.using() as tables:
            return {
                alert.watch_id: frozenset(row.channel for row in tables.deliveries.values() if row.alert_id == alert.id)
                for alert in tables.alerts.values()
                if alert.story_id == story_id
            }


class MemoryOutbox(Store):
    """``Outbox`` in memory."""

    def delivery(self, delivery_id: str) -> tuple[Delivery, Alert] | None:
        with self._memory.using() as tables:
            delivery = tables.deliveries.get(delivery_id)
            return None if delivery is None else (delivery, tables.alerts[delivery.alert_id])

    def record_attempt(self, outcome: AttemptOutcome) -> None:
        attempt, delivery = stored_form(outcome.attempt), stored_form(outcome.delivery)
        with self._memory.using() as tables:
            lane = end_lease(tables, outcome.end)
            known = tables.deliveries.get(delivery.id)
            if known is None or attempt.delivery_id not in tables.deliveries:
                raise StorageError(f"unknown delivery {delivery.id}")
            tables.deliveries[delivery.id] = replace(delivery, alert_id=known.alert_id)
            tables.attempts.setdefault(attempt.id, attempt)
            if outcome.channel_disabled is not None:
                tables.disabled[delivery.channel] = stored_form(outcome.channel_disabled)
            free_lane(tables, lane or f"channel:{delivery.channel}", outcome.end)

    def disabled_channels(self) -> Mapping[str, str]:
        with self._memory.using() as tables:
            return dict(sorted(tables.disabled.items()))

    def enable_channel(self, name: str) -> bool:
        with self._memory.using() as tables:
            return tables.disabled.pop(name, None) is not None

    def replay(self, delivery_ids: Sequence[str], now: datetime) -> int:
        now = as_utc(now)
        with self._memory.using() as tables:
            dead = set(delivery_ids) & set(self.dead())
            for key in dead:
                pending = replace(tables.deliveries[key], state=DeliveryState.PENDING, next_attempt_at=now)
                tables.deliveries[key], tables.first_due[key] = pending, now
                unbar(tables, JobKind.DELIVERY, key)
            return len(dead)

    def dead(self) -> tuple[str, ...]:
        with self._memory.using() as tables:
            dead = [row for row in tables.deliveries.values() if row.state is DeliveryState.DEAD]
            return tuple(row.id for row in sorted(dead, key=lambda d: (tables.alerts[d.alert_id].created_at, d.id)))

    def list(self, filter: DeliveryFilter) -> tuple[DeliveryRow, ...]:
        with self._memory.using() as tables:
            rows = [self._row(tables, delivery) for delivery in tables.deliveries.values()]
        wanted = [
            row
            for row in rows
            if filter.state in (None, row.delivery.state) and filter.channel in (None, row.delivery.channel)
        ]
        newest = newest_first(wanted, lambda row: row.alert.created_at, lambda row: row.delivery.id)
        return tuple(newest[: filter.limit])

    @staticmethod
    def _row(tables: Tables, delivery: Delivery) -> DeliveryRow:
        tries = [attempt for attempt in tables.attempts.values() if attempt.delivery_id == delivery.id]
        oldest_first = tuple(sorted(tries, key=lambda attempt: (attempt.started_at, attempt.id)))
        return DeliveryRow(delivery=delivery, alert=tables.alerts[delivery.alert_id], attempts=oldest_first)

    def alerts(self, filter: AlertFilter) -> tuple[Alert, ...]:
        with self._memory.using() as tables:
            wanted = [
                alert
                for alert in tables.alerts.values()
                if filter.watch in (None, alert.watch_id)
                and alert.severity.rank >= filter.min_severity.rank
                and (filter.since is None or alert.created_at >= as_utc(filter.since))
            ]
        return tuple(newest_first(wanted, lambda alert: alert.created_at, lambda alert: alert.id)[: filter.limit])


class MemoryStores:
    """One of each storage port over one memory, with the attributes of ``storage.stores.Stores``."""

    def __init__(self) -> None:
        memory = Memory()
        self.sources = MemorySourceStore(memory)
        self.polls = MemoryPollStore(memory)
        self.articles = MemoryArticleStore(memory)
        self.keys = MemoryKeyIndex(memory)
        self.matches = MemoryMatchStore(memory)
        self.story_index = MemoryStoryIndex(memory)
        self.outbox = MemoryOutbox(memory)
        self.leases = MemoryLeaseStore(memory)
        self.health = MemoryHealthStore(memory)
