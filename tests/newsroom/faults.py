"""Fault: how one path of a newsroom misbehaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from claimwatch.demo.server import Reply

WEB_PAGE = b"<!DOCTYPE html><html><head><title>Moment</title></head><body><h1>Are you a person?</h1></body></html>"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to the answer of a path; every field left alone leaves the answer alone."""

    #: Seconds before the first byte.
    delay_s: float = 0.0
    status: int | None = None
    body: bytes | None = None
    content_type: str | None = None
    #: Added to the answer, such as Retry-After.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: A whole, well-formed answer whose body ends after so many bytes.
    truncate_to: int | None = None
    #: Announce all, send so many bytes, hang up.
    cut_after: int | None = None
    #: How often it happens before the path is well again; None for ever.
    times: int | None = None

    @classmethod
    def web_page(cls) -> Fault:
        """A page for people where something else should be."""
        return cls(status=200, body=WEB_PAGE, content_type="text/html; charset=utf-8")

    @classmethod
    def empty(cls) -> Fault:
        """200 and nothing."""
        return cls(status=200, body=b"")

    @classmethod
    def huge(cls, size: int) -> Fault:
        """200 and so many bytes."""
        return cls(status=200, body=b" " * size)

    def apply(self, reply: Reply) -> Reply:
        """The answer as it goes out; a body of ours replaces a 304 by a 200."""
        body = self.body if self.body is not None else reply.body
        status = self.status if self.status is not None else 200 if self.body is not None else reply.status
        replaced = {} if self.content_type is None else {"Content-Type": self.content_type}
        return Reply(
            status=status,
            headers={**reply.headers, **replaced, **self.headers},
            body=body[: self.truncate_to],
            delay_s=self.delay_s or reply.delay_s,
            cut_after=self.cut_after,
        )
