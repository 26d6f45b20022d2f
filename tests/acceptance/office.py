"""Office: a folder with a configuration, a mail room, a webhook receiver, and daemons that use them.

Everything is the real program in a process of its own; tests look at it through its verbs and at
what arrives.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from claimwatch.demo.child import Daemon, run_claimwatch
from claimwatch.demo.settings import OutletPlan, Setup, sqlite_url, write_config
from tests.newsroom import FaultyMailRoom, FaultyReceiver, Newsroom

Row = Mapping[str, Any]

#: Our own watch: what these tests try is the daemon, not the lexicon.
WATCH = """\
watches:
  - id: claims
    title: Claims
    query: '"territorial claims"'
"""

#: The longest that anything here waits for, in seconds: a slow machine with other work.
PATIENCE_S = 60.0


class Office:
    """A context manager; whatever it started is gone after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mailroom = FaultyMailRoom()
        self.receiver = FaultyReceiver()
        self.config = folder / "claimwatch.yaml"
        self._stack = ExitStack()
        self._daemons: list[Daemon] = []

    def __enter__(self) -> Self:
        self._stack.enter_context(self.mailroom)
        self._stack.enter_context(self.receiver)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "claimwatch.db"

    def configure(
        self,
        *newsrooms: Newsroom | OutletPlan,
        database_url: str | None = None,
        channels: bool = True,
        every: str = "1s",
    ) -> None:
        """Write the configuration for these outlets, in which everything goes to mail and webhook.

        Args:
            newsrooms: one feed each.
            database_url: an SQLite file in the folder by default.
            channels: False leaves mail and webhook out.
            every: how often feeds are asked.
        """
        watches = self.folder / "watches.yaml"
        watches.write_text(WATCH, encoding="utf-8")
        setup = Setup(
            database_url=database_url or sqlite_url(self.folder),
            outlets=tuple(one.plan() if isinstance(one, Newsroom) else one for one in newsrooms),
            watches=(str(watches),),
            every=every,
            smtp_port=self.mailroom.port,
            hook_url=self.receiver.url,
            hook_secret=self.receiver.secret,
        )
        write_config(self.folder, setup if channels else replace(setup, smtp_port=None, hook_url=None))

    def daemon(self, *launched: str) -> Daemon:
        """A daemon that was just started; it is stopped at the end of the office at the latest.

        Args:
            launched: what to ask of ``tests.acceptance.crashing``; nothing starts the program as it is.
        """
        log = self.folder / f"daemon-{len(self._daemons) + 1}.log"
        module = ("tests.acceptance.crashing", *launched) if launched else ("claimwatch",)
        daemon = self._stack.enter_context(Daemon(self.config, log=log, cwd=self.folder, module=module))
        self._daemons.append(daemon)
        return daemon

    def ask(self, verb: str, *arguments: str) -> tuple[Row, ...]:
        """What a listing verb lists.

        Raises:
            AssertionError: it printed no list; the message says what it printed.
        """
        asked = run_claimwatch(verb, *arguments, "--config", str(self.config), "--format", "json", cwd=self.folder)
        assert asked.stdout.startswith(("[", "{")), f"{verb} ended with {asked.returncode}: {asked.stderr}"
        answer = json.loads(asked.stdout)
        return tuple(answer) if isinstance(answer, list) else (answer,)

    def wait_for_rows(self, verb: str, enough: Callable[[tuple[Row, ...]], bool], *arguments: str) -> tuple[Row, ...]:
        """Ask a listing verb, once a daemon has made the database, until it has rows and they are enough.

        Raises:
            AssertionError: they never were; the message holds the last ones.
        """
        deadline = time.monotonic() + PATIENCE_S
        rows: tuple[Row, ...] = ()
        while time.monotonic() < deadline:
            rows = self.ask(verb, *arguments) if self._started() else ()
            if rows and enough(rows):
                return rows
            time.sleep(0.2)
        raise AssertionError(f"{verb} never listed what was waited for, but {rows}\n{self.log_tail()}")

    def wait_for_news(self, urls: Iterable[str], daemon: Daemon, *, timeout_s: float = PATIENCE_S) -> None:
        """Wait until each of these articles was told by mail and by webhook.

        Raises:
            AssertionError: one never was; the message holds the daemon's last words.
        """
        wanted = set(urls)
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and daemon.running:
            if wanted <= set(self.webhook_ids()) and all(self._mailed(url) for url in wanted):
                return
            time.sleep(0.05)
        missing = sorted(wanted - {url for url in self.webhook_ids() if self._mailed(url)})
        raise AssertionError(f"never told: {missing}\n" + "\n".join(daemon.log_tail(30)))

    def log_tail(self) -> str:
        """The last words of every daemon."""
        return "\n".join(line for daemon in self._daemons for line in daemon.log_tail())

    def webhook_ids(self) -> dict[str, list[str]]:
        """The address of each article told by webhook, with ``webhook-id`` of every accepted call."""
        ids = defaultdict(list)
        for notice in self.receiver.notices:
            ids[str(notice.payload["data"]["article"]["url"])].append(notice.id)
        return dict(ids)

    def mail_ids(self, url: str) -> list[str]:
        """Message-ID of every accepted mail about an article."""
        return [mail.message_id for mail in self.mailroom.mails if url in mail.text.split()]

    def _started(self) -> bool:
        """Did a daemon say that it started?"""
        return any(daemon.wait_for_log(" started", timeout_s=0.1) for daemon in self._daemons)

    def _mailed(self, url: str) -> bool:
        return bool(self.mail_ids(url))
