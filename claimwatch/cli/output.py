"""Listings as a table, JSON, JSON lines or CSV; no table lets what a publisher wrote command the terminal.

A table on a terminal never cuts facts (ids, times, states, names): free text gives way, and stands
under the facts where there is no room beside them. A table in a pipe is one row a line with a tab
between the cells, so that grep, cut and awk can work with it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from alerts.text import ELLIPSIS, is_unspaced

Row = Mapping[str, object]

#: Cells that a free text has at least; with less it gets a line of its own.
FREE_WIDTH = 24
#: Lines that a free text has at most beside the facts.
FREE_LINES = 3

_NONE = "-"
_GAP = 2
_INDENT = "  "


class Format(StrEnum):
    """How a listing is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True)
class Columns:
    """What a table shows."""

    #: Key to heading, in order.
    headings: Mapping[str, str]
    #: Keys of the texts that give way where there is no room.
    free: AbstractSet[str] = frozenset()


#: Whole commands to a terminal: CSI; OSC, DCS and their like up to their end; and the short ones.
_SEQUENCES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]*[0-~]"
)

#: C0 and C1 controls and the marks that turn text around.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ")

#: A spreadsheet takes a cell that starts like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """The text without anything that could command a terminal; its lines and tabs stay."""
    return _UNSAFE.sub("", re.sub("\r\n?", "\n", _SEQUENCES.sub("", text)))


def shown(value: object) -> str:
    """A value in words on one line: ``-`` for nothing, yes or no, times to the minute in UTC."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(_pair(key, each) for key, each in value.items()) or _NONE
    if isinstance(value, (list, tuple)):
        return ", ".join(map(shown, value)) or _NONE
    return " ".join(safe(_TIME.sub(r"\1 \2", str(value))).split()) if value is not None else _NONE


def _pair(key: object, value: object) -> str:
    return f"{value} {key}" if isinstance(value, int) else f"{key}: {shown(value)}"


def write(rows: Iterable[Row], *, fmt: Format, columns: Columns, fields: Sequence[str], empty: str) -> None:
    """Print rows to standard output.

    Args:
        rows: JSON-ready mappings.
        fmt: the form; the table shows ``columns`` only, the others show every key.
        columns: what the table shows.
        fields: every key, for the heading of CSV.
        empty: what the table says when there are no rows.
    """
    listed = list(rows)
    if fmt is Format.TABLE:
        _table(listed, columns, empty)
    elif fmt is Format.JSON:
        print(json.dumps(listed, ensure_ascii=False, indent=2))
    elif fmt is Format.JSONL:
        for row in listed:
            print(json.dumps(row, ensure_ascii=False))
    else:
        sys.stdout.write(_csv(listed, fields))


def write_one(row: Row, *, fmt: Format) -> None:
    """Print one thing: an object as JSON, or CSV with one row. A table of one is the caller's business."""
    if fmt is Format.CSV:
        sys.stdout.write(_csv([row], tuple(row)))
    else:
        print(json.dumps(row, ensure_ascii=False, indent=2 if fmt is Format.JSON else None))


def _table(rows: Sequence[Row], columns: Columns, empty: str) -> None:
    if not rows:
        print(empty)
        return
    lines = [[shown(row.get(key)) for key in columns.headings] for row in rows]
    if sys.stdout.isatty():
        _Terminal(columns, lines, shutil.get_terminal_size().columns).print()
        return
    for line in (list(columns.headings.values()), *lines):
        print("\t".join(line))


class _Terminal:
    """Lays a table out for a terminal."""

    def __init__(self, columns: Columns, rows: Sequence[Sequence[str]], width: int) -> None:
        from rich.cells import cell_len  # noqa: PLC0415  other formats need no rich

        self._len = cell_len
        self._headings = list(columns.headings.values())
        self._rows = rows
        self._width = width
        everything = range(len(self._headings))
        self._free = [place for place, key in enumerate(columns.headings) if key in columns.free]
        self._facts = [place for place in everything if place not in self._free]
        self._widths = [max(cell_len(row[place]) for row in (self._headings, *rows)) for place in everything]

    def print(self) -> None:
        """Beside each other where every free text has room enough, else under the facts."""
        beside = self._shrunk()
        lines = self._beside(beside) if beside else self._under()
        heads = 1 if beside else len(self._chunks())
        bold = not _plain()
        for number, line in enumerate(lines):
            print(f"\x1b[1m{line}\x1b[0m" if bold and number < heads else line)

    def _shrunk(self) -> list[int] | None:
        """The widths with those of free texts made to fit; None where they cannot."""
        widths = list(self._widths)
        while (over := sum(widths) + _GAP * (len(widths) - 1) - self._width) > 0:
            widest = max(self._free, key=lambda place: widths[place], default=None)
            if widest is None or widths[widest] <= FREE_WIDTH:
                return None
            widths[widest] = max(FREE_WIDTH, widths[widest] - max(1, over // len(self._free)))
        return widths

    def _beside(self, widths: Sequence[int]) -> Iterator[str]:
        places = range(len(widths))
        for row in (self._headings, *self._rows):
            cells = [self._folded(row[place], widths[place], FREE_LINES) for place in places]
            for line in range(max(map(len, cells))):
                yield self._line([cell[line] if line < len(cell) else "" for cell in cells], widths)

    def _under(self) -> Iterator[str]:
        yield from self._fact_lines(self._headings)
        for row in self._rows:
            yield from self._fact_lines(row)
            for place in self._free:
                if row[place] != _NONE:
                    text = f"{self._headings[place]}: {row[place]}"
                    yield from (_INDENT + line for line in self._folded(text, self._width - len(_INDENT), None))

    def _fact_lines(self, row: Sequence[str]) -> Iterator[str]:
        for number, chunk in enumerate(self._chunks()):
            if number and all(row[place] == _NONE for place in chunk):
                continue
            line = self._line([row[place] for place in chunk], [self._widths[place] for place in chunk])
            yield line if number == 0 else _INDENT + line

    def _chunks(self) -> list[list[int]]:
        """The facts' columns, as many on a line as fit."""
        chunks: list[list[int]] = []
        used = self._width
        for place in self._facts:
            used += _GAP + self._widths[place]
            if used > self._width:
                used = self._widths[place] + (len(_INDENT) if chunks else 0)
                chunks.append([])
            chunks[-1].append(place)
        return chunks

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        padded = (cell + " " * (width - self._len(cell)) for cell, width in zip(cells, widths, strict=True))
        return (" " * _GAP).join(padded).rstrip()

    def _folded(self, text: str, width: int, most: int | None) -> list[str]:
        """The text in lines of so many cells; what is more than ``most`` lines ends in an ellipsis."""
        lines = [""]
        for piece in self._pieces(text, width):
            if self._len(lines[-1] + piece.rstrip()) > width:
                lines.append("")
            lines[-1] += piece if lines[-1] else piece.lstrip()
        lines = [line.rstrip() for line in lines]
        if most is not None and len(lines) > most:
            lines = [*lines[: most - 1], self._head(lines[most - 1], width - 1) + ELLIPSIS]
        return lines

    def _pieces(self, text: str, width: int) -> Iterator[str]:
        """What may not be parted: words with the blank before them, and single characters where words have none."""
        for word in re.findall(r" ?[^ ]+", text):
            start = 0
            for place in range(1, len(word)):
                parted = is_unspaced(word[place]) or is_unspaced(word[place - 1])
                if parted or self._len(word[start : place + 1]) > width:
                    yield word[start:place]
                    start = place
            yield word[start:]

    def _head(self, text: str, width: int) -> str:
        while self._len(text) > width:
            text = text[:-1]
        return text.rstrip()


def _plain() -> bool:
    """Does the terminal's owner want no colours, or cannot it show them?"""

    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "dumb") == "dumb"


def _csv(rows: Sequence[Row], fields: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=fields, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _csv_cell(value) for key, value in row.items()})
    return out.getvalue()


def _csv_cell(value: object) -> object:
    if isinstance(value, (list, tuple, Mapping, bool)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
