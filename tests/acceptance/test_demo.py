"""`claimwatch demo` shows the whole service, and leaves nothing behind however it ends."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claimwatch.demo.child import environment, run_claimwatch
from claimwatch.demo.run import run_demo
from tests.acceptance.office import PATIENCE_S
from tests.acceptance.processes import commands_naming

pytestmark = pytest.mark.slow


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The demo as a child that is being watched; its output goes to ``out``, its files into the folder."""
    scratch = folder / "tmp"
    scratch.mkdir()
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "claimwatch", "demo", *options],
            cwd=folder,
            env=environment({"TMPDIR": str(scratch)}),
            start_new_session=True,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            stdout=out,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_S)


def wait_for_output(folder: Path, text: str) -> str:
    """What was printed, once it holds a text."""
    deadline = time.monotonic() + PATIENCE_S
    while text not in (printed := (folder / "out").read_text("utf-8")):
        assert time.monotonic() < deadline, printed
        time.sleep(0.1)
    return printed


def wait_for_daemon(folder: Path) -> None:
    """Wait until the demo's own daemon runs."""
    deadline = time.monotonic() + PATIENCE_S
    while not any(" run " in command for command in commands_naming(str(folder / "tmp"))):
        assert time.monotonic() < deadline, (folder / "out").read_text("utf-8")
        time.sleep(0.1)


def test_demo_ends_with_0_in_under_a_minute_when_all_arrived(tmp_path: Path) -> None:
    shown = run_claimwatch("demo", cwd=tmp_path, env={"TMPDIR": str(tmp_path)}, timeout_s=60.0)

    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "All of it arrived: 7 alerts" in shown.stdout
    assert list(tmp_path.iterdir()) == []


def test_demo_ends_with_1_and_says_what_is_missing_when_the_time_is_over() -> None:
    out = io.StringIO()
    code = run_demo(stay=False, out=out, deadline_s=15.0)  # all of it is kept back for stopping and asking

    assert code == 1
    assert "missing: steppe-courier" in out.getvalue()
    assert "The daemon's last words" in out.getvalue()


def test_demo_stays_up_until_ctrl_c_and_then_cleans_up(tmp_path: Path) -> None:
    with demo(tmp_path, "--stay") as process:
        printed = wait_for_output(tmp_path, "Ctrl-C ends it.")
        assert process.poll() is None
        os.kill(process.pid, signal.SIGINT)
        code = process.wait(PATIENCE_S)

    assert code == 0, (tmp_path / "out").read_text("utf-8")
    assert "http://127.0.0.1:" in printed
    assert list((tmp_path / "tmp").iterdir()) == []
    assert commands_naming(str(tmp_path)) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_that_is_interrupted_leaves_no_file_and_no_process(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path) as process:
        wait_for_daemon(tmp_path)
        os.kill(process.pid, number)
        code = process.wait(PATIENCE_S)

    assert code == 1
    assert "cleaned up" in (tmp_path / "out").read_text("utf-8")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert commands_naming(str(tmp_path)) == []
