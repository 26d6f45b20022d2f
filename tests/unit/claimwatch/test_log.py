"""Log lines for eyes and for machines."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from claimwatch.log import LogFormat, set_up_logging


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def logged(fmt: LogFormat) -> str:
    stream = io.StringIO()
    set_up_logging(fmt=fmt, stream=stream)
    logging.getLogger("claimwatch.test").info("polled", extra={"source": "tass/ru", "title": "Шекара"})
    return stream.getvalue()


def test_json_log_is_one_object_a_line_with_every_field() -> None:
    line = json.loads(logged(LogFormat.JSON))

    assert (line["event"], line["source"], line["title"], line["level"]) == ("polled", "tass/ru", "Шекара", "info")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("fmt", [LogFormat.PLAIN, LogFormat.AUTO])
def test_log_without_a_terminal_has_no_colour(fmt: LogFormat) -> None:
    line = logged(fmt)

    assert "polled" in line
    assert "source=tass/ru" in line
    assert "\x1b" not in line


def test_libraries_say_only_what_matters() -> None:
    stream = io.StringIO()
    set_up_logging(fmt=LogFormat.PLAIN, stream=stream)

    logging.getLogger("scrapy.core.engine").info("Spider opened")
    logging.getLogger("scrapy.core.engine").error("Broken")

    assert "Spider opened" not in stream.getvalue()
    assert "Broken" in stream.getvalue()


def test_json_log_of_an_exception_holds_its_traceback() -> None:
    stream = io.StringIO()
    set_up_logging(fmt=LogFormat.JSON, stream=stream)
    try:
        int("land")
    except ValueError:
        logging.getLogger("claimwatch").exception("job_failed")

    assert "ValueError: invalid literal" in json.loads(stream.getvalue())["exception"]
