"""Which processes there are, from /proc."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Process:
    """A living process."""

    pid: int
    session: int
    command: str


def processes() -> Iterator[Process]:
    """Every process that is not a zombie."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            _, _, rest = (folder / "stat").read_text("utf-8", "replace").rpartition(")")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it ended meanwhile
            continue
        state, _, _, session = rest.split()[:4]
        if state != "Z":
            yield Process(pid=int(folder.name), session=int(session), command=command)


def commands_of_session(leader: int) -> list[str]:
    """What the processes of a session run, its leader left out."""
    return [one.command for one in processes() if one.session == leader and one.pid != leader]


def commands_naming(text: str) -> list[str]:
    """The commands that hold a text."""
    return [one.command for one in processes() if text in one.command]
