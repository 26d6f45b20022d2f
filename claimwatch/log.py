"""Logs are events with fields: for eyes on a terminal, one JSON object a line elsewhere if asked."""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from typing import TextIO

import structlog


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"  # coloured on a terminal, plain elsewhere
    PLAIN = "plain"
    JSON = "json"


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
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(fmt, terminal=target.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.WARNING)
    logging.captureWarnings(capture=True)


def _formatter(fmt: LogFormat, *, terminal: bool) -> logging.Formatter:
    before: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso" if fmt is LogFormat.JSON else "%H:%M:%S", utc=True),
    ]
    after: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if fmt is LogFormat.JSON:
        after += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        after += [
            structlog.dev.ConsoleRenderer(colors=fmt is LogFormat.AUTO and terminal, pad_event_to=10, sort_keys=False)
        ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after)
