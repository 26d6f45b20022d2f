"""Articles that no poll brought: WARC files, JSON lines, saved pages and addresses.

They go through the pipeline from `make_article` on; bringing one twice stores it once.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from claimwatch import pipeline
from claimwatch.decide import article_id
from claimwatch.texts import BadLine, read_line
from claimwatch.wiring import Service
from claimwatch.work import ArticleWork
from crawler.archive import read_warc
from crawler.dates import believable
from domain.articles import Page
from domain.errors import FetchError, ReadError, UsageError
from domain.fetching import FetchRequest

#: Files larger than this are no saved page.
MAX_PAGE_BYTES = 32 * 1024 * 1024

Say = Callable[[str], None]


@dataclass
class Tally:
    """What came of an ingest."""

    articles: int = 0
    #: How many of the articles were stored before.
    known: int = 0
    matches: int = 0
    alerts: int = 0
    refused: int = 0
    watches: dict[str, int] = field(default_factory=dict)

    def add(self, work: ArticleWork) -> None:
        """Count one finished piece of work."""
        matches = work.plan.matches if work.plan else ()
        self.articles += 1
        self.matches += len(matches)
        self.alerts += len(work.plan.alerts) if work.plan else 0
        for match in matches:
            self.watches[match.watch_id] = self.watches.get(match.watch_id, 0) + 1


async def ingest(service: Service, name: str, *, url: str | None, stdin: BinaryIO, say: Say) -> Tally:
    """Bring the articles of one source into the database.

    Args:
        service: the open service.
        name: a file (.warc, .warc.gz, .jsonl, .html), ``-`` for JSON lines on standard input, or an address.
        url: the address of a saved page, where the page does not say it.
        stdin: standard input.
        say: prints a line for each article that cannot be used.
    """
    tally = Tally()
    async for found in _found(service, name, url, stdin):
        work = found if isinstance(found, str) else _work(service, found)
        if isinstance(work, str):
            tally.refused += 1
            say(work)
        else:
            tally.known += await _is_known(service, work)
            tally.add(await pipeline.run_steps(pipeline.INGEST_STEPS, service.parts, work))
    return tally


async def _is_known(service: Service, work: ArticleWork) -> bool:
    assert work.page is not None
    known = await service.in_thread(service.parts.articles.article, article_id(work.page.canonical_url))
    return known is not None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page and where it was brought from; the address is empty where nobody knows."""

    page: Page
    address: str = ""


def _work(service: Service, found: Found) -> ArticleWork | str:
    page = found.page
    if not (page.title or page.text):
        return f"{found.address or page.canonical_url}: holds no title and no text that could be found"
    now = service.parts.clock.now()
    page = replace(page, published_at=believable(page.published_at, now=now) if page.published_at else None)
    outlet = service.parts.catalogue.outlet_of(page.canonical_url)
    return ArticleWork(started_at=now, outlet=outlet, page=page, address=found.address)


async def _found(service: Service, name: str, url: str | None, stdin: BinaryIO) -> AsyncIterator[Found | str]:
    """The pages of a source; a text where one cannot be used, saying why."""
    if name.startswith(("http://", "https://")):
        yield await _fetched(service, name)
    elif name == "-":
        for line in _lines(stdin, "standard input"):
            yield line
    else:
        path = _file(name)
        if name.endswith((".warc", ".warc.gz")):
            async for archived in _archived(service, path):
                yield archived
        elif name.endswith((".jsonl", ".ndjson", ".json")):
            with path.open("rb") as stream:
                for line in _lines(stream, name):
                    yield line
        else:
            yield await _saved(service, path, url)


def _file(name: str) -> Path:
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"{name}: is a folder; name the files in it")
    if not path.is_file():
        raise UsageError(f"{name}: no such file")
    return path


def _lines(stream: BinaryIO, name: str) -> Iterator[Found | str]:
    for number, raw in enumerate(stream, 1):
        if not raw.strip():
            continue
        try:
            line = read_line(raw.decode("utf-8"))
            yield Found(page=line.page(), address=line.url)
        except (BadLine, UnicodeDecodeError) as error:
            yield f"{name}, line {number}: {error}"


async def _archived(service: Service, path: Path) -> AsyncIterator[Found | str]:
    with path.open("rb") as stream:
        records = read_warc(stream)
        while True:
            try:
                record = await asyncio.to_thread(next, records, None)
            except ReadError as error:
                yield f"{path}: {error}"
                return
            if record is None:
                return
            yield await _extracted(service, record.body, record.url, record.content_type)


async def _saved(service: Service, path: Path, url: str | None) -> Found | str:
    try:
        body = await asyncio.to_thread(_read_page, path)
    except (OSError, EOFError, zlib.error) as error:
        return f"{path}: cannot be read: {error}"
    if body is None:
        return f"{path}: larger than {MAX_PAGE_BYTES // 1024**2} MiB, so no saved page"
    return await _extracted(service, body, url or _name_of(path, body), "text/html")


def _name_of(path: Path, body: bytes) -> str:
    """An address for a page that came with none; the same file has the same."""
    return f"urn:claimwatch:file:{path.name}:{hashlib.sha256(body).hexdigest()[:24]}"


def _read_page(path: Path) -> bytes | None:
    """The bytes of a saved page, unzipped where the file is gzip; None when there are too many."""
    with path.open("rb") as stream:
        zipped = stream.peek(2)[:2] == b"\x1f\x8b"
        body = (gzip.GzipFile(fileobj=stream) if zipped else stream).read(MAX_PAGE_BYTES + 1)
    return None if len(body) > MAX_PAGE_BYTES else body


async def _fetched(service: Service, url: str) -> Found | str:
    try:
        response = await service.parts.fetcher.fetch(FetchRequest(url=url, accept=pipeline.PAGE_ACCEPT))
    except FetchError as error:
        return str(error)
    return await _extracted(service, response.body, response.final_url, response.content_type)


async def _extracted(service: Service, body: bytes, url: str, content_type: str) -> Found | str:
    try:
        page = await service.parts.parser.extract(body, url, content_type)
    except ReadError as error:
        return f"{url}: {error}"
    return Found(page=page, address=url if url.startswith(("http://", "https://")) else "")
