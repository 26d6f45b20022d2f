"""The daemon as a child process: started, asked, stopped, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import claimwatch

#: How long a daemon may take to end after SIGTERM before it is killed, in seconds.
STOP_S = 15.0


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: ours, without our own settings and proxies, with the same code.

    Loopback is never reached through a proxy, and ``-m claimwatch`` finds the running copy of the
    program in whatever folder the child starts.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLAIMWATCH_") and not name.lower().endswith("_proxy")
    }
    root = str(Path(claimwatch.__path__[0]).parent)
    path = os.pathsep.join(part for part in (root, kept.get("PYTHONPATH", "")) if part)
    return {**kept, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1", **extra}


def run_claimwatch(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, timeout_s: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run one verb to its end, with its output as text.

    Raises:
        subprocess.TimeoutExpired: it took too long, and was killed.
    """
    return subprocess.run(  # noqa: S603 - our own program with our own arguments
        [sys.executable, "-m", "claimwatch", *arguments],
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        env=environment(env or {}),
        stdin=subprocess.DEVNULL,
        timeout=timeout_s,
    )


class Daemon:
    """`claimwatch run` in a session of its own, with its output in a file; a context manager."""

    def __init__(
        self,
        config: Path,
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        module: Sequence[str] = ("claimwatch",),
    ) -> None:
        """Args:
        config: the configuration file.
        log: where standard output and error go; what is there is kept.
        env: added to the environment.
        cwd: the folder it starts in, ours by default.
        module: the module that is run, and what comes before the verb.
        """
        self._config = config
        self._log = log
        self._env = env or {}
        self._cwd = cwd
        self._module = tuple(module)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The last one started."""
        if self._process is None:
            raise RuntimeError("the daemon was never started")
        return self._process

    @property
    def running(self) -> bool:
        """Is it alive?"""
        return self._process is not None and self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """Its exit code (minus the signal's number where one ended it), None while it lives."""
        if self.process.returncode is not None:
            return self.process.returncode
        # Not reaped, so that its id (and that of its group) stays ours until kill().
        ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def start(self) -> None:
        """Start it; it must not be running."""
        with self._log.open("ab") as log, _signals_later():
            self._process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
                [sys.executable, "-m", *self._module, "run", "--config", str(self._config)],
                cwd=self._cwd,
                env=environment(self._env),
                start_new_session=True,  # Ctrl-C in the terminal is for us; we tell the daemon
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the daemon itself; nothing when it has ended."""
        if self.running:
            os.kill(self.process.pid, number)

    def wait(self, timeout_s: float) -> int | None:
        """Wait for its exit code; None when it still lives after so many seconds."""
        deadline = time.monotonic() + timeout_s
        while self.exit_code is None and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.exit_code

    def stop(self, timeout_s: float = STOP_S) -> int | None:
        """Ask it to end by SIGTERM, kill it when it does not, and leave no child of it behind.

        Returns:
            Its exit code, None when it had to be killed or was never started.
        """
        if self._process is None:
            return None
        if self.running:
            self.signal(signal.SIGTERM)
        code = self.wait(timeout_s)
        self.kill()
        return code

    def kill(self) -> None:
        """SIGKILL to it and to what it started; nothing when all of it is gone."""
        if self.process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        """The last lines of its output."""
        if not self._log.exists():
            return ()
        return tuple(self._log.read_text("utf-8", "replace").splitlines()[-lines:])

    def wait_for_log(self, text: str, *, timeout_s: float) -> bool:
        """Wait until its output holds a text; False when it does not in time or the daemon ends."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            alive = self.running
            if self._log.exists() and text in self._log.read_text("utf-8", "replace"):
                return True
            if not alive:
                return False
            time.sleep(0.05)
        return False


@contextmanager
def _signals_later() -> Iterator[None]:
    """Ctrl-C and SIGTERM take effect after the block: a child in the making would be lost to them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda caught, _: came.append(caught)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for caught in came:
        signal.raise_signal(caught)
