"""The whole exception tree; every error knows whether trying again can help.

::

    ClaimwatchError
    ├── ConfigError            a file of the user's is wrong; carries every problem with its place
    ├── UsageError             a command was called with something that does not exist or fit
    ├── FetchError             an address could not be fetched
    │   ├── AddressRefused     the address policy forbids it, or its scheme is not http(s)
    │   ├── RobotsRefused      robots.txt forbids it
    │   ├── RobotsUnreadable   robots.txt could not be read: wait, neither fetch nor give up
    │   ├── BodyTooLarge       the body is over the limit, before or after inflating
    │   ├── HttpStatus         the server answered, but not with the page
    │   └── Unreachable        DNS, connect, TLS or time
    ├── ReadError              bytes came, but they are not what they should be
    ├── QueryError             a watch's query cannot be understood
    ├── StorageError           the database refused or was lost
    │   └── LeaseLost          another worker holds the job now; what we did must not be stored
    └── DeliveryError          a channel did not accept an alert
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ClaimwatchError(Exception):
    """Anything that claimwatch itself reports; ``str()`` of it is a sentence for people."""

    #: Can the same call succeed later, with nothing changed by a person?
    retryable = False


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong in a file of the user's."""

    #: The file as the user named it.
    file: str
    #: Line and column, counted from 1; 0 where the whole file is meant.
    line: int = 0
    column: int = 0
    #: A sentence that says what is wrong and, where possible, the mend.
    message: str
    #: The line with a caret under the place, as two lines; empty where a sentence is enough.
    excerpt: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}"

    @property
    def lines(self) -> tuple[str, ...]:
        """The problem as a person is shown it, the excerpt indented."""
        return (str(self), *(f"    {line}" for line in self.excerpt.splitlines()))


class ConfigError(ClaimwatchError):
    """One or more files of the user's are wrong; nothing was started."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(ClaimwatchError):
    """A command was given something that does not exist or does not fit."""


class FetchError(ClaimwatchError):
    """An address could not be fetched.

    Args:
        url: the address asked for.
        message: why, in words; the url is put before it.
        retry_after_s: seconds that the server asked us to wait, if it did.
    """

    retryable = True

    def __init__(self, url: str, message: str, *, retry_after_s: float | None = None) -> None:
        self.url = url
        self.message = message
        self.retry_after_s = retry_after_s
        super().__init__(f"{url}: {message}")


class AddressRefused(FetchError):
    """The address policy forbids connecting there, or the scheme is not http or https."""

    retryable = False


class RobotsRefused(FetchError):
    """The site's robots.txt forbids this path to us."""

    retryable = False


class RobotsUnreadable(FetchError):
    """The site's robots.txt cannot be read now; RFC 9309 says to stay away until it can."""


class BodyTooLarge(FetchError):
    """The body is larger than allowed, as sent or once inflated."""


class HttpStatus(FetchError):
    """The server answered with a status that is neither a page nor a 304."""

    def __init__(self, url: str, status: int, *, retry_after_s: float | None = None) -> None:
        self.status = status
        super().__init__(url, f"the server answered {status}", retry_after_s=retry_after_s)


class Unreachable(FetchError):
    """No answer: name not found, connection refused, TLS not valid, or time ran out."""


class ReadError(ClaimwatchError):
    """Bytes came, but they are not what the source promised (an HTML page for a feed, say)."""


class QueryError(ClaimwatchError):
    """A query cannot be understood.

    Args:
        message: what is wrong and, where possible, the mend, in plain words.
        column: place in its line, counted from 1; one more than the line has characters at its end.
        line: line of the query, counted from 1.
        excerpt: that line with a caret under the place, as two lines; empty where the text is not at hand.
    """

    def __init__(self, message: str, *, column: int = 1, line: int = 1, excerpt: str = "") -> None:
        self.message = message
        self.column = column
        self.line = line
        self.excerpt = excerpt
        super().__init__(message)

    @property
    def report(self) -> str:
        """Place, message and the line with a caret, for people."""
        return f"line {self.line}, column {self.column}: {self.message}\n{self.excerpt}".rstrip("\n")


class StorageError(ClaimwatchError):
    """The database refused, was locked for too long, or was lost."""

    retryable = True


class LeaseLost(StorageError):
    """The lease on the job ran out and another worker holds it: our result must not be stored."""

    retryable = False


class DeliveryError(ClaimwatchError):
    """A channel did not accept an alert.

    Args:
        message: why, in words, without secrets.
        permanent: trying the same message again cannot help.
        status: the HTTP or SMTP code, if there was one.
        retry_after_s: seconds that the receiver asked us to wait.
        disables: the receiver asked never to be called again (HTTP 410).
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        status: int | None = None,
        retry_after_s: float | None = None,
        disables: bool = False,
    ) -> None:
        self.message = message
        self.permanent = permanent
        self.status = status
        self.retry_after_s = retry_after_s
        self.disables = disables
        super().__init__(message)

    @property
    def retryable(self) -> bool:  # type: ignore[override]
        return not self.permanent
