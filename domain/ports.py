"""The ports: what one package needs of another, with the whole contract in words.

Rules that hold for every storage port (all that are not marked *async*):

* **Threads**: calls are synchronous and safe from any thread; each call is one transaction.
* **Times**: aware UTC in and out; a naive datetime raises ValueError.
* **Errors**: the database's own errors come out as StorageError; nothing was stored then,
  or (when the connection died during COMMIT) all of it was, and doing it again is harmless.
* **Idempotence**: storing the same outcome twice leaves one copy; ids decide.
* **Fencing**: an outcome whose ``end.lease`` is not the current holder's raises LeaseLost, and
  nothing of it is stored. On success the lease ends and the lane is set in the same transaction.
* **Lifecycle**: usable from construction until the Database behind them is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from domain.alerts import Alert, Channel, Delivery, Receipt
from domain.articles import Article, Page, StoredEntry
from domain.fetching import FeedDocument, FetchRequest, FetchResult
from domain.jobs import Job, JobKind, Lease
from domain.keys import KeyQuery
from domain.matches import Analysis
from domain.outcomes import ArticleOutcome, AttemptOutcome, EntryOutcome, PollOutcome, Reread
from domain.outlets import Poll, Source, SourceState
from domain.views import (
    AlertFilter,
    ArticleDetails,
    ArticleFilter,
    Candidates,
    DeliveryFilter,
    DeliveryRow,
    HealthReport,
    MatchFilter,
    MatchRow,
)

#: Nothing that waits is rightly due later than this after now: polls, deliveries, lanes, holds.
FARTHEST_WAIT = timedelta(hours=26)
#: The same for entries.
FARTHEST_RETRY = timedelta(hours=30)


class Fetcher(Protocol):
    """*async*: gets addresses politely and safely. One per process, used from its event loop."""

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """GET one address, following at most five redirects.

        Obeys robots.txt, the address policy at every connect, and the limits of size and time.
        Two requests of one process to one host, redirects and robots.txt among them, keep the host's
        delay: a fetch may wait for its turn. Across processes the lanes of the JobQueue do.

        Returns:
            A 200 with a body, or a 304 without one.

        Raises:
            FetchError: one of its kinds; ``retryable`` says if trying later can help.
        """
        ...

    def crawl_delay_s(self, url: str) -> float | None:
        """Seconds between requests that the site's robots.txt asks for, as far as it was read."""
        ...


class Parser(Protocol):
    """*async*: reads hostile bytes in a process that can be killed."""

    async def read_feed(self, body: bytes, source: Source, base_url: str, content_type: str) -> FeedDocument:
        """The entries of a feed.

        Raises:
            ReadError: the bytes are no feed, are empty or broken off, or took too long to read;
                the message is a sentence for people.
        """
        ...

    async def extract(self, body: bytes, url: str, content_type: str) -> Page:
        """Title, text and metadata of an article page; the text is empty where none is found.

        Raises:
            ReadError: the bytes are no page, or took too long to read.
        """
        ...


class Analyzer(Protocol):
    """*async*: what the watches and lexicons find in an article."""

    async def analyze(self, article: Article) -> Analysis:
        """Language, hits and content hash of one article; the watches' outlets are honoured."""
        ...


class SourceStore(Protocol):
    """The Sources of the catalogue as the database knows them, and their state."""

    def sync(self, sources: Sequence[Source], lanes: Mapping[str, str], now: datetime) -> None:
        """Make the database list exactly these sources.

        New ones are due at ``now``; ones that left the catalogue keep their state but are never
        due; a source whose url changed loses its validators and is due at ``now``.

        Times that only a clock that ran ahead can have left are pulled back: polls, deliveries,
        lanes and holds to ``FARTHEST_WAIT`` after ``now``, entries to ``FARTHEST_RETRY``. No delivery
        was first due later than it is due.

        Args:
            sources: the whole catalogue.
            lanes: source id to lane (``host`` or ``host:port``).
            now: aware UTC.
        """
        ...

    def add(self, sources: Sequence[Source], lanes: Mapping[str, str], now: datetime) -> None:
        """Take these sources into the catalogue, each as ``sync`` does, and leave all else alone.

        For a poll by hand beside a daemon that may have another catalogue.

        Args:
            sources: known or not.
            lanes: source id to lane (``host`` or ``host:port``).
            now: aware UTC.
        """
        ...

    def state(self, source_id: str) -> SourceState | None:
        """The state of one source, None if the database never heard of it."""
        ...

    def states(self) -> Mapping[str, SourceState]:
        """The state of every source in the catalogue, by id."""
        ...

    def make_due(self, source_ids: Sequence[str], now: datetime) -> int:
        """Let these sources be polled next; returns how many exist."""
        ...

    def polls(self, source_id: str, limit: int = 20) -> tuple[Poll, ...]:
        """The last polls of a source, newest first."""
        ...


class PollStore(Protocol):
    """Where finished polls go."""

    def record_poll(self, outcome: PollOutcome) -> int:
        """Store the poll, the source's state and the unknown entries as pending, due at once.

        An entry's lane is the ``host`` or ``host:port`` of its url (lower case; no default port).
        Where every entry is unknown, and the last poll before that was read listed some, the state's
        ``gap_at`` becomes this poll's start.

        Returns:
            How many entries were unknown; it is also stored as the poll's ``new_entries``.
        """
        ...

    def forget_polls(self, before: datetime) -> int:
        """Delete poll records that started before an instant; returns how many."""
        ...


class ArticleStore(Protocol):
    """Entries and the articles made from them."""

    def entry(self, entry_id: str) -> StoredEntry | None:
        """One entry, None if unknown."""
        ...

    def record_article(self, outcome: ArticleOutcome) -> None:
        """Store article, keys, matches, alerts, deliveries and the entry's new state.

        An article that is known is updated only where it was partial (``page`` not full) and the
        new one is full; its story stays the first one. Known alerts stay as they are; so do known
        matches, but for score, mentions and watch version where the text that they point into was updated.
        Unknown deliveries are added, also those of a known alert; known ones stay as they are,
        whatever their state. Two articles of one story may have been planned side by side, so a
        match whose decision says told, and whose alert was already known from another article, is
        stored as ``other_channel`` when a delivery of that alert was added, else as ``same_story``.

        Raises:
            StorageError: also when a delivery's alert is neither known nor among the outcome's.
        """
        ...

    def record_entry(self, outcome: EntryOutcome) -> None:
        """Store how a try of an entry without an article ended."""
        ...

    def article(self, article_id: str) -> Article | None:
        """One article by id, None if unknown."""
        ...

    def details(self, id_or_url: str) -> ArticleDetails | None:
        """An article by id, url or canonical url, with matches, alerts and its story."""
        ...


class KeyIndex(Protocol):
    """Finds stored articles by their keys: all that can meet a query, and few that do not.

    ``ArticleStore.record_article`` keeps the keys of each article that it stores; of one that was
    partial and is full now, the new ones in the place of the old.
    """

    def candidates(
        self, query: KeyQuery, filter: ArticleFilter, *, before: int | None = None, limit: int = 200
    ) -> Candidates:
        """A page of the articles whose keys meet a query: newest published first; where unknown, first seen counts.

        Pages show no article twice and leave out none that was there from the first page on,
        whatever is stored meanwhile. Dates and order are kept to the second. An article with more keys
        than can be indexed is on the pages of every query.

        Args:
            query: a key in it that ends in ``*`` stands for all that begin like it. What is too
                large or too deep to be asked of the index is not asked: it gives more articles, not fewer.
            filter: which articles.
            before: the ``before`` of the page before; None for the first.
            limit: about so many articles a page.
        """
        ...

    def stale(self, analyzer_version: str, *, after: str = "", limit: int = 100) -> tuple[Article, ...]:
        """Articles that another version of the analyser read last, by rising id, ids after ``after`` only."""
        ...

    def count_stale(self, analyzer_version: str) -> int:
        """How many articles another version of the analyser read last."""
        ...

    def reindex(self, reread: Sequence[Reread]) -> int:
        """Store keys, language and analyser version of articles that were read again.

        One whose content hash is another by now is left alone: whoever stored that read it.

        Returns:
            How many were stored.
        """
        ...


class MatchStore(Protocol):
    """The stored matches, for people who ask."""

    def list(self, filter: MatchFilter) -> tuple[MatchRow, ...]:
        """Newest published first; where unknown, first seen counts."""
        ...


class StoryIndex(Protocol):
    """Which Story an article belongs to."""

    def assign(self, content_hash: str, article_id: str) -> str:
        """The id of the story of these words: known, or new and stable.

        The same hash always gives the same story. Asking stores nothing; a story exists once an
        article of it is stored.
        """
        ...

    def told(self, story_id: str) -> Mapping[str, frozenset[str]]:
        """The watches that have an alert on this story, by id, each with the names of the channels told.

        A channel is told when a delivery of the alert is stored for it, whatever its state; the
        set is empty for an alert without deliveries.
        """
        ...


class Outbox(Protocol):
    """Alerts and their deliveries."""

    def delivery(self, delivery_id: str) -> tuple[Delivery, Alert] | None:
        """One delivery with its alert, None if unknown."""
        ...

    def record_attempt(self, outcome: AttemptOutcome) -> None:
        """Store a try, the delivery's new state and, if asked, that the channel is disabled."""
        ...

    def disabled_channels(self) -> Mapping[str, str]:
        """Channel name to the reason why it takes no more messages."""
        ...

    def enable_channel(self, name: str) -> bool:
        """Let a disabled channel be used again; returns False if it was not disabled."""
        ...

    def replay(self, delivery_ids: Sequence[str], now: datetime) -> int:
        """Make dead deliveries pending and due, keeping ids and attempts; returns how many."""
        ...

    def dead(self) -> tuple[str, ...]:
        """Ids of all dead deliveries, oldest first."""
        ...

    def list(self, filter: DeliveryFilter) -> tuple[DeliveryRow, ...]:
        """Newest first."""
        ...

    def alerts(self, filter: AlertFilter) -> tuple[Alert, ...]:
        """Newest first."""
        ...


class LeaseStore(Protocol):
    """Due work and who holds it; what the embedded engine stands on.

    Work is due when a source's ``next_poll_at``, an entry's ``retry_at`` or a delivery's
    ``next_attempt_at`` has come and nobody holds a live lease on it. No two live leases share a
    lane, and a lane that is not free yet gives no work.

    Work is shared out by group: the outlet of a poll, the source of an entry, the channel of a delivery.
    """

    def claim(
        self, *, now: datetime, owner: str, lease_s: float, limits: Mapping[JobKind, int], share: int | None = None
    ) -> tuple[Job, ...]:
        """Take due jobs, most urgent kind first; within a kind fairly, then oldest first.

        Fairly: the first job of each group goes before the second of any, those that run already counted,
        so that no group waits for another's backlog. Of several groups that want one lane it is the turn
        of the one with the fewest jobs due there; fifty or more are all the same.

        Args:
            now: aware UTC.
            owner: who takes them, for people reading the table.
            lease_s: seconds until anybody may take them again.
            limits: most jobs to take of each kind; a kind that is absent is not taken.
            share: most jobs of one group that anybody holds at a time, of each kind; None for any number.
        """
        ...

    def take(self, *, kind: JobKind, key: str, lane: str, now: datetime, owner: str, lease_s: float) -> Job | None:
        """Take one job whether due or not; None while somebody holds it or its lane."""
        ...

    def extend(self, lease: Lease, until: datetime) -> Lease:
        """Hold on longer.

        Raises:
            LeaseLost: somebody else holds it, or it was let go.
        """
        ...

    def release(self, lease: Lease, *, not_before: datetime | None = None, error: str | None = None) -> None:
        """Let go without a result. A lease that is not ours any more is left alone.

        Args:
            not_before: nobody takes the job before this instant (poison is pushed forward).
            error: why, for people reading the table.
        """
        ...

    def clear(self) -> int:
        """Forget every lease: only for a daemon that knows it is alone. Returns how many."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete what nobody needs: lanes free since before an instant, and leases on work that is over.

        A lease is kept while it is held, or ran out after that instant, or its work waits (it knows
        the tries). Returns how many rows went.
        """
        ...


class HealthStore(Protocol):
    """The service's own pulse."""

    def beat(self, now: datetime) -> None:
        """A daemon lives: ``now`` is the heartbeat, also where an earlier one was later.

        That of a clock that ran ahead must not make a dead service look alive.
        """
        ...

    def rest(self, now: datetime) -> None:
        """A daemon stopped in good order; the next beat, of any daemon, takes it back."""
        ...

    def refuse_configuration(self, why: str, now: datetime) -> None:
        """A daemon goes on with its old configuration, for the one on disk is wrong.

        Args:
            why: the first thing that is wrong, in a sentence; the last one said counts.
            now: kept from the first refusal since a configuration was accepted.
        """
        ...

    def accept_configuration(self) -> None:
        """A daemon took the configuration on disk."""
        ...

    def report(self) -> HealthReport:
        """Counts and times for `claimwatch health`."""
        ...


class JobQueue(Protocol):
    """*async*: hands out jobs; both engines (embedded, procrastinate) implement it.

    Lifecycle: ``open``, then ``claim``/``keep``/``fail``/``postpone``/``give_back`` from one event loop,
    then ``close``. A job ends well when its outcome is stored (the outcome carries the lease).
    """

    async def open(self) -> None:
        """Get ready; forget holds that cannot be alive."""
        ...

    async def claim(self, limits: Mapping[JobKind, int]) -> tuple[Job, ...]:
        """Jobs that are due and now ours; at most so many of each kind, never two of one lane."""
        ...

    async def keep(self, job: Job) -> Job:
        """Still working on it.

        Raises:
            LeaseLost: it is somebody else's by now.
        """
        ...

    async def fail(self, job: Job, error: str) -> None:
        """It raised: push it forward, the longer the more often it did."""
        ...

    async def postpone(self, job: Job) -> None:
        """The database failed it, not the job itself: soon again, and the try does not count.

        However long a disk is full, no job is given up for it.
        """
        ...

    async def give_back(self, job: Job) -> None:
        """We stop before it is done: let anybody take it at once."""
        ...

    async def close(self) -> None:
        """Nothing is asked for any more."""
        ...


class Transport(Protocol):
    """*async*: speaks one kind of channel. Stateless between calls but for open connections."""

    async def send(self, channel: Channel, delivery: Delivery, alert: Alert) -> Receipt:
        """Tell. Every try of a delivery carries the same ids, and says the same.

        Raises:
            DeliveryError: not accepted; it says whether trying again can help.
        """
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


class SpiderJobs(Protocol):
    """*async*: what a Scrapy spider of ours needs to do a real poll through the same pipeline."""

    async def poll_outlet(self, outlet_id: str, fetcher: Fetcher) -> Sequence[Mapping[str, object]]:
        """Poll every source of an outlet, follow its new entries; one summary a source and article.

        Raises:
            UsageError: no such outlet.
        """
        ...
