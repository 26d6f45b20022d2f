"""Verbs that ask the database: matches, show, sources, alerts, deliveries, health."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from claimwatch.ailments import ailments, no_pulse
from claimwatch.cli.options import (
    ConfigOption,
    FormatOption,
    LimitOption,
    Verbs,
    check_known,
    interval,
    moment,
    settings_from,
    stores_of,
)
from claimwatch.cli.output import Columns, Format, shown, write, write_one
from claimwatch.cli.rows import (
    ALERT_FIELDS,
    DELIVERY_FIELDS,
    MATCH_FIELDS,
    SOURCE_FIELDS,
    alert_row,
    delivery_row,
    details_row,
    headline,
    health_row,
    match_row,
    source_row,
    uncovered_row,
)
from claimwatch.config.load import load_database_url
from claimwatch.config.settings import Settings
from domain.alerts import Alert, DeliveryState
from domain.errors import UsageError
from domain.views import AlertFilter, DeliveryFilter, MatchFilter, MatchRow
from domain.watches import Severity

if TYPE_CHECKING:
    from storage.stores import Stores

WatchOption = Annotated[str | None, typer.Option(help="Of this watch only.")]


def matches(
    watch: WatchOption = None,
    outlet: Annotated[str | None, typer.Option(help="Of this outlet only.")] = None,
    language: Annotated[str | None, typer.Option(help="Of this language only (en, ru, kk, zh ...).")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Published (or, where unknown, first seen) at or after this date or time."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Published (or, where unknown, first seen) before this date or time.")
    ] = None,
    limit: LimitOption = 50,
    offset: Annotated[int, typer.Option(min=0, help="Skip so many.")] = 0,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List stored matches, newest first."""
    first, last = interval(since, until)
    asked = MatchFilter(
        watch=watch, outlet=outlet, language=language, since=first, until=last, limit=limit, offset=offset
    )
    settings = settings_from(config)
    with stores_of(settings) as stores:
        _check_watch(settings, stores, watch)
        outlets = [one.id for one in settings.outlets]
        check_known("outlet", outlet, outlets, lambda: bool(stores.matches.list(MatchFilter(outlet=outlet, limit=1))))
        found = stores.matches.list(asked)
    headings = {"published_at": "published", "outlet": "outlet", "language": "lang", "article": "article"}
    columns = Columns({**headings, "terms": "matched", "title": "title"}, free={"terms", "title"})
    narrowed = offset or any(one is not None for one in (watch, outlet, language, first, last))
    empty = "No match fits." if narrowed else "No match is stored."
    rows = [match_row(row) | _match_title(row, fmt) for row in found]
    write(rows, fmt=fmt, columns=columns, fields=MATCH_FIELDS, empty=empty)


def _match_title(row: MatchRow, fmt: Format) -> dict[str, object]:
    """What people see as the title."""
    article = row.article
    return {"title": headline(article.title, article.lead, article.text)} if fmt is Format.TABLE else {}


def _alert_title(alert: Alert, fmt: Format) -> dict[str, object]:
    """What people see as the title."""
    content = alert.content
    quoted = (quote.context for quote in content.quotes)
    return {"title": headline(content.title, *quoted, content.url)} if fmt is Format.TABLE else {}


def _check_watch(settings: Settings, stores: Stores, watch: str | None) -> None:
    """Raises:
    UsageError: there is no such watch, and never was.
    """

    def is_stored() -> bool:
        matches, alerts = MatchFilter(watch=watch, limit=1), AlertFilter(watch=watch, limit=1)
        return bool(stores.matches.list(matches) or stores.outbox.alerts(alerts))

    check_known("watch", watch, [one.id for one in settings.watches], is_stored)


def show(
    which: Annotated[str, typer.Argument(metavar="ARTICLE", help="An article's id or address.")],
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """Show one article with its matches, alerts and the other articles of its story."""
    from claimwatch.cli.details import lines_of  # noqa: PLC0415  other verbs need it not
    from crawler.urls import canonical_url  # noqa: PLC0415  heavy

    with stores_of(settings_from(config)) as stores:
        details = stores.articles.details(which) or stores.articles.details(canonical_url(which))
    if details is None:
        raise UsageError(f"no article {which!r} is stored; `claimwatch matches` lists some")
    if fmt is Format.TABLE:
        print("\n".join(lines_of(details)))
    else:
        write_one(details_row(details), fmt=fmt)


def sources(
    failing: Annotated[bool, typer.Option("--failing", help="Only those whose last poll failed.")] = False,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List the sources of the catalogue with their health, and outlets that have none."""
    settings = settings_from(config)
    with stores_of(settings) as stores:
        states = stores.sources.states()
    rows = [
        source_row(source, outlet, states.get(source.id)) for outlet in settings.outlets for source in outlet.sources
    ]
    rows += [uncovered_row(outlet) for outlet in settings.outlets if not outlet.sources]
    if failing:
        rows = [row for row in rows if row["status"] == "failing"]
    headings = {"id": "source", "status": "status", "certainty": "address", "succeeded_at": "last good poll"}
    columns = Columns({**headings, "remark": "last error or note"}, free={"remark"})
    if fmt is Format.TABLE:
        rows = [{**row, "remark": row["last_error"] or _gap(row["gap_at"]) or row["note"]} for row in rows]
    empty = "No source is failing." if failing else "The catalogue is empty."
    write(rows, fmt=fmt, columns=columns, fields=SOURCE_FIELDS, empty=empty)


def _gap(at: object) -> str | None:
    return f"nothing listed at {at} was known: what came and went before may have been missed" if at else None


def alerts(
    watch: WatchOption = None,
    severity: Annotated[Severity, typer.Option(help="At least so severe.")] = Severity.LOW,
    since: Annotated[str | None, typer.Option("--since", help="Decided at or after this date or time.")] = None,
    limit: LimitOption = 50,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List what was told, newest first, with the reason."""
    asked = AlertFilter(watch=watch, min_severity=severity, since=moment(since, "--since"), limit=limit)
    settings = settings_from(config)
    with stores_of(settings) as stores:
        _check_watch(settings, stores, watch)
        listed = stores.outbox.alerts(asked)
    headings = {"created_at": "decided", "severity": "severity", "watch": "watch", "reason": "reason"}
    columns = Columns({**headings, "outlet": "outlet", "title": "title"}, free={"title"})
    narrowed = asked != AlertFilter(limit=limit)
    empty = "No alert fits." if narrowed else "Nothing was told yet."
    rows = [alert_row(alert) | _alert_title(alert, fmt) for alert in listed]
    write(rows, fmt=fmt, columns=columns, fields=ALERT_FIELDS, empty=empty)


def deliveries(
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    channel: Annotated[str | None, typer.Option(help="Of this channel only.")] = None,
    limit: LimitOption = 50,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List deliveries, newest first, with every try."""
    settings = settings_from(config)
    with stores_of(settings) as stores:
        only = DeliveryFilter(channel=channel, limit=1)
        check_known("channel", channel, list(settings.channels), lambda: bool(stores.outbox.list(only)))
        listed = stores.outbox.list(DeliveryFilter(state=state, channel=channel, limit=limit))
    headings = {"id": "delivery", "channel": "channel", "state": "state", "attempts": "tries", "recipient": "to"}
    columns = Columns({**headings, "last_error": "last error", "title": "title"}, free={"last_error", "title"})
    empty = "No delivery fits." if state or channel else "No delivery is stored."
    rows = [delivery_row(row) | _alert_title(row.alert, fmt) for row in listed]
    write(rows, fmt=fmt, columns=columns, fields=DELIVERY_FIELDS, empty=empty)


def health(
    alive: Annotated[bool, typer.Option("--alive", help="Let the exit code say only whether a daemon runs.")] = False,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """Say how the service is; exit code 1 when something needs a person.

    Of the configuration only the database's address is read, so that it also answers where the rest is wrong.
    """
    from claimwatch.stores import open_stores_at  # noqa: PLC0415  heavy

    url = load_database_url(str(config) if config else None, environ=os.environ)
    with open_stores_at(url, migrate=False) as (_, stores):
        report = stores.health.report()
    now = datetime.now(UTC)
    problems, pulse = ailments(report, now), no_pulse(report, now)
    row = health_row(report, problems, running=pulse is None)
    if fmt is Format.TABLE:
        _print_health(row, problems)
    else:
        write_one(row, fmt=fmt)
    ill = pulse is not None if alive else bool(problems)
    raise typer.Exit(1 if ill else 0)


def _print_health(row: dict[str, object], problems: list[str]) -> None:
    for key, value in row.items():
        for number, line in enumerate(problems or ["none"] if key == "problems" else [shown(value)]):
            print(f"{key.replace('_', ' ') if number == 0 else '':>28}  {shown(line)}")


VERBS: Verbs = {
    "matches": matches,
    "show": show,
    "sources": sources,
    "alerts": alerts,
    "deliveries": deliveries,
    "health": health,
}
