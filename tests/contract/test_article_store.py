"""What every ArticleStore promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from domain.articles import EntryState, PageState
from domain.errors import StorageError
from domain.matches import Decision, Mention
from domain.outcomes import JobEnd
from domain.views import DeliveryFilter, MatchFilter
from tests.contract.conftest import AnyStores
from tests.contract.samples import (
    NOW,
    after,
    article,
    claim,
    entry,
    entry_outcome,
    match,
    plain,
    poll_outcome,
    stored,
    sync,
    told,
)


def _deliveries(stores: AnyStores) -> list[str]:
    return sorted(row.delivery.id for row in stores.outbox.list(DeliveryFilter()))


def _decisions(stores: AnyStores) -> dict[str, Decision]:
    return {row.match.id: row.match.decision for row in stores.matches.list(MatchFilter())}


def test_article_comes_back_as_it_was_stored(stores: AnyStores) -> None:
    whole = article(lead="Lead", author="A. Writer", published_at=after(-60.5), declared_language="kk-Cyrl")

    stores.articles.record_article(plain(whole))

    assert stores.articles.article("art-a1") == whole


def test_unknown_article_and_entry_are_none(stores: AnyStores) -> None:
    assert stores.articles.article("art-nope") is None
    assert stores.articles.entry("ent-nope") is None
    assert stores.articles.details("art-nope") is None


def test_article_brings_its_matches_alerts_and_deliveries(stores: AnyStores) -> None:
    outcome = told(channels=("desk", "team"))

    stores.articles.record_article(outcome)

    details = stores.articles.details("art-a1")
    assert details is not None
    assert (details.article, details.matches, details.alerts) == (outcome.article, outcome.matches, outcome.alerts)
    assert _deliveries(stores) == sorted(item.id for item in outcome.deliveries)


def test_article_stored_twice_leaves_one_copy(stores: AnyStores) -> None:
    outcome = told()

    stores.articles.record_article(outcome)
    stores.articles.record_article(outcome)

    assert _decisions(stores) == {"mat-a1-gift": Decision.FIRST_IN_STORY}
    assert _deliveries(stores) == ["dlv-alr-gift-sto-a1-desk"]


def test_article_done_again_after_a_crash_stays_told(stores: AnyStores) -> None:
    stores.articles.record_article(told())
    again = told(matches=(match(decision=Decision.SAME_STORY),), alerts=(), deliveries=())

    stores.articles.record_article(again)

    assert _decisions(stores) == {"mat-a1-gift": Decision.FIRST_IN_STORY}
    assert len(_deliveries(stores)) == 1


def test_partial_article_is_completed_but_keeps_its_story(stores: AnyStores) -> None:
    part = article(page=PageState.REFUSED, text="", lead="A lead", content_hash="h1", story_id="sto-first")
    full = article(
        title="Longer", published_at=after(-60), content_hash="h2", story_id="sto-later", first_seen_at=after(9)
    )
    stores.articles.record_article(plain(part))

    stores.articles.record_article(plain(full))

    expected = replace(full, story_id="sto-first", first_seen_at=NOW)
    assert stores.articles.article("art-a1") == expected


def test_completed_article_moves_its_matches_to_the_new_text_but_keeps_what_was_decided(stores: AnyStores) -> None:
    part, full = article(page=PageState.REFUSED, text="", lead="A lead"), article()
    in_lead = Mention(field="lead", start=2, end=6, text="lead", term="lead")
    in_text = Mention(field="text", start=0, end=4, text="gift", term="gift")
    stores.articles.record_article(told(article=part, matches=(match(mentions=(in_lead,), score=1.0),)))

    later = match(mentions=(in_text,), score=2.0, decision=Decision.SAME_STORY, matched_at=after(9))
    stores.articles.record_article(told(article=full, matches=(later,), alerts=(), deliveries=()))

    (row,) = stores.matches.list(MatchFilter())
    assert (row.match.mentions, row.match.score) == ((in_text,), 2.0)
    assert (row.match.decision, row.match.matched_at) == (Decision.FIRST_IN_STORY, match().matched_at)


def test_matches_of_a_full_article_stay_as_they_are(stores: AnyStores) -> None:
    stores.articles.record_article(told())

    stores.articles.record_article(told(matches=(match(score=9.0),)))

    (row,) = stores.matches.list(MatchFilter())
    assert row.match == match()


@pytest.mark.parametrize("again", [PageState.FULL, PageState.EMPTY, PageState.REFUSED])
def test_full_article_is_never_changed(stores: AnyStores, again: PageState) -> None:
    stores.articles.record_article(plain(article()))

    stores.articles.record_article(plain(article(title="Another", page=again)))

    assert stores.articles.article("art-a1") == article()


def test_partial_article_is_not_replaced_by_another_part(stores: AnyStores) -> None:
    stores.articles.record_article(plain(article(page=PageState.REFUSED)))

    stores.articles.record_article(plain(article(title="Another", page=PageState.LEAD_ONLY)))

    assert stores.articles.article("art-a1") == article(page=PageState.REFUSED)


def test_new_match_of_a_known_article_is_added(stores: AnyStores) -> None:
    stores.articles.record_article(told())

    stores.articles.record_article(told(matches=(match(), match(watch="border", decision=Decision.NO_ROUTE))))

    assert set(_decisions(stores)) == {"mat-a1-gift", "mat-a1-border"}


def test_article_moves_its_entry_on(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry()]))
    done = stored(article_id="art-a1", note="read", tries=2)

    stores.articles.record_article(told(entry=done))

    assert stores.articles.entry("ent-e1") == done
    assert not [job for job in claim(stores) if job.key == "ent-e1"]


def test_entry_to_be_tried_again_is_due_then(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry()]))

    stores.articles.record_entry(entry_outcome(retry_at=after(60)))

    kept = stores.articles.entry("ent-e1")
    assert kept is not None
    assert (kept.state, kept.tries, kept.note) == (EntryState.PENDING, 1, "no page")
    assert claim(stores, now=after(59), entry=5) == ()
    assert [job.key for job in claim(stores, now=after(60), entry=5)] == ["ent-e1"]


def test_entry_given_up_is_never_due(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry()]))

    stores.articles.record_entry(entry_outcome())

    kept = stores.articles.entry("ent-e1")
    assert kept is not None
    assert kept.state is EntryState.FAILED
    assert claim(stores, now=after(10**6), entry=5) == ()


def test_lead_article_may_wait_for_its_page(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry()]))
    waiting = stored(state=EntryState.PENDING, article_id="art-a1")

    stores.articles.record_article(told(entry=waiting, retry_at=after(600)))

    assert [job.key for job in claim(stores, now=after(600), entry=5)] == ["ent-e1"]


@pytest.mark.parametrize(
    "asked",
    ["art-a1", "https://steppe.example/a1", "https://steppe.example/link?utm=1", "https://steppe.example/canonical"],
)
def test_details_are_found_by_id_and_by_every_url(stores: AnyStores, asked: str) -> None:
    sync(stores)
    link = entry(url="https://steppe.example/link?utm=1", canonical_url="https://steppe.example/canonical")
    stores.polls.record_poll(poll_outcome([link]))
    stores.articles.record_article(told(entry=stored(entry=link, article_id="art-a1")))

    details = stores.articles.details(asked)

    assert details is not None
    assert details.article.id == "art-a1"


def test_details_show_the_rest_of_the_story_oldest_first(stores: AnyStores) -> None:
    for name, seconds in (("a1", 5), ("a2", 9), ("a3", 1)):
        stores.articles.record_article(plain(article(name, story_id="sto-1", first_seen_at=after(seconds))))
    stores.articles.record_article(plain(article("a4")))

    details = stores.articles.details("art-a1")

    assert details is not None
    assert [other.id for other in details.story] == ["art-a3", "art-a2"]


def test_nothing_is_stored_when_a_row_in_the_middle_is_refused(stores: AnyStores) -> None:
    outcome = told()
    broken = replace(outcome, matches=(*outcome.matches, match("unknown", "zz")))

    with pytest.raises(StorageError):
        stores.articles.record_article(broken)

    assert stores.articles.article("art-a1") is None
    assert _decisions(stores) == {}
    assert _deliveries(stores) == []


def test_naive_time_deep_in_an_alert_is_refused(stores: AnyStores) -> None:
    naive = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - the wrong kind is the point
    outcome = told()
    content = replace(outcome.alerts[0].content, published_at=naive)

    with pytest.raises(ValueError, match="naive"):
        stores.articles.record_article(replace(outcome, alerts=(replace(outcome.alerts[0], content=content),)))

    assert stores.articles.article("art-a1") is None


def test_nul_and_lone_surrogates_become_one_replacement_each(stores: AnyStores) -> None:
    bad = "one\x00two\ud800three"
    mention = Mention(field="text", start=3, end=4, text="\x00", term="t\udfff")
    outcome = told(matches=(match(mentions=(mention,)),))
    decided = replace(outcome.alerts[0], content=replace(outcome.alerts[0].content, title=bad))

    stores.articles.record_article(replace(outcome, article=article(title=bad, text=bad), alerts=(decided,)))

    details = stores.articles.details("art-a1")
    good = "one\ufffdtwo\ufffdthree"
    assert details is not None
    assert (details.article.title, details.article.text) == (good, good)
    assert details.matches[0].mentions == (replace(mention, text="\ufffd", term="t\ufffd"),)
    assert details.alerts[0].content.title == good


def test_what_cannot_be_stored_can_be_asked_for(stores: AnyStores) -> None:
    assert stores.articles.details("https://steppe.example/\x00\ud800") is None


def test_four_scripts_and_large_texts_come_back_unchanged(stores: AnyStores) -> None:
    text = "Қазақ жері 领土 🗺 земля land. " * 50_000
    url = "https://steppe.example/" + "x" * 20_000
    stores.articles.record_article(plain(article(text=text, url=url)))

    details = stores.articles.details(url)

    assert details is not None
    assert details.article.text == text


def test_hostile_links_do_not_spoil_a_poll(stores: AnyStores) -> None:
    sync(stores)
    links = [
        "https://" + "h" * 9_000 + ".example/",
        "https://steppe.example/" + "".join(chr(0x4E00 + n % 9_000) for n in range(9_000)),
        "https://steppe.example:99999/",
        "mailto:nobody",
    ]
    entries = [entry(f"e{n}", url=url, canonical_url=url) for n, url in enumerate(links)]

    assert stores.polls.record_poll(poll_outcome(entries)) == len(links)


def test_article_sets_the_lane_free_when_its_engine_fences_by_other_means(stores: AnyStores) -> None:
    sync(stores)

    stores.articles.record_article(plain(article(), end=JobEnd(lane_free_at=after(4))))

    assert claim(stores, now=after(3)) == ()
    assert len(claim(stores, now=after(4))) == 1
