"""The catalogue, watches, routes and channels of the stateful test; as simple as they can be and still differ."""

from __future__ import annotations

from domain.alerts import Channel, EmailChannel, WebhookChannel
from domain.outlets import Outlet, Ownership, Source
from domain.watches import ANY_LANGUAGE, Route, RouteFilter, Severity, Watch
from tests.integration.claimwatch.receivers import REFUSED

#: Seconds; long, so that days pass in few polls.
INTERVAL_S = 6 * 3600


def _source(outlet: str, name: str, *, fetch_pages: bool = True) -> Source:
    return Source(
        id=f"{outlet}/{name}",
        outlet_id=outlet,
        url=f"https://{outlet}.example/feed/{name}",
        interval_s=INTERVAL_S,
        fetch_pages=fetch_pages,
    )


def _outlet(name: str, delay_s: float, *sources: Source) -> Outlet:
    return Outlet(
        id=name,
        name=name.title(),
        country="KZ",
        languages=("en",),
        ownership=Ownership.PRIVATE,
        host=f"{name}.example",
        delay_s=delay_s,
        sources=sources,
    )


#: One outlet whose two feeds share a host, a slower one, and one whose pages are not fetched.
OUTLETS = (
    _outlet("courier", 4.0, _source("courier", "main"), _source("courier", "world")),
    _outlet("herald", 10.0, _source("herald", "all")),
    _outlet("gazette", 4.0, _source("gazette", "brief", fetch_pages=False)),
)
SOURCES = tuple(source for outlet in OUTLETS for source in outlet.sources)
DELAYS = {outlet.host: outlet.delay_s for outlet in OUTLETS}


def _watch(id: str, query: str, severity: Severity = Severity.MEDIUM) -> Watch:
    return Watch(id=id, title=id.title(), queries={ANY_LANGUAGE: query}, severity=severity)


WATCHES = (
    _watch("land", '"territorial claim" OR "territorial claims"', Severity.HIGH),
    _watch("treaty", '"border treaty"'),
    _watch("harvest", "harvest"),
)
#: One that is added while the service runs.
LATE_WATCH = _watch("late", "envoy OR capital")

CHANNELS: dict[str, Channel] = {
    "mail": EmailChannel(name="mail", host="mx.example", sender="us@desk.example", to=("a@desk.example", REFUSED)),
    "hook": WebhookChannel(name="hook", url="https://hook.example/", secrets=()),
}
#: Nobody asked for ``harvest``; ``hook`` hears of old articles too.
ROUTES = (
    Route(filter=RouteFilter(watches=("land", "treaty", "late")), to=("mail",)),
    Route(filter=RouteFilter(min_severity=Severity.HIGH), to=("hook",), max_age_days=36_500),
)
