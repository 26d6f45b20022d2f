"""Loads the configuration again when one of its files changes, or somebody asks for it.

A configuration with anything wrong in it is refused whole: the one before it stays in use, the log says what
is wrong, and `claimwatch health` says so until it is mended. A file that changed is read once it has come to
rest, so that nobody's half-written file is loaded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from claimwatch.config.load import Loaded
from claimwatch.config.settings import Settings
from claimwatch.wiring import Service
from domain.errors import ClaimwatchError, ConfigError, StorageError

log = logging.getLogger("claimwatch.reload")

#: Seconds between two looks at the files; two that see the same make a file one that has come to rest.
LOOK_S = 2.0

#: Of so many problems each has its line in the log.
MOST_TOLD = 20

#: When and how large a file was, and which; None where it was not there.
_Stamp = tuple[int, int, int] | None
_Stamps = Mapping[Path, _Stamp]


class Reloader:
    """Keeps a running service's settings those of the files.

    Args:
        service: what works by the settings.
        load: reads the configuration.
        files: what was read for the settings that the service has; their state now counts as known.
    """

    def __init__(self, service: Service, load: Callable[[], Loaded], files: Iterable[Path]) -> None:
        self._service = service
        self._started_with = service.settings
        self._load = load
        self._known = _stamps(files)
        self._seen = self._known
        self._busy = asyncio.Lock()

    async def look(self) -> None:
        """Load the configuration again if a file of it changed and has come to rest."""
        now = await asyncio.to_thread(_stamps, self._known)
        rests, self._seen = now == self._seen, now
        if now != self._known and rests:
            await self.reload()

    async def reload(self) -> None:
        """Load the configuration again; what is wrong with it is told, not raised."""
        async with self._busy:
            before = await asyncio.to_thread(_stamps, self._known)
            loaded = await asyncio.to_thread(self._load)
            after = await asyncio.to_thread(_stamps, loaded.files)
            # a file that changes while it is read must be read again
            self._known = {**after, **{file: stamp for file, stamp in before.items() if file in after}}
            try:
                if loaded.settings is None:
                    raise ConfigError(loaded.problems)
                await self._take(loaded.settings)
            except StorageError as error:
                self._known = dict.fromkeys(self._known)  # the next look tries it again
                log.warning("reload_unfinished", extra={"error": str(error)})
            except ClaimwatchError as error:
                await self._refuse(error)

    async def _take(self, settings: Settings) -> None:
        service, old = self._service, self._service.settings
        await service.take(settings)
        await service.in_thread(service.stores.health.accept_configuration)
        if fixed := _fixed(self._started_with, settings):
            log.warning("restart_needed", extra={"changed": ", ".join(fixed)})
        counts = {"sources": len(service.parts.catalogue.sources), "watches": len(service.parts.watches)}
        log.info("reloaded", extra={**counts, **_changes(old, settings)})

    async def _refuse(self, error: ClaimwatchError) -> None:
        problems = error.problems if isinstance(error, ConfigError) else ()
        lines = [str(problem) for problem in problems] or [str(error)]
        log.error("reload_refused", extra={"problems": len(lines)})
        for line in lines[:MOST_TOLD]:
            log.error("refused_because", extra={"problem": line})
        service = self._service
        try:
            await service.in_thread(service.stores.health.refuse_configuration, lines[0], service.parts.clock.now())
        except StorageError as lost:
            log.warning("refusal_not_stored", extra={"error": str(lost)})


def _stamps(files: Iterable[Path]) -> _Stamps:
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> _Stamp:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _fixed(old: Settings, new: Settings) -> list[str]:
    """The sections that changed and count only from the next start on."""
    pairs = {
        "database": (old.database_url, new.database_url),
        "network": (old.network, new.network),
        "scheduler": (old.engine, new.engine),
    }
    return [name for name, (before, after) in pairs.items() if before != after]


def _changes(old: Settings, new: Settings) -> dict[str, str]:
    """What is new, changed or gone, for the log."""
    pairs = {
        "watch": (_watches(old), _watches(new)),
        "concept": (old.concepts.named, new.concepts.named),
        "outlet": ({one.id: one for one in old.outlets}, {one.id: one for one in new.outlets}),
        "channel": (old.channels, new.channels),
    }
    changes = {what: _change(before, after) for what, (before, after) in pairs.items()}
    return {f"{what}_changed": names for what, names in changes.items() if names}


def _watches(settings: Settings) -> dict[str, object]:
    """By id; it is no change that a watch stands in another line."""
    return {one.id: replace(one, origin="") for one in settings.watches}


def _change(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    """``+new ~changed -gone``, the first of them."""
    added = [f"+{name}" for name in new if name not in old]
    changed = [f"~{name}" for name in new if name in old and old[name] != new[name]]
    gone = [f"-{name}" for name in old if name not in new]
    names = (*added, *changed, *gone)
    return " ".join(names[:MOST_TOLD]) + (f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else "")
