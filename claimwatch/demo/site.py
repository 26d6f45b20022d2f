"""One site of the newsroom: pages, feeds with validators and true 304s, redirects, robots.txt.

Safe from any thread: pages and feeds may be added while somebody reads.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from claimwatch.demo.server import LocalServer, Reply, Request

ROBOTS_TXT = b"User-agent: *\nDisallow: /private/\n"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What stands at a path."""

    body: bytes
    content_type: str
    status: int = 200
    #: Aware UTC; sent as Last-Modified where it is known.
    modified_at: datetime | None = None
    #: Send an ETag and honour If-None-Match and If-Modified-Since.
    validators: bool = False
    #: Sent as they are, beside the rest.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Seconds before the answer.
    delay_s: float = 0.0

    @property
    def etag(self) -> str:
        """A strong validator of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


class Site(LocalServer):
    """A web site on a port of its own."""

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(self.respond, port=port)
        self._resources: dict[str, Resource] = {}
        self._lock = threading.Lock()
        self._not_modified = 0
        self.put("/robots.txt", Resource(body=ROBOTS_TXT, content_type="text/plain; charset=utf-8"))

    @property
    def not_modified(self) -> int:
        """How many requests were answered 304."""
        with self._lock:
            return self._not_modified

    def put(self, path: str, resource: Resource) -> str:
        """Let something stand at a path, from the next request on; returns its whole address."""
        with self._lock:
            self._resources[path] = resource
        return self.url(path)

    def redirect(self, path: str, to: str, *, status: int = 301) -> str:
        """Send whoever asks for ``path`` to another path or address; returns the old address."""
        headers = {"Location": to}
        return self.put(path, Resource(body=b"", content_type="text/html", status=status, headers=headers))

    def url(self, path: str) -> str:
        """The whole address of a path."""
        return self.base_url + path

    def respond(self, request: Request) -> Reply:
        """The answer to a request: 200 or what the page says, 304 where nothing changed, else 404."""
        with self._lock:
            resource = self._resources.get(request.path)
        if resource is None:
            return Reply(status=404, headers={"Content-Type": "text/plain"}, body=b"not found\n")
        if resource.validators and is_unchanged(request, resource):
            with self._lock:
                self._not_modified += 1
            return Reply(status=304, headers=_validators(resource), delay_s=resource.delay_s)
        headers = {"Content-Type": resource.content_type, **_validators(resource), **resource.headers}
        return Reply(status=resource.status, headers=headers, body=resource.body, delay_s=resource.delay_s)


def is_unchanged(request: Request, resource: Resource) -> bool:
    """Does the client hold what we would send? If-None-Match decides alone where it is present (RFC 9110)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return any(tag.strip().removeprefix("W/") in ("*", resource.etag) for tag in tags.split(","))
    since = _http_date(request.headers.get("if-modified-since"))
    if since is None or resource.modified_at is None:
        return False
    return resource.modified_at.replace(microsecond=0) <= since


def _validators(resource: Resource) -> dict[str, str]:
    if not resource.validators:
        return {}
    headers = {"ETag": resource.etag}
    if resource.modified_at is not None:
        headers["Last-Modified"] = format_datetime(resource.modified_at, usegmt=True)
    return headers


def _http_date(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo is not None else None
