"""Listings as a table, JSON, JSON lines or CSV; nothing that a publisher wrote reaches the terminal raw."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

Row = Mapping[str, object]

#: Characters a line where there is no terminal to measure.
PIPED_WIDTH = 160


class Format(StrEnum):
    """How a listing is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


#: C0 and C1 controls (terminal escapes among them) and the marks that turn text around.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

#: A spreadsheet takes a cell that starts like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """The text without characters that could command a terminal."""
    return _UNSAFE.sub("", text)


def write(rows: Iterable[Row], *, fmt: Format, columns: Mapping[str, str], empty: str) -> None:
    """Print rows to standard output.

    Args:
        rows: JSON-ready mappings.
        fmt: the form; the table shows ``columns`` only, the others show every key.
        columns: key to heading, for the table.
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
        sys.stdout.write(_csv(listed))


def _table(rows: Sequence[Row], columns: Mapping[str, str], empty: str) -> None:
    from rich.console import Console  # noqa: PLC0415  other formats need no rich
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not rows:
        print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(columns.values(), 1):
        # the last column is the one with words; it takes the room that the others leave
        table.add_column(heading, overflow="fold", no_wrap=number < len(columns))
    for row in rows:
        table.add_row(*(Text(safe(_cell(row.get(key)))) for key in columns))
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    Console(highlight=False, width=width).print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


def _csv(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _csv_cell(value) for key, value in row.items()})
    return out.getvalue()


def _csv_cell(value: object) -> object:
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
