"""Tells systemd how the service is, when systemd asked for it (Type=notify); else does nothing."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send ``READY=1``, ``STOPPING=1`` or ``WATCHDOG=1`` to the socket named by NOTIFY_SOCKET."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
        sock.sendall(state.encode("ascii"))
