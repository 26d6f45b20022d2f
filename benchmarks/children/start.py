"""Starts the programs of this package, and lets none of them outlive the benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from claimwatch.demo.child import environment

ROOT = Path(__file__).resolve().parents[2]

#: Seconds that a child may take for everything.
PATIENCE_S = 120.0


def _command(name: str, options: Mapping[str, object]) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.children.{name}", json.dumps(options)]


@contextmanager
def web_server(*, hosts: int, articles: int) -> Iterator[int]:
    """The server of ``benchmarks.children.httpd`` for the length of the block.

    Yields:
        Its port, the same on every host.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program
        _command("httpd", {"hosts": hosts, "articles": articles}),
        cwd=ROOT,
        env=environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:  # at its end it closes the server's input, which ends it, and waits
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.strip():
            raise RuntimeError("the web server did not start")
        yield int(line)


def report_of(name: str, **options: object) -> Any:
    """Run a program of this package to its end.

    Returns:
        The JSON that its last line holds.

    Raises:
        subprocess.CalledProcessError: it failed; what it said is on our standard error.
    """
    done = subprocess.run(  # noqa: S603 - our own program
        _command(name, options),
        cwd=ROOT,
        env=environment({}),
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
    )
    return json.loads(done.stdout.splitlines()[-1])
