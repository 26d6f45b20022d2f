"""Every mistake is told with its file, line and column, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimwatch.config.load import load_settings
from domain.errors import ConfigError
from tests.unit.config.conftest import Problems
from tests.unit.config.mistakes import CONFIGS
from tests.unit.config.mistakes_in_lists import OUTLETS, WATCHES


@pytest.mark.parametrize(("text", "expected"), CONFIGS)
def test_a_wrong_config_is_told_place_by_place(problems: Problems, text: str, expected: list[str]) -> None:
    assert problems(text) == [f"claimwatch.yaml:{one}" for one in expected]


@pytest.mark.parametrize(("text", "expected"), OUTLETS)
def test_a_wrong_outlet_file_is_told_place_by_place(problems: Problems, text: str, expected: list[str]) -> None:
    assert problems("outlets: [builtin, o.yaml]", o=text) == [f"o.yaml:{one}" for one in expected]


@pytest.mark.parametrize(("text", "expected"), WATCHES)
def test_a_wrong_watch_file_is_told_place_by_place(problems: Problems, text: str, expected: list[str]) -> None:
    assert problems("watches: [w.yaml]", w=text) == [f"w.yaml:{one}" for one in expected]


QUERIES = [
    pytest.param("query: land OR OR sea", "4:18", False, id="plain"),
    pytest.param("query: 'land OR OR sea'", "4:19", False, id="single-quoted"),
    pytest.param('query: "land OR OR sea"', "4:19", False, id="double-quoted"),
    pytest.param('query: "\\"la nd\\" OR OR sea"', "4:10", True, id="escaped"),
    pytest.param("query: 'it''s OR OR sea'", "4:20", False, id="doubled-quote"),
    pytest.param("query: |\n    land OR\n    OR sea", "6:5", False, id="block"),
    pytest.param("query: |2-\n\n      land OR\n\n     OR sea", "8:6", False, id="block-with-an-indent-of-its-own"),
    pytest.param("query: |\n    land OR\n    (sea", "6:5", False, id="block-never-closed"),
    pytest.param("query: >\n    land OR\n    OR sea", "6:5", False, id="folded"),
    pytest.param("query: land OR\n    OR sea", "5:5", False, id="over-two-lines"),
    pytest.param("query: |\n    land OR", "5:12", False, id="ends-too-early"),
    pytest.param("query: 'land\n    OR sea near @nothing'", "5:17", False, id="no-such-concept"),
    pytest.param("queries:\n    kk: жер OR OR теңіз", "5:16", False, id="of-a-language"),
    pytest.param("query: x\n  except: land OR OR sea", "5:19", False, id="except"),
]


@pytest.mark.parametrize(("lines", "place", "in_words"), QUERIES)
def test_a_wrong_query_is_told_at_its_place(problems: Problems, lines: str, place: str, in_words: bool) -> None:
    (problem,) = problems("watches: [w.yaml]", w=f"watches:\n- id: a\n  title: A\n  {lines}\n")

    assert problem.startswith(f"w.yaml:{place}: the query is wrong")
    assert (" at its " in problem) == in_words


BYTES = [
    pytest.param(b"", ": the file is empty", id="empty"),
    pytest.param(b"\x00\x01\x02", ": the file is binary, not text", id="binary"),
    pytest.param(b"\x89PNG\r\n", ":1:1: the file is not UTF-8 text", id="picture"),
    pytest.param("a: ä\nb: é ".encode() + b"\xe9", ":2:6: the file is not UTF-8 text", id="latin-1"),
    pytest.param(b"\xef\xbb\xbfa: \xe9", ":1:4: the file is not UTF-8 text", id="latin-1-behind-a-mark"),
    pytest.param("a: 1".encode("utf-16"), ": the file is UTF-16: save it as UTF-8", id="utf-16"),
    pytest.param(b"#" * (1 << 20) + b"#", ": the file is larger than 1 MiB", id="large"),
    pytest.param(b"[" * 100_000, ":1:33: nested more than 32 levels deep", id="brackets"),
    pytest.param(b"retention: {polls_days: " + b"9" * 5000 + b"}", ":1:25: must be a whole number", id="long-number"),
]


@pytest.mark.parametrize(("body", "expected"), BYTES)
def test_what_is_no_text_is_told(problems: Problems, body: bytes, expected: str) -> None:
    assert problems(body) == [f"claimwatch.yaml{expected}"]


class TestFiles:
    def test_a_missing_file_is_told_where_it_is_named(self, problems: Problems) -> None:
        assert problems("outlets: [builtin, no.yaml]\nwatches: [a/b.yaml]") == [
            "claimwatch.yaml:1:20: there is no file no.yaml",
            "claimwatch.yaml:2:11: there is no file a/b.yaml",
        ]

    def test_an_empty_folder_is_told_where_it_is_named(self, problems: Problems, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()

        assert problems("watches: [mine]") == ["claimwatch.yaml:1:11: the folder mine holds no .yaml file"]

    def test_names_in_an_unreadable_file_are_not_told_as_missing(self, problems: Problems) -> None:
        found = problems("watches: [w.yaml]\nroutes: [{to: [console], match: {watches: [mine]}}]", w="watches: [")

        assert [problem.split(":")[0] for problem in found] == ["w.yaml"]

    def test_a_disabled_name_is_told_as_such(self, problems: Problems) -> None:
        config = "outlets: [builtin, o.yaml]\nroutes: [{to: [console], match: {outlets: [sohu]}}]"

        assert problems(config, o="outlets: [{id: sohu, disabled: true}]") == [
            "claimwatch.yaml:2:44: the outlet 'sohu' is disabled"
        ]

    def test_the_same_id_twice_in_one_folder_is_told(self, problems: Problems) -> None:
        watch = "watches: [{id: a, title: A, query: x}]"

        assert problems("watches: [mine]", mine__a=watch, mine__b=watch) == [
            "mine/b.yaml:1:16: the id 'a' is already given in mine/a.yaml:1"
        ]

    def test_problems_of_all_files_come_together(self, problems: Problems) -> None:
        found = problems(
            "colour: red\noutlets: [o.yaml]\nwatches: [w.yaml]\nroutes: [{to: [nobody]}]",
            o="outlets: [{id: a, evry: 1}]",
            w="watches: [{id: a, title: A, query: x OR}]",
        )

        assert {problem.split(":")[0] for problem in found} == {"claimwatch.yaml", "o.yaml", "w.yaml"}
        assert sum("claimwatch.yaml" in problem for problem in found) == 2

    @pytest.mark.parametrize(
        ("path", "expected"),
        [("none.yaml", "none.yaml: there is no file none.yaml"), (".", ".: . is a folder; a file is wanted here")],
    )
    def test_a_config_that_cannot_be_opened_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, expected: str
    ) -> None:
        monkeypatch.chdir(tmp_path)

        with pytest.raises(ConfigError) as caught:
            load_settings(path, environ={})

        assert str(caught.value) == expected

    def test_a_variable_that_names_no_file_is_told_by_its_name(self) -> None:
        with pytest.raises(ConfigError, match=r"^CLAIMWATCH_CONFIG: there is no file none\.yaml$"):
            load_settings(None, environ={"CLAIMWATCH_CONFIG": "none.yaml"})


class TestSecrets:
    SECRET = "hunter2hunter2"

    @pytest.mark.parametrize(
        "config",
        [
            "channels: {m: {kind: email, host: h, from: a@b, to: [c@d], username: u, password: %s}}",
            "channels: {w: {kind: webhook, url: 'https://h/', secret: %s}}",
            "channels: {w: {kind: webhook, url: 'https://h/', secrets: [env:A, %s]}}",
            "channels: {w: {kind: webhook, url: 'https://h/', secret: env:A, headers: {Authorization: %s}}}",
            "channels: {w: {kind: webhook, url: 'https://u:%s@h/', secret: env:A}}",
            "database: {url: 'postgresql://u:%s@h/db'}",
            "database: {url: 'postgresql://h/db?password=%s'}",
            "database: {url: 'oracle://u:%s@h/db'}",
            "channels: {m: {kind: email, pasword: %s}}",
            "channels: {m: {kind: email, password: [%s}}",
        ],
    )
    def test_a_secret_in_plain_is_refused_and_never_shown(self, problems: Problems, config: str) -> None:
        found = problems(config % self.SECRET)

        assert found
        assert self.SECRET not in "\n".join(found)

    def test_a_wrong_address_in_the_environment_is_not_shown(self) -> None:
        with pytest.raises(ConfigError) as caught:
            load_settings(None, environ={"CLAIMWATCH_DATABASE_URL": f"oracle://u:{self.SECRET}@h"})

        assert "CLAIMWATCH_DATABASE_URL: a database address begins with" in str(caught.value)
        assert self.SECRET not in str(caught.value)

    def test_a_secret_address_that_is_not_set_is_told(self, problems: Problems) -> None:
        assert problems("database: {url: env:DSN}") == ["claimwatch.yaml:1:17: the secret env:DSN is empty or not set"]
        assert "cannot be read" in problems("database: {url: file:none}")[0]
