"""A connection to PostgreSQL that does not wait for ever: a server that says nothing is given up.

PostgreSQL's own limits (``statement_timeout`` and the like) are kept by the server, so they say
nothing of a server, or something between, that hangs; TCP notices only who does not even receive.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection

T = TypeVar("T")

#: Seconds that one statement may take; more than the server's own limit, which explains better.
ANSWER_S = 35.0


class ImpatientConnection(psycopg.Connection[Any]):
    """Closes itself, and raises OperationalError, when an answer does not come in ``patience_s`` seconds."""

    patience_s = ANSWER_S

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        """Run what talks to the server to its end; ``gen`` is asked now and then though nothing came."""
        return super().wait(self._bounded(gen), *args, **options)

    def _bounded(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        deadline = time.monotonic() + self.patience_s
        try:
            awaited = next(gen)
            while True:
                came = yield awaited
                if not came and time.monotonic() > deadline:
                    self.pgconn.finish()  # what is under way there is unknown, so nothing can follow
                    raise psycopg.OperationalError(f"no answer from the server for {self.patience_s:.0f} s")
                awaited = gen.send(came)
        except StopIteration as done:
            result: T = done.value
            return result


@contextmanager
def unhurried(connection: Connection) -> Iterator[None]:
    """Within the block, statements on an open connection take the time that they take."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, ImpatientConnection):
        yield
        return
    driver.patience_s = math.inf
    try:
        yield
    finally:
        driver.patience_s = ANSWER_S
