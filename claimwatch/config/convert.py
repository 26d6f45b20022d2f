"""From checked models to domain objects; nothing can be wrong any more."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from claimwatch.config.models import (
    ConfigShape,
    ConsoleShape,
    EmailShape,
    NetworkShape,
    OutletShape,
    RouteShape,
    SourceShape,
    WatchShape,
    WebhookShape,
)
from claimwatch.config.settings import NetworkSettings
from domain.alerts import Channel, ConsoleChannel, EmailChannel, TlsMode, WebhookChannel
from domain.net import AddressPolicy
from domain.outlets import Certainty, Outlet, Ownership, Source, SourceKind
from domain.proxy import DirectRule, Proxy
from domain.secrets import Secret
from domain.watches import ANY_LANGUAGE, Route, RouteFilter, RouteMode, Severity, Watch, WatchTests

#: The port a mail server listens on, by protection.
_MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def program_version() -> str:
    """The installed version, ``unknown`` when run from a folder that was never installed."""
    try:
        return metadata.version("claimwatch")
    except metadata.PackageNotFoundError:
        return "unknown"


def to_network(shape: NetworkShape, folder: Path, proxy_url: str | None) -> NetworkSettings:
    """The section ``network``.

    Args:
        shape: the section.
        folder: paths are relative to it.
        proxy_url: the proxy's address with its secret read; None for none.
    """
    direct = tuple(DirectRule.parse(text) for text in shape.no_proxy)
    proxy = None if proxy_url is None else Proxy.parse(proxy_url, direct)
    contact = f" (+{shape.contact})" if shape.contact else ""
    return NetworkSettings(
        user_agent=shape.user_agent or f"claimwatch/{program_version()}{contact}",
        contact=shape.contact,
        ca_file=_absolute(shape.ca_file, folder),
        crawl=_policy(shape.allow_private.crawl, proxy),
        webhook=_policy(shape.allow_private.webhook, proxy),
        smtp=_policy(shape.allow_private.smtp),
    )


def to_outlet(shape: OutletShape) -> Outlet:
    """One outlet with its sources."""
    return Outlet(
        id=shape.id,
        name=shape.name,
        country=shape.country,
        languages=tuple(shape.languages),
        ownership=Ownership(shape.ownership),
        host=shape.host,
        delay_s=shape.delay,
        sources=tuple(_source(shape.id, source) for source in shape.sources),
        note=shape.note or "",
    )


def to_watch(shape: WatchShape, origin: str) -> Watch:
    """One watch; ``query`` becomes the query for any language."""
    return Watch(
        id=shape.id,
        title=shape.title,
        queries=dict(shape.queries) if shape.queries else {ANY_LANGUAGE: shape.query or ""},
        exclude=shape.exclude,
        languages=tuple(shape.languages),
        outlets=tuple(shape.outlets),
        severity=Severity(shape.severity),
        threshold=shape.threshold,
        tests=WatchTests(match=tuple(shape.tests.match), no_match=tuple(shape.tests.no_match)),
        origin=origin,
    )


def to_channels(shape: ConfigShape, folder: Path, default: str) -> Mapping[str, Channel]:
    """The channels by name; the console alone, under the default name, where the config names none."""
    if shape.channels is None:
        return {default: ConsoleChannel(name=default)}
    return {name: _channel(name, channel, folder) for name, channel in shape.channels.items()}


def to_routes(shape: ConfigShape, channels: Mapping[str, Channel]) -> tuple[Route, ...]:
    """The routes; where the config has none, everything goes to every channel."""
    if shape.routes is None:
        return (Route(to=tuple(channels)),) if channels else ()
    return tuple(_route(route) for route in shape.routes)


def absolute_database(url: str, folder: Path) -> str:
    """The address with the path of a SQLite file made absolute; others as they are."""
    scheme, three_slashes, rest = url.partition(":///")
    if scheme != "sqlite" or not three_slashes:
        return url
    path, mark, options = rest.partition("?")
    return f"sqlite:///{os.path.abspath(folder / path)}{mark}{options}"  # noqa: PTH100 - resolve() would follow links


def to_secret(reference: str, folder: Path) -> Secret:
    """A reference to a secret; the path of a file is made absolute."""
    kind, _, place = reference.partition(":")
    return Secret(f"file:{_absolute(place, folder)}" if kind == "file" else reference)


def _absolute(path: str | None, folder: Path) -> str | None:
    return None if path is None else os.path.abspath(folder / path)  # noqa: PTH100 - resolve() would follow links


def _policy(endpoints: list[str], proxy: Proxy | None = None) -> AddressPolicy:
    """Endpoints as AddressPolicy looks them up: lower case, IPv6 without brackets."""
    parts = (endpoint.rpartition(":") for endpoint in endpoints)
    places = frozenset(f"{host.strip('[]').lower()}:{int(port)}" for host, _, port in parts)
    return AddressPolicy(allow_private=places, proxy=proxy)


def _source(outlet_id: str, shape: SourceShape) -> Source:
    return Source(
        id=f"{outlet_id}/{shape.name}",
        outlet_id=outlet_id,
        url=shape.url,
        kind=SourceKind(shape.kind),
        language=shape.language,
        certainty=Certainty(shape.certainty),
        interval_s=max(1, round(shape.every)),
        fetch_pages=shape.fetch_pages,
        note=shape.note or "",
    )


def _channel(name: str, shape: ConsoleShape | EmailShape | WebhookShape, folder: Path) -> Channel:
    if isinstance(shape, EmailShape):
        return _email(name, shape, folder)
    if isinstance(shape, WebhookShape):
        return _webhook(name, shape, folder)
    return ConsoleChannel(name=name)


def _email(name: str, shape: EmailShape, folder: Path) -> EmailChannel:
    return EmailChannel(
        name=name,
        host=shape.host,
        port=shape.port or _MAIL_PORTS[shape.tls],
        tls=TlsMode(shape.tls),
        ca_file=_absolute(shape.ca_file, folder),
        username=shape.username,
        password=to_secret(shape.password, folder) if shape.password else None,
        sender=shape.sender,
        to=tuple(dict.fromkeys(shape.to)),
        timeout_s=shape.timeout,
    )


def _webhook(name: str, shape: WebhookShape, folder: Path) -> WebhookChannel:
    references = shape.secrets or ([shape.secret] if shape.secret else [])
    return WebhookChannel(
        name=name,
        url=shape.url,
        secrets=tuple(to_secret(reference, folder) for reference in references),
        headers={header: to_secret(reference, folder) for header, reference in shape.headers.items()},
        timeout_s=shape.timeout,
    )


def _route(shape: RouteShape) -> Route:
    return Route(
        filter=RouteFilter(
            watches=tuple(shape.match.watches),
            min_severity=Severity(shape.match.severity),
            languages=tuple(shape.match.languages),
            outlets=tuple(shape.match.outlets),
            countries=tuple(shape.match.countries),
        ),
        to=tuple(dict.fromkeys(shape.to)),
        mode=RouteMode(shape.mode),
        max_age_days=shape.max_age_days,
    )
