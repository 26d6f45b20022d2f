"""Polls made by hand: the same pipeline as the daemon's, once, followed to the articles.

A poll by hand takes the same leases and waits for the same lanes as a daemon beside it, so that no
site is asked faster than its limit. What it finds is stored; the daemon sends the alerts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from claimwatch import pipeline
from claimwatch.config.settings import Settings
from claimwatch.decide import poll_result
from claimwatch.wiring import Service, open_service
from claimwatch.work import ArticleWork, PollWork
from domain.articles import Entry, EntryState
from domain.errors import ClaimwatchError, UsageError
from domain.jobs import Job, JobKind
from domain.net import lane_of
from domain.outlets import PollResult, Source
from domain.ports import Fetcher
from scheduler.engines.embedded import LEASE_S

#: Seconds to wait for a source or page that somebody else holds, or whose site must rest.
PATIENCE_S = 300.0

#: Seconds between two looks whether it is free.
LOOK_S = 0.25

Say = Callable[[str], None]


async def poll_now(settings: Settings, names: Sequence[str], *, say: Say) -> int:
    """Poll sources, follow their new entries, and say what came of it.

    Args:
        settings: the configuration.
        names: outlets (``tass``) or sources (``tass/ru``); all when empty.
        say: prints a line.

    Returns:
        The exit code: 1 when no source at all could be read.

    Raises:
        UsageError: a name is neither an outlet nor a source.
    """
    async with open_service(settings) as service:
        sources = select(service, names)
        await _list_sources(service, sources)
        reached = await asyncio.gather(*(_poll_and_tell(service, source, say) for source in sources))
    return 0 if any(reached) or not sources else 1


def select(service: Service, names: Sequence[str]) -> tuple[Source, ...]:
    """The sources meant by names of outlets and sources.

    Raises:
        UsageError: a name is neither, or an outlet has no source.
    """
    catalogue = service.parts.catalogue
    chosen = {source.id: source for source in catalogue.sources if not names}
    for name in names:
        outlet = catalogue.outlets.get(name)
        known = catalogue.source(name)
        found = outlet.sources if outlet else (known[0],) if known else ()
        if not found:
            reason = f"has no source yet: {outlet.note}" if outlet else "is neither an outlet nor a source"
            raise UsageError(f"{name} {reason} (`claimwatch sources` lists all)")
        chosen |= {source.id: source for source in found}
    return tuple(chosen.values())


async def _list_sources(service: Service, sources: Sequence[Source]) -> None:
    """Only add: a daemon beside us may have sources that our catalogue lacks."""
    lanes, now = service.parts.catalogue.lanes, service.parts.clock.now()
    await service.in_thread(service.stores.sources.add, sources, lanes, now)


async def _poll_and_tell(service: Service, source: Source, say: Say) -> bool:
    try:
        poll, articles = await poll_source(service, source)
    except ClaimwatchError as error:
        say(f"{source.id}: not polled: {error}")
        return False
    say(_poll_line(source, poll))
    for work in articles:
        if work.article is not None and work.plan is not None and work.plan.matches:
            watches = ", ".join(match.watch_id for match in work.plan.matches)
            say(f"  {watches}: {work.article.title} [{work.article.language}] {work.article.url}")
    return poll_result(poll) is not PollResult.FAILED


def _poll_line(source: Source, work: PollWork) -> str:
    if work.problem is not None:
        return f"{source.id}: failed: {work.problem}"
    if work.document is None:
        return f"{source.id}: unchanged"
    return f"{source.id}: {len(work.document.entries)} entries, {work.new_entries} new"


async def poll_source(service: Service, source: Source) -> tuple[PollWork, tuple[ArticleWork, ...]]:
    """One real poll of a source, then an article of each entry that was unknown.

    Raises:
        UsageError: somebody else held the source for too long.
    """
    async with _held(service, JobKind.POLL, source.id, lane_of(source.url)) as job:
        work = await pipeline.poll(service.parts, job)
    assert work is not None, "the source came from this catalogue"
    entries = work.document.entries if work.document else ()
    found = [await _follow(service, entry) for entry in entries]
    return work, tuple(article for article in found if article is not None)


async def _follow(service: Service, entry: Entry) -> ArticleWork | None:
    stored = await service.in_thread(service.stores.articles.entry, entry.id)
    if stored is None or stored.state is not EntryState.PENDING or stored.tries > 0:
        return None
    async with _held(service, JobKind.ENTRY, entry.id, lane_of(entry.url)) as job:
        return await pipeline.process_entry(service.parts, job)


@asynccontextmanager
async def _held(service: Service, kind: JobKind, key: str, lane: str) -> AsyncIterator[Job]:
    """A job that is ours; let go when its work raises, for then no outcome ends its lease."""
    job = await _take(service, kind, key, lane)
    try:
        yield job
    except BaseException:
        if job.lease is not None:
            await service.in_thread(service.stores.leases.release, job.lease)
        raise


async def _take(service: Service, kind: JobKind, key: str, lane: str) -> Job:
    clock = service.parts.clock
    deadline = clock.monotonic() + PATIENCE_S
    while clock.monotonic() < deadline:
        take = partial(
            service.stores.leases.take,
            kind=kind,
            key=key,
            lane=lane,
            now=clock.now(),
            owner="by hand",
            lease_s=LEASE_S,
        )
        job: Job | None = await service.in_thread(take)
        if job is not None:
            return job
        await asyncio.sleep(LOOK_S)
    raise UsageError(f"{key} is still held by somebody else after {PATIENCE_S:g} s; is a daemon at work?")


class OncePolls:
    """Implements ``domain.ports.SpiderJobs`` for `scrapy crawl monitor`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def poll_outlet(self, outlet_id: str, fetcher: Fetcher) -> Sequence[Mapping[str, object]]:
        """See ``domain.ports.SpiderJobs``."""
        items: list[Mapping[str, object]] = []
        async with open_service(self._settings, fetcher=fetcher) as service:
            sources = select(service, [outlet_id])
            await _list_sources(service, sources)
            for source in sources:
                poll, articles = await poll_source(service, source)
                items.append(_poll_item(source, poll))
                items += [_article_item(work) for work in articles if work.article is not None]
        return items


def _poll_item(source: Source, work: PollWork) -> dict[str, object]:
    return {
        "kind": "poll",
        "source": source.id,
        "result": poll_result(work).value,
        "entries": len(work.document.entries) if work.document else 0,
        "new": work.new_entries,
        "error": str(work.problem) if work.problem else None,
    }


def _article_item(work: ArticleWork) -> dict[str, object]:
    assert work.article is not None
    return {
        "kind": "article",
        "id": work.article.id,
        "url": work.article.url,
        "title": work.article.title,
        "language": work.article.language,
        "watches": [match.watch_id for match in work.plan.matches] if work.plan else [],
    }
