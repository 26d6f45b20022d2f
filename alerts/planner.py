"""Pure: what to tell, to whom, and for each match the named reason why it is told or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.quotes import quotes_of
from domain.alerts import Alert, AlertContent, Channel, Delivery
from domain.articles import Article, PageState
from domain.ids import stable_id
from domain.matches import Decision, Hit, Match
from domain.outlets import Outlet
from domain.watches import Route, Watch


@dataclass(frozen=True, kw_only=True)
class PlanInput:
    """One analysed article, and everything that the decision depends on."""

    #: Its story and language are known.
    article: Article
    #: One a watch.
    hits: tuple[Hit, ...]
    #: By id; a hit of a watch that is not among them is routed nowhere.
    watches: Mapping[str, Watch]
    routes: tuple[Route, ...]
    #: By name.
    channels: Mapping[str, Channel]
    #: Watches that have an alert on the article's story, by id, with the channels that were told.
    told: Mapping[str, frozenset[str]]
    #: Who published the article, None where unknown.
    outlet: Outlet | None
    #: Aware UTC.
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What follows: one match a hit, an alert for each that is told first, and the deliveries.

    A delivery may be of an alert that is stored already: a channel that had not heard of the story.
    """

    matches: tuple[Match, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


def plan(input: PlanInput) -> Plan:
    """Decide on every hit of an article.

    The same input gives the same plan; ids are stable, so a plan made twice is stored once.
    """
    matches: list[Match] = []
    alerts: list[Alert] = []
    deliveries: list[Delivery] = []
    for hit in input.hits:
        selecting = _selecting(input, hit)
        channels = _channels(input, hit, selecting)
        decision = _decide(input, hit, selecting, channels)
        matches.append(_match(input, hit, decision))
        if decision is Decision.FIRST_IN_STORY:
            alerts.append(_alert(input, hit, decision))
        if decision.told:
            deliveries.extend(_deliveries(input, hit, channels))
    return Plan(matches=tuple(matches), alerts=tuple(alerts), deliveries=tuple(deliveries))


def _channels(input: PlanInput, hit: Hit, selecting: tuple[Route, ...]) -> tuple[str, ...]:
    """Names of the channels to tell: of every route that takes the article's age, but for those that know."""
    fresh = (route for route in selecting if not _too_old(input.article, route))
    names = dict.fromkeys(name for route in fresh for name in route.to)
    return tuple(name for name in names if name not in input.told.get(hit.watch_id, ()))


def _decide(input: PlanInput, hit: Hit, selecting: tuple[Route, ...], channels: tuple[str, ...]) -> Decision:
    if hit.watch_id in input.told:
        return Decision.OTHER_CHANNEL if channels else Decision.SAME_STORY
    if not selecting:
        return Decision.NO_ROUTE
    return Decision.FIRST_IN_STORY if channels else Decision.TOO_OLD


def _selecting(input: PlanInput, hit: Hit) -> tuple[Route, ...]:
    watch = input.watches.get(hit.watch_id)
    return () if watch is None else tuple(route for route in input.routes if _selects(route, watch, input))


def _selects(route: Route, watch: Watch, input: PlanInput) -> bool:
    wanted = route.filter
    return (
        watch.severity.rank >= wanted.min_severity.rank
        and _among(watch.id, wanted.watches)
        and _among(input.article.outlet_id, wanted.outlets)
        and _among(input.outlet.country if input.outlet else None, wanted.countries)
        and (not wanted.languages or any(_is_language(input.article.language, each) for each in wanted.languages))
    )


def _among(value: str | None, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


def _is_language(language: str, wanted: str) -> bool:
    """BCP 47 lookup: ``kk`` selects ``kk-Arab`` too."""
    return f"{language}-".lower().startswith(f"{wanted}-".lower())


def _too_old(article: Article, route: Route) -> bool:
    if article.published_at is None:
        return False
    return article.first_seen_at - article.published_at > timedelta(days=route.max_age_days)


def _match(input: PlanInput, hit: Hit, decision: Decision) -> Match:
    return Match(
        id=stable_id("mat", input.article.id, hit.watch_id),
        article_id=input.article.id,
        watch_id=hit.watch_id,
        score=hit.score,
        mentions=hit.mentions,
        matched_at=input.now,
        decision=decision,
        watch_version=hit.watch_version,
    )


def _alert(input: PlanInput, hit: Hit, reason: Decision) -> Alert:
    watch = input.watches[hit.watch_id]
    return Alert(
        id=_alert_id(input, hit),
        watch_id=watch.id,
        story_id=input.article.story_id,
        article_id=input.article.id,
        severity=watch.severity,
        reason=reason,
        created_at=input.now,
        content=_content(input, hit, watch),
    )


def _alert_id(input: PlanInput, hit: Hit) -> str:
    return stable_id("alr", hit.watch_id, input.article.story_id)


def _content(input: PlanInput, hit: Hit, watch: Watch) -> AlertContent:
    article, outlet = input.article, input.outlet
    return AlertContent(
        watch_title=watch.title,
        title=article.title,
        url=article.url,
        outlet_name=outlet.name if outlet else None,
        country=outlet.country if outlet else None,
        language=article.language,
        author=article.author,
        published_at=article.published_at,
        first_seen_at=article.first_seen_at,
        quotes=quotes_of(article, hit.mentions),
        partial=article.page is not PageState.FULL,
    )


def _deliveries(input: PlanInput, hit: Hit, channels: tuple[str, ...]) -> list[Delivery]:
    """One a channel and recipient."""
    alert_id = _alert_id(input, hit)
    return [
        Delivery(
            id=stable_id("dlv", alert_id, name, recipient),
            alert_id=alert_id,
            channel=name,
            recipient=recipient,
            next_attempt_at=input.now,
        )
        for name in channels
        for recipient in dict.fromkeys(_recipients(input.channels.get(name)))
    ]


def _recipients(channel: Channel | None) -> tuple[str, ...]:
    # A route to a channel that does not exist still makes a delivery: it dies where people see it.
    return ("",) if channel is None else channel.recipients
