"""Verbs that ask the database: matches, show, sources, alerts, deliveries, health."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from claimwatch.ailments import ailments, no_pulse
from claimwatch.cli.options import ConfigOption, FormatOption, LimitOption, SinceOption, Verbs, moment, settings_from
from claimwatch.cli.output import Format, safe, write
from claimwatch.cli.rows import (
    alert_row,
    delivery_row,
    details_row,
    health_row,
    match_row,
    source_row,
    uncovered_row,
)
from claimwatch.config.settings import Settings
from domain.alerts import DeliveryState
from domain.errors import UsageError
from domain.views import AlertFilter, DeliveryFilter, MatchFilter
from domain.watches import Severity

if TYPE_CHECKING:
    from storage.stores import Stores


@contextmanager
def _stores(settings: Settings) -> Iterator[Stores]:
    from claimwatch.stores import open_stores  # noqa: PLC0415  heavy

    with open_stores(settings, migrate=False) as (_, stores):
        yield stores


def matches(
    watch: Annotated[str | None, typer.Option(help="Of this watch only.")] = None,
    outlet: Annotated[str | None, typer.Option(help="Of this outlet only.")] = None,
    language: Annotated[str | None, typer.Option(help="Of this language only (en, ru, kk, zh ...).")] = None,
    since: SinceOption = None,
    until: Annotated[str | None, typer.Option("--until", help="Published before this.")] = None,
    limit: LimitOption = 50,
    offset: Annotated[int, typer.Option(min=0, help="Skip so many.")] = 0,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List stored matches, newest first."""
    asked = MatchFilter(
        watch=watch,
        outlet=outlet,
        language=language,
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        limit=limit,
        offset=offset,
    )
    with _stores(settings_from(config)) as stores:
        rows = [match_row(row) for row in stores.matches.list(asked)]
    columns = {
        "published_at": "published",
        "outlet": "outlet",
        "language": "lang",
        "terms": "matched",
        "title": "title",
    }
    write(rows, fmt=fmt, columns={**columns, "article": "article"}, empty="No match is stored.")


def show(
    which: Annotated[str, typer.Argument(metavar="ARTICLE", help="An article's id or address.")],
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """Show one article with its matches, alerts and the other articles of its story."""
    from crawler.urls import canonical_url  # noqa: PLC0415  heavy

    with _stores(settings_from(config)) as stores:
        details = stores.articles.details(which) or stores.articles.details(canonical_url(which))
    if details is None:
        raise UsageError(f"no article {which!r} is stored; `claimwatch matches` lists some")
    row = details_row(details)
    if fmt is Format.TABLE:
        _print_details(row)
    elif fmt is Format.CSV:
        write([row], fmt=fmt, columns={}, empty="")
    else:
        print(json.dumps(row, ensure_ascii=False, indent=2 if fmt is Format.JSON else None))


def _print_details(row: dict[str, object]) -> None:
    for key in ("id", "title", "url", "outlet", "author", "published_at", "first_seen_at", "language", "page", "story"):
        print(f"{key:>14}  {safe(str(row[key] if row[key] is not None else '-'))}")
    for key in ("lead", "text"):
        if row[key]:
            print(f"\n{safe(str(row[key]))}")
    for key in ("matches", "alerts", "same_story"):
        listed = row[key]
        assert isinstance(listed, list)
        print(f"\n{key.replace('_', ' ')}: {len(listed)}")
        for item in listed:
            print("  " + safe(json.dumps(item, ensure_ascii=False)))


def sources(
    failing: Annotated[bool, typer.Option("--failing", help="Only those whose last poll failed.")] = False,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List the sources of the catalogue with their health, and outlets that have none."""
    settings = settings_from(config)
    with _stores(settings) as stores:
        states = stores.sources.states()
    rows = [
        source_row(source, outlet, states.get(source.id)) for outlet in settings.outlets for source in outlet.sources
    ]
    rows += [uncovered_row(outlet) for outlet in settings.outlets if not outlet.sources]
    if failing:
        rows = [row for row in rows if row["status"] == "failing"]
    columns = {"id": "source", "status": "status", "certainty": "address", "succeeded_at": "last good poll"}
    columns |= {"remark": "last error or note"}
    rows = [{**row, "remark": row["last_error"] or row["note"]} for row in rows] if fmt is Format.TABLE else rows
    write(rows, fmt=fmt, columns=columns, empty="No source fits.")


def alerts(
    watch: Annotated[str | None, typer.Option(help="Of this watch only.")] = None,
    severity: Annotated[Severity, typer.Option(help="At least so severe.")] = Severity.LOW,
    since: SinceOption = None,
    limit: LimitOption = 50,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List what was told, newest first, with the reason."""
    asked = AlertFilter(watch=watch, min_severity=severity, since=moment(since, "--since"), limit=limit)
    with _stores(settings_from(config)) as stores:
        rows = [alert_row(alert) for alert in stores.outbox.alerts(asked)]
    columns = {"created_at": "decided", "severity": "severity", "watch": "watch", "reason": "reason"}
    write(rows, fmt=fmt, columns={**columns, "outlet": "outlet", "title": "title"}, empty="Nothing was told yet.")


def deliveries(
    state: Annotated[DeliveryState | None, typer.Option(help="Only those that are so.")] = None,
    channel: Annotated[str | None, typer.Option(help="Of this channel only.")] = None,
    limit: LimitOption = 50,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List deliveries, newest first, with every try."""
    with _stores(settings_from(config)) as stores:
        listed = stores.outbox.list(DeliveryFilter(state=state, channel=channel, limit=limit))
    columns = {"id": "delivery", "channel": "channel", "recipient": "to", "state": "state", "attempts": "tries"}
    columns |= {"last_error": "last error", "title": "title"}
    write([delivery_row(row) for row in listed], fmt=fmt, columns=columns, empty="No delivery is stored.")


def health(
    alive: Annotated[bool, typer.Option("--alive", help="Let the exit code say only whether a daemon runs.")] = False,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """Say how the service is; exit code 1 when something needs a person."""
    with _stores(settings_from(config)) as stores:
        report = stores.health.report()
    now = datetime.now(UTC)
    problems = ailments(report, now)
    row = {"healthy": not problems, "problems": problems, **health_row(report)}
    if fmt is Format.TABLE:
        for key, value in row.items():
            print(f"{key.replace('_', ' '):>28}  {safe(_shown(value))}")
    else:
        write([row], fmt=fmt, columns={}, empty="")
    ill = no_pulse(report.heartbeat_at, now) is not None if alive else bool(problems)
    raise typer.Exit(1 if ill else 0)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {word}" for word, count in value.items()) or "-"
    if isinstance(value, list):
        return "; ".join(str(item) for item in value) or "-"
    return "-" if value is None else str(value)


VERBS: Verbs = {
    "matches": matches,
    "show": show,
    "sources": sources,
    "alerts": alerts,
    "deliveries": deliveries,
    "health": health,
}
