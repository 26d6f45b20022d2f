"""Looks names up in threads of their own, so that look-ups that hang hold up neither other hosts nor the end.

The system's look-up cannot be cancelled: its thread is busy until the name servers have answered or been given
up, long after whoever asked has gone. The reactor has few threads, and waits for them when it ends.
"""

from __future__ import annotations

from threading import Thread
from typing import Any

from twisted.internet._resolver import GAIResolver
from twisted.python.threadpool import ThreadPool

#: More than all jobs of a process at once, and as many again that nobody waits for any more.
RESOLVER_THREADS = 100


class _LeftBehind(Thread):
    """The interpreter does not wait for it when it ends."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more, daemon=True)


class _NamePool(ThreadPool):
    threadFactory = _LeftBehind  # noqa: N815 - Twisted's name


def install_resolver(reactor: Any) -> None:
    """Let a reactor look names up in a pool that is not its own; before a guard is put in front."""
    pool = _NamePool(0, RESOLVER_THREADS, "names")
    pool.start()
    reactor.installNameResolver(GAIResolver(reactor, lambda: pool))
