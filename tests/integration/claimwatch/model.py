"""What must be true of the service, said without its code: pure checks over what the world saw and the database holds.

The names I1 to I7 are those of docs/reliability.md. ``always`` holds between any two steps, ``settled`` once nothing
is due any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from claimwatch.decide import article_id
from domain.alerts import Alert, DeliveryState
from domain.articles import Article, EntryState, PageState, StoredEntry
from domain.ids import stable_id
from domain.matches import Decision, Match
from domain.outlets import SourceState, SourceStatus
from domain.stories import story_id
from domain.views import AlertFilter, DeliveryFilter, DeliveryRow, HealthReport, MatchFilter
from tests.integration.claimwatch.office import DELAYS, INTERVAL_S, SOURCES
from tests.integration.claimwatch.press import PATIENCE_S, Asked
from tests.integration.claimwatch.receivers import REFUSED
from tests.integration.claimwatch.world import World

_MANY = 100_000
_PHRASES = {
    "land": ("territorial claim",),
    "treaty": ("border treaty",),
    "harvest": ("harvest",),
    "late": ("envoy", "capital"),
}
_MAIL = frozenset({("mail", "a@desk.example"), ("mail", REFUSED)})
_HOOK = frozenset({("hook", "")})

#: Alert and delivery of one (channel, recipient).
Told = Mapping[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the database holds now, asked through the ports."""

    entries: Mapping[str, StoredEntry]
    articles: Mapping[str, Article]
    matches: tuple[Match, ...]
    alerts: Mapping[str, Alert]
    deliveries: tuple[DeliveryRow, ...]
    states: Mapping[str, SourceState]
    health: HealthReport


def read_facts(world: World) -> Facts:
    """Ask for everything; entries are those of every slug that was ever listed, by ``host/slug``."""
    stores = world.stores
    entries = {}
    for host, paper in world.papers.items():
        for slug in paper.words:
            stored = stores.articles.entry(stable_id("ent", f"https://{host}/{slug}"))
            if stored is not None:
                entries[f"{host}/{slug}"] = stored
    found = (stores.articles.article(entry.article_id) for entry in entries.values() if entry.article_id)
    return Facts(
        entries=entries,
        articles={article.id: article for article in found if article is not None},
        matches=tuple(row.match for row in stores.matches.list(MatchFilter(limit=_MANY))),
        alerts={alert.id: alert for alert in stores.outbox.alerts(AlertFilter(limit=_MANY))},
        deliveries=stores.outbox.list(DeliveryFilter(limit=_MANY)),
        states=stores.sources.states(),
        health=stores.health.report(),
    )


def watches_met(article: Article) -> frozenset[str]:
    """The watches whose phrases stand in the words."""
    words = " ".join((article.title, article.lead, article.text)).lower()
    return frozenset(watch for watch, phrases in _PHRASES.items() if any(phrase in words for phrase in phrases))


def wanted(watch: str, article: Article) -> frozenset[tuple[str, str]]:
    """Whom the routes tell of an article on a watch: channels with their recipients."""
    old = article.published_at is not None
    mail = _MAIL if watch != "harvest" and not old else frozenset()
    return mail | (_HOOK if watch == "land" else frozenset())


def always(world: World, facts: Facts) -> None:
    """What holds between any two steps."""
    _listed_entries_are_stored(world, facts)
    _articles_say_what_was_published(world, facts)
    _matches_are_those_of_the_words(world, facts)
    _told_matches_have_their_deliveries(facts)
    _alerts_and_deliveries_are_unique(world, facts)
    _nobody_is_told_twice(world, facts)
    _hosts_are_left_in_peace(world)
    _health_tells_the_truth(world, facts)


def settled(world: World, facts: Facts) -> None:
    """What holds once nothing is due any more."""
    always(world, facts)
    waiting = [key for key, entry in facts.entries.items() if entry.state is EntryState.PENDING]
    assert not waiting, f"I1: entries wait for ever: {waiting}"
    lost = [key for key, entry in facts.entries.items() if entry.state is EntryState.DONE and not entry.article_id]
    assert not lost, f"I1: done without an article: {lost}"
    unsettled = [row.delivery for row in facts.deliveries if row.delivery.state is DeliveryState.PENDING]
    assert not unsettled, f"I2: deliveries that end neither sent nor dead: {unsettled}"
    _sent_means_accepted(world, facts)


def _listed_entries_are_stored(world: World, facts: Facts) -> None:
    """I1: what a body listed whose validators we keep."""
    for source in SOURCES:
        paper = world.papers[f"{source.outlet_id}.example"]
        etag = facts.states[source.id].etag
        for slug in paper.versions[etag] if etag else ():
            assert f"{paper.host}/{slug}" in facts.entries, f"I1: {slug} was listed, acknowledged and not stored"


def _articles_say_what_was_published(world: World, facts: Facts) -> None:
    """I1: once each, with words that this page had."""
    for key, entry in facts.entries.items():
        if entry.article_id is None:
            assert entry.state is not EntryState.DONE, f"I1: {key} is done without an article"
            continue
        host, _, slug = key.partition("/")
        article = facts.articles[entry.article_id]
        words = world.papers[host].words[slug]
        assert article.id == article_id(entry.entry.url), f"I1: {key} has the article of another page"
        assert article.title in {title for title, _ in words}
        texts = {text.strip() for _, text in words}
        assert article.text in texts if article.page is PageState.FULL else not article.text
    assert len(facts.articles) == facts.health.articles, "I1: an article is stored twice, or of nothing listed"


def _matches_are_those_of_the_words(world: World, facts: Facts) -> None:
    """I2: no match is missing, none is made up."""
    for article in facts.articles.values():
        readings = [reading for reading in world.analysed if reading.article.id == article.id]
        looked_for = frozenset.intersection(*(reading.watches for reading in readings))
        possible = frozenset().union(*(watches_met(reading.article) & reading.watches for reading in readings))
        found = frozenset(match.watch_id for match in facts.matches if match.article_id == article.id)
        assert watches_met(article) & looked_for <= found, f"I2: {article.url} lacks a match"
        assert found <= possible, f"I2: {article.url} has a match that its words do not bear"


def _told_matches_have_their_deliveries(facts: Facts) -> None:
    """I2: a delivery for every recipient, or a named reason."""
    told = _told(facts)
    for match in facts.matches:
        article = facts.articles[match.article_id]
        recipients = wanted(match.watch_id, article)
        if not recipients:
            assert match.decision in (Decision.NO_ROUTE, Decision.TOO_OLD, Decision.SAME_STORY)
            assert (match.decision is Decision.NO_ROUTE) == (match.watch_id == "harvest")
            continue
        stories = {article.story_id, story_id(article.content_hash, article.id)} | {
            other.story_id for other in facts.articles.values() if other.content_hash == article.content_hash
        }
        reached = frozenset().union(*(told.get(stable_id("alr", match.watch_id, story), ()) for story in stories))
        assert recipients <= reached, f"I2: {match.decision} of {article.url} on {match.watch_id} reached {reached}"


def _told(facts: Facts) -> Told:
    told: dict[str, frozenset[tuple[str, str]]] = {}
    for row in facts.deliveries:
        one = (row.delivery.channel, row.delivery.recipient)
        told[row.alert.id] = told.get(row.alert.id, frozenset()) | {one}
    return told


def _alerts_and_deliveries_are_unique(world: World, facts: Facts) -> None:
    """I3: one alert a watch and story, one delivery of it a recipient; a resend carries the same id and words."""
    assert all(alert.id == stable_id("alr", alert.watch_id, alert.story_id) for alert in facts.alerts.values())
    deliveries = Counter((row.alert.id, row.delivery.channel, row.delivery.recipient) for row in facts.deliveries)
    assert set(deliveries.values()) <= {1}, "I3: a recipient has two deliveries of one alert"
    of_one = Counter((alert.watch_id, alert.article_id) for alert in facts.alerts.values())
    assert set(of_one.values()) <= {1}, "I3: two alerts of one article on one watch"
    said = {
        (each.alert_id, each.channel, each.recipient, each.delivery_id, each.said) for each in world.receivers.accepted
    }
    places = {(alert, channel, recipient) for alert, channel, recipient, _, _ in said}
    assert len(said) == len(places), "I3: a resend has another id or other words"


def _nobody_is_told_twice(world: World, facts: Facts) -> None:
    """I3: again only where the process could not know that the receiver had accepted."""
    sure = Counter(each.delivery_id for each in world.receivers.accepted if each.run not in world.interrupted)
    assert set(sure.values()) <= {1}, "I3: a delivery was sent twice although nothing was in the way"
    assert not any(each.run in world.told_off for each in world.receivers.accepted), "I3: sent although it had been"
    marked = Counter(attempt.delivery_id for row in facts.deliveries for attempt in row.attempts if attempt.accepted)
    assert set(marked.values()) <= {1}, "I3: a delivery was marked as sent twice"


def _sent_means_accepted(world: World, facts: Facts) -> None:
    """I2, I7: sent is what a receiver took; dead is what was refused for good or tried to the end."""
    taken = {each.delivery_id for each in world.receivers.accepted}
    for row in facts.deliveries:
        if row.delivery.state is DeliveryState.SENT:
            assert row.delivery.id in taken, "I7: marked as sent, but no receiver has it"
        else:
            assert row.delivery.last_error, "I2: dead without a reason"


def _hosts_are_left_in_peace(world: World) -> None:
    """I4: the pace of each host, its Retry-After, and the interval of each feed, by the monotonic clock."""
    for host, paper in world.papers.items():
        for before, after in pairwise(paper.asked):
            rest_s = PATIENCE_S if before.answer == "429" else DELAYS[host]
            assert _apart(world, before, after, rest_s), f"I4: {host} was asked again after {after.at - before.at} s"
        for source in SOURCES:
            polls = [each for each in paper.asked if each.url == source.url]
            for before, after in pairwise(polls):
                interval_s = 60.0 if before.answer == "away" else INTERVAL_S
                assert _apart(world, before, after, 0.9 * interval_s), f"I4: {source.id} was polled too soon"


def _apart(world: World, before: Asked, after: Asked, seconds: float) -> bool:
    """Long enough after, or with a reason for which nothing could know of the request before."""
    if after.at - before.at >= seconds - 1e-6 or {before.run, after.run} & world.interrupted:
        return True
    return any(before.at <= upset <= after.at for upset in world.clock_sets)


def _health_tells_the_truth(world: World, facts: Facts) -> None:
    """I7: counts are those of the rows, and a source that fails says so."""
    health = facts.health
    states = Counter(row.delivery.state for row in facts.deliveries)
    assert health.pending_entries == sum(e.state is EntryState.PENDING for e in facts.entries.values())
    assert health.pending_deliveries == states[DeliveryState.PENDING]
    assert health.dead_deliveries == states[DeliveryState.DEAD]
    assert health.matches == len(facts.matches)
    assert health.sources == {
        status.value: sum(state.status is status for state in facts.states.values()) for status in SourceStatus
    }
    for source_id, healthy in world.healthy.items():
        if healthy is not None:
            state = facts.states[source_id]
            assert state.status is (SourceStatus.HEALTHY if healthy else SourceStatus.FAILING), f"I7: {source_id}"
            assert (state.last_error is None) == healthy
