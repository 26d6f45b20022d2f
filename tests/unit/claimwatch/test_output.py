"""Listings in every form, with hostile text in them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from claimwatch.cli.output import Format, safe, write

ROWS = [
    {"id": "a", "title": "Шекара туралы", "terms": ["边界", "land"], "score": 1.0, "none": None},
    {"id": "b", "title": "=HYPERLINK(1)", "terms": [], "score": 2.0, "none": None},
]
COLUMNS = {"id": "id", "title": "title", "terms": "matched"}


def written(fmt: Format, capsys: pytest.CaptureFixture[str], rows: list[dict[str, object]] | None = None) -> str:
    write(ROWS if rows is None else rows, fmt=fmt, columns=COLUMNS, empty="Nothing.")
    return capsys.readouterr().out


def test_json_is_one_array_with_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(written(Format.JSON, capsys)) == ROWS


def test_jsonl_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert [json.loads(line) for line in written(Format.JSONL, capsys).splitlines()] == ROWS


def test_csv_has_a_heading_and_disarms_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(written(Format.CSV, capsys))))

    assert rows[0]["terms"] == '["边界", "land"]'
    assert rows[1]["title"] == "'=HYPERLINK(1)"


def test_table_shows_the_chosen_columns(capsys: pytest.CaptureFixture[str]) -> None:
    out = written(Format.TABLE, capsys)

    assert "Шекара туралы" in out
    assert "边界, land" in out
    assert "score" not in out


def test_table_of_nothing_says_so_and_json_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(Format.TABLE, capsys, []) == "Nothing.\n"
    assert json.loads(written(Format.JSON, capsys, [])) == []


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x9b31m", "\u202eevil", "\x00", "\ud800", "a\rb"])
def test_safe_text_cannot_command_a_terminal(hostile: str) -> None:
    assert not set(safe(f"ok {hostile} ok")) & set("\x1b\x9b\u202e\x00\ud800\r")


def test_table_never_prints_an_escape_of_a_publisher(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in written(Format.TABLE, capsys, [{"id": "x", "title": "\x1b]0;owned\x07", "terms": []}])
