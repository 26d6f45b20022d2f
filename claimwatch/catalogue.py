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

    def outlet_of(self, url: str) -> Outlet | None:
        """The outlet whose host, or a parent of it, the address has; the longest host wins."""
        host = lane_of(url).rsplit(":", 1)[0]
        fitting = [o for o in self.outlets.values() if host == o.host or host.endswith(f".{o.host}")]
        return max(fitting, key=lambda outlet: len(outlet.host), default=None)
