"""A file lock that keeps a second daemon off the same SQLite file."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.explain import Place, refused

#: Descriptors held by this process. A forked child closes its copies, else a child that outlives
#: a killed daemon would go on holding the lock.
_HELD: set[int] = set()


def _close_copies() -> None:
    for descriptor in _HELD:
        os.close(descriptor)
    _HELD.clear()


os.register_at_fork(after_in_child=_close_copies)


@contextmanager
def hold_alone(path: Path, place: Place) -> Iterator[None]:
    """Hold an exclusive lock on ``path`` until the end of the block, or of the process.

    Raises:
        StorageError: another process holds it (the message says which), or the file cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise refused(place, f"the lock file {path} cannot be made ({error.strerror})") from error
    _HELD.add(descriptor)
    try:
        _lock(descriptor, place)
        yield
    finally:
        if descriptor in _HELD:  # in a forked child it is closed already
            _HELD.discard(descriptor)
            os.close(descriptor)


def _lock(descriptor: int, place: Place) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise refused(place, f"another claimwatch daemon (process {holder}) uses it", retryable=True) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
