"""Two pools of processes: hostile bytes are read in one, articles are analysed in the other.

The parsing pool never loads matching; a read that takes too long or too much memory is killed and
becomes a ReadError. The analysis pool is made anew when the watches change. Whatever ends a process,
the next work finds another one.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import multiprocessing.connection
import os
import resource
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.extract import extract
from crawler.readers.feed import read_feed
from domain.articles import Article, Page
from domain.errors import ClaimwatchError, ReadError
from domain.fetching import FeedDocument
from domain.matches import Analysis
from domain.outlets import Source
from domain.watches import Watch

log = logging.getLogger("claimwatch.pools")

#: Seconds until a read is killed.
PARSE_TIMEOUT_S = 20.0
ANALYZE_TIMEOUT_S = 30.0

#: Address space of a parsing process; a bomb that inflates in memory ends there.
PARSE_MEMORY_BYTES = 1536 * 1024**2

#: Seconds between two looks at whether the processes that owe an answer are well.
LOOK_S = 1.0

T = TypeVar("T")


class AnalysisFailed(ClaimwatchError):
    """An article could not be analysed: it took too long, or broke the analyser."""


class ParsingPool:
    """Implements ``domain.ports.Parser`` in processes that can be killed."""

    def __init__(self, *, workers: int = 2, timeout_s: float = PARSE_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._processes = _Processes(workers, _limit_memory, ())

    async def read_feed(self, body: bytes, source: Source, base_url: str, content_type: str) -> FeedDocument:
        """See ``domain.ports.Parser``."""
        return await self._read(read_feed, body, source, base_url, content_type)

    async def extract(self, body: bytes, url: str, content_type: str) -> Page:
        """See ``domain.ports.Parser``."""
        return await self._read(extract, body, url, content_type)

    async def _read(self, function: Callable[..., T], *args: object) -> T:
        try:
            return await self._processes.run(function, args, self._timeout_s)
        except TimeoutError as error:
            raise ReadError(f"took longer than {self._timeout_s:g} s to read") from error
        except ReadError:
            raise
        except (ProcessExpired, MemoryError, RecursionError) as error:
            raise ReadError("broke its reader: too large or too deeply nested") from error
        except Exception as error:
            # The libraries that read hostile bytes raise what their authors never thought of.
            raise ReadError(f"broke its reader ({type(error).__name__})") from error

    def close(self) -> None:
        """End the processes, whatever they do."""
        self._processes.close()


class AnalysisPool:
    """Implements ``domain.ports.Analyzer``: each process compiles the watches once."""

    def __init__(self, watches: Sequence[Watch], *, workers: int = 1, timeout_s: float = ANALYZE_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._processes = _Processes(workers, _load_matcher, (tuple(watches),))

    async def analyze(self, article: Article) -> Analysis:
        """See ``domain.ports.Analyzer``.

        Raises:
            AnalysisFailed: it took too long, or broke the process.
        """
        try:
            return await self._processes.run(_analyze, (article,), self._timeout_s)
        except TimeoutError as error:
            raise AnalysisFailed(f"{article.url}: analysis took longer than {self._timeout_s:g} s") from error
        except (ProcessExpired, BrokenProcessPool) as error:
            raise AnalysisFailed(f"{article.url}: the analysis process died") from error

    def close(self) -> None:
        """End the processes, whatever they do."""
        self._processes.close()


class _Processes:
    """Processes that are all made anew when they break.

    One that dies at work is replaced by pebble. When one dies at rest (killed because the machine is
    short of memory, say) pebble gives up for good, with all that waits; that work is done by new ones.
    """

    def __init__(self, workers: int, prepare: Callable[..., None], args: tuple[object, ...]) -> None:
        # spawn: this process has threads and an event loop, which a fork would copy half-alive
        context = multiprocessing.get_context("spawn")
        self._make = partial(
            ProcessPool, max_workers=workers, context=context, initializer=_start, initargs=(prepare, args)
        )
        self._pool = self._make()

    async def run(self, function: Callable[..., T], args: Sequence[object], timeout_s: float) -> T:
        """Call a function in one of them.

        Raises:
            TimeoutError: it took too long, and its process was killed.
            ProcessExpired: its process died.
            BrokenProcessPool: they broke, and so did the new ones.
        """
        pool = self._pool
        try:
            return await _run(pool, function, args, timeout_s)
        except BrokenProcessPool:
            if pool is self._pool:  # nobody else saw it before
                log.warning("processes_replaced")
                self._pool = self._make()
                await asyncio.to_thread(_close, pool)
        return await _run(self._pool, function, args, timeout_s)

    def close(self) -> None:
        """End them, whatever they do."""
        _close(self._pool)


def _start(prepare: Callable[..., None], args: tuple[object, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare(*args)


def _end_with_parent() -> None:
    # A daemon that was killed must leave nothing behind.
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (PARSE_MEMORY_BYTES, PARSE_MEMORY_BYTES))


_matcher: Any = None


def _load_matcher(watches: tuple[Watch, ...]) -> None:
    from matching.matcher import Matcher  # noqa: PLC0415  parsing processes must not load it

    global _matcher  # noqa: PLW0603  one compiled matcher a process, made by the pool's initializer
    _matcher = Matcher(watches)


def _analyze(article: Article) -> Analysis:
    analysis: Analysis = _matcher.analyze(article)
    return analysis


async def _run(pool: ProcessPool, function: Callable[..., T], args: Sequence[object], timeout_s: float) -> T:
    if not pool.active:
        raise BrokenProcessPool
    future: Future[T] = pool.schedule(function, args=args, timeout=timeout_s)
    answer = asyncio.wrap_future(future)
    try:
        while not (await asyncio.wait({answer}, timeout=LOOK_S))[0]:
            if not pool.active:
                raise BrokenProcessPool  # work that came while it broke is forgotten
        return answer.result()
    finally:
        answer.cancel()


def _close(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble's own gap
    pool.join()
