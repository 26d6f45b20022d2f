"""Listings in every form, with hostile text in them."""

from __future__ import annotations

import csv
import io
import json
import sys

import pytest
from rich.cells import cell_len

from claimwatch.cli.output import Columns, Format, safe, shown, write

ROWS = [
    {"id": "a", "title": "Шекара туралы", "terms": ["边界", "land"], "score": 1.0, "none": None},
    {"id": "b", "title": "=HYPERLINK(1)", "terms": [], "score": 2.0, "none": None},
]
FIELDS = ("id", "title", "terms", "score", "none")
COLUMNS = Columns({"id": "id", "title": "title", "terms": "matched"}, free={"title"})

#: A delivery as the database has it, with one text too long for any terminal.
ID = "dlv-abcdefghijklmnopqrstuvwx"
ADDRESS = "very.long.address@a.very.long.mail.host.example"
TITLE = "西域旧地今何在：那片草原自古以来属于谁，又是谁在清末把它割去，地图上的每一条线都有一段往事可说" * 2
DELIVERY: dict[str, object] = {
    "id": ID,
    "at": "2026-11-23T19:33:20Z",
    "to": ADDRESS,
    "state": "pending",
    "title": TITLE,
}
DELIVERIES = Columns({"id": "delivery", "at": "sent", "to": "to", "state": "state", "title": "title"}, free={"title"})


def written(fmt: Format, capsys: pytest.CaptureFixture[str], rows: list[dict[str, object]] | None = None) -> str:
    write(ROWS if rows is None else rows, fmt=fmt, columns=COLUMNS, fields=FIELDS, empty="Nothing.")
    return capsys.readouterr().out


def on_a_terminal(width: int, rows: list[dict[str, object]], columns: Columns, patch: pytest.MonkeyPatch) -> list[str]:
    """The lines of a table on a terminal so wide, without colour."""
    out = io.StringIO()
    patch.setattr(out, "isatty", lambda: True)
    patch.setattr(sys, "stdout", out)
    patch.setenv("COLUMNS", str(width))
    patch.setenv("NO_COLOR", "1")
    patch.setenv("TERM", "dumb")
    write(rows, fmt=Format.TABLE, columns=columns, fields=(), empty="")
    return out.getvalue().splitlines()


def test_json_is_one_array_with_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(written(Format.JSON, capsys)) == ROWS


def test_jsonl_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert [json.loads(line) for line in written(Format.JSONL, capsys).splitlines()] == ROWS


def test_csv_has_a_heading_and_disarms_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(written(Format.CSV, capsys))))

    assert rows[0]["terms"] == '["边界", "land"]'
    assert rows[1]["title"] == "'=HYPERLINK(1)"


def test_csv_of_nothing_is_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(Format.CSV, capsys, []) == "id,title,terms,score,none\n"


def test_csv_writes_mappings_as_json_and_truth_in_small_letters(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"id": True, "title": {"new": 1}, "terms": ({"a": False},), "score": None, "none": False}

    (read,) = csv.DictReader(io.StringIO(written(Format.CSV, capsys, [row])))

    assert read == {"id": "true", "title": '{"new": 1}', "terms": '[{"a": false}]', "score": "", "none": "false"}


def test_table_shows_the_chosen_columns(capsys: pytest.CaptureFixture[str]) -> None:
    out = written(Format.TABLE, capsys)

    assert "Шекара туралы" in out
    assert "边界, land" in out
    assert "score" not in out


def test_table_of_nothing_says_so_and_json_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(Format.TABLE, capsys, []) == "Nothing.\n"
    assert json.loads(written(Format.JSON, capsys, [])) == []


def test_piped_table_is_one_whole_row_a_line_with_tabs_between(capsys: pytest.CaptureFixture[str]) -> None:
    write([DELIVERY], fmt=Format.TABLE, columns=DELIVERIES, fields=(), empty="")

    assert capsys.readouterr().out.splitlines() == [
        "delivery\tsent\tto\tstate\ttitle",
        f"{ID}\t2026-11-23 19:33\t{ADDRESS}\tpending\t{TITLE}",
    ]


def test_piped_table_folds_the_lines_of_a_title_into_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert "one two three\t" in written(Format.TABLE, capsys, [{"id": "x", "title": "one\r\ntwo\n\t three"}])


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160])
def test_terminal_never_cuts_ids_times_states_or_addresses(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = on_a_terminal(width, [DELIVERY], DELIVERIES, monkeypatch)

    text = "\n".join(lines)
    assert all(fact in text for fact in (ID, "2026-11-23 19:33", ADDRESS, "pending"))
    assert max(map(cell_len, lines)) <= max(width, len(ADDRESS) + 2)


def test_wide_terminal_has_facts_and_free_text_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = on_a_terminal(160, [DELIVERY, {**DELIVERY, "title": "Short"}], DELIVERIES, monkeypatch)

    assert lines[0].split() == ["delivery", "sent", "to", "state", "title"]
    assert len({line.index("pending") for line in lines if "pending" in line}) == 1
    assert lines[-1].endswith("pending  Short")


def test_long_free_text_gives_way_after_three_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    head, *lines = on_a_terminal(80, [{"id": "x", "title": "word " * 100}], COLUMNS, monkeypatch)

    assert head.startswith("id")
    assert len(lines) == 3
    assert lines[-1].endswith("…")


def test_narrow_terminal_puts_free_text_under_the_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = on_a_terminal(80, [{**DELIVERY, "title": "A title of some length, for once"}], DELIVERIES, monkeypatch)

    assert lines[-1] == "  title: A title of some length, for once"


def test_text_without_blanks_is_folded_between_any_two_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    *_, first, second, third = on_a_terminal(80, [{**DELIVERY, "title": TITLE[:90]}], DELIVERIES, monkeypatch)

    assert first.startswith("  title: 西域旧地")
    assert [cell_len(line) for line in (first, second)] == [79, 80]
    assert f"{first}{second}{third}".replace(" ", "") == f"title:{TITLE[:90]}"


def test_narrow_terminal_shows_no_line_for_a_text_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = on_a_terminal(80, [DELIVERY, {**DELIVERY, "title": None}], DELIVERIES, monkeypatch)

    assert "title" not in lines[-1]


def test_no_line_ends_with_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (80, 160):
        lines = on_a_terminal(width, [DELIVERY, {"id": "x"}], DELIVERIES, monkeypatch)
        assert [line for line in lines if line != line.rstrip()] == []


def test_rows_behind_wide_characters_are_aligned(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = Columns({"outlet": "outlet", "id": "id"})
    lines = on_a_terminal(
        80, [{"outlet": "远方时报", "id": "id-1"}, {"outlet": "Courier", "id": "id-2"}], columns, monkeypatch
    )

    assert len({cell_len(line[: line.index("id-")]) for line in lines[1:]}) == 1


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x9b31m", "\u202eevil", "\x00", "\ud800", "a\rb", "\u061c"])
def test_safe_text_cannot_command_a_terminal(hostile: str) -> None:
    assert not set(safe(f"ok {hostile} ok")) & set("\x1b\x9b\u202e\x00\ud800\r\u061c")


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[31;1m",
        "\x9b31m",
        "\x1b]0;owned\x07",
        "\x1b]8;;http://a.example\x1b\\",
        "\x1bPq#0\x1b\\",
        "\x1b(B",
        "\x1bc",
    ],
)
def test_safe_text_loses_whole_sequences_not_only_their_beginning(hostile: str) -> None:
    assert safe(f"a{hostile}b") == "ab"


def test_safe_text_keeps_its_lines() -> None:
    assert safe("a\r\nb\tc\rd") == "a\nb\tc\nd"


def test_table_never_prints_an_escape_of_a_publisher(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in written(Format.TABLE, capsys, [{"id": "x", "title": "\x1b]0;owned\x07", "terms": []}])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "-"),
        (True, "yes"),
        (False, "no"),
        ([], "-"),
        (["a", "b"], "a, b"),
        ({"healthy": 3, "failing": 1}, "3 healthy, 1 failing"),
        ({"hook": "the receiver answered 410"}, "hook: the receiver answered 410"),
        ("2026-11-23T19:33:20Z", "2026-11-23 19:33"),
        ("  two\nlines ", "two lines"),
    ],
)
def test_values_are_shown_in_words(value: object, words: str) -> None:
    assert shown(value) == words
