"""Verbs that take texts from outside: analyze, extract, ingest."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from claimwatch.cli.options import ConfigOption, Verbs, settings_from
from claimwatch.config.settings import Settings
from claimwatch.wording import count
from domain.errors import UsageError
from domain.time import to_iso

if TYPE_CHECKING:
    from claimwatch.ingest import Tally
    from matching.matcher import Matcher


def analyze(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="JSON lines, blank ones skipped; - for standard input.")
    ] = "-",
    stories: Annotated[bool, typer.Option("--stories", help="Add a story id that groups equal texts.")] = False,
    watches: Annotated[
        Path | None,
        typer.Option(
            "--watches", help="A watch file or a folder of them, with their concepts, instead of the config's."
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Match texts given as JSON lines, one result a line, in order; no database is needed."""
    from claimwatch.config.load import load_watches  # noqa: PLC0415
    from matching.matcher import Matcher  # noqa: PLC0415  heavy

    book = load_watches(str(watches)) if watches else settings_from(config)
    matcher = Matcher(book.watches, book.concepts)
    bad = 0
    with _open(file) as stream:
        for raw in stream:
            if raw.strip():
                row = _analyzed(matcher, raw, stories=stories)
                bad += "error" in row
                print(json.dumps(row, ensure_ascii=False), flush=True)
    raise typer.Exit(1 if bad else 0)


def _analyzed(matcher: Matcher, raw: bytes, *, stories: bool) -> dict[str, object]:
    from claimwatch.texts import BadLine, read_line, result_row  # noqa: PLC0415

    try:
        line = read_line(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return BadLine(f"not UTF-8: {error}").row()
    except BadLine as error:
        return error.row()
    return result_row(line, matcher.analyze(line.article(datetime.now(UTC))), stories=stories)


def extract(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A saved page; - for standard input.")],
    url: Annotated[str, typer.Option("--url", help="The page's address.")],
    config: ConfigOption = None,
) -> None:
    """Print title, text and metadata of a saved page as JSON."""
    from claimwatch.catalogue import Catalogue  # noqa: PLC0415  heavy
    from crawler.extract import extract as extract_page  # noqa: PLC0415

    with _open(file) as stream:
        page = extract_page(stream.read(), url, "text/html")
    outlet = Catalogue(settings_from(config).outlets).outlet_of(url)
    row = {
        "url": url,
        "canonical_url": page.canonical_url,
        "title": page.title,
        "text": page.text,
        "author": page.author,
        "published_at": to_iso(page.published_at) if page.published_at else None,
        "language": page.language,
        "outlet": outlet.id if outlet else None,
    }
    print(json.dumps(row, ensure_ascii=False, indent=2))


def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...", help=".warc, .warc.gz, .jsonl or .html files, - for JSON lines, addresses."
        ),
    ],
    url: Annotated[str | None, typer.Option("--url", help="The address of the saved page.")] = None,
    config: ConfigOption = None,
) -> None:
    """Bring articles from files or addresses through the pipeline; one brought twice is stored once.

    The daemon sends the alerts; until one runs, they wait.
    """
    settings = settings_from(config)
    if url and len(sources) != 1:
        raise UsageError("--url is the address of one saved page: name one file")
    if any(source.startswith(("http://", "https://")) for source in sources):
        from crawler.engine import install_reactor, run_in_reactor  # noqa: PLC0415  heavy, and must come first

        install_reactor()
        raise typer.Exit(run_in_reactor(lambda: _ingest(settings, sources, url, fetches=True)))
    raise typer.Exit(asyncio.run(_ingest(settings, sources, url, fetches=False)))


async def _ingest(settings: Settings, sources: list[str], url: str | None, *, fetches: bool) -> int:
    from claimwatch.ingest import ingest as bring  # noqa: PLC0415  imports Twisted's reactor
    from claimwatch.wiring import NoFetcher, open_service  # noqa: PLC0415

    refused = alerts = 0
    async with open_service(settings, fetcher=None if fetches else NoFetcher()) as service:
        for source in sources:
            tally = await bring(service, source, url=url, stdin=sys.stdin.buffer, say=_complain)
            refused += tally.refused
            alerts += tally.alerts
            _tell(source, tally)
    if alerts:
        print(f"{count(alerts, 'alert waits', 'alerts wait')} for the daemon (`claimwatch run`)", flush=True)
    return 1 if refused else 0


def _tell(source: str, tally: Tally) -> None:
    watches = ", ".join(f"{watch} {count}" for watch, count in sorted(tally.watches.items()))
    matched = f"{count(tally.matches, 'match', 'matches')} ({watches})" if watches else "no match"
    articles, alerts = count(tally.articles, "article"), count(tally.alerts, "alert")
    known = f" ({tally.known} already stored)" if tally.known else ""
    print(f"{source}: {articles}{known}, {matched}, {alerts}, {tally.refused} refused", flush=True)


def _complain(line: str) -> None:
    print(f"claimwatch: {line}", file=sys.stderr)


def _open(file: str) -> BinaryIO:
    if file == "-":
        return sys.stdin.buffer
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


VERBS: Verbs = {"analyze": analyze, "extract": extract, "ingest": ingest}
