"""What every MatchStore and StoryIndex promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from domain.articles import PageState
from domain.views import MatchFilter
from tests.contract.conftest import AnyStores
from tests.contract.samples import after, alert, article, delivery, match, plain, told


def _listed(stores: AnyStores, filter: MatchFilter) -> list[str]:
    return [row.match.id for row in stores.matches.list(filter)]


@pytest.fixture
def press(stores: AnyStores) -> AnyStores:
    """Three articles, dated 30, 20 and 10 seconds after NOW; the second one only first seen."""
    for name, published, seen, changes in (
        ("a1", 30, 99, {"outlet_id": "steppe", "language": "kk"}),
        ("a2", None, 20, {"outlet_id": "river", "language": "ru"}),
        ("a3", 10, 99, {"outlet_id": "river", "language": "kk"}),
    ):
        dated = article(name, published_at=published and after(published), first_seen_at=after(seen), **changes)
        stores.articles.record_article(plain(dated, matches=(match(name, "gift"), match(name, "border"))))
    return stores


def test_matches_come_with_their_article(stores: AnyStores) -> None:
    outcome = told()
    stores.articles.record_article(outcome)

    (row,) = stores.matches.list(MatchFilter())

    assert (row.match, row.article) == (outcome.matches[0], outcome.article)


def test_matches_are_listed_newest_published_first(press: AnyStores) -> None:
    assert _listed(press, MatchFilter(watch="gift")) == ["mat-a1-gift", "mat-a2-gift", "mat-a3-gift"]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (MatchFilter(outlet="river", watch="gift"), ["mat-a2-gift", "mat-a3-gift"]),
        (MatchFilter(language="kk", watch="border"), ["mat-a1-border", "mat-a3-border"]),
        (MatchFilter(since=after(20), watch="gift"), ["mat-a1-gift", "mat-a2-gift"]),
        (MatchFilter(until=after(20), watch="gift"), ["mat-a3-gift"]),
        (MatchFilter(limit=2, offset=1), ["mat-a1-gift", "mat-a2-border"]),
        (MatchFilter(watch="nothing"), []),
    ],
    ids=["outlet", "language", "since", "until", "page", "none"],
)
def test_matches_are_filtered(press: AnyStores, filter: MatchFilter, expected: list[str]) -> None:
    assert _listed(press, filter) == expected


def test_match_moves_when_its_article_gets_its_date(stores: AnyStores) -> None:
    part = article(page=PageState.REFUSED, first_seen_at=after(100))
    stores.articles.record_article(plain(part, matches=(match(),)))

    stores.articles.record_article(plain(article(published_at=after(-100))))

    assert _listed(stores, MatchFilter(until=after(0))) == ["mat-a1-gift"]


def test_naive_filter_is_refused(stores: AnyStores) -> None:
    stores.articles.record_article(told())

    with pytest.raises(ValueError, match="naive"):
        stores.matches.list(MatchFilter(since=datetime(2026, 11, 23)))  # noqa: DTZ001 - the wrong kind is the point


def test_same_words_are_one_story_before_anything_is_stored(stores: AnyStores) -> None:
    first = stores.story_index.assign("words", "art-a1")

    assert stores.story_index.assign("words", "art-a2") == first
    assert stores.story_index.assign("other words", "art-a2") != first


def test_same_words_are_the_story_of_the_stored_article(stores: AnyStores) -> None:
    stores.articles.record_article(plain(article(content_hash="words", story_id="sto-known")))

    assert stores.story_index.assign("words", "art-new") == "sto-known"


def test_asking_for_a_story_stores_nothing(stores: AnyStores) -> None:
    stores.story_index.assign("words", "art-a1")

    assert stores.articles.article("art-a1") is None
    assert stores.health.report().articles == 0


def test_article_whose_words_changed_stays_in_its_story(stores: AnyStores) -> None:
    stores.articles.record_article(plain(article(content_hash="lead", story_id="sto-known")))

    assert stores.story_index.assign("whole page", "art-a1") == "sto-known"


def test_changed_words_never_move_a_story_that_stands(stores: AnyStores) -> None:
    own = stores.story_index.assign("page", "art-a2")
    stores.articles.record_article(plain(article("a2", content_hash="page", story_id=own, first_seen_at=after(5))))
    stores.articles.record_article(plain(article("a1", content_hash="page", story_id="sto-lead")))

    assert stores.story_index.assign("page", "art-a3") == own


def test_articles_without_words_are_stories_of_their_own(stores: AnyStores) -> None:
    first = stores.story_index.assign("", "art-a1")
    stores.articles.record_article(plain(article(content_hash="", story_id=first)))

    assert stores.story_index.assign("", "art-a1") == first
    assert stores.story_index.assign("", "art-a2") != first


def test_watches_that_told_a_story_are_known_with_their_channels(stores: AnyStores) -> None:
    outcome = told("a1", story="sto-1")
    border = alert("a1", "border", "sto-1")
    mails = (delivery(border, "mail", id="dlv-1", recipient="a"), delivery(border, "mail", id="dlv-2", recipient="b"))
    deliveries = (*outcome.deliveries, *mails, delivery(border, "team"))
    stores.articles.record_article(replace(outcome, alerts=(*outcome.alerts, border), deliveries=deliveries))

    assert stores.story_index.told("sto-1") == {"gift": frozenset({"desk"}), "border": frozenset({"mail", "team"})}
    assert stores.story_index.told("sto-2") == {}


def test_alert_without_deliveries_has_told_no_channel(stores: AnyStores) -> None:
    stores.articles.record_article(told("a1", story="sto-1", channels=()))

    assert stores.story_index.told("sto-1") == {"gift": frozenset()}
