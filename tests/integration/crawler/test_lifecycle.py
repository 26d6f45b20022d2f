"""The engine starts and stops cleanly, with work in flight or without."""

from __future__ import annotations

import subprocess
import sys

from tests.integration.crawler.conftest import ROOT, running_engine
from tests.integration.crawler.site import Visit, serving, text


def _hang(visit: Visit) -> None:
    visit.server.over.wait()


def test_an_idle_engine_stops_at_once_and_the_process_ends() -> None:
    with running_engine() as engine:
        stopped = engine.stop(10.0)

        assert stopped["took_s"] < 5
        assert engine.process.wait(10) == 7


def test_stop_waits_for_answers_that_come_in_time() -> None:
    with serving() as site, running_engine(allow=[site.place]) as engine:
        site.pages["/soon"] = lambda visit: (visit.server.over.wait(0.3), text("in time")(visit))[1]
        engine.begin(site.url("/soon"))

        (answer,) = engine.stop(10.0)["ended"]

        assert answer["body"] == "in time"
        assert engine.process.wait(10) == 7


def test_stop_cuts_off_what_hangs_and_the_process_ends() -> None:
    with serving() as site, running_engine(allow=[site.place], timeout_s=60.0) as engine:
        site.pages["/hang"] = _hang
        site.pages["/page"] = text("rules are known now")
        engine.fetch(site.url("/page"))
        for _ in range(4):
            engine.begin(site.url("/hang"))

        stopped = engine.stop(0.2)

        assert stopped["took_s"] < 10
        assert {answer["error"] for answer in stopped["ended"]} == {"Unreachable"}
        assert "stopped before the answer came" in stopped["ended"][0]["message"]
        assert engine.process.wait(10) == 7


def test_stop_cuts_off_a_hanging_robots_file_too() -> None:
    with serving() as site, running_engine(allow=[site.place], timeout_s=60.0) as engine:
        site.pages["/robots.txt"] = _hang
        engine.begin(site.url("/page"))

        stopped = engine.stop(0.2)

        assert stopped["took_s"] < 10
        assert stopped["ended"][0]["error"] == "Unreachable"
        assert engine.process.wait(10) == 7


def test_many_fetches_at_once_ask_for_the_rules_once() -> None:
    with serving() as site, running_engine(allow=[site.place]) as engine:
        site.pages["/robots.txt"] = text("User-agent: *\nDisallow: /private/")
        site.pages["/page"] = text("a page")
        for _ in range(5):
            engine.begin(site.url("/page"))

        ended = engine.stop(10.0)["ended"]

        assert [answer["body"] for answer in ended] == ["a page"] * 5
        assert site.visits == {"/robots.txt": 1, "/page": 5}


def _run(code: str) -> subprocess.CompletedProcess[str]:
    head = "from crawler.engine import run_in_reactor\nimport asyncio\n"
    return subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", head + code],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_reactor_gives_back_what_the_coroutine_returns_and_cancels_the_rest() -> None:
    done = _run(
        "async def forever():\n"
        "    try: await asyncio.Event().wait()\n"
        "    finally: print('cancelled')\n"
        "async def main():\n"
        "    global kept; kept = asyncio.create_task(forever())\n"
        "    await asyncio.sleep(0)\n"
        "    return 5\n"
        "print(run_in_reactor(main))"
    )

    assert (done.stdout, done.stderr) == ("cancelled\n5\n", "")


def test_the_reactor_raises_what_the_coroutine_raises() -> None:
    done = _run("async def main(): raise KeyError('mine')\nrun_in_reactor(main)")

    assert done.returncode == 1
    assert done.stderr.strip().endswith("KeyError: 'mine'")


def test_a_signal_handler_of_the_coroutine_is_its_own() -> None:
    done = _run(
        "import os, signal\n"
        "async def main():\n"
        "    got = asyncio.Event()\n"
        "    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, got.set)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    await asyncio.wait_for(got.wait(), 10)\n"
        "    return 3\n"
        "raise SystemExit(run_in_reactor(main))"
    )

    assert (done.returncode, done.stderr) == (3, "")
