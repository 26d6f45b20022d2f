"""How much memory a daemon and everything it started take, from /proc."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Self

from tests.acceptance.processes import processes

#: Seconds between two looks.
_EVERY_S = 0.1


class MemoryWatch:
    """Looks at the processes of a session for the length of a block."""

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        #: The largest sum of the peaks of all processes that lived at one time, in MiB.
        self.peak_mib = 0
        #: The peak of each process, in MiB.
        self.peaks_mib: dict[int, int] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def leader_mib(self) -> int:
        """The daemon's own peak."""
        return self.peaks_mib.get(self._leader, 0)

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_S):
            living = [one.pid for one in processes() if one.session == self._leader]
            peaks = {pid: _peak_mib(pid) for pid in living}
            self.peaks_mib |= peaks
            self.peak_mib = max(self.peak_mib, sum(peaks.values()))


def _peak_mib(pid: int) -> int:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8", "replace"))
    except OSError:  # it ended meanwhile
        return 0
    return int(found[1]) // 1024 if found else 0
