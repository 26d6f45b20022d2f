"""The real program, with its steps wrapped so that it kills itself at a point.

``python -m tests.acceptance.crashing [--point NAME] [--lease S] [--drain S] [--most N] VERB ...``

Points are those of ``crashpoints``, and ``migration/before``, ``migration/statement/N`` (before the
n-th statement), ``migration/uncommitted`` and ``migration/committed``. Leases and the drain can be
shortened, so that tests wait for seconds, and the jobs of a kind that run at once can be fewer. The
program itself knows nothing of this.

Light to import: spawned pool processes import it too.
"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import functools
import itertools
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

#: What is written to standard error right before the end.
LAST_WORDS = "crash point reached: "

#: The exit code of a run in which a step sent a COMMIT that has no crash point around it.
WRITES_UNSEEN = 99

_Step = Callable[[Any, Any], Awaitable[Any]]


class _Doing:
    """A step that runs."""

    def __init__(self, kind: str, step: str) -> None:
        self.name = f"{kind}/{step}"
        self.step = step
        self.commits = 0


#: The step that runs here; None outside of the steps.
_current: ContextVar[_Doing | None] = ContextVar("_current", default=None)


def main() -> None:
    """Arm what was asked for, then be the program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--point", default="")
    parser.add_argument("--lease", type=float)
    parser.add_argument("--drain", type=float)
    parser.add_argument("--most", type=int)
    asked, sys.argv[1:] = parser.parse_known_args()
    if asked.lease or asked.drain or asked.most:
        _shorten(asked.lease, asked.drain, asked.most)
    if asked.point.startswith("migration/"):
        _arm_migration(asked.point)
    elif asked.point:
        _arm_steps(asked.point)
    from claimwatch.__main__ import main as program  # noqa: PLC0415 - only now is everything in its place

    program()


def crash(point: str) -> NoReturn:
    """Die as the kernel lets processes die, at once and with nothing tidied up."""
    os.write(2, f"{LAST_WORDS}{point}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
    raise AssertionError("who was killed does not come here")


def _put(owner: Any, name: str, value: object) -> None:
    """Put our own in the place of what the program calls by that name, which must exist."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner} has no {name} any more")
    setattr(owner, name, value)


def _shorten(lease_s: float | None, drain_s: float | None, most: int | None) -> None:
    """Shorten what production waits for; one delivery at a time, so that the one that dies is alone."""
    from crawler.engine import install_reactor  # noqa: PLC0415 - heavy, and must come first

    install_reactor()
    from claimwatch import daemon, wiring  # noqa: PLC0415 - imports Twisted's reactor
    from domain.jobs import JobKind  # noqa: PLC0415 - as above
    from scheduler.engines.embedded import LEASE_S, EmbeddedQueue  # noqa: PLC0415 - as above
    from scheduler.worker import LIMITS, Worker  # noqa: PLC0415 - as above

    lease_s = lease_s or LEASE_S
    limits = {kind: most or number for kind, number in LIMITS.items()} | {JobKind.DELIVERY: 1}
    _put(wiring, "EmbeddedQueue", functools.partial(EmbeddedQueue, lease_s=lease_s))
    _put(daemon, "Worker", functools.partial(Worker, keep_every_s=lease_s / 3, limits=limits))
    _put(daemon, "DRAIN_S", drain_s or daemon.DRAIN_S)


def _arm_steps(name: str) -> None:
    """Die at a crash point of the pipeline's steps."""
    from crawler.engine import install_reactor  # noqa: PLC0415 - heavy, and must come first

    install_reactor()
    from claimwatch import pipeline, wiring  # noqa: PLC0415 - imports Twisted's reactor
    from tests.acceptance.crashpoints import RECORDS, CrashPoint  # noqa: PLC0415 - as above

    point = CrashPoint.named(name)
    run_steps = pipeline.run_steps

    async def run_wrapped(steps: tuple[_Step, ...], parts: Any, work: Any) -> Any:
        kind = next(kind for kind, known in pipeline.JOB_STEPS.items() if known is steps)
        return await run_steps(tuple(_wrapped(step, kind, point) for step in steps), parts, work)

    def here() -> bool:
        doing = _current.get()
        if doing is None:
            return False
        doing.commits += 1
        if doing.commits > 1 or not doing.step.startswith(RECORDS):
            os.write(2, f"{doing.name} sends a COMMIT that has no crash point around it\n".encode())
            os._exit(WRITES_UNSEEN)
        return doing.name == f"{point.kind}/{point.step}"

    _put(pipeline, "run_steps", run_wrapped)
    _put(wiring.Threads, "__call__", _call_in_context)
    _die_around_commit(name, point.moment, here)


def _wrapped(step: _Step, kind: str, point: Any) -> _Step:
    here = point.kind == kind and point.step == step.__name__

    async def wrapped(parts: Any, work: Any) -> Any:
        if here and point.moment == "before":
            crash(str(point))
        token = _current.set(_Doing(kind, step.__name__))
        try:
            done = await step(parts, work)
        finally:
            _current.reset(token)
        if here and point.moment == "after":
            crash(str(point))
        return done

    return wrapped


async def _call_in_context(threads: Any, function: Callable[..., Any], *args: Any) -> Any:
    """As ``Threads`` calls, but the thread knows which step called it."""
    run = functools.partial(contextvars.copy_context().run, function, *args)
    return await asyncio.get_running_loop().run_in_executor(threads._executor, run)


def _arm_migration(name: str) -> None:
    """Die before the migration, before its n-th statement, before its COMMIT, or right after that."""
    from sqlalchemy import Engine, event  # noqa: PLC0415 - other points need it not

    from storage import migrate  # noqa: PLC0415 - before anybody takes the function from it

    upgrade, moment = migrate.upgrade, name.split("/")[1]

    def crashing_upgrade(database: Any) -> Any:
        if moment == "before":
            crash(name)
        if moment == "statement":
            last, count = int(name.split("/")[2]), itertools.count(1)
            event.listen(Engine, "before_cursor_execute", lambda *_: crash(name) if next(count) == last else None)
        _die_around_commit(name, moment, lambda: True)
        return upgrade(database)

    _put(migrate, "upgrade", crashing_upgrade)


def _die_around_commit(name: str, moment: str, here: Callable[[], bool]) -> None:
    """Let writing transactions that are ``here`` end before their COMMIT, or right after it."""
    from storage.database import Database  # noqa: PLC0415 - after the reactor

    transaction = Database.transaction

    @contextmanager
    def watched(self: Database) -> Iterator[Any]:
        met = here()
        with transaction(self) as connection:
            yield connection
            if met and moment == "uncommitted":
                crash(name)
        if met and moment == "committed":
            crash(name)

    _put(Database, "transaction", watched)


if __name__ == "__main__":
    main()
