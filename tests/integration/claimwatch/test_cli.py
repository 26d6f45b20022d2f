"""The verbs as a person types them, on a database of their own."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from claimwatch.cli.app import run

LINES = [
    {
        "id": "1",
        "url": "https://courier.example/claims",
        "title": "Deputy speaks again",
        "text": "The deputy repeated his territorial claims against the neighbour on Monday.",
        "published_at": "2026-11-22T08:00:00Z",
    },
    {"id": "2", "url": "https://courier.example/wheat", "title": "Harvest", "text": "The wheat harvest is in."},
]


@dataclass(frozen=True)
class Said:
    """How a call ended."""

    code: int
    out: str
    err: str

    def json(self) -> list[dict[str, object]]:
        rows = json.loads(self.out)
        assert isinstance(rows, list)
        return rows


class Terminal:
    """Types commands in a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capfd = folder, monkeypatch, capfd
        monkeypatch.chdir(folder)
        for name in ("CLAIMWATCH_CONFIG", "CLAIMWATCH_DATABASE_URL"):
            monkeypatch.delenv(name, raising=False)

    def __call__(self, *words: str, stdin: bytes = b"") -> Said:
        self._monkeypatch.setattr(sys, "argv", ["claimwatch", *words])
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        self._capfd.readouterr()
        try:
            code = run()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        out, err = self._capfd.readouterr()
        return Said(code, out, err)


#: Instead of the built-in ones, which take seconds to compile and have tests of their own.
WATCHES = """
watches:
  - {id: territorial-claims, title: Territorial claims, query: '"territorial claims"', severity: high}
"""


def configure(folder: Path) -> None:
    """Write a config with these watches alone."""
    (folder / "claimwatch.yaml").write_text("watches: [watches.yaml]\n", encoding="utf-8")
    (folder / "watches.yaml").write_text(WATCHES, encoding="utf-8")


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Terminal:
    configure(tmp_path)
    return Terminal(tmp_path, monkeypatch, capfd)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the lines were ingested, to be copied: ingesting starts processes."""
    folder = tmp_path_factory.mktemp("ingested")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("CLAIMWATCH_CONFIG", "CLAIMWATCH_DATABASE_URL"):
            patch.delenv(name, raising=False)
        configure(folder)
        patch.setattr("sys.argv", ["claimwatch", "ingest", "-"])
        text = "\n".join(map(json.dumps, LINES)).encode()
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))
        with pytest.raises(SystemExit) as end:
            run()
    assert end.value.code == 0
    return folder


@pytest.fixture
def filled(ingested: Path, terminal: Terminal) -> Terminal:
    shutil.copytree(ingested, terminal.folder, dirs_exist_ok=True)
    return terminal


def test_init_writes_files_that_check_accepts(terminal: Terminal) -> None:
    Path("claimwatch.yaml").unlink()

    written, checked = terminal("init"), terminal("check", "--config", "claimwatch.yaml")

    assert (written.code, checked.code) == (0, 0), checked.err
    assert "claimwatch.yaml: fine" in checked.out


def test_init_never_writes_over_a_file_unless_forced(terminal: Terminal) -> None:
    Path("claimwatch.yaml").write_text("mine", encoding="utf-8")

    refused, forced = terminal("init"), terminal("init", "--force")

    assert (refused.code, forced.code) == (2, 0)
    assert "already there" in refused.err


def test_check_names_every_error_with_its_place(terminal: Terminal) -> None:
    Path("bad.yaml").write_text("chanels: {}\nroutes: [{to: [nowhere]}]\n", encoding="utf-8")

    said = terminal("check", "--config", "bad.yaml")

    assert said.code == 2
    assert "bad.yaml:1:1: " in said.err
    assert "bad.yaml:2:16: " in said.err
    assert "2 problem(s) found; nothing was started" in said.err


def test_ingest_twice_stores_once(filled: Terminal) -> None:
    again = filled("ingest", "-", stdin=json.dumps(LINES[0]).encode())

    assert again.code == 0
    assert "1 article (1 already stored)" in again.out
    assert len(filled("matches", "--format", "json").json()) == 1


def test_ingest_says_which_line_is_bad_and_does_the_others(terminal: Terminal) -> None:
    said = terminal("ingest", "-", stdin=b'{"id": 1}\n' + json.dumps(LINES[0]).encode())

    assert said.code == 1
    assert "standard input, line 1: `text` is missing" in said.err
    assert "1 article, 1 match (territorial-claims 1), 1 alert, 1 refused\n" in said.out


def test_ingest_says_that_alerts_wait_for_the_daemon(terminal: Terminal) -> None:
    told = terminal("ingest", "-", stdin=json.dumps(LINES[0]).encode())
    untold = terminal("ingest", "-", stdin=json.dumps(LINES[1]).encode())

    assert told.out.splitlines()[-1] == "1 alert waits for the daemon (`claimwatch run`)"
    assert "daemon" not in untold.out


def test_matches_are_listed_in_every_format(filled: Terminal) -> None:
    (row,) = filled("matches", "--format", "json").json()

    assert row["watch"] == "territorial-claims"
    assert row["published_at"] == "2026-11-22T08:00:00Z"
    assert json.loads(filled("matches", "-f", "jsonl").out) == row
    assert filled("matches", "-f", "csv").out.startswith("id,watch,published_at")
    assert "Deputy speaks again" in filled("matches").out


def test_matches_are_filtered(filled: Terminal) -> None:
    assert filled("matches", "--since", "2026-11-22", "-f", "json").json() != []
    assert filled("matches", "--since", "2026-11-23", "-f", "json").json() == []
    assert filled("matches", "--language", "ru", "-f", "json").json() == []
    assert "ISO" not in filled("matches", "--until", "2026-11-22T07:00:00Z").err


def test_matches_refuse_a_time_without_a_zone(filled: Terminal) -> None:
    said = filled("matches", "--since", "2026-11-22T08:00:00")

    assert said.code == 2
    assert "--since" in said.err


def test_show_finds_an_article_by_id_and_by_address(filled: Terminal) -> None:
    (row,) = filled("matches", "-f", "json").json()

    by_id = filled("show", str(row["article"]), "-f", "json")
    by_url = filled("show", "http://www.courier.example/claims?utm_source=x", "-f", "json")

    assert json.loads(by_id.out) == json.loads(by_url.out)
    assert json.loads(by_id.out)["matches"][0]["decision"] == "first_in_story"
    assert "Deputy speaks again" in filled("show", str(row["article"])).out


def test_show_of_an_unknown_article_is_wrong_usage(filled: Terminal) -> None:
    assert filled("show", "art-nothing").code == 2


def test_alerts_and_deliveries_follow_from_the_match(filled: Terminal) -> None:
    (alert,) = filled("alerts", "-f", "json").json()
    (delivery,) = filled("deliveries", "-f", "json").json()

    assert (alert["reason"], delivery["state"], delivery["channel"]) == ("first_in_story", "pending", "console")
    assert delivery["alert"] == alert["id"]


@pytest.mark.parametrize(
    "words",
    [
        ("matches", "--watch", "territorial-clams"),
        ("alerts", "--watch", "territorial-clams"),
        ("matches", "--outlet", "tas"),
        ("deliveries", "--channel", "consol"),
    ],
)
def test_filter_with_an_unknown_name_is_wrong_usage(filled: Terminal, words: tuple[str, ...]) -> None:
    said = filled(*words)

    assert said.code == 2
    assert f"there is no {words[1].strip('-')} '{words[2]}'; did you mean '" in said.err


def test_filter_takes_a_name_of_which_only_the_database_knows(filled: Terminal) -> None:
    config = "watches: [mine.yaml]\nchannels: {other: {kind: console}}\nroutes: [{to: [other]}]\n"
    Path("claimwatch.yaml").write_text(config, encoding="utf-8")
    Path("mine.yaml").write_text("watches: [{id: wheat, title: Wheat, query: harvest}]\n", encoding="utf-8")

    assert len(filled("matches", "--watch", "territorial-claims", "-f", "json").json()) == 1
    assert len(filled("alerts", "--watch", "territorial-claims", "-f", "json").json()) == 1
    assert len(filled("deliveries", "--channel", "console", "-f", "json").json()) == 1


def test_empty_listing_says_whether_a_filter_did_it(filled: Terminal) -> None:
    assert filled("matches", "--language", "zh").out == "No match fits.\n"
    assert filled("alerts", "--since", "2100-01-01").out == "No alert fits.\n"
    assert filled("deliveries", "--state", "dead").out == "No delivery fits.\n"


def test_empty_listing_without_filters_says_that_nothing_is_there(terminal: Terminal) -> None:
    terminal("db", "upgrade")

    assert terminal("matches").out == "No match is stored.\n"
    assert terminal("alerts").out == "Nothing was told yet.\n"
    assert terminal("deliveries").out == "No delivery is stored.\n"


def test_since_after_until_is_wrong_usage(filled: Terminal) -> None:
    said = filled("matches", "--since", "2026-11-24", "--until", "2026-11-23")

    assert said.code == 2
    assert "--since 2026-11-24 is not before --until 2026-11-23" in said.err


@pytest.mark.parametrize("verb", ["matches", "alerts", "deliveries", "sources"])
def test_csv_has_the_same_heading_with_rows_and_without(filled: Terminal, verb: str) -> None:
    full = filled(verb, "-f", "csv").out
    nothing = {"matches": ("--language", "zh"), "alerts": ("--since", "2100-01-01"), "sources": ("--failing",)}
    empty = filled(verb, *nothing.get(verb, ("--state", "dead")), "-f", "csv").out

    assert len(full.splitlines()) > 1
    assert empty.splitlines() == full.splitlines()[:1]
    assert empty.strip().split(",") == list(filled(verb, "-f", "json").json()[0])


def test_rows_without_a_title_show_the_first_words_in_brackets(terminal: Terminal) -> None:
    line = {"id": "1", "url": "https://courier.example/x", "text": "Old  territorial claims\nwere made again."}
    terminal("ingest", "-", stdin=json.dumps(line).encode())

    assert "[Old territorial claims were made again.]" in terminal("matches").out
    assert "[Old territorial claims]" in terminal("alerts").out
    assert "[Old territorial claims]" in terminal("deliveries").out
    assert terminal("matches", "-f", "json").json()[0]["title"] == ""


def test_show_prints_each_mention_in_its_words(filled: Terminal) -> None:
    out = filled("show", "https://courier.example/claims").out

    assert "territorial-claims  score 1  told: first in story" in out
    assert "text  The deputy repeated his *territorial claims* against the neighbour on Monday." in out
    assert "  high  territorial-claims  first in story" in out
    assert "{" not in out


def test_replay_names_what_it_wants(filled: Terminal) -> None:
    assert filled("replay").code == 2
    assert filled("replay", "--all").out == "0 of 0 will be tried again\n"


def test_replay_names_what_it_cannot_try_again(filled: Terminal) -> None:
    (pending,) = filled("deliveries", "-f", "json").json()

    said = filled("replay", "dlv-unknown", str(pending["id"]), "dlv-unknown")

    assert said.code == 1
    assert said.out == "0 of 2 will be tried again\n"
    assert "dlv-unknown: there is no such delivery" in said.err
    assert f"{pending['id']}: it is pending, not given up" in said.err


def test_replay_says_that_a_channel_is_disabled(filled: Terminal) -> None:
    (delivery,) = filled("deliveries", "-f", "json").json()
    with closing(sqlite3.connect("var/claimwatch.db")) as database, database:
        database.execute("UPDATE deliveries SET state = 'dead'")
        database.execute("INSERT INTO channels (name, disabled) VALUES ('console', 'the receiver answered 410')")

    said = filled("replay", str(delivery["id"]))

    assert (said.code, said.out) == (0, "1 of 1 will be tried again\n")
    assert "the channel console is disabled (the receiver answered 410)" in said.err
    assert "`claimwatch test-channel console`" in said.err


def test_test_channel_sends_a_message_that_says_so(filled: Terminal) -> None:
    said = filled("test-channel", "console")

    assert said.code == 0
    assert "console: accepted" in said.out


def test_test_channel_of_an_unknown_channel_lists_those_that_exist(filled: Terminal) -> None:
    said = filled("test-channel", "pager")

    assert said.code == 2
    assert "there is no channel 'pager'; the config has: console" in said.err


def test_health_says_that_no_daemon_ever_ran(filled: Terminal) -> None:
    said = filled("health", "-f", "json")

    row = json.loads(said.out)
    assert said.code == 1
    assert (row["healthy"], row["running"]) == (False, False)
    assert row["problems"] == ["no daemon has ever run on this database (`claimwatch run`)"]
    assert (row["articles"], row["matches"]) == (2, 1)


def test_health_reads_well(filled: Terminal) -> None:
    with closing(sqlite3.connect("var/claimwatch.db")) as database, database:
        database.execute("INSERT INTO channels (name, disabled) VALUES ('gone', 'the receiver answered 410')")

    lines = [line.strip() for line in filled("health").out.splitlines()]

    assert "healthy  no" in lines
    assert "running  no" in lines
    assert "disabled channels  gone: the receiver answered 410" in lines
    assert "problems  no daemon has ever run on this database (`claimwatch run`)" in lines


def test_health_as_a_line_and_as_csv_is_one_row(filled: Terminal) -> None:
    assert json.loads(filled("health", "-f", "jsonl").out)["articles"] == 2
    assert filled("health", "-f", "csv").out.startswith("healthy,running,problems,")


def test_db_tells_what_it_has_and_upgrades(terminal: Terminal) -> None:
    before = terminal("db", "status")
    upgraded = terminal("db", "upgrade")
    after = terminal("db", "status")

    assert (before.code, upgraded.code, after.code) == (1, 0, 0)
    assert "applied" in upgraded.out


def test_query_verbs_without_a_database_name_the_mend(terminal: Terminal) -> None:
    said = terminal("matches")

    assert said.code == 1
    assert "claimwatch run" in said.err
    assert not Path("var").exists()


def test_sources_list_the_catalogue_and_what_is_not_covered(filled: Terminal) -> None:
    rows = filled("sources", "-f", "json").json()

    states = {row["id"]: row["status"] for row in rows}
    assert states["tass/ru"] == "new"
    assert "uncovered" in states.values()


def test_analyze_answers_each_line_in_order(terminal: Terminal) -> None:
    lines = "\n".join([json.dumps(LINES[0]), "nonsense", json.dumps({"id": 9, "text": "Подарок к Новому году."})])

    said = terminal("analyze", "-", "--stories", stdin=lines.encode())

    first, second, third = (json.loads(line) for line in said.out.splitlines())
    assert said.code == 1
    assert first["matches"][0]["watch"] == "territorial-claims"
    mention = first["matches"][0]["mentions"][0]
    assert str(LINES[0]["text"])[mention["start"] : mention["end"]] == mention["text"]
    assert "error" in second
    assert (third["id"], third["lang"], third["matches"]) == (9, "ru", [])
    assert first["story"] != third["story"]


def test_analyze_with_watches_of_a_file(terminal: Terminal) -> None:
    Path("mine.yaml").write_text("watches: [{id: wheat, title: Wheat, query: harvest}]\n", encoding="utf-8")

    said = terminal("analyze", "--watches", "mine.yaml", stdin=json.dumps(LINES[1]).encode())

    assert [match["watch"] for match in json.loads(said.out)["matches"]] == ["wheat"]


def test_extract_prints_what_a_page_holds(terminal: Terminal) -> None:
    words = "The commission met in the capital and agreed on the course of the river. " * 4
    page = f"<html lang=en><head><title>Commission</title></head><body><article><p>{words}</p></article></body></html>"

    said = terminal("extract", "-", "--url", "https://tass.com/world/1", stdin=page.encode())

    row = json.loads(said.out)
    assert (row["title"], row["language"], row["outlet"]) == ("Commission", "en", "tass")
    assert "course of the river" in row["text"]


def test_ingest_of_a_saved_page_believes_the_address_in_it(terminal: Terminal) -> None:
    words = "The commission met in the capital and agreed on the course of the river. " * 4
    head = "<title>Commission</title><link rel=canonical href='https://tass.com/world/1'>"
    page = f"<html><head>{head}</head><body><article><p>{words}</p></article></body></html>"
    Path("saved.html").write_text(page, encoding="utf-8")
    Path("saved.html.gz").write_bytes(gzip.compress(page.encode()))

    plain, zipped = terminal("ingest", "saved.html"), terminal("ingest", "saved.html.gz")

    assert (plain.code, zipped.code) == (0, 0)
    row = json.loads(terminal("show", "https://tass.com/world/1", "-f", "json").out)
    assert (row["outlet"], row["url"]) == ("tass", "https://tass.com/world/1")


def test_ingest_says_why_a_file_cannot_be_used(terminal: Terminal) -> None:
    Path("broken.html.gz").write_bytes(gzip.compress(b"<html>" * 1000)[:40])
    Path("photo.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    Path("empty.html").write_bytes(b"")

    said = terminal("ingest", "broken.html.gz", "photo.html", "empty.html")

    assert said.code == 1
    assert said.err.count("claimwatch: ") == 3
    assert said.out.count("1 refused") == 3


@pytest.mark.parametrize("verb", ["analyze", "extract", "ingest"])
def test_a_file_that_is_not_there_is_wrong_usage(terminal: Terminal, verb: str) -> None:
    more = ["--url", "https://a.example/"] if verb == "extract" else []

    said = terminal(verb, "missing.jsonl", *more)

    assert said.code == 2
    assert "missing.jsonl" in said.err


def test_version_is_printed(terminal: Terminal) -> None:
    assert terminal("--version").out.startswith("claimwatch 0.")
