"""Reads the real feeds and pages beside the checkout; run it as a program for a table of what is read.

``python -m tests.integration.crawler.captures [FOLDER]``
"""

from __future__ import annotations

import gzip
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.extract import extract
from crawler.readers.feed import read_feed
from domain.errors import ReadError
from domain.outlets import Source

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "captures"
SOURCE = Source(id="capture/feed", outlet_id="capture", url="https://capture.example/feed")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was read from one capture."""

    name: str
    #: Entries of a feed, characters of a page's text.
    amount: int = 0
    date: str = ""
    language: str = ""
    title: str = ""
    error: str = ""


def captured(folder: Path = FOLDER) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the captures, as the manifest lists them.

    Raises:
        ValueError: a file differs from the manifest.
    """
    lines = (folder / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].split("\t")
    for line in lines[1:]:
        row = dict(zip(columns, line.split("\t"), strict=False))
        body = (folder / row["file"]).read_bytes()
        if hashlib.sha256(body).hexdigest() != row["sha256"]:
            raise ValueError(f"{row['file']} differs from the manifest")
        yield row["file"], gzip.decompress(body) if row["file"].endswith(".gz") else body


def read(name: str, body: bytes) -> Row:
    """What a feed (.xml) or a page holds."""
    try:
        return _feed(name, body) if name.endswith(".xml") else _page(name, body)
    except ReadError as error:
        return Row(name=name, error=str(error))


def _feed(name: str, body: bytes) -> Row:
    document = read_feed(body, SOURCE, SOURCE.url, "")
    dates = [entry.published_at for entry in document.entries if entry.published_at]
    title = document.entries[0].title if document.entries else document.title
    newest = max(dates).isoformat() if dates else ""
    return Row(name=name, amount=len(document.entries), date=newest, language=document.language or "", title=title)


def _page(name: str, body: bytes) -> Row:
    page = extract(body, "https://capture.example/page", "")
    date = page.published_at.isoformat() if page.published_at else ""
    return Row(name=name, amount=len(page.text), date=date, language=page.language or "", title=page.title)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, body in captured(folder):
        row = read(name, body)
        print(f"{row.name[:52]:52} {row.amount:6} {row.date[:16]:16} {row.language:6} {row.error or row.title[:60]}")


if __name__ == "__main__":
    main()
