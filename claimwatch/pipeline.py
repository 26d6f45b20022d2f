"""READ ME FIRST: the way of an article from poll to alert, one function a step.

::

    poll job      load_state > fetch_source > read_entries > record_poll
                  a due Source is fetched; its unknown Entries become pending entry jobs
    entry job     fetch_page > extract_page > make_article > analyze_article > plan_alerts > record_article
                  an Entry's page becomes an Article; its Matches become Alerts and Deliveries
    delivery job  attempt_delivery > record_attempt
                  one Delivery is tried once, by alerts.dispatcher
    ingest        make_article > analyze_article > plan_alerts > record_article

Each step takes the work so far and returns it with what it found. The last step of each job writes
everything in ONE transaction; killed anywhere before it, the lease runs out and the job is done
again. What is expected to fail (a site that is down, a page without text) is a value in the work,
not an exception. Deciding is done by pure functions: ``claimwatch.decide``, ``scheduler.cadence``
and ``alerts.planner``.
"""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from alerts.dispatcher import Dispatcher
from alerts.planner import PlanInput, plan
from claimwatch.catalogue import Catalogue
from claimwatch.decide import (
    article_end,
    article_of,
    entry_after,
    given_up,
    job_end,
    poll_record,
    retry_at,
    state_after,
)
from claimwatch.work import ArticleWork, DeliveryWork, PollWork
from domain.alerts import Channel
from domain.articles import EntryState
from domain.errors import FetchError, ReadError
from domain.fetching import FetchRequest
from domain.jobs import Job, JobKind
from domain.outcomes import ArticleOutcome, EntryOutcome, JobEnd, PollOutcome
from domain.outlets import Poll, PollResult, SourceState
from domain.ports import Analyzer, ArticleStore, Fetcher, Parser, PollStore, SourceStore, StoryIndex
from domain.time import Clock
from domain.watches import Route, Watch

log = logging.getLogger("claimwatch.pipeline")

FEED_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
PAGE_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"

#: Of so many polls the validators are left out.
FULL_GET_SHARE = 0.02

#: An entry whose job broke so often (an analyser that dies on it, say) is given up, and says so.
MOST_ATTEMPTS = 6

Work = TypeVar("Work", PollWork, ArticleWork, DeliveryWork)


@dataclass(kw_only=True)
class Parts:
    """Everything that the steps use; made by ``claimwatch.wiring``.

    Catalogue, watches, routes and channels are replaced, all at once, when the configuration is
    reloaded: a step that needs several of them reads them without waiting in between.
    """

    clock: Clock
    catalogue: Catalogue
    watches: Mapping[str, Watch]
    routes: tuple[Route, ...]
    channels: Mapping[str, Channel]
    fetcher: Fetcher
    parser: Parser
    analyzer: Analyzer
    sources: SourceStore
    polls: PollStore
    articles: ArticleStore
    stories: StoryIndex
    dispatcher: Dispatcher
    #: Runs a storage call off the event loop.
    in_thread: Callable[..., Awaitable[Any]]
    #: Draws a number from 0 to 1, for jitter.
    fraction: Callable[[], float] = random.random


async def run_steps(steps: tuple[Callable[[Parts, Work], Awaitable[Work]], ...], parts: Parts, work: Work) -> Work:
    """Take the work through the steps, in order."""
    for step in steps:
        work = await step(parts, work)
    return work


# ---------------------------------------------------------------- poll job


async def poll(parts: Parts, job: Job) -> PollWork | None:
    """Visit one Source; None when it left the catalogue meanwhile."""
    known = parts.catalogue.source(job.key)
    if known is None:
        return None
    source, outlet = known
    work = PollWork(
        job=job,
        source=source,
        outlet=outlet,
        started_at=parts.clock.now(),
        started_mono=parts.clock.monotonic(),
    )
    return await run_steps(POLL_STEPS, parts, work)


async def load_state(parts: Parts, work: PollWork) -> PollWork:
    """What we know of the source from last time."""
    state = await parts.in_thread(parts.sources.state, work.source.id)
    return replace(work, state=state or SourceState(source_id=work.source.id))


async def fetch_source(parts: Parts, work: PollWork) -> PollWork:
    """A GET with the validators of the last body that could be read.

    Now and then without them, for some servers answer 304 for ever; and after a failure, so that
    only a body that is read ends it.
    """
    assert work.state is not None
    request = FetchRequest(url=work.source.url, accept=FEED_ACCEPT)
    if work.state.failures == 0 and parts.fraction() >= FULL_GET_SHARE:
        request = replace(request, etag=work.state.etag, last_modified=work.state.last_modified)
    try:
        response = await parts.fetcher.fetch(request)
    except FetchError as problem:
        return replace(work, problem=problem)
    return replace(work, response=response, body_sha256=hashlib.sha256(response.body).hexdigest())


async def read_entries(parts: Parts, work: PollWork) -> PollWork:
    """Bytes to Entries; bytes that did not change are not read again."""
    response, state = work.response, work.state
    if response is None or response.status == 304 or (state and state.body_sha256 == work.body_sha256):
        return work
    try:
        document = await parts.parser.read_feed(response.body, work.source, response.final_url, response.content_type)
    except ReadError as problem:
        return replace(work, problem=problem)
    return replace(work, document=document)


async def record_poll(parts: Parts, work: PollWork) -> PollWork:
    """ONE transaction: the poll, the source's new state, and its unknown Entries as pending."""
    now = parts.clock.now()
    record = poll_record(work, took_s=parts.clock.monotonic() - work.started_mono)
    crawl_delay_s = parts.fetcher.crawl_delay_s(work.source.url)
    outcome = PollOutcome(
        poll=record,
        state=state_after(work, now=now, fraction=parts.fraction()),
        entries=work.document.entries if work.document else (),
        end=job_end(work, work.job, delay_s=work.outlet.delay_s, crawl_delay_s=crawl_delay_s, now=now),
    )
    new_entries = await parts.in_thread(parts.polls.record_poll, outcome)
    _log_poll(record, new_entries)
    return replace(work, new_entries=new_entries)


POLL_STEPS = (load_state, fetch_source, read_entries, record_poll)


def _log_poll(record: Poll, new_entries: int) -> None:
    fields: dict[str, object] = {"source": record.source_id, "result": record.result.value}
    if record.result is PollResult.READ:
        fields |= {"entries": record.entries, "new": new_entries}
    if record.error:
        fields["error"] = record.error
    log.log(logging.WARNING if record.error else logging.INFO, "polled", extra=fields)


# ---------------------------------------------------------------- entry job


async def process_entry(parts: Parts, job: Job) -> ArticleWork | None:
    """Make an Article of one pending Entry; None when the entry is unknown or was done meanwhile."""
    stored = await parts.in_thread(parts.articles.entry, job.key)
    if stored is None or stored.state is not EntryState.PENDING:
        return None
    source, outlet = parts.catalogue.source(stored.entry.source_id) or (None, None)
    outlet = outlet or parts.catalogue.outlet_of(stored.entry.url)
    work = ArticleWork(job=job, started_at=parts.clock.now(), stored=stored, source=source, outlet=outlet)
    if job.attempt > MOST_ATTEMPTS:
        return await _give_up(parts, work, job)
    return await run_steps(ENTRY_STEPS, parts, work)


async def _give_up(parts: Parts, work: ArticleWork, job: Job) -> ArticleWork:
    assert work.stored is not None
    ended = given_up(work.stored, attempts=job.attempt - 1)
    await parts.in_thread(
        parts.articles.record_entry, EntryOutcome(entry=ended, retry_at=None, end=JobEnd(lease=job.lease))
    )
    log.error("given_up", extra={"entry": ended.entry.id, "url": ended.entry.url, "note": ended.note})
    return work


async def fetch_page(parts: Parts, work: ArticleWork) -> ArticleWork:
    """The page of the entry, unless the catalogue says that pages are not fetched, or dropped the source."""
    assert work.stored is not None
    if not work.fetches_page:
        return work
    try:
        response = await parts.fetcher.fetch(FetchRequest(url=work.stored.entry.url, accept=PAGE_ACCEPT))
    except FetchError as problem:
        return replace(work, problem=problem)
    return replace(work, response=response)


async def extract_page(parts: Parts, work: ArticleWork) -> ArticleWork:
    """Markup to title, text, byline, dates and declared language."""
    if work.response is None:
        return work
    response = work.response
    try:
        page = await parts.parser.extract(response.body, response.final_url, response.content_type)
    except ReadError as problem:
        return replace(work, problem=problem)
    return replace(work, page=page)


async def make_article(parts: Parts, work: ArticleWork) -> ArticleWork:
    """The Article, of the page where it has text, else of the entry's title and lead.

    A page that was refused or empty is tried again later; the Article is made at once all the
    same, so that a claim in a headline is told without waiting.
    """
    now = parts.clock.now()
    return replace(
        work,
        article=article_of(work, now=now),
        retry_at=retry_at(work, now=now, fraction=parts.fraction()),
    )


async def analyze_article(parts: Parts, work: ArticleWork) -> ArticleWork:
    """Language, content hash, and which watches fire; then the Story."""
    if work.article is None:
        return work
    analysis = await parts.analyzer.analyze(work.article)
    story_id = await parts.in_thread(parts.stories.assign, analysis.content_hash, work.article.id)
    article = replace(
        work.article,
        language=analysis.language,
        content_hash=analysis.content_hash,
        analyzer_version=analysis.analyzer_version,
        story_id=story_id,
    )
    return replace(work, article=article, analysis=analysis)


async def plan_alerts(parts: Parts, work: ArticleWork) -> ArticleWork:
    """Matches, and whom to tell of which, each with its reason."""
    if work.article is None or work.analysis is None:
        return work
    told = await parts.in_thread(parts.stories.told, work.article.story_id)
    planned = plan(
        PlanInput(
            article=work.article,
            hits=work.analysis.hits,
            watches=parts.watches,
            routes=parts.routes,
            channels=parts.channels,
            told=told,
            outlet=work.outlet,
            now=parts.clock.now(),
        )
    )
    return replace(work, plan=planned)


async def record_article(parts: Parts, work: ArticleWork) -> ArticleWork:
    """ONE transaction: article, matches, alerts, deliveries, and the entry's new state."""
    stored = entry_after(work)
    crawl_delay_s = parts.fetcher.crawl_delay_s(stored.entry.url) if stored else None
    end = article_end(work, now=parts.clock.now(), crawl_delay_s=crawl_delay_s)
    if work.article is None or work.plan is None:
        assert stored is not None
        await parts.in_thread(parts.articles.record_entry, EntryOutcome(entry=stored, retry_at=work.retry_at, end=end))
        return work
    outcome = ArticleOutcome(
        article=work.article,
        keys=work.analysis.keys if work.analysis else (),
        matches=work.plan.matches,
        alerts=work.plan.alerts,
        deliveries=work.plan.deliveries,
        entry=stored,
        retry_at=work.retry_at,
        end=end,
    )
    await parts.in_thread(parts.articles.record_article, outcome)
    _log_article(work)
    return work


ENTRY_STEPS = (fetch_page, extract_page, make_article, analyze_article, plan_alerts, record_article)
INGEST_STEPS = (make_article, analyze_article, plan_alerts, record_article)


def _log_article(work: ArticleWork) -> None:
    assert work.article is not None
    assert work.plan is not None
    fields = {
        "article": work.article.id,
        "outlet": work.article.outlet_id,
        "language": work.article.language,
        "page": work.article.page.value,
        "matches": len(work.plan.matches),
        "alerts": len(work.plan.alerts),
        "title": work.article.title[:80],
    }
    log.info("stored", extra=fields)


# ---------------------------------------------------------------- delivery job


async def deliver(parts: Parts, job: Job) -> DeliveryWork | None:
    """Try one Delivery; None when there is nothing to try (sent, given up, or unknown)."""
    found = await parts.dispatcher.load(job)
    if found is None:
        return None
    delivery, alert = found
    return await run_steps(DELIVERY_STEPS, parts, DeliveryWork(job=job, delivery=delivery, alert=alert))


async def attempt_delivery(parts: Parts, work: DeliveryWork) -> DeliveryWork:
    """Hand the alert to its receiver, once; a receiver that was told keeps it, whatever becomes of us."""
    return replace(work, outcome=await parts.dispatcher.attempt(work.job, work.delivery, work.alert))


async def record_attempt(parts: Parts, work: DeliveryWork) -> DeliveryWork:
    """ONE transaction: the attempt, and the delivery's new state.

    Between acceptance and here lies the one moment in which a death makes a duplicate, with the same id.
    """
    assert work.outcome is not None
    await parts.dispatcher.record(work.outcome)
    return work


DELIVERY_STEPS = (attempt_delivery, record_attempt)

#: The steps of every kind of job, for whoever needs them all.
JOB_STEPS: Mapping[JobKind, tuple[Callable[..., Awaitable[Any]], ...]] = {
    JobKind.POLL: POLL_STEPS,
    JobKind.ENTRY: ENTRY_STEPS,
    JobKind.DELIVERY: DELIVERY_STEPS,
}
