"""`claimwatch demo`: the real daemon against a newsroom, a mail server and a webhook receiver on loopback.

Exit code 0 says that all that was expected arrived, once, and nothing else did.
"""

from __future__ import annotations

import json
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.status import Status

from claimwatch.demo.child import STOP_S, Daemon, run_claimwatch
from claimwatch.demo.mailroom import MailRoom
from claimwatch.demo.newsroom import HOUSES, UNWELL, Newsroom
from claimwatch.demo.receiver import Receiver
from claimwatch.demo.report import console_for, print_findings, print_opening, print_verdict
from claimwatch.demo.settings import OutletPlan, Setup, sqlite_url, write_config
from claimwatch.demo.stories import Expected
from claimwatch.demo.verdict import Evidence, Row, notice_url, problems

#: Seconds kept back of the deadline for stopping and asking.
_RESERVE_S = 15.0
#: Seconds in which something that comes twice would come again.
_SETTLE_S = 1.5
_LOG_LINES = 30


@dataclass(frozen=True, kw_only=True)
class Stage:
    """All the parts while they run."""

    config: Path
    newsroom: Newsroom
    mailroom: MailRoom
    receiver: Receiver
    daemon: Daemon


def run_demo(*, stay: bool, out: TextIO, deadline_s: float = 55.0) -> int:
    """Run the demonstration, print what came of it, and leave nothing behind.

    Args:
        stay: keep everything up until Ctrl-C.
        out: where to print.
        deadline_s: seconds after which what has not arrived is missing.

    Returns:
        0 when all that was expected arrived exactly once, nothing else did, and the daemon ended
        with 0; else 1.
    """
    started = time.monotonic()
    console = console_for(out)
    try:
        with _terminating_like_ctrl_c(), _stage() as stage:
            return _perform(stage, console, stay=stay, started=started, deadline_s=deadline_s)
    except KeyboardInterrupt:
        console.print("Interrupted; everything is stopped and cleaned up.")
        return 1


def _perform(stage: Stage, console: Console, *, stay: bool, started: float, deadline_s: float) -> int:
    print_opening(console, stage.newsroom)
    stage.daemon.start()
    deadline = started + deadline_s - _RESERVE_S
    with Status("the daemon reads, matches and tells ...", console=console):
        _wait(lambda: _all_told(stage), stage.daemon, deadline)
        stage.newsroom.publish_copies(datetime.now(UTC))
        _wait(lambda: _all_read(stage), stage.daemon, deadline)
        time.sleep(_SETTLE_S)
    code = None
    if not stay:
        code = stage.daemon.stop(STOP_S)
    evidence, unanswered = _gather(stage)
    print_findings(console, evidence, stage.newsroom, datetime.now(UTC))
    took_s = time.monotonic() - started
    if stay:
        _stay(stage, console)
        code = stage.daemon.stop(STOP_S)
    found = (*_bad_end(code), *unanswered, *problems(evidence))
    print_verdict(console, evidence, found, stage.daemon.log_tail(_LOG_LINES), took_s)
    return 1 if found else 0


@contextmanager
def _stage() -> Iterator[Stage]:
    """Everything but the daemon started; everything stopped and removed in the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="claimwatch-demo-")))
        newsroom = stack.enter_context(Newsroom(datetime.now(UTC)))
        mailroom = stack.enter_context(MailRoom())
        receiver = stack.enter_context(Receiver())
        config = write_config(folder, _setup(folder, newsroom, mailroom, receiver))
        daemon = Daemon(config, log=folder / "daemon.log")
        stack.callback(daemon.stop)
        yield Stage(config=config, newsroom=newsroom, mailroom=mailroom, receiver=receiver, daemon=daemon)


def _setup(folder: Path, newsroom: Newsroom, mailroom: MailRoom, receiver: Receiver) -> Setup:
    outlets = tuple(
        OutletPlan(
            id=house.id,
            name=house.name,
            country=house.country,
            language=house.language,
            ownership=house.ownership,
            address=newsroom.address(house.id),
            feed_url=newsroom.feed_url(house.id),
        )
        for house in newsroom.houses
    )
    return Setup(
        database_url=sqlite_url(folder),
        outlets=outlets,
        smtp_port=mailroom.port,
        hook_url=receiver.url,
        hook_secret=receiver.secret,
    )


def _wait(done: Callable[[], bool], daemon: Daemon, deadline: float) -> None:
    """Until it is done, the daemon has ended, or the time is over."""
    while not done() and daemon.running and time.monotonic() < deadline:
        time.sleep(0.1)


def _all_told(stage: Stage) -> bool:
    """Has every alert arrived on both channels?"""
    told = {story.id for story in stage.newsroom.stories if story.expected is Expected.TOLD}
    heard = (stage.newsroom.recognise(notice_url(notice)) for notice in stage.receiver.notices)
    called = {story.id for story in heard if story is not None}
    return told <= called and len(stage.mailroom.mails) >= len(told)


def _all_read(stage: Stage) -> bool:
    """Was every page asked for, and every good feed once more after it had been read?"""
    newsroom = stage.newsroom
    return all(newsroom.page_requests(story) for story in newsroom.stories) and not _never_304(newsroom)


def _never_304(newsroom: Newsroom) -> tuple[str, ...]:
    return tuple(house.name for house in HOUSES if not newsroom.not_modified(house.id))


def _gather(stage: Stage) -> tuple[Evidence, tuple[str, ...]]:
    """What there is, and which verbs gave no answer."""
    verbs = ("matches", "sources", "health")
    with ThreadPoolExecutor() as threads:
        answers = dict(zip(verbs, threads.map(lambda verb: _ask(stage, verb), verbs), strict=True))
    rows = {verb: answer if isinstance(answer, tuple) else () for verb, answer in answers.items()}
    evidence = Evidence(
        stories=stage.newsroom.stories,
        recognise=stage.newsroom.recognise,
        mails=stage.mailroom.mails,
        notices=stage.receiver.notices,
        refused=stage.receiver.refused,
        matches=rows["matches"],
        sources=rows["sources"],
        health=next(iter(rows["health"]), {}),
        unwell=frozenset(house.source_id for house in stage.newsroom.houses if house.id in UNWELL),
        never_304=_never_304(stage.newsroom),
    )
    return evidence, tuple(answer for answer in answers.values() if isinstance(answer, str))


def _ask(stage: Stage, verb: str) -> tuple[Row, ...] | str:
    """What a verb lists, or a sentence that says why it lists nothing.

    `health` ends with 1 when no daemon runs, and prints all the same.
    """
    asked = run_claimwatch(verb, "--config", str(stage.config), "--format", "json")
    if not asked.stdout.startswith(("[", "{")):
        return f"`claimwatch {verb}` ended with {asked.returncode}: {asked.stderr.strip()}"
    answer = json.loads(asked.stdout)
    return tuple(answer) if isinstance(answer, list) else (answer,)


def _bad_end(code: int | None) -> tuple[str, ...]:
    if code == 0:
        return ()
    how = f"ended with {code}" if code is not None else "did not end in time and was killed"
    return (f"the daemon {how}",)


def _stay(stage: Stage, console: Console) -> None:
    """Keep everything up until Ctrl-C."""
    console.print(f"Everything stays up. Ask it, in another terminal: claimwatch matches --config {stage.config}")
    for house in stage.newsroom.houses:
        console.print(f"  {house.name}: {stage.newsroom.feed_url(house.id)}", soft_wrap=True)
    console.print(f"  mail: {stage.mailroom.address}, webhook: {stage.receiver.url}")
    console.print("Ctrl-C ends it.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Stopping ...")


@contextmanager
def _terminating_like_ctrl_c() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, with everything cleaned up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
