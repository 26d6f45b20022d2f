"""Pure: what a finished piece of work makes of the source, the article, the entry and the lane.

The pipeline asks, these functions answer from the values alone; times are aware UTC and handed in.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from claimwatch.work import ArticleWork, PollWork
from crawler.urls import canonical_url
from domain.articles import Article, EntryState, PageState, StoredEntry
from domain.errors import FetchError, HttpStatus, Unreachable
from domain.fetching import FetchResult
from domain.ids import random_id, stable_id
from domain.jobs import Job
from domain.net import MAX_RETRY_AFTER_S
from domain.outcomes import JobEnd
from domain.outlets import Poll, PollResult, SourceState, SourceStatus
from scheduler.cadence import next_page_try, next_poll

#: Seconds between two requests to a site of no known outlet.
DEFAULT_DELAY_S = 4.0


def poll_record(work: PollWork, *, took_s: float) -> Poll:
    """The record of this visit."""
    return Poll(
        id=random_id("pol"),
        source_id=work.source.id,
        started_at=work.started_at,
        took_s=took_s,
        result=poll_result(work),
        http_status=_http_status(work),
        entries=len(work.document.entries) if work.document else 0,
        error=_message(work),
    )


def poll_result(work: PollWork) -> PollResult:
    """How this visit ended."""
    if work.problem is not None:
        return PollResult.FAILED
    return PollResult.READ if work.document is not None else PollResult.UNCHANGED


def _http_status(work: PollWork) -> int | None:
    if isinstance(work.problem, HttpStatus):
        return work.problem.status
    return work.response.status if work.response else None


def _message(work: PollWork | ArticleWork) -> str | None:
    """Why it failed, as a sentence; the address is known from the context."""
    if work.problem is None:
        return None
    return work.problem.message if isinstance(work.problem, FetchError) else str(work.problem)


def state_after(work: PollWork, *, now: datetime, fraction: float) -> SourceState:
    """The source's state after this poll; validators are those of the last good body."""
    assert work.state is not None
    state = replace(work.state, polled_at=now)
    retry_after_s = work.problem.retry_after_s if isinstance(work.problem, FetchError) else None
    if work.problem is not None:
        state = replace(state, status=SourceStatus.FAILING, failures=state.failures + 1, last_error=_message(work))
    else:
        state = replace(state, status=SourceStatus.HEALTHY, failures=0, last_error=None, succeeded_at=now)
    if work.problem is None and work.response is not None and work.response.status == 200:
        etag, last_modified = _validators(work.response, now)
        state = replace(
            state,
            etag=etag,
            last_modified=last_modified,
            body_sha256=work.body_sha256,
            newest_entry_at=_newest(work, state),
        )
    due = next_poll(
        now=now,
        interval_s=work.source.interval_s,
        failures=state.failures,
        unreachable=isinstance(work.problem, Unreachable),
        floor_s=retry_after_s or (work.document.ttl_s if work.document else None),
        fraction=fraction,
    )
    return replace(state, next_poll_at=due)


def _validators(response: FetchResult, now: datetime) -> tuple[str | None, str | None]:
    """ETag and Last-Modified, where they can be sent back.

    Those of another address, to which we were led for a while, say nothing of ours; and a server that
    was told a day that has yet to come answers 304 until then.
    """
    led_away = canonical_url(response.final_url) != canonical_url(response.url)
    if led_away and not response.moved_permanently:
        return None, None
    last_modified = response.headers.get("last-modified")
    return response.headers.get("etag"), None if _is_after(last_modified, now) else last_modified


def _is_after(http_date: str | None, now: datetime) -> bool:
    """Is it a date, and later than now?"""
    try:
        moment = parsedate_to_datetime(http_date or "")
    except (ValueError, TypeError, IndexError):
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) > now


def _newest(work: PollWork, state: SourceState) -> datetime | None:
    entries = work.document.entries if work.document else ()
    dates = [entry.published_at for entry in entries if entry.published_at is not None]
    return max([*dates, *([state.newest_entry_at] if state.newest_entry_at else [])], default=None)


def article_of(work: ArticleWork, *, now: datetime) -> Article | None:
    """The Article of a page or, without one, of the entry's title and lead; None where there is neither."""
    page, stored = work.page, work.stored
    entry = stored.entry if stored else None
    title = (entry.title if entry else "") or (page.title if page else "")
    text = page.text if page else ""
    lead = entry.lead if entry else ""
    if not (title or text or lead):
        return None
    if stored is not None and stored.article_id is not None and not text:
        return None  # title and lead were stored by an earlier try, and there is nothing new
    # an entry is known by its own address: sites whose every page calls one address canonical, or
    # that lead every reader to one consent page, must not become one article
    canonical = entry.canonical_url if entry else (page.canonical_url if page else "")
    return Article(
        id=article_id(canonical),
        url=_address(work) or canonical,
        outlet_id=work.outlet.id if work.outlet else None,
        source_id=entry.source_id if entry else None,
        title=title,
        lead="" if _contains(text, lead) else lead,
        text=text,
        author=(page.author if page else None) or (entry.author if entry else None),
        published_at=(entry.published_at if entry else None) or (page.published_at if page else None),
        first_seen_at=stored.first_seen_at if stored else now,
        declared_language=(page.language if page else None) or (entry.language if entry else None),
        page=work.page_state,
    )


def article_id(url: str) -> str:
    """The id of the article at an address, the same for all addresses of one page."""
    return stable_id("art", canonical_url(url))


def _address(work: ArticleWork) -> str:
    """The address that people should follow: the entry's, unless the page has moved for good."""
    if work.response is not None and work.response.moved_permanently:
        return work.response.final_url
    return work.stored.entry.url if work.stored else work.address


def _contains(text: str, lead: str) -> bool:
    return " ".join(lead.split()) in " ".join(text.split())


def retry_at(work: ArticleWork, *, now: datetime, fraction: float) -> datetime | None:
    """When to try the entry's page again; None for what needs no page or cannot be had."""
    if work.stored is None or work.page_state in (PageState.FULL, PageState.LEAD_ONLY):
        return None
    problem = work.problem
    return next_page_try(
        now=now,
        tries=work.stored.tries + 1,
        retryable=problem.retryable if isinstance(problem, FetchError) else True,
        retry_after_s=problem.retry_after_s if isinstance(problem, FetchError) else None,
        fraction=fraction,
    )


def entry_after(work: ArticleWork) -> StoredEntry | None:
    """The entry's new state: done once there is an article and nothing more to try."""
    if work.stored is None:
        return None
    article_id = work.article.id if work.article else work.stored.article_id
    ended = EntryState.DONE if article_id else EntryState.FAILED
    state = ended if work.retry_at is None else EntryState.PENDING
    note = _message(work)
    if note is None and work.page_state is PageState.EMPTY:
        note = "the page holds no text that could be found"
    return replace(work.stored, state=state, tries=work.stored.tries + 1, article_id=article_id, note=note)


def article_end(work: ArticleWork, *, now: datetime, crawl_delay_s: float | None) -> JobEnd:
    """How an entry job lets go; a site that was not asked need not rest."""
    if work.job is None or work.stored is None:
        return JobEnd()
    if work.response is None and work.problem is None:
        return JobEnd(lease=work.job.lease)
    delay_s = work.outlet.delay_s if work.outlet else DEFAULT_DELAY_S
    return job_end(work, work.job, delay_s=delay_s, crawl_delay_s=crawl_delay_s, now=now)


def given_up(stored: StoredEntry, *, attempts: int) -> StoredEntry:
    """An entry whose job broke again and again; what was made of it before stays."""
    state = EntryState.DONE if stored.article_id else EntryState.FAILED
    return replace(stored, state=state, note=f"given up: its job broke {attempts} times")


def job_end(
    work: PollWork | ArticleWork, job: Job, *, delay_s: float, crawl_delay_s: float | None, now: datetime
) -> JobEnd:
    """Let the lane rest for as long as the catalogue, the site's robots.txt or its Retry-After asks."""
    asked_s = work.problem.retry_after_s if isinstance(work.problem, FetchError) else None
    rest_s = min(max(delay_s, crawl_delay_s or 0.0, asked_s or 0.0), MAX_RETRY_AFTER_S)
    return JobEnd(lease=job.lease, lane_free_at=now + timedelta(seconds=rest_s))
