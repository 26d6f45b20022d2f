"""Prints alerts where the daemon runs, in colour on a terminal.

Writing happens in a thread of its own, so that a pipe that nobody reads blocks no one else.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from typing import TextIO

from alerts.view import AlertView, Piece, view_of
from domain.alerts import Alert, Channel, Delivery, Receipt
from domain.errors import DeliveryError

_COLOURS = {"high": "1;31", "medium": "1;33", "low": "1;36"}
_MARK, _BOLD, _QUIET = "1;4", "1", "2"


class ConsoleTransport:
    """Speaks to a terminal, a file or a pipe.

    Args:
        stream: where to write; it is never closed.
        timeout_s: seconds until a write that does not end counts as failed.
    """

    def __init__(self, stream: TextIO, *, timeout_s: float = 10.0) -> None:
        self._stream = stream
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()
        self._last: asyncio.Future[str | None] | None = None

    async def send(self, channel: Channel, delivery: Delivery, alert: Alert) -> Receipt:  # noqa: ARG002  the port's
        """Print one block and flush it.

        Raises:
            DeliveryError: the stream is closed, broken, full or blocked; later it may not be.
        """
        colour = self._is_terminal() and not os.environ.get("NO_COLOR")
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        text = block(view_of(alert), colour=colour).encode(encoding, "backslashreplace").decode(encoding)
        async with self._turn:
            await self._write(text)
        return Receipt()

    async def close(self) -> None:
        """The stream belongs to whoever gave it."""

    def _is_terminal(self) -> bool:
        try:
            return self._stream.isatty()
        except ValueError:  # closed; writing will say so
            return False

    async def _write(self, text: str) -> None:
        if self._last is not None and not self._last.done():
            raise DeliveryError("the console is blocked: nobody reads what was written before")
        loop = asyncio.get_running_loop()
        self._last = done = loop.create_future()

        def write() -> None:
            problem = _put(self._stream, text)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(done.set_result, problem)

        # Not a pool's thread: the interpreter waits for those when it ends, and this one may be stuck.
        threading.Thread(target=write, name="console", daemon=True).start()
        await asyncio.wait((done,), timeout=self._timeout_s)
        if not done.done():
            raise DeliveryError("the console is blocked: nobody reads it")
        problem = done.result()
        if problem is not None:
            raise DeliveryError(problem)


def _put(stream: TextIO, text: str) -> str | None:
    """Write it all; returns why not."""
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError) as error:
        return f"the console cannot be written to: {getattr(error, 'strerror', None) or error}"
    return None


def block(view: AlertView, *, colour: bool = False) -> str:
    """The alert as a few lines that end with an empty one."""
    paint = _painted if colour else _plain
    head = f"{paint(view.severity.upper(), _COLOURS[view.severity])}  {view.watch_title}"
    lines = ["TEST  no article stands behind this"] if view.is_test else []
    lines += [head, f"  {paint(view.title, _BOLD)}"]
    origin = [each for each in (view.source, view.language, f"published {view.published}") if each]
    lines.append(f"  {paint(' | '.join(origin), _QUIET)}")
    lines += [f"  > {_passage(quote.pieces, colour=colour)}" for quote in view.quotes]
    if not view.is_test:
        lines.append(f"  {view.link or '(no address that can be opened safely)'}")
    if not view.is_test and (view.untitled or not view.link):
        lines.append(f"  claimwatch show {view.alert.article_id}")
    if view.partial:
        lines.append("  only title and summary could be read")
    return "\n".join(lines) + "\n\n"


def _passage(pieces: tuple[Piece, ...], *, colour: bool) -> str:
    return "".join(_marked(piece.text, colour=colour) if piece.marked else piece.text for piece in pieces)


def _marked(text: str, *, colour: bool) -> str:
    return _painted(text, _MARK) if colour else f"*{text}*"


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def _plain(text: str, _: str) -> str:
    return text
