"""Watch (a standing interest) and Route (which matches go to which channels)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: The language key of a query that is for every language.
ANY_LANGUAGE = "*"


class Severity(StrEnum):
    """How much a match matters; ordered low < medium < high by ``rank``."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for low, 1 for medium, 2 for high."""
        return ("low", "medium", "high").index(self.value)


@dataclass(frozen=True, kw_only=True)
class WatchTests:
    """Sentences that a watch must and must not match; checked when it is loaded."""

    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A standing interest of a person; it never names routes or channels."""

    #: Lower-case slug, unique.
    id: str
    title: str
    #: BCP 47 language, or ``*`` for any, to the query in the query language.
    queries: Mapping[str, str]
    #: A query whose match silences the watch, any language.
    exclude: str | None = None
    #: Languages watched; empty means all.
    languages: tuple[str, ...] = ()
    #: Outlet ids watched; empty means all.
    outlets: tuple[str, ...] = ()
    severity: Severity = Severity.MEDIUM
    #: Least score to match: one point per distinct term, two when it stands in the title.
    threshold: float = 1.0
    tests: WatchTests = field(default_factory=WatchTests)
    #: ``file:line:column`` it was read from, for error messages.
    origin: str = ""


class RouteMode(StrEnum):
    """When a route tells."""

    IMMEDIATE = "immediate"


@dataclass(frozen=True, kw_only=True)
class RouteFilter:
    """What a route selects; an empty tuple selects everything."""

    watches: tuple[str, ...] = ()
    min_severity: Severity = Severity.LOW
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    #: ISO 3166-1 alpha-2 countries of the outlet.
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Route:
    """Which matches go to which channels."""

    filter: RouteFilter = field(default_factory=RouteFilter)
    #: Channel names.
    to: tuple[str, ...]
    mode: RouteMode = RouteMode.IMMEDIATE
    #: Articles published longer before they were first seen are stored but not told, in days.
    max_age_days: float = 7.0
