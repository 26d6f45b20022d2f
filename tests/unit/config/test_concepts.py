"""Concepts of watch files, the queries that name them, and what is advised about queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimwatch.config.lexicons import builtin_concepts
from claimwatch.config.load import load, load_database_url, load_watches
from domain.errors import ConfigError
from matching.query.render import render
from tests.unit.config.conftest import Load, Problems

CONCEPTS = """\
concepts:
  quay: {en: [quay~, '"river pier"'], ru: [причал~], zh: [码头]}
"""
WATCH = "watches: [{id: a, title: A, query: '@quay NEAR/5 geo:KZ'}]"


def test_concepts_stand_beside_the_watches_that_name_them(load: Load) -> None:
    settings = load("watches: [w.yaml]", w=CONCEPTS + WATCH)

    words = settings.concepts.named["quay"]
    assert [render(one) for one in words.variants["ru"]] == ["причал~"]


def test_the_packaged_concepts_and_states_are_there_without_being_asked_for(load: Load) -> None:
    settings = load("watches: [w.yaml]", w=CONCEPTS)

    assert settings.concepts.named.keys() == builtin_concepts().named.keys() | {"quay"}
    assert "KZ" in settings.concepts.states


def test_a_later_file_replaces_a_concept_of_the_same_name(load: Load) -> None:
    settings = load("watches: [one.yaml, two.yaml]", one=CONCEPTS, two="concepts: {quay: {kk: [айлақ~]}}")

    assert settings.concepts.named["quay"].variants.keys() == {"kk"}


def test_a_watch_may_name_a_concept_of_another_file(load: Load) -> None:
    settings = load("watches: [one.yaml, two.yaml]", one=WATCH, two=CONCEPTS)

    assert [watch.id for watch in settings.watches] == ["a"]


WRONG = [
    pytest.param("concepts: {Quay: {en: [x]}}", "1:12: the concept is wrong: a concept's name has small", id="name"),
    pytest.param("concepts: {quay: [x]}", "1:12: the concept is wrong: a concept is a mapping", id="no-mapping"),
    pytest.param("concepts: {quay: {en: x}}", "1:23: the concept is wrong: a list of texts", id="no-list"),
    pytest.param("concepts: {quay: {en: [a, (b]}}", "1:27: the concept is wrong: the variant '(b'", id="variant"),
    pytest.param("concepts: {quay: {english: [a]}}", "1:28: the concept is wrong: english is no lang", id="language"),
    pytest.param("concepts: {quay: {en: ['@pier']}}", "1:24: the concept is wrong: the variant '@pier'", id="circle"),
    pytest.param("concepts: {quay: {geo: QQ}}", "1:24: the concept is wrong: ", id="no-such-state"),
    pytest.param("concepts: [quay]", "1:11: must be a mapping", id="a-list"),
    pytest.param("{}", "1:1: a watches file holds 'watches', 'concepts' or both", id="neither"),
    pytest.param(
        "concepts: {quay: {en: [a]}}\nwatches: [{id: a, title: A, query: x AND @key}]",
        "2:42: the query is wrong: there is no concept @key",
        id="unknown-concept",
    ),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_a_wrong_concept_is_told_at_its_place(problems: Problems, text: str, expected: str) -> None:
    (problem,) = problems("watches: [w.yaml]", w=text)

    assert problem.startswith(f"w.yaml:{expected}")


def test_two_files_of_one_folder_may_not_give_a_concept_twice(problems: Problems) -> None:
    (problem,) = problems("watches: [mine]", mine__a=CONCEPTS, mine__b=CONCEPTS)

    assert problem == "mine/b.yaml:2:3: the concept 'quay' is already given in mine/a.yaml:2"


def test_a_wrong_query_shows_the_line_and_a_caret(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load("watches: [w.yaml]", w="watches:\n- id: a\n  title: A\n  query: |\n    x OR\n    y AND OR\n")

    (problem,) = caught.value.problems
    assert problem.lines[0].startswith("w.yaml:6:11: the query is wrong: ")
    assert problem.lines[1:] == ("    y AND OR", "          ^")


def test_the_watches_of_a_folder_bring_their_concepts(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(CONCEPTS + WATCH, encoding="utf-8")

    assert "quay" in load_watches(str(tmp_path)).concepts.named


class TestAdvice:
    def advice(self, tmp_path: Path, watches: str) -> list[str]:
        (tmp_path / "w.yaml").write_text(watches, encoding="utf-8")
        config = tmp_path / "c.yaml"
        config.write_text("watches: [builtin, w.yaml]", encoding="utf-8")
        loaded = load(str(config), environ={}, advise=True)
        assert loaded.settings is not None, loaded.problems
        return [str(one).removeprefix(f"{tmp_path}/") for one in loaded.advice]

    def test_a_concept_without_words_in_a_language_that_is_read_is_told(self, tmp_path: Path) -> None:
        (told,) = self.advice(tmp_path, CONCEPTS + "watches: [{id: a, title: A, query: x AND @quay}]")

        assert told.startswith("w.yaml:3:42: look at the query again: @quay has no words in ")
        assert "kk" in told

    def test_a_query_of_one_language_is_read_in_that_language(self, tmp_path: Path) -> None:
        watches = "watches: [{id: a, title: A, queries: {ru: '@quay', en: '@quay'}}]"

        assert self.advice(tmp_path, CONCEPTS + watches) == []

    def test_the_query_for_any_other_language_is_not_asked_of_those_that_have_one(self, tmp_path: Path) -> None:
        queries = "queries: {en: '@quay', ru: '@quay', zh: '@quay', '*': '@quay'}, languages: [en, ru, kk, zh]"

        (told,) = self.advice(tmp_path, CONCEPTS + f"watches: [{{id: a, title: A, {queries}}}]")

        assert told.endswith("@quay has no words in kk: it is never met there")

    def test_a_place_within_a_block_is_that_of_the_file(self, tmp_path: Path) -> None:
        watches = "watches:\n- id: a\n  title: A\n  query: |\n    border OR\n    the\n"

        assert self.advice(tmp_path, watches)[0].startswith("w.yaml:6:5: look at the query again: 'the' alone")

    def test_nobody_is_told_what_could_be_better_in_packaged_watches(self, tmp_path: Path) -> None:
        assert self.advice(tmp_path, "watches: [{id: a, title: A, queries: {en: border}}]") == []


class TestFiles:
    def test_every_file_that_was_looked_at_is_known_also_where_it_is_wrong(self, tmp_path: Path) -> None:
        config = tmp_path / "c.yaml"
        config.write_text("watches: [builtin, mine, none.yaml]\noutlets: [o.yaml]", encoding="utf-8")
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "w.yaml").write_text("watches: [", encoding="utf-8")

        loaded = load(str(config), environ={})

        names = {str(file.relative_to(tmp_path)) for file in loaded.files}
        assert names == {"c.yaml", "mine", "mine/w.yaml", "none.yaml", "o.yaml"}
        assert loaded.settings is None

    def test_without_a_config_file_nothing_is_looked_at(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

        assert load(None, environ={}).files == ()


class TestDatabase:
    def test_it_is_known_whatever_else_is_wrong(self, tmp_path: Path) -> None:
        config = tmp_path / "c.yaml"
        config.write_text("database: {url: sqlite:///x.db}\nwatches: [none.yaml]\nroutes: 7", encoding="utf-8")

        assert load_database_url(str(config), environ={}) == f"sqlite:///{tmp_path}/x.db"

    def test_the_environment_goes_first(self, tmp_path: Path) -> None:
        config = tmp_path / "c.yaml"
        config.write_text("{}", encoding="utf-8")

        given = load_database_url(str(config), environ={"CLAIMWATCH_DATABASE_URL": "sqlite:////y.db"})

        assert given == "sqlite:////y.db"

    @pytest.mark.parametrize("text", ["database: [", "database: {url: 7}", "database: {url: env:NOT_SET}"])
    def test_what_is_wrong_with_it_is_told(self, tmp_path: Path, text: str) -> None:
        config = tmp_path / "c.yaml"
        config.write_text(text, encoding="utf-8")

        with pytest.raises(ConfigError, match=r"c\.yaml"):
            load_database_url(str(config), environ={})
