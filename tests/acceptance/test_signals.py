"""The daemon told to end, put to sleep, robbed of a child or of its output: it ends well or goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from claimwatch.demo.child import Daemon, environment
from claimwatch.demo.settings import sqlite_url
from domain.jobs import JobKind
from tests.acceptance.articles import publish_claim, publish_claims
from tests.acceptance.ledger import Ledger, assert_nothing_lost, wait_until_done
from tests.acceptance.office import PATIENCE_S, Office
from tests.acceptance.processes import processes
from tests.newsroom import Newsroom

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

#: Seconds of a lease and of a drain, where a test waits for their end.
LEASE_S = 2.0
DRAIN_S = 1.0

#: Seconds in which a receiver answers that is to be interrupted: beyond the lease, within its time.
SLOW_S = 5.0

#: Seconds between two requests of one host.
PACE_S = 0.6

#: The same, longer than a start of the daemon takes.
LONG_PACE_S = 6.0


@contextmanager
def job_in_flight(kind: JobKind, office: Office, newsroom: Newsroom, *, claim: str) -> Iterator[Callable[[int], bool]]:
    """The other side of a job of this kind keeps it waiting, within the block.

    Yields:
        Waits until so many jobs are waiting; False when they never were.
    """
    if kind is JobKind.DELIVERY:
        office.receiver.delay(SLOW_S)

        def told(times: int) -> bool:
            return office.receiver.wait_until(lambda notices: len(notices) >= times, timeout_s=PATIENCE_S)

        yield told
        office.receiver.delay(0)
        return
    path = "/feed.xml" if kind is JobKind.POLL else claim.removeprefix(newsroom.base_url)
    with newsroom.hold(path):
        yield lambda times: newsroom.wait_for(path, times=times, timeout_s=PATIENCE_S)


def told_to_keep_pace(office: Office, delay_s: float) -> None:
    """Let the written configuration ask for this delay between two requests of a host."""
    outlets = office.folder / "outlets.yaml"
    text = outlets.read_text("utf-8")
    assert "delay: 0.1s" in text
    outlets.write_text(text.replace("delay: 0.1s", f"delay: {delay_s}s"), encoding="utf-8")


def pool_processes(daemon: Daemon) -> dict[int, str]:
    """The daemon's pool processes, and what each does: ``parsing`` (whose memory is limited) or ``analysis``."""
    pids = [one.pid for one in processes() if one.session == daemon.process.pid and "spawn_main" in one.command]
    bounds = {pid: Path(f"/proc/{pid}/limits").read_text("ascii") for pid in pids}
    unbounded = re.compile(r"^Max address space +unlimited", re.MULTILINE)
    return {pid: "analysis" if unbounded.search(text) else "parsing" for pid, text in bounds.items()}


def kill_when_busy(pids: list[int]) -> None:
    """SIGKILL to the first of them that works for a tenth of a second."""
    before = {pid: cpu_ticks(pid) for pid in pids}
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for pid in pids:
            if cpu_ticks(pid) > before[pid] + 10:
                os.kill(pid, signal.SIGKILL)
                return
        time.sleep(0.005)
    raise AssertionError("none of them had anything to do")


def cpu_ticks(pid: int) -> int:
    """Hundredths of a second that a process has worked for."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_daemon_finishes_the_feed_in_flight_when_asked_to_end(office: Office, newsroom: Newsroom) -> None:
    publish_claim(newsroom, 1)
    office.configure(newsroom)
    with newsroom.hold("/feed.xml") as hold:
        daemon = office.daemon()
        assert hold.wait_until_asked(PATIENCE_S)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait_for_log("stopping", timeout_s=PATIENCE_S)
    code = daemon.wait(PATIENCE_S)

    assert code == 0, daemon.log_tail()
    assert office.ask("health")[0]["pending_entries"] == 1


def test_daemon_finishes_the_slow_webhook_when_asked_to_end(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    office.receiver.delay(SLOW_S)
    daemon = office.daemon()
    assert office.receiver.wait_until(lambda notices: len(notices) == 1, timeout_s=PATIENCE_S)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_for_log("stopping", timeout_s=PATIENCE_S)
    code = daemon.wait(PATIENCE_S)

    assert code == 0, daemon.log_tail()
    assert_nothing_lost(office, sqlite_url(office.folder), claims=claims, exactly_once=True)


@pytest.mark.parametrize("kind", JobKind)
def test_daemon_gives_back_what_never_ends_and_the_next_one_does_it(
    office: Office, newsroom: Newsroom, postgres_url: str, kind: JobKind
) -> None:
    (claim,) = publish_claims(newsroom, 1)
    office.configure(newsroom, database_url=postgres_url, every="30s")
    with job_in_flight(kind, office, newsroom, claim=claim) as waiting:
        daemon = office.daemon("--drain", str(DRAIN_S))  # its leases last for a minute
        assert waiting(1)
        daemon.signal(signal.SIGTERM)

        assert daemon.wait(PATIENCE_S) == 0, daemon.log_tail()
        assert "given_back=1" in daemon.log_tail()[-1]
        assert Ledger.read(postgres_url).held == ()
    again = office.daemon()
    wait_until_done(office, postgres_url, claims=[claim])
    assert again.stop() == 0
    assert_nothing_lost(office, postgres_url, claims=[claim], exactly_once=kind is not JobKind.DELIVERY)


@pytest.mark.parametrize("kind", JobKind)
def test_daemon_that_slept_beyond_its_lease_is_fenced_out(
    office: Office, newsroom: Newsroom, postgres_url: str, kind: JobKind
) -> None:
    (claim,) = publish_claims(newsroom, 1)
    office.configure(newsroom, database_url=postgres_url, every="30s")
    with job_in_flight(kind, office, newsroom, claim=claim) as waiting:
        sleeper = office.daemon("--lease", str(LEASE_S))
        assert waiting(1)
        sleeper.signal(signal.SIGSTOP)
        other = office.daemon("--lease", str(LEASE_S))
        assert waiting(2)  # the other has taken the job over
    wait_until_done(office, postgres_url, claims=[claim])
    sleeper.signal(signal.SIGCONT)

    assert sleeper.wait_for_log(f"kind={kind}", timeout_s=PATIENCE_S), sleeper.log_tail()
    assert any("job_lost" in line and f"kind={kind}" in line for line in sleeper.log_tail()), sleeper.log_tail()
    assert (sleeper.stop(), other.stop()) == (0, 0)
    assert_nothing_lost(office, postgres_url, claims=[claim], exactly_once=kind is not JobKind.DELIVERY)
    assert len(office.receiver.notices) == (2 if kind is JobKind.DELIVERY else 1)


def test_two_daemons_share_the_work_of_one_postgresql_and_keep_the_pace_of_every_host(
    office: Office, newsroom: Newsroom, postgres_url: str
) -> None:
    with Newsroom(outlet="test-herald") as other, ExitStack() as held:
        other.add_feed()
        sites = (newsroom, other)
        claims = [publish_claim(site, 10 * number + step) for number, site in enumerate(sites) for step in range(3)]
        office.configure(*sites, database_url=postgres_url)
        told_to_keep_pace(office, PACE_S)
        holds = [held.enter_context(site.hold("/feed.xml")) for site in sites]
        daemons = [office.daemon("--most", "1") for _ in range(2)]
        assert all(hold.wait_until_asked(PATIENCE_S) for hold in holds)  # one can do but one
        assert [site.count("/feed.xml") for site in sites] == [1, 1]
        held.close()
        wait_until_done(office, postgres_url, claims=claims)

        assert [daemon.stop() for daemon in daemons] == [0, 0]
        gaps = [gap for site in sites for gap in between_pages(site)]
    assert all("polled" in "\n".join(daemon.log_tail(1000)) for daemon in daemons)
    assert min(gaps) >= PACE_S - 0.02
    assert_nothing_lost(office, postgres_url, claims=claims, exactly_once=True)


def test_daemon_keeps_the_pace_that_another_one_owes_a_host(
    office: Office, newsroom: Newsroom, postgres_url: str
) -> None:
    claim = publish_claim(newsroom, 1)
    office.configure(newsroom, database_url=postgres_url, every="30s")
    told_to_keep_pace(office, LONG_PACE_S)
    first = office.daemon("--point", "poll/after/record_poll")  # it dies before it can ask for the page
    assert first.wait(PATIENCE_S) == -signal.SIGKILL
    asked = len(newsroom.requests())
    second = office.daemon()
    office.wait_for_news([claim], second)

    *_, last, next_one = [request.at for request in newsroom.requests()[: asked + 1]]
    assert next_one - last >= LONG_PACE_S - 0.02


def between_pages(site: Newsroom) -> list[float]:
    """Seconds between two requests of a site; robots.txt belongs to the page that follows it."""
    moments = [request.at for request in site.requests() if request.path != "/robots.txt"]
    return [later - earlier for earlier, later in pairwise(moments)]


def test_daemon_goes_on_when_its_pool_processes_are_killed_at_rest(office: Office, newsroom: Newsroom) -> None:
    first = publish_claim(newsroom, 1)
    office.configure(newsroom)
    daemon = office.daemon()
    office.wait_for_news([first], daemon)
    resting = pool_processes(daemon)
    for pid in resting:
        os.kill(pid, signal.SIGKILL)
    second = publish_claim(newsroom, 2)
    office.wait_for_news([second], daemon)

    assert sorted(resting.values()) == ["analysis", "parsing", "parsing"]
    assert daemon.stop() == 0
    assert_nothing_lost(office, sqlite_url(office.folder), claims=[first, second], exactly_once=True)
    assert {row["page"] for row in office.ask("matches")} == {"full"}


@pytest.mark.parametrize(("work", "state"), [("parsing", "pending"), ("analysis", "done")])
def test_daemon_goes_on_when_a_pool_process_is_killed_at_work(
    office: Office, newsroom: Newsroom, work: str, state: str
) -> None:
    small = publish_claim(newsroom, 1)
    office.configure(newsroom)
    daemon = office.daemon()
    office.wait_for_news([small], daemon)  # its pools are warm
    sentences = (f"In session {number} the assembly heard a report on roads and bridges." for number in range(40_000))
    large = newsroom.add_article("Territorial claims in the longest debate of the year", *sentences)
    assert newsroom.wait_for(large.removeprefix(newsroom.base_url), timeout_s=PATIENCE_S)
    kill_when_busy([pid for pid, does in pool_processes(daemon).items() if does == work])
    office.wait_for_news([large], daemon)

    assert daemon.stop() == 0
    ledger = Ledger.read(sqlite_url(office.folder))
    assert ledger.articles == (small, large)
    # A page that killed its reader is told by its title at once, and tried again later.
    assert ledger.entries == ((small, "done"), (large, state))
    assert len(office.receiver.notices) == len(office.mailroom.mails) == 2


@contextmanager
def daemon_into(output: int, office: Office) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon that writes its log and all else it says into this pipe; killed after the block."""
    command = [sys.executable, "-m", "claimwatch", "run", "--config", str(office.config)]
    with subprocess.Popen(
        command, env=environment({}), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("output", ["closed", "blocked"])
def test_daemon_goes_on_when_nobody_takes_its_output(office: Office, newsroom: Newsroom, output: str) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    reader, writer = os.pipe()
    if output == "closed":
        os.close(reader)
    else:
        fill(writer)
    with daemon_into(writer, office) as process:
        os.close(writer)
        wait_until_told(office, claims)
        assert newsroom.wait_for("/feed.xml", times=4)
        claims.append(publish_claim(newsroom, 2))
        wait_until_told(office, claims)
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE_S) == 0
    if output == "blocked":
        os.close(reader)
    assert_nothing_lost(office, sqlite_url(office.folder), claims=claims, exactly_once=True)


def fill(writer: int) -> None:
    """Write into a pipe until it takes no more."""
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b".")
    os.set_blocking(writer, True)


def wait_until_told(office: Office, claims: list[str]) -> None:
    """Wait for the news without a daemon's log."""
    wanted = set(claims)
    assert office.receiver.wait_until(lambda _: wanted <= set(office.webhook_ids()), timeout_s=PATIENCE_S)
