"""The engine process with a look-up of names that does as it is told, in the threads where the real one works.

``NAMES`` in the environment is a JSON object: host to addresses, or to how the look-up fails (``unknown``,
``broken``), or to ``slow``, which never ends.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import threading
from typing import Any

_NAMES: dict[str, list[str] | str] = json.loads(os.environ["NAMES"])
_FAILURES = {"unknown": socket.EAI_NONAME, "broken": socket.EAI_AGAIN}


def look_up(host: Any, port: Any, *_rest: object, **_more: object) -> list[tuple[Any, ...]]:
    """As ``socket.getaddrinfo``."""
    name = host.decode("ascii") if isinstance(host, bytes) else str(host)
    known = _NAMES.get(name, [name])
    if known == "slow":
        threading.Event().wait()
    if isinstance(known, str):
        raise socket.gaierror(_FAILURES[known], known)
    return [_found(address, port) for address in known]


def _found(address: str, port: int) -> tuple[Any, ...]:
    if ipaddress.ip_address(address).version == 6:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


# Before anything imports Twisted, which keeps the function that it finds.
socket.getaddrinfo = look_up

if __name__ == "__main__":
    import runpy

    runpy.run_module("tests.integration.crawler.engine_process", run_name="__main__")
