"""Whatever happens in whatever order, nothing is lost, nobody is told twice, and health tells the truth.

hypothesis makes up stories of feeds that change, faults, crashes and clocks that are set; the rules are what can
happen, ``model`` says what must hold. ``PROPERTY_EXAMPLES=5000 pytest --timeout 0 -m 'slow or not slow'`` on this
file looks for longer, with new stories each time.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from domain.jobs import JobKind
from storage.database import Database
from storage.schema import metadata
from storage.stores import Stores
from tests.contract.conftest import AnyStores, migrated_postgres, migrated_sqlite
from tests.fakes.storage import MemoryStores
from tests.integration.claimwatch import model
from tests.integration.claimwatch.office import CHANNELS, LATE_WATCH, WATCHES
from tests.integration.claimwatch.press import DECORATIONS, FEED_FAULTS, PAGE_FAULTS, TEXTS, TITLES, Item
from tests.integration.claimwatch.receivers import MOODS
from tests.integration.claimwatch.world import Process, World

__all__ = ["migrated_postgres", "migrated_sqlite"]

#: Gives stores that are empty, for the length of one story.
OpenStores = Callable[[], AbstractContextManager[AnyStores]]

#: A file system without a disk below it, where there is one: here processes die, not machines.
MEMORY_DISK = Path("/dev/shm")

FEEDS = st.sampled_from(
    [
        ("courier.example", "main"),
        ("courier.example", "world"),
        ("herald.example", "all"),
        ("gazette.example", "brief"),
    ]
)
INDEX = st.integers(0, 7)
#: Some of them look like dates, which they are not.
GUIDS = ("", "a", "one", "20160501", "1699999999")
SLUGS = st.sampled_from(["one", "two", "three", "four", "five"])
ITEMS = st.builds(
    Item,
    slug=SLUGS,
    title=st.sampled_from(TITLES),
    text=st.sampled_from([*TEXTS, "land"]),
    decoration=st.sampled_from(DECORATIONS),
    old=st.sampled_from([False, False, False, True]),
)


def _mostly_well(faults: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from((*faults, faults[0], faults[0]))


class Story(RuleBasedStateMachine):
    """What can happen to the service."""

    def __init__(self, open_stores: OpenStores) -> None:
        super().__init__()
        self._opened = open_stores()
        self.world = World(self._opened.__enter__())
        self.late = False
        self._judged = 0

    @initialize(seed=st.integers(0, 1000), first=st.lists(st.tuples(FEEDS, ITEMS), min_size=2, max_size=6))
    def begin(self, seed: int, first: list[tuple[tuple[str, str], Item]]) -> None:
        self.world.rng.seed(seed)
        for feed, item in first:
            self.publish(feed, item)
        self.world.start(alone=True)

    # ------------------------------------------------------------ the newspapers

    @rule(feed=FEEDS, item=ITEMS)
    def publish(self, feed: tuple[str, str], item: Item) -> None:
        """On top; what had this slug was edited, or comes back."""
        self._change(feed, lambda items: [item, *(other for other in items if other.slug != item.slug)])

    @rule(feed=FEEDS, item=ITEMS, which=INDEX)
    def edit(self, feed: tuple[str, str], item: Item, which: int) -> None:
        self._change_one(feed, which, title=item.title, text=item.text)

    @rule(feed=FEEDS, decoration=st.sampled_from(DECORATIONS), guid=st.sampled_from(GUIDS), which=INDEX)
    def change_identity(self, feed: tuple[str, str], decoration: str, guid: str, which: int) -> None:
        self._change_one(feed, which, decoration=decoration, guid=guid)

    @rule(feed=FEEDS, which=INDEX, reorder=st.booleans())
    def remove_or_reorder(self, feed: tuple[str, str], which: int, reorder: bool) -> None:
        def change(items: list[Item]) -> list[Item]:
            place = which % len(items) if items else 0
            return items[::-1] if reorder else items[:place] + items[place + 1 :]

        self._change(feed, change)

    @rule(
        host=st.sampled_from(["courier.example", "courier.example", "herald.example"]),
        feed=_mostly_well(FEED_FAULTS),
        page=_mostly_well(PAGE_FAULTS),
    )
    def a_newspaper_breaks_or_mends(self, host: str, feed: str, page: str) -> None:
        self.world.papers[host].feed_fault, self.world.papers[host].page_fault = feed, page

    def _change(self, feed: tuple[str, str], change: Callable[[list[Item]], list[Item]]) -> None:
        paper = self.world.papers[feed[0]]
        paper.put(feed[1], change(paper.items[feed[1]]))

    def _change_one(self, feed: tuple[str, str], which: int, **values: Any) -> None:
        def change(items: list[Item]) -> list[Item]:
            place = which % len(items) if items else 0
            return [replace(item, **values) if place == index else item for index, item in enumerate(items)]

        self._change(feed, change)

    # ------------------------------------------------------------ the service

    @rule(which=INDEX, turns=st.lists(st.tuples(st.none() | INDEX, st.integers(1, 8)), min_size=1, max_size=6))
    def step_jobs(self, which: int, turns: list[tuple[int | None, int]]) -> None:
        """What is due is taken first, and then waits for its turn; None is the turn of all, side by side."""
        process = self._process(which)
        process.claim()
        for turn, most in turns if not process.frozen else ():
            runs = tuple(process.runs)
            for run in runs if turn is None or not runs else (runs[turn % len(runs)],):
                process.step_far(run, most)

    @rule(item=ITEMS, steps=st.integers(1, 14))
    def two_outlets_bring_the_same_words_at_once(self, item: Item, steps: int) -> None:
        for feed in (("courier.example", "main"), ("herald.example", "all")):
            self.publish(feed, item)
        self.work(7 * 3600, JobKind.POLL)
        self.work(10, JobKind.POLL)  # the feeds of one host come one after the other
        self.world.pass_time(10)
        self.step_jobs(0, [(None, steps)])

    @rule(seconds=st.sampled_from([0, 4, 10, 7 * 3600]), most=st.sampled_from([*JobKind, JobKind.DELIVERY]))
    def work(self, seconds: int, most: JobKind) -> None:
        """As far as this kind of job; what follows from it is left for later."""
        self.world.pass_time(seconds)
        order = (JobKind.POLL, JobKind.ENTRY, JobKind.DELIVERY)
        self.world.work_off(order[: order.index(most) + 1])

    @rule(which=INDEX, end=st.sampled_from(["crash", "crash beside others", "stop in order"]))
    def end_and_restart(self, which: int, end: str) -> None:
        """Beside others, as on PostgreSQL, nobody knows that it is alone: leases run out by themselves."""
        process = self._process(which)
        if end == "stop in order":
            process.stop()
        self.world.die(process)
        if not self.world.processes or end == "crash beside others":
            self.world.start(*self._watches(), alone=end != "crash beside others" and not self.world.processes)

    @rule(steps=st.lists(st.integers(1, 9), min_size=1, max_size=4))
    def a_process_hangs_longer_than_its_leases(self, steps: list[int]) -> None:
        """Somewhere in each of its jobs, while another takes them over; then it goes on."""
        process = self._process(0)
        process.claim()
        for run, most in zip(tuple(process.runs), steps, strict=False):
            process.step_far(run, most)
        if len(self.world.processes) == 1:
            self.world.start(*self._watches(), alone=False)
        process.frozen = True
        self.world.pass_time(61)
        self.world.work_off()
        process.frozen = False

    @precondition(lambda self: len(self.world.processes) == 1)
    @rule()
    def a_second_daemon_comes(self) -> None:
        self.world.start(*self._watches(), alone=False)

    @precondition(lambda self: self.world.processes and self.world.processes[0].runs)
    @rule(which=INDEX)
    def freeze_or_thaw(self, which: int) -> None:
        process = self._process(which)
        process.frozen = not process.frozen

    @precondition(lambda self: not self.late)
    @rule()
    def add_a_watch(self) -> None:
        self.late = True
        self.end_and_restart(0, "stop in order")

    @rule(faults=st.lists(st.sampled_from(["fine", "refused", "unknown"]), min_size=1, max_size=8))
    def the_database_falters(self, faults: list[str]) -> None:
        self.world.storage_faults = list(faults)

    def _process(self, which: int) -> Process:
        return self.world.processes[which % len(self.world.processes)]

    def _watches(self) -> tuple[Any, ...]:
        return (*WATCHES, LATE_WATCH) if self.late else WATCHES

    # ------------------------------------------------------------ the receivers, and time

    @rule(channel=st.sampled_from(sorted(CHANNELS)), mood=_mostly_well(MOODS))
    def a_receiver_changes(self, channel: str, mood: str) -> None:
        self.world.receivers.moods[channel] = mood

    @rule(channel=st.sampled_from(sorted(CHANNELS)))
    def a_person_mends_a_channel(self, channel: str) -> None:
        self.world.receivers.moods[channel] = "up"
        outbox = self.world.stores.outbox
        outbox.enable_channel(channel)
        outbox.replay(outbox.dead(), self.world.clock.now())

    @rule(seconds=st.sampled_from([1, 4, 10, 61, 900, 7 * 3600]))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule(seconds=st.sampled_from([86_400, -3600, 3600]))
    def the_clock_is_set(self, seconds: int) -> None:
        self.world.set_clock(seconds)

    @invariant()
    def what_always_holds(self) -> None:
        if self.world.calls != self._judged:
            model.always(self.world, model.read_facts(self.world))
            self._judged = self.world.calls

    def teardown(self) -> None:
        try:
            if self.world.processes:
                self.world.settle()
                model.settled(self.world, model.read_facts(self.world))
        finally:
            for process in list(self.world.processes):
                self.world.die(process)
            self._opened.__exit__(None, None, None)


@contextmanager
def _in_memory() -> Iterator[AnyStores]:
    yield MemoryStores()


@contextmanager
def _on_sqlite(migrated: Path) -> Iterator[AnyStores]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as folder:
        shutil.copyfile(migrated, f"{folder}/claimwatch.db")
        database = Database.open(f"sqlite:///{folder}/claimwatch.db")
        try:
            yield Stores.over(database)
        finally:
            database.close()


@contextmanager
def _on_postgres(database: Database) -> Iterator[AnyStores]:
    with database.transaction() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(table.name for table in metadata.tables.values())}"))
    yield Stores.over(database)


def _tell(open_stores: OpenStores, *, examples: int, steps: int) -> None:
    """Make up stories; always the same ones, but where somebody asks for more."""
    asked = os.environ.get("PROPERTY_EXAMPLES")
    run_state_machine_as_test(
        lambda: Story(open_stores),  # type: ignore[arg-type]  # its type says class, its text says what it returns
        settings=settings(
            max_examples=int(asked or examples),
            stateful_step_count=steps,
            derandomize=asked is None,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(autouse=True)
def _no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "claimwatch")  # a story that fails is told by its rules


#: Where a story fails, hypothesis looks for a shorter one for some minutes; who asks for more examples has time.
pytestmark = pytest.mark.timeout(0 if os.environ.get("PROPERTY_EXAMPLES") else 600)


def test_any_story_keeps_the_promises_in_memory() -> None:
    _tell(_in_memory, examples=120, steps=30)


def test_any_story_keeps_the_promises_on_sqlite(migrated_sqlite: Path) -> None:
    _tell(lambda: _on_sqlite(migrated_sqlite), examples=8, steps=30)


@pytest.mark.slow
def test_any_long_story_keeps_the_promises_on_sqlite(migrated_sqlite: Path) -> None:
    _tell(lambda: _on_sqlite(migrated_sqlite), examples=40, steps=60)


@pytest.mark.slow
def test_any_story_keeps_the_promises_on_postgresql(migrated_postgres: Database) -> None:
    _tell(lambda: _on_postgres(migrated_postgres), examples=15, steps=30)
