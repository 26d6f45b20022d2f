"""Connects a socket to a mail server, the address policy checked on the very address that is dialled."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from domain.errors import AddressRefused, Unreachable
from domain.hosts import not_public, place_of
from domain.net import AddressPolicy

#: Seconds that one of several addresses may take, so that a dead one does not use up the whole time.
_ONE_ADDRESS_S = 8.0


async def dial(host: str, port: int, policy: AddressPolicy) -> socket.socket:
    """A connected, non-blocking socket to one of the host's addresses that the policy allows.

    Raises:
        AddressRefused: the policy allows none of its addresses.
        Unreachable: the name is not found, or no allowed address answers.
    """
    place = place_of(host, port)
    complaint = policy.number_complaint(host, port)
    if complaint is not None:
        raise AddressRefused(place, complaint)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(place, f"the name cannot be resolved: {reason(error)}") from error
    allowed = [info for info in found if policy.allows(host, port, str(info[4][0]))]
    if not allowed:
        raise AddressRefused(place, not_public(place, sorted({str(info[4][0]) for info in found})))
    problem = "it has no address"
    for family, kind, protocol, _, address in allowed:
        try:
            return await _connect(family, kind, protocol, address)
        except OSError as error:
            problem = reason(error)
    raise Unreachable(place, f"no connection: {problem}")


async def _connect(family: int, kind: int, protocol: int, address: tuple[Any, ...]) -> socket.socket:
    connection = socket.socket(family, kind, protocol)
    connection.settimeout(0)
    try:
        async with asyncio.timeout(_ONE_ADDRESS_S):
            await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


def reason(error: BaseException) -> str:
    """What an error of the system says, without its number; ``it took too long`` for time-outs."""
    if isinstance(error, TimeoutError) and not error.args:
        return "it took too long"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
