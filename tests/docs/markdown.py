"""Reads our Markdown files: fenced blocks, headings and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(?P<info>[^`\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


def documents() -> tuple[Path, ...]:
    """Every Markdown file of the repository."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block of a document."""

    #: The words after the three ticks.
    info: tuple[str, ...]
    body: str


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a text, in order."""
    for fence in _FENCE.finditer(text):
        yield Block(info=tuple(fence["info"].split()), body=fence["body"])


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", text)


def links(text: str) -> tuple[str, ...]:
    """The targets of the links in a text, fenced blocks left out."""
    return tuple(link["target"] for link in _LINK.finditer(prose(text)))


def anchors(text: str) -> frozenset[str]:
    """The anchors of a text's headings, as code hosts make them."""
    titles = (heading["title"] for heading in _HEADING.finditer(prose(text)))
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles)


def rows(text: str) -> tuple[tuple[str, ...], ...]:
    """The cells of every table row in a text, heads included, rules left out."""
    lines = (line for line in text.splitlines() if line.startswith("|") and not set(line) <= set("|-: "))
    return tuple(tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines)
