"""systemd is told, when it asked."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from claimwatch.systemd import notify


def test_state_reaches_the_socket_that_systemd_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)

        notify("READY=1")

        assert manager.recv(100) == b"READY=1"


def test_nothing_is_told_where_nobody_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)

        notify("READY=1")

        with pytest.raises(BlockingIOError):
            manager.recv(100)
