"""Logs are events with fields: for eyes on a terminal, one JSON object a line elsewhere if asked.

Lines are written by a thread of their own, and past Python's buffers, whose locks the end of the
program would wait for: a pipe that nobody reads must not stop the service, nor keep it from
stopping. What does not fit into the queue is dropped and counted.
"""

from __future__ import annotations

import io
import logging
import logging.handlers
import queue
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

import structlog


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"  # coloured on a terminal, plain elsewhere
    PLAIN = "plain"
    JSON = "json"


#: Records that wait for a slow sink, and seconds that the end of the program waits for it.
QUEUE_RECORDS = 10_000
FINISH_S = 1.0

_DROPPED = {"name": "claimwatch.log", "msg": "log_lines_dropped", "levelno": logging.WARNING, "levelname": "WARNING"}

#: Libraries that say at INFO what only their authors want to know.
_NOISY = (
    "scrapy",
    "twisted",
    "apscheduler",
    "trafilatura",
    "htmldate",
    "alembic",
    "aiosmtplib",
    "py3langid",
    "asyncio",
)


def set_up_logging(*, fmt: LogFormat = LogFormat.AUTO, verbose: bool = False, stream: TextIO | None = None) -> None:
    """Send every log line of the process, ours and the libraries', to one stream in one form.

    Args:
        fmt: the form; ``auto`` looks at the stream.
        verbose: DEBUG of ours and INFO of the libraries.
        stream: where to; standard error by default.
    """
    target = stream or sys.stderr
    writer = logging.StreamHandler(_unlocked(target))
    writer.setFormatter(_formatter(fmt, terminal=target.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [PatientHandler(writer)]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.WARNING)
    logging.captureWarnings(capture=True)


def speaker(stream: TextIO | None = None) -> Callable[[str], None]:
    """What prints lines for people to a stream (standard output by default); it never waits and never fails."""
    handler = PatientHandler(logging.StreamHandler(_unlocked(stream or sys.stdout)))
    return lambda line: handler.enqueue(logging.makeLogRecord({"msg": line}))


def _unlocked(stream: TextIO) -> TextIO:
    """The same file or pipe without a buffer, thus without the lock that a blocked write holds."""
    try:
        raw = io.FileIO(stream.fileno(), "w", closefd=False)
    except io.UnsupportedOperation:  # it is in memory
        return stream
    return io.TextIOWrapper(raw, encoding=stream.encoding, errors="backslashreplace", write_through=True)


class PatientHandler(logging.handlers.QueueHandler):
    """Hands records to a thread that writes them; never waits.

    Args:
        writer: the handler that writes; nobody else uses it.
    """

    def __init__(self, writer: logging.Handler) -> None:
        self._records: queue.Queue[logging.LogRecord | None] = queue.Queue(maxsize=QUEUE_RECORDS)
        super().__init__(self._records)
        self._writer = writer
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """The record as it is: the writer's formatter is in this process."""
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Put it into the queue, or count it as dropped."""
        try:
            self._records.put_nowait(record)
        except queue.Full:
            self._dropped += 1

    def finish(self) -> None:
        """Write what waits, but not for longer than ``FINISH_S``."""
        try:
            self._records.put(None, timeout=FINISH_S)
        except queue.Full:
            return
        self._thread.join(timeout=FINISH_S)

    def close(self) -> None:
        """Finish first: ``logging.shutdown`` calls this, at the end of the program and before one by force."""
        self.finish()
        super().close()

    def _write(self) -> None:
        while (record := self._records.get()) is not None:
            self._writer.emit(record)  # not handle(), whose lock the end of the program waits for
            dropped, self._dropped = self._dropped, 0
            if dropped:
                self._writer.emit(logging.makeLogRecord({**_DROPPED, "dropped": dropped}))


def _formatter(fmt: LogFormat, *, terminal: bool) -> logging.Formatter:
    coloured = fmt is LogFormat.AUTO and terminal
    before: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _stamp_local if coloured else _stamp_utc,
    ]
    after: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if fmt is LogFormat.JSON:
        after += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        after += [
            structlog.dev.ConsoleRenderer(
                colors=coloured,
                pad_event_to=10,
                sort_keys=False,
                # the default one prints every local variable, secrets among them
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after)


def _stamp_utc(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """When it was logged, not when the line is written."""
    moment = datetime.fromtimestamp(event["_record"].created, UTC)
    return {**event, "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def _stamp_local(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    moment = datetime.fromtimestamp(event["_record"].created).astimezone()
    return {**event, "timestamp": f"{moment:%H:%M:%S}"}
