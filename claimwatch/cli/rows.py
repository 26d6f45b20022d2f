"""Nouns to JSON-ready rows: every listing and every machine format shows the same keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.text import cut_before
from claimwatch.cli.marks import in_context
from domain.alerts import Alert
from domain.articles import Article
from domain.matches import Match, Mention
from domain.outlets import Outlet, Source, SourceState
from domain.time import to_iso
from domain.views import ArticleDetails, DeliveryRow, HealthReport, MatchRow

if TYPE_CHECKING:
    from claimwatch.search import Found

#: The keys of each listing, in order: what CSV has as its heading also when there are no rows.
MATCH_FIELDS = (
    "id", "watch", "published_at", "first_seen_at", "outlet", "language", "title", "url", "score", "decision", "terms",
    "mentions", "article", "story", "page", "matched_at", "watch_version",
)  # fmt: skip
FOUND_FIELDS = (
    "article", "published_at", "first_seen_at", "outlet", "language", "title", "url", "score", "snippet", "terms",
    "mentions", "story", "page",
)  # fmt: skip
ALERT_FIELDS = (
    "id", "created_at", "watch", "severity", "reason", "outlet", "language", "title", "url", "story", "article",
)  # fmt: skip
DELIVERY_FIELDS = (
    "id", "alert", "channel", "recipient", "state", "attempts", "next_attempt_at", "sent_at", "last_status",
    "last_error", "title", "tries",
)  # fmt: skip
SOURCE_FIELDS = (
    "id", "outlet", "country", "language", "kind", "certainty", "status", "failures", "last_error", "polled_at",
    "succeeded_at", "newest_entry_at", "gap_at", "next_poll_at", "every_s", "url", "note",
)  # fmt: skip

#: Code points of an article's words that stand for a title that it has not.
_FIRST_WORDS = 80


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, None for None."""
    return None if moment is None else to_iso(moment)


def headline(title: str, *texts: str) -> str:
    """The title; where there is none, the first words of the first text that has some, in brackets."""
    words = next((" ".join(text.split()) for text in texts if text.strip()), "")
    if title.strip() or not words:
        return title
    first = words if len(words) <= _FIRST_WORDS else f"{words[: cut_before(words, _FIRST_WORDS, floor=1)].rstrip()} …"
    return f"[{first}]"


def mention_row(mention: Mention) -> dict[str, object]:
    """A mention, with code-point offsets within its field."""
    return asdict(mention)


def match_row(row: MatchRow) -> dict[str, object]:
    """A match with its article."""
    article, match = row.article, row.match
    return {
        "id": match.id,
        "watch": match.watch_id,
        "published_at": iso(article.published_at),
        "first_seen_at": iso(article.first_seen_at),
        "outlet": article.outlet_id,
        "language": article.language,
        "title": article.title,
        "url": article.url,
        "score": match.score,
        "decision": match.decision.value,
        "terms": sorted({mention.term for mention in match.mentions}),
        "mentions": [mention_row(mention) for mention in match.mentions],
        "article": article.id,
        "story": article.story_id,
        "page": article.page.value,
        "matched_at": iso(match.matched_at),
        "watch_version": match.watch_version,
    }


def found_row(found: Found) -> dict[str, object]:
    """An article that a search found, with the first place in it."""
    article = found.article
    return {
        "article": article.id,
        "published_at": iso(article.published_at),
        "first_seen_at": iso(article.first_seen_at),
        "outlet": article.outlet_id,
        "language": article.language,
        "title": article.title,
        "url": article.url,
        "score": found.score,
        "snippet": in_context(article, found.mentions[0]) if found.mentions else None,
        "terms": sorted({mention.term for mention in found.mentions}),
        "mentions": [mention_row(mention) for mention in found.mentions],
        "story": article.story_id,
        "page": article.page.value,
    }


def article_row(article: Article) -> dict[str, object]:
    """An article, whole."""
    return {
        "id": article.id,
        "url": article.url,
        "outlet": article.outlet_id,
        "source": article.source_id,
        "title": article.title,
        "lead": article.lead,
        "text": article.text,
        "author": article.author,
        "published_at": iso(article.published_at),
        "first_seen_at": iso(article.first_seen_at),
        "language": article.language,
        "declared_language": article.declared_language,
        "page": article.page.value,
        "story": article.story_id,
    }


def details_row(details: ArticleDetails) -> dict[str, object]:
    """An article with its matches, alerts and story."""
    return {
        **article_row(details.article),
        "matches": [_match_only(match) for match in details.matches],
        "alerts": [alert_row(alert) for alert in details.alerts],
        "same_story": [
            {"id": other.id, "outlet": other.outlet_id, "published_at": iso(other.published_at), "url": other.url}
            for other in details.story
        ],
    }


def _match_only(match: Match) -> dict[str, object]:
    return {
        "id": match.id,
        "watch": match.watch_id,
        "score": match.score,
        "decision": match.decision.value,
        "matched_at": iso(match.matched_at),
        "watch_version": match.watch_version,
        "mentions": [mention_row(mention) for mention in match.mentions],
    }


def alert_row(alert: Alert) -> dict[str, object]:
    """An alert with the reason why it was told."""
    return {
        "id": alert.id,
        "created_at": iso(alert.created_at),
        "watch": alert.watch_id,
        "severity": alert.severity.value,
        "reason": alert.reason.value,
        "outlet": alert.content.outlet_name,
        "language": alert.content.language,
        "title": alert.content.title,
        "url": alert.content.url,
        "story": alert.story_id,
        "article": alert.article_id,
    }


def delivery_row(row: DeliveryRow) -> dict[str, object]:
    """A delivery with its tries."""
    delivery = row.delivery
    return {
        "id": delivery.id,
        "alert": delivery.alert_id,
        "channel": delivery.channel,
        "recipient": delivery.recipient or None,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_attempt_at": iso(delivery.next_attempt_at) if delivery.state.value == "pending" else None,
        "sent_at": iso(delivery.sent_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "title": row.alert.content.title,
        "tries": [
            {
                "started_at": iso(attempt.started_at),
                "took_s": round(attempt.took_s, 3),
                "accepted": attempt.accepted,
                "status": attempt.status,
                "error": attempt.error,
            }
            for attempt in row.attempts
        ],
    }


def source_row(source: Source, outlet: Outlet, state: SourceState | None) -> dict[str, object]:
    """A source of the catalogue with its state."""
    state = state or SourceState(source_id=source.id)
    return {
        "id": source.id,
        "outlet": outlet.name,
        "country": outlet.country,
        "language": source.language,
        "kind": source.kind.value,
        "certainty": source.certainty.value,
        "status": state.status.value,
        "failures": state.failures,
        "last_error": state.last_error,
        "polled_at": iso(state.polled_at),
        "succeeded_at": iso(state.succeeded_at),
        "newest_entry_at": iso(state.newest_entry_at),
        "gap_at": iso(state.gap_at),
        "next_poll_at": iso(state.next_poll_at),
        "every_s": source.interval_s,
        "url": source.url,
        "note": source.note or None,
    }


def uncovered_row(outlet: Outlet) -> dict[str, object]:
    """An outlet of the catalogue that has no source yet, with the reason."""
    empty = source_row(Source(id=outlet.id, outlet_id=outlet.id, url=f"https://{outlet.host}/"), outlet, None)
    return {**empty, "kind": None, "certainty": None, "status": "uncovered", "every_s": None, "note": outlet.note}


def health_row(report: HealthReport, problems: Sequence[str], *, running: bool) -> dict[str, object]:
    """The service's pulse, what is wrong with it, and whether a daemon runs."""
    return {
        "healthy": not problems,
        "running": running,
        "problems": list(problems),
        "heartbeat_at": iso(report.heartbeat_at),
        "stopped_at": iso(report.stopped_at),
        "configuration_refused_at": iso(report.refused_at),
        "configuration_problem": report.refused_why,
        "sources": dict(report.sources),
        "overdue_sources": report.overdue_sources,
        "gap_sources": report.gap_sources,
        "pending_entries": report.pending_entries,
        "pending_deliveries": report.pending_deliveries,
        "oldest_pending_delivery_at": iso(report.oldest_pending_delivery_at),
        "dead_deliveries": report.dead_deliveries,
        "disabled_channels": dict(report.disabled_channels),
        "articles": report.articles,
        "matches": report.matches,
    }
