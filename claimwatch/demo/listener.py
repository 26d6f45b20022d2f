"""What the demo's servers have in common: they listen on loopback, on a port that stays theirs."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Self

LOOPBACK = "127.0.0.1"


class Listener(ABC):
    """A server; a context manager. After ``stop`` it can be started again and keeps its port."""

    def __init__(self, *, port: int = 0) -> None:
        """Args:
        port: 0 lets the system choose one at the first start.
        """
        self._port = port
        #: Notified whenever something arrived.
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The TCP port; it stays the same for the life of the object."""
        return self._port

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{LOOPBACK}:{self._port}"

    @abstractmethod
    def start(self) -> None:
        """Listen; does nothing when it already does."""

    @abstractmethod
    def stop(self) -> None:
        """Refuse connections from now on."""
