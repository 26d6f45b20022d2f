"""Two pools of processes: hostile bytes are read in one, articles are analysed in the other.

The parsing pool never loads matching; a read that takes too long or too much memory is killed and
becomes a ReadError. The analysis pool is told what to watch, and told again when that changes: then it
compiles what changed. Whatever ends a process, the next work finds another one.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import multiprocessing.connection
import os
import resource
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.extract import extract
from crawler.readers.feed import read_feed
from domain.articles import Article, Page
from domain.errors import ClaimwatchError, ConfigError, Problem, ReadError
from domain.fetching import FeedDocument
from domain.matches import Analysis
from domain.outlets import Source
from domain.watches import Watch

if TYPE_CHECKING:
    from matching.concepts import Concepts  # parsing processes must not load it

log = logging.getLogger("claimwatch.pools")

#: Seconds until a read is killed.
PARSE_TIMEOUT_S = 20.0
ANALYZE_TIMEOUT_S = 30.0
COMPILE_TIMEOUT_S = 300.0

#: How often an article is asked of a process that does not know yet what to watch.
_ASKS = 3

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


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What an analysis process compiles."""

    watches: tuple[Watch, ...]
    #: What the queries may name; None for nothing.
    concepts: Concepts | None
    #: Outlet id to the outlet's country.
    countries: Mapping[str, str]
    #: Rises with each that is taken.
    number: int = 0


class AnalysisPool:
    """Implements ``domain.ports.Analyzer`` in a process that compiles what it is told to watch.

    A process that is new is told by the first article that it does not know how to read.

    Args:
        watches: the watches, their ids unique.
        concepts: what their queries may name.
        countries: outlet id to its country.
        timeout_s: for one article.
    """

    def __init__(
        self,
        watches: Sequence[Watch],
        concepts: Concepts | None = None,
        countries: Mapping[str, str] | None = None,
        *,
        timeout_s: float = ANALYZE_TIMEOUT_S,
    ) -> None:
        self._timeout_s = timeout_s
        self._watched = Watched(watches=tuple(watches), concepts=concepts, countries=dict(countries or {}))
        self._telling = asyncio.Lock()
        self._processes = _Processes(1, _be_ready, ())

    async def ready(self) -> None:
        """Compile the watches and run their own tests now, not with the first article.

        Raises:
            ConfigError: what is wrong with them.
            AnalysisFailed: it took too long, or broke the process.
        """
        await self._tell(self._watched)

    async def watch(self, watches: Sequence[Watch], concepts: Concepts, countries: Mapping[str, str]) -> None:
        """Watch these and nothing else; only what changed is compiled. Articles wait meanwhile.

        Raises:
            ConfigError: what is wrong with them; everything stays as it was.
            AnalysisFailed: it took too long, or broke the process; everything stays as it was.
        """
        number = self._watched.number + 1
        watched = Watched(watches=tuple(watches), concepts=concepts, countries=dict(countries), number=number)
        await self._tell(watched)
        self._watched = watched

    async def analyze(self, article: Article) -> Analysis:
        """See ``domain.ports.Analyzer``.

        Raises:
            AnalysisFailed: it took too long, or broke the process.
        """
        for _ in range(_ASKS):
            watched = self._watched
            analysis = await self._run(_analyze, (article, watched.number), self._timeout_s, article.url)
            if analysis is not None:
                return analysis
            try:
                await self._tell(watched)
            except ConfigError as error:
                raise AnalysisFailed(f"{article.url}: the watches do not compile: {error}") from error
        raise AnalysisFailed(f"{article.url}: the analysis process begins anew again and again")

    async def _tell(self, watched: Watched) -> None:
        async with self._telling:
            what = "the watches"
            if await self._run(_knows, (watched.number,), self._timeout_s, what):
                return
            if problems := await self._run(_take, (watched,), COMPILE_TIMEOUT_S, what):
                raise ConfigError(problems)

    async def _run(self, function: Callable[..., T], args: Sequence[object], timeout_s: float, what: str) -> T:
        try:
            return await self._processes.run(function, args, timeout_s)
        except TimeoutError as error:
            raise AnalysisFailed(f"{what}: analysis took longer than {timeout_s:g} s") from error
        except (ProcessExpired, BrokenProcessPool) as error:
            raise AnalysisFailed(f"{what}: the analysis process died") from error

    def close(self) -> None:
        """End the process, whatever it does."""
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


def _be_ready() -> None:
    import matching.matcher  # noqa: F401, PLC0415  parsing processes must not load it


@dataclass(slots=True)
class _Analyst:
    """What an analysis process knows."""

    matcher: Any = None
    watched: Watched | None = None

    @property
    def number(self) -> int:
        """The number of what it watches, -1 where that is nothing."""
        return -1 if self.watched is None else self.watched.number


_analyst = _Analyst()


def _knows(number: int) -> bool:
    return _analyst.number >= number


def _take(watched: Watched) -> tuple[Problem, ...]:
    """Watch these from now on; what is wrong with them, if they are refused."""
    from matching.matcher import Matcher  # noqa: PLC0415  parsing processes must not load it

    known = _analyst.watched
    try:
        if known is None:
            _analyst.matcher = Matcher(watched.watches, watched.concepts, watched.countries)
        else:
            _analyst.matcher.update(watched.watches, _unless_same(watched.concepts, known.concepts), watched.countries)
    except ConfigError as error:
        return error.problems
    _analyst.watched = watched
    return ()


def _unless_same(concepts: Concepts | None, known: Concepts | None) -> Concepts | None:
    """The concepts if they are others than those that are known: the states never change."""
    if concepts is None or (known is not None and concepts.named == known.named):
        return None
    return concepts


def _analyze(article: Article, number: int) -> Analysis | None:
    """None where this process does not know what to watch."""
    if _analyst.number < number:
        return None
    analysis: Analysis = _analyst.matcher.analyze(article)
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
