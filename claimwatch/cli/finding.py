"""Verbs that look through the stored articles: search, backtest."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from claimwatch.cli.marks import AROUND, in_context, marked, marks
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
from claimwatch.cli.output import Columns, Format, safe, shown, write, write_one
from claimwatch.cli.rows import FOUND_FIELDS, found_row, headline, iso
from claimwatch.config.duration import parse_duration
from claimwatch.config.settings import Settings
from claimwatch.wording import count
from domain.errors import QueryError, UsageError
from domain.views import ArticleFilter

if TYPE_CHECKING:
    from claimwatch.backtest import Backtest, Change
    from claimwatch.search import Found, Question, Search
    from storage.stores import Stores

#: Cells of the longest bar.
_BAR = 40
#: Sizes of the last cell of a bar, in eighths.
_EIGHTHS = " ▏▎▍▌▋▊▉"
#: Ids shown of what changed.
_MOST_CHANGED = 5


class ReportFormat(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"


def search(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="What to look for, in quotes of the shell.")],
    since: Annotated[
        str | None,
        typer.Option("--since", help="Published (or, where unknown, first seen) at or after this date or time."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Published (or, where unknown, first seen) before this date or time.")
    ] = None,
    lang: Annotated[
        list[str] | None, typer.Option("--lang", "-l", help="Of this language only; may be repeated.")
    ] = None,
    outlet: Annotated[list[str] | None, typer.Option("--outlet", help="Of this outlet only; may be repeated.")] = None,
    limit: LimitOption = 20,
    fmt: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """Find stored articles that meet a query, newest first, as a watch would."""
    first, last = interval(since, until)
    settings = settings_from(config)
    asked = _question(text, settings)
    wanted = ArticleFilter(since=first, until=last, languages=tuple(lang or ()), outlets=tuple(outlet or ()))
    with stores_of(settings) as stores:
        _check_outlets(settings, stores, outlet or [])
        looking = _search(stores, asked, wanted, settings)
        found = list(islice(looking, limit))
    if fmt is Format.TABLE and sys.stdout.isatty():
        print("\n\n".join(map(_entry, found)) or "Nothing was found.")
    else:
        headings = {"published_at": "published", "outlet": "outlet", "language": "lang", "score": "score"}
        columns = Columns({**headings, "article": "article", "title": "title", "snippet": "found"})
        rows = [found_row(one) | _readable(one, fmt) for one in found]
        write(rows, fmt=fmt, columns=columns, fields=FOUND_FIELDS, empty="Nothing was found.")
    more = "; there may be more, see --limit" if len(found) == limit else ""
    print(f"claimwatch: {len(found)} found, {_looked(looking.looked)}{more}", file=sys.stderr)


def _looked(number: int) -> str:
    return f"{count(number, 'candidate')} looked at"


def _question(text: str, settings: Settings) -> Question:
    from claimwatch.search import question  # noqa: PLC0415  heavy

    try:
        return question(text, settings.concepts)
    except QueryError as error:
        raise UsageError(safe(error.report)) from error


def _search(stores: Stores, asked: Question, wanted: ArticleFilter, settings: Settings) -> Search:
    from claimwatch.catalogue import Catalogue  # noqa: PLC0415  heavy
    from claimwatch.search import Search  # noqa: PLC0415

    return Search(stores.keys, asked, wanted, Catalogue(settings.outlets).countries)


def _check_outlets(settings: Settings, stores: Stores, outlets: list[str]) -> None:
    """Raises:
    UsageError: one of them is unknown, and nothing of it is stored.
    """
    from domain.keys import ANYTHING  # noqa: PLC0415

    known = [one.id for one in settings.outlets]

    def is_stored(name: str) -> bool:
        return bool(stores.keys.candidates(ANYTHING, ArticleFilter(outlets=(name,)), limit=1).articles)

    for name in outlets:
        check_known("outlet", name, known, partial(is_stored, name))


def _entry(found: Found) -> str:
    """A find for a terminal: facts, title, and the first place."""
    row = found_row(found)
    facts = [row["published_at"] or row["first_seen_at"], row["outlet"], row["language"], f"score {found.score:g}"]
    lines = ["  ".join(map(shown, (*facts, row["article"]))), f"  {_title(found)}"]
    return "\n".join((*lines, *(f"  {line}" for line in _places(found, 2))))


def _places(found: Found, most: int) -> Iterator[str]:
    """The first mentions outside of the title with what stands around them; none that was shown with another."""
    shown_to = {"title": len(found.article.title)}
    for mention in found.mentions:
        if most and mention.start >= shown_to.get(mention.field, 0):
            yield in_context(found.article, mention, marks(), found.mentions)
            shown_to[mention.field] = mention.end + AROUND
            most -= 1


def _title(found: Found) -> str:
    article = found.article
    if not article.title.strip():
        return shown(headline(article.title, article.lead, article.text))
    own = [one for one in found.mentions if one.field == "title"]
    return " ".join(marked(article.title, own, marks()).split())


def _readable(found: Found, fmt: Format) -> dict[str, object]:
    article = found.article
    if fmt is not Format.TABLE:
        return {}
    return {
        "title": headline(article.title, article.lead, article.text),
        "published_at": iso(article.published_at or article.first_seen_at),
    }


def backtest(
    watch: Annotated[str | None, typer.Argument(metavar="WATCH", help="A watch of the config.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="A query instead of a watch.")] = None,
    since: Annotated[
        str, typer.Option("--since", help="From then on: how long ago (30d, 12h), or a date or time.")
    ] = "30d",
    samples: Annotated[int, typer.Option("--samples", min=0, max=1000, help="Show so many finds.")] = 5,
    fmt: Annotated[ReportFormat, typer.Option("--format", "-f", help="How to write it.")] = ReportFormat.TABLE,
    config: ConfigOption = None,
) -> None:
    """Say what a watch or a query would have found in the stored articles, beside what is stored of the watch."""
    from claimwatch.backtest import Stored  # noqa: PLC0415  heavy
    from claimwatch.backtest import backtest as run  # noqa: PLC0415

    if (watch is None) == (query is None):
        raise UsageError("name a watch, or write --query 'QUERY'")
    now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    first = _first(since, now)
    settings = settings_from(config)
    asked = _question(query, settings) if query is not None else _watch_question(watch, settings)
    with stores_of(settings) as stores:
        stored = Stored(store=stores.matches, watch=watch, since=first, until=now) if watch else None
        looking = _search(stores, asked, ArticleFilter(since=first, until=now), settings)
        report = run(looking, first=first.date(), last=now.date(), samples=samples, stored=stored)
    if fmt is ReportFormat.JSON:
        write_one(_report_row(report, watch or query or "", asked.version, first, now), fmt=Format.JSON)
    else:
        print("\n".join(_report(report, watch, asked.version)))


def _first(since: str, now: datetime) -> datetime:
    try:
        first = now - timedelta(seconds=parse_duration(since))
    except ValueError:
        first = moment(since, "--since") or now
    first = first.replace(microsecond=0)
    if first >= now:
        raise UsageError(f"--since {since} lies in the future")
    return first


def _watch_question(name: str | None, settings: Settings) -> Question:
    from claimwatch.search import question_of  # noqa: PLC0415  heavy

    watches = {one.id: one for one in settings.watches}
    check_known("watch", name, list(watches), lambda: False)
    return question_of(watches[name or ""], settings.concepts)


def _report(report: Backtest, watch: str | None, version: str) -> Iterator[str]:
    yield from _chart(report.days)
    if report.samples:
        yield ""
        yield "\n\n".join(map(_entry, report.samples))
    yield ""
    alerts = f"at most {count(report.stories, 'alert')} ({count(report.stories, 'story', 'stories')})"
    yield f"{count(report.hits, 'hit')}, {alerts}; {_looked(report.looked)}"
    if report.change is not None:
        yield from _change(report.change, watch, version)


def _chart(days: Mapping[date, int]) -> Iterator[str]:
    """A line a day: a bar on a terminal, a tab between day and number in a pipe."""
    if not sys.stdout.isatty():
        yield from (f"{day}\t{number}" for day, number in days.items())
        return
    most = max(days.values(), default=0)
    width = len(str(most))
    for day, number in days.items():
        eighths = round(number * _BAR * 8 / most) if most else 0
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
        yield f"{day}  {number or '·':>{width}}  {bar or ('▏' if number else '')}".rstrip()


def _change(change: Change, watch: str | None, version: str) -> Iterator[str]:
    new, gone = len(change.new), len(change.gone)
    yield f"beside the stored matches of {watch}: {new} new, {gone} gone, {change.same} the same"
    for name, ids in (("new", change.new), ("gone", change.gone)):
        if ids:
            more = f" and {len(ids) - _MOST_CHANGED} more" if len(ids) > _MOST_CHANGED else ""
            yield f"{name:>6}  {', '.join(ids[:_MOST_CHANGED])}{more}"
    others = {made: number for made, number in change.versions.items() if made != version}
    if others:
        words = ", ".join(f"{number} by {made or 'one that is not known'}" for made, number in sorted(others.items()))
        yield f"of the stored ones, other versions of the watch made: {words}; it is {version} now"


def _report_row(report: Backtest, asked: str, version: str, first: datetime, last: datetime) -> dict[str, object]:
    change = report.change
    return {
        "asked": asked,
        "watch_version": version or None,
        "since": iso(first),
        "until": iso(last),
        "hits": report.hits,
        "stories": report.stories,
        "candidates": report.looked,
        "days": {str(day): number for day, number in report.days.items()},
        "samples": [found_row(one) for one in report.samples],
        "change": change
        and {
            "new": list(change.new),
            "gone": list(change.gone),
            "same": change.same,
            "stored_by_version": dict(change.versions),
        },
    }


VERBS: Verbs = {"search": search, "backtest": backtest}
