from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.planner import Plan, PlanInput, plan
from domain.alerts import Channel, ConsoleChannel
from domain.articles import PageState
from domain.ids import stable_id
from domain.matches import Decision
from domain.outcomes import ArticleOutcome, JobEnd
from domain.views import AlertFilter
from domain.watches import Route, RouteFilter, Severity
from tests.fakes.storage import MemoryStores
from tests.unit.alerts.samples import MAIL, NOW, OUTLET, WATCH, article, hit

CHANNELS: Mapping[str, Channel] = {"mail": MAIL, "screen": ConsoleChannel(name="screen")}


def planned(**changes: Any) -> Plan:
    base = PlanInput(
        article=article(),
        hits=(hit(),),
        watches={WATCH.id: WATCH},
        routes=(Route(to=("mail",)),),
        channels=CHANNELS,
        told={},
        outlet=OUTLET,
        now=NOW,
    )
    return plan(replace(base, **changes))


def decision(**changes: Any) -> Decision:
    (match,) = planned(**changes).matches
    return match.decision


def test_a_first_report_is_told_to_every_recipient() -> None:
    result = planned()

    (alert,) = result.alerts
    assert [match.decision for match in result.matches] == [Decision.FIRST_IN_STORY]
    assert alert.id == stable_id("alr", "kz-land", "sto-1")
    assert [each.recipient for each in result.deliveries] == ["a@r.example", "b@r.example"]
    assert result.deliveries[0].id == stable_id("dlv", alert.id, "mail", "a@r.example")
    assert {each.next_attempt_at for each in result.deliveries} == {NOW}


def test_a_match_keeps_what_was_found() -> None:
    found = hit()

    (match,) = planned(hits=(found,)).matches

    assert match.id == stable_id("mat", "art-1", "kz-land")
    assert (match.mentions, match.score, match.matched_at) == (found.mentions, found.score, NOW)


def test_an_alert_says_what_the_article_says() -> None:
    (alert,) = planned().alerts

    content = alert.content
    assert (content.watch_title, content.outlet_name, content.country) == (WATCH.title, "Вестник Пример", "RU")
    assert (content.title, content.url, content.language) == (article().title, article().url, "ru")
    assert [quote.text for quote in content.quotes] == ["территория Казахстана"]
    assert not content.partial


def test_an_article_without_its_page_is_told_as_partial() -> None:
    (alert,) = planned(article=article(page=PageState.REFUSED), outlet=None).alerts

    assert alert.content.partial
    assert alert.content.outlet_name is None


def test_a_story_already_told_is_not_told_again() -> None:
    result = planned(told={"kz-land": frozenset({"mail"})})

    assert [match.decision for match in result.matches] == [Decision.SAME_STORY]
    assert (result.alerts, result.deliveries) == ((), ())


def test_a_story_told_to_one_channel_is_told_to_another_that_a_later_report_selects() -> None:
    result = planned(told={"kz-land": frozenset({"pager"})}, routes=(Route(to=("screen",)),))

    (delivery,) = result.deliveries
    assert [match.decision for match in result.matches] == [Decision.OTHER_CHANNEL]
    assert result.alerts == ()
    assert (delivery.alert_id, delivery.channel) == (stable_id("alr", "kz-land", "sto-1"), "screen")
    assert delivery.id == stable_id("dlv", delivery.alert_id, "screen", "")


def test_two_routes_by_outlet_both_hear_of_a_story_that_both_outlets_report() -> None:
    stores = MemoryStores()
    routes = (
        Route(filter=RouteFilter(outlets=("first",)), to=("mail",)),
        Route(filter=RouteFilter(outlets=("second",)), to=("screen",)),
    )
    for outlet in ("first", "second", "first"):
        told = stores.story_index.told("sto-1")
        report = article(id=f"art-{outlet}", outlet_id=outlet)
        result = planned(article=report, outlet=None, routes=routes, told=told)
        stores.articles.record_article(
            ArticleOutcome(
                article=report,
                matches=result.matches,
                alerts=result.alerts,
                deliveries=result.deliveries,
                end=JobEnd(),
            )
        )

    assert stores.story_index.told("sto-1") == {"kz-land": {"mail", "screen"}}
    assert len(stores.outbox.alerts(AlertFilter())) == 1
    assert stores.health.report().pending_deliveries == 3  # two by mail, one on the screen


def test_only_channels_that_have_not_heard_of_a_story_are_told_of_it() -> None:
    result = planned(told={"kz-land": frozenset({"mail"})}, routes=(Route(to=("mail", "screen")),))

    assert [each.channel for each in result.deliveries] == ["screen"]


def test_an_alert_that_has_no_delivery_yet_gets_one() -> None:
    result = planned(told={"kz-land": frozenset()})

    assert [match.decision for match in result.matches] == [Decision.OTHER_CHANNEL]
    assert (result.alerts, len(result.deliveries)) == ((), 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"article": article(published_at=NOW - timedelta(days=8))},
        {"routes": ()},
        {"watches": {}},
    ],
    ids=["too old for the route", "no route", "no watch"],
)
def test_a_told_story_that_selects_no_other_channel_is_the_same_story(changes: Any) -> None:
    result = planned(told={"kz-land": frozenset({"screen"})}, **changes)

    assert [match.decision for match in result.matches] == [Decision.SAME_STORY]
    assert result.deliveries == ()


def test_each_watch_is_decided_by_itself() -> None:
    other = replace(WATCH, id="other")

    result = planned(
        hits=(hit(), hit("other")),
        watches={WATCH.id: WATCH, "other": other},
        told={"kz-land": frozenset({"mail"})},
    )

    assert [match.decision for match in result.matches] == [Decision.SAME_STORY, Decision.FIRST_IN_STORY]
    assert [alert.watch_id for alert in result.alerts] == ["other"]


def test_an_old_article_is_not_told() -> None:
    old = article(published_at=NOW - timedelta(days=7, seconds=1))

    assert decision(article=old) is Decision.TOO_OLD


@pytest.mark.parametrize("published_at", [None, NOW - timedelta(days=7), NOW + timedelta(days=400)])
def test_an_article_without_a_believable_age_is_told(published_at: Any) -> None:
    assert decision(article=article(published_at=published_at)) is Decision.FIRST_IN_STORY


def test_only_routes_that_take_the_age_get_the_alert() -> None:
    routes = (Route(to=("mail",), max_age_days=1), Route(to=("screen",), max_age_days=30))

    result = planned(routes=routes, article=article(published_at=NOW - timedelta(days=5)))

    assert [each.channel for each in result.deliveries] == ["screen"]


@pytest.mark.parametrize(
    "wanted",
    [
        RouteFilter(watches=("other",)),
        RouteFilter(languages=("kk", "zh")),
        RouteFilter(languages=("rus",)),
        RouteFilter(outlets=("other",)),
        RouteFilter(countries=("KZ",)),
    ],
)
def test_a_match_that_no_route_selects_is_not_told(wanted: RouteFilter) -> None:
    assert decision(routes=(Route(filter=wanted, to=("mail",)),)) is Decision.NO_ROUTE


def test_a_severity_under_the_routes_is_not_told() -> None:
    low = replace(WATCH, severity=Severity.LOW)
    route = Route(filter=RouteFilter(min_severity=Severity.MEDIUM), to=("mail",))

    assert decision(watches={WATCH.id: low}, routes=(route,)) is Decision.NO_ROUTE


def test_a_route_selects_by_all_its_conditions() -> None:
    wanted = RouteFilter(
        watches=("kz-land",),
        min_severity=Severity.HIGH,
        languages=("ru",),
        outlets=("vestnik",),
        countries=("RU",),
    )

    assert decision(routes=(Route(filter=wanted, to=("mail",)),)) is Decision.FIRST_IN_STORY


def test_a_language_selects_its_scripts_too() -> None:
    route = Route(filter=RouteFilter(languages=("kk",)), to=("mail",))

    assert decision(article=article(language="kk-Arab"), routes=(route,)) is Decision.FIRST_IN_STORY


def test_an_article_of_no_known_outlet_has_no_country() -> None:
    route = Route(filter=RouteFilter(countries=("RU",)), to=("mail",))

    assert decision(outlet=None, routes=(route,)) is Decision.NO_ROUTE


def test_a_hit_of_a_watch_that_is_gone_is_routed_nowhere() -> None:
    assert decision(watches={}) is Decision.NO_ROUTE


def test_a_channel_of_two_routes_is_told_once() -> None:
    result = planned(routes=(Route(to=("screen", "mail")), Route(to=("mail", "screen"))))

    assert [(each.channel, each.recipient) for each in result.deliveries] == [
        ("screen", ""),
        ("mail", "a@r.example"),
        ("mail", "b@r.example"),
    ]


def test_a_recipient_written_twice_is_told_once() -> None:
    twice = replace(MAIL, to=("a@r.example", "a@r.example"))

    assert len(planned(channels={"mail": twice}).deliveries) == 1


def test_a_route_to_a_channel_that_is_gone_makes_a_visible_delivery() -> None:
    (delivery,) = planned(channels={}).deliveries

    assert (delivery.channel, delivery.recipient) == ("mail", "")


def test_the_same_input_gives_the_same_plan() -> None:
    assert planned() == planned()
