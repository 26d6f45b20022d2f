from __future__ import annotations

import pytest

from benchmarks import texts
from benchmarks.pages import LAYOUTS, page
from matching.matcher import Matcher


def test_equal_numbers_give_equal_texts() -> None:
    assert texts.text(17) == texts.text(17)
    assert texts.text(17) != texts.text(21)


def test_languages_take_turns() -> None:
    assert [texts.text(number).language for number in range(5)] == ["en", "ru", "kk", "zh", "en"]


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_names_of_places_differ(language: str) -> None:
    names = {texts.name(language, number) for number in range(texts.NAMES)}

    assert len(names) == texts.NAMES


def test_land_watch_meets_the_articles_that_hold_the_claim_and_no_other() -> None:
    matcher = Matcher([texts.land_watch()])
    written = [texts.text(number) for number in range(40)]

    met = {one.number for one in written if matcher.analyze(texts.article(one)).hits}

    assert met == {one.number for one in written if one.claims}
    assert len(met) == 8


def test_analysis_tells_the_language_in_which_an_article_was_written() -> None:
    matcher = Matcher(())
    written = [texts.text(number) for number in range(12)]

    told = [matcher.analyze(texts.article(one)).language for one in written]

    assert told == [one.language for one in written]


def test_watches_have_ids_of_their_own() -> None:
    ids = [one.watch.id for one in texts.interests(50)]

    assert len(set(ids)) == 50


@pytest.mark.parametrize("layout", LAYOUTS)
def test_page_holds_every_paragraph_that_should_be_found(layout: str) -> None:
    made = page(texts.text(1), layout, others=[texts.text(5)])

    assert all(part in made.body.decode() for part in made.expected.split("\n"))
