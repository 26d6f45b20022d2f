"""What an alert says: a subject, a text and an HTML body for mail, and the JSON payload of webhooks.

Everything is made from the frozen alert alone, never from the time of sending, so every try of a
delivery says the same, byte for byte.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.text import shorten
from alerts.view import AlertView, QuoteView, view_of
from domain.alerts import Alert
from domain.time import to_iso

#: The versioned name of the payload; a receiver that knows it can read it for ever.
EVENT = "claimwatch.alert.v1"
#: The name of what only tests a channel.
TEST_EVENT = "claimwatch.test.v1"
#: Standard Webhooks wants payloads under 20 kB.
MAX_PAYLOAD = 20_000

_LONGEST_SUBJECT = 180
_LONGEST_LABEL = 60


def subject(alert: Alert) -> str:
    """One line for the mail's subject: severity, watch, title."""
    view = view_of(alert)
    label = shorten(view.watch_title, _LONGEST_LABEL)
    return shorten(f"[{view.severity.upper()}] {label}: {view.title}", _LONGEST_SUBJECT)


def text(alert: Alert) -> str:
    """The alert as plain text, the matched words between asterisks."""
    return _environment().get_template("alert.txt").render(view=view_of(alert))


def html(alert: Alert) -> str:
    """The alert as an HTML page for mail programs: 600 pixels, inline styles, nothing loaded from anywhere."""
    return _environment().get_template("alert.html").render(view=view_of(alert))


def payload(alert: Alert, delivery_id: str) -> bytes:
    """The alert as UTF-8 JSON with sorted keys, under 20 kB; the last quotes are left out where it would be more.

    Offsets of quotes are code points within the article's field. The ``text`` of a quote is what
    was met; where words were met apart from each other, an ellipsis stands between them.
    """
    view = view_of(alert)
    for count in range(len(view.quotes), -1, -1):
        body = _encode(_event(view, delivery_id, view.quotes[:count]))
        if len(body) < MAX_PAYLOAD:
            break
    return body


def _encode(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _event(view: AlertView, delivery_id: str, quotes: tuple[QuoteView, ...]) -> dict[str, Any]:
    alert = view.alert
    return {
        "type": TEST_EVENT if view.is_test else EVENT,
        "timestamp": to_iso(alert.created_at),
        "data": {
            "alert_id": alert.id,
            "delivery_id": delivery_id,
            "watch": {"id": alert.watch_id, "title": view.watch_title},
            "severity": view.severity,
            "reason": alert.reason.value,
            "story_id": alert.story_id,
            "article": _article(view),
            "quotes": [_quote(quote) for quote in quotes],
        },
    }


def _article(view: AlertView) -> dict[str, Any]:
    content = view.alert.content
    return {
        "id": view.alert.article_id,
        "title": view.title,
        "url": view.link,
        "outlet": view.outlet or None,
        "country": view.country or None,
        "language": view.language_tag or "und",
        "author": view.author or None,
        "published_at": to_iso(content.published_at) if content.published_at else None,
        "first_seen_at": to_iso(content.first_seen_at),
        "partial": content.partial,
    }


def _quote(view: QuoteView) -> dict[str, Any]:
    quote = view.quote
    return {
        "field": quote.field,
        "start": quote.start,
        "end": quote.end,
        "text": quote.text,
        "term": quote.term,
        "context": quote.context,
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("alerts"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
