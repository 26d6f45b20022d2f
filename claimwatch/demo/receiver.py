"""A real webhook receiver on loopback that checks Standard Webhooks signatures and keeps what arrives.

It is written from the specification alone, so that a signature of ours that only our own code
understands does not pass.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claimwatch.demo.server import LocalServer, Reply, Request

#: A signature older or newer than this is a replay, in seconds; the specification's own figure.
TOLERANCE_S = 300.0
PATH = "/hooks/claimwatch"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One verified call."""

    #: ``webhook-id``: the same on every try of one delivery.
    id: str
    payload: Mapping[str, Any]
    headers: Mapping[str, str]


class Receiver(LocalServer):
    """Answers 204 to what is signed, 401 to what is not."""

    def __init__(self, *, secret: str | None = None, port: int = 0) -> None:
        """Args:
        secret: ``whsec_`` and base64; None makes one.
        """
        super().__init__(self.respond, port=port)
        self.secret = secret or new_secret()
        self._notices: list[Notice] = []
        self._refused: list[str] = []
        self._arrived = threading.Condition()

    @property
    def url(self) -> str:
        """Where to POST."""
        return self.base_url + PATH

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was accepted, oldest first."""
        with self._arrived:
            return tuple(self._notices)

    @property
    def refused(self) -> tuple[str, ...]:
        """Why calls were refused, oldest first."""
        with self._arrived:
            return tuple(self._refused)

    def wait_until(self, enough: Callable[[Sequence[Notice]], bool], *, timeout_s: float = 30.0) -> bool:
        """Wait until what arrived is enough; False when it was not in time."""
        with self._arrived:
            return self._arrived.wait_for(lambda: enough(tuple(self._notices)), timeout=timeout_s)

    def respond(self, request: Request) -> Reply:
        """Check the call, keep it if it is good."""
        problem = fault_of(request, self.secret, now=time.time())
        if problem is None:
            return self.accept(request)
        with self._arrived:
            self._refused.append(problem)
        return Reply(status=401, body=problem.encode())

    def accept(self, request: Request) -> Reply:
        """Keep a call that is signed, and say so."""
        notice = Notice(id=request.headers["webhook-id"], payload=json.loads(request.body), headers=request.headers)
        with self._arrived:
            self._notices.append(notice)
            self._arrived.notify_all()
        return Reply(status=204)


def new_secret() -> str:
    """A fresh signing secret: ``whsec_`` and 24 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode("ascii")


def fault_of(request: Request, secret: str, *, now: float) -> str | None:
    """What is wrong with a call, None if it is well signed.

    Args:
        request: method, path, headers and the exact bytes of the body.
        secret: ``whsec_`` and base64.
        now: seconds since 1970.
    """
    if (request.method, request.path) != ("POST", PATH):
        return f"{request.method} {request.path} is not the hook"
    missing = [name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if name not in request.headers]
    if missing:
        return f"no header {missing[0]}"
    timestamp = request.headers["webhook-timestamp"]
    if not timestamp.isascii() or not timestamp.isdigit() or abs(now - int(timestamp)) > TOLERANCE_S:
        return "the timestamp is not of now"
    return None if _signed(request, secret) else "no signature is ours"


def _signed(request: Request, secret: str) -> bool:
    """Is one of the ``v1`` signatures the HMAC-SHA256 of id, timestamp and body?"""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    wanted = hmac.new(key, signed, hashlib.sha256).digest()
    offered = [value.removeprefix("v1,") for value in request.headers["webhook-signature"].split(" ")]
    return any(hmac.compare_digest(wanted, _decoded(value)) for value in offered)


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""
