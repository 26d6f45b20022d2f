"""The outlets of the running configuration, found by id, source or host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.net import lane_of
from domain.outlets import Outlet, Source


class Catalogue:
    """A read-only index over outlets."""

    def __init__(self, outlets: Sequence[Outlet]) -> None:
        self.outlets: Mapping[str, Outlet] = {outlet.id: outlet for outlet in outlets}
        self._sources = {source.id: (source, outlet) for outlet in outlets for source in outlet.sources}
        # an outlet's own host goes before a host that merely serves a feed
        self._hosts = {_host(source.url): outlet for source, outlet in self._sources.values()}
        self._hosts |= {outlet.host: outlet for outlet in outlets}

    def source(self, source_id: str) -> tuple[Source, Outlet] | None:
        """A source with its outlet, None if there is none of that id."""
        return self._sources.get(source_id)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source, in the order of the catalogue."""
        return tuple(source for source, _ in self._sources.values())

    @property
    def lanes(self) -> Mapping[str, str]:
        """Source id to the lane of its address."""
        return {source.id: lane_of(source.url) for source in self.sources}

    @property
    def countries(self) -> Mapping[str, str]:
        """Outlet id to its country."""
        return {outlet.id: outlet.country for outlet in self.outlets.values()}

    @property
    def delays(self) -> Mapping[str, float]:
        """Lane to seconds between two requests; of outlets that share one, the most patient decides."""
        delays = {outlet.host: outlet.delay_s for outlet in self.outlets.values()}
        for source, outlet in self._sources.values():
            lane = lane_of(source.url)
            delays[lane] = max(outlet.delay_s, delays.get(lane, 0.0))
        return delays

    def outlet_of(self, url: str) -> Outlet | None:
        """The outlet of whose hosts one, or a parent of it, the address has; the longest host wins."""
        host = _host(url)
        parents = [host[place:] for place in range(len(host)) if place == 0 or host[place - 1] == "."]
        return next((self._hosts[parent] for parent in parents if parent in self._hosts), None)


def _host(url: str) -> str:
    return lane_of(url).rsplit(":", 1)[0]
