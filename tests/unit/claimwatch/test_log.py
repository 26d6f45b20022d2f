"""Log lines for eyes and for machines."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
import weakref
from collections.abc import Iterator

import pytest

from claimwatch.log import QUEUE_RECORDS, LogFormat, PatientHandler, set_up_logging, speaker


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    written()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def written() -> None:
    """Wait until what was logged is written."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, PatientHandler):
            handler.finish()


def logged(fmt: LogFormat) -> str:
    stream = io.StringIO()
    set_up_logging(fmt=fmt, stream=stream)
    logging.getLogger("claimwatch.test").info("polled", extra={"source": "tass/ru", "title": "Шекара"})
    written()
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
    written()

    assert "Spider opened" not in stream.getvalue()
    assert "Broken" in stream.getvalue()


def test_json_log_of_an_exception_holds_its_traceback() -> None:
    stream = io.StringIO()
    set_up_logging(fmt=LogFormat.JSON, stream=stream)
    try:
        int("land")
    except ValueError:
        logging.getLogger("claimwatch").exception("job_failed")
    written()

    assert "ValueError: invalid literal" in json.loads(stream.getvalue())["exception"]


def test_plain_log_of_an_exception_shows_no_local_variable() -> None:
    stream = io.StringIO()
    set_up_logging(fmt=LogFormat.PLAIN, stream=stream)
    secret_path = "hooks/T0K3N"
    try:
        int(secret_path[:5])
    except ValueError:
        logging.getLogger("claimwatch").exception("job_failed")
    written()

    assert "Traceback" in stream.getvalue()
    assert "T0K3N" not in stream.getvalue()


def test_log_into_a_pipe_that_nobody_reads_stops_nothing_and_counts_what_it_dropped() -> None:
    reading, writing = os.pipe()
    sink, source = os.fdopen(writing, "w"), os.fdopen(reading)
    set_up_logging(fmt=LogFormat.JSON, stream=sink)
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, PatientHandler)

    for number in range(2 * QUEUE_RECORDS):
        logging.getLogger("claimwatch").info("polled", extra={"number": number, "words": "x" * 100})

    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(source))
    reader.start()
    handler._records.put(None)
    handler._thread.join()
    sink.close()
    reader.join()
    source.close()
    dropped = [json.loads(line)["dropped"] for line in lines if "log_lines_dropped" in line]
    assert sum(dropped) + len(lines) - len(dropped) == 2 * QUEUE_RECORDS
    assert sum(dropped) > 0


def test_last_line_is_written_before_the_log_is_closed() -> None:
    stream = io.StringIO()
    set_up_logging(fmt=LogFormat.JSON, stream=stream)
    logging.getLogger("claimwatch").critical("stopped_by_force")

    logging.getLogger().handlers[0].close()  # what logging.shutdown does with every handler

    assert json.loads(stream.getvalue())["event"] == "stopped_by_force"


def test_speaker_waits_for_nobody_who_does_not_read() -> None:
    reading, writing = os.pipe()
    sink, source = os.fdopen(writing, "w"), os.fdopen(reading)
    lines = [f"{number} " + "x" * 1000 for number in range(1000)]  # a pipe holds 64 kB
    say = speaker(sink)

    for line in lines:
        say(line)

    assert [source.readline() for _ in lines] == [f"{line}\n" for line in lines]
    sink.close()
    source.close()


def test_logging_ends_while_a_line_is_stuck_in_a_pipe() -> None:
    reading, writing = os.pipe()
    sink, source = os.fdopen(writing, "w"), os.fdopen(reading)
    set_up_logging(fmt=LogFormat.PLAIN, stream=sink)
    for _ in range(100):
        logging.getLogger("claimwatch").info("x" * 1000)
    ended = threading.Thread(target=logging.shutdown, args=([weakref.ref(the_writer())],), daemon=True)

    ended.start()
    ended.join(timeout=10)

    assert not ended.is_alive()
    assert [source.readline() for _ in range(100)][-1].endswith("x\n")
    sink.close()
    source.close()


def the_writer() -> logging.Handler:
    """What the log's thread writes with; it is a handler like others to ``logging.shutdown``."""
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, PatientHandler)
    return handler._writer
