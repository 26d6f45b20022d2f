"""Writes the parts of the documentation that are taken from the program: `make docs`.

Every part has a name, the file that holds it and a function that makes its text. A file is written
only between its marks ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``. tests/docs compares what
stands there with what the functions make. ``--check`` compares and writes nothing; ``--demo`` also
runs the demo, for its transcript in the README.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domain.outlets import Outlet, Source

ROOT = Path(__file__).resolve().parent.parent

#: The line that the README feeds to `claimwatch analyze`.
EXAMPLE = {"id": 1, "text": "The territory of Kazakhstan is a great gift from Russia."}

#: Characters in a line of help.
HELP_WIDTH = 100

#: Languages of which the README shows one find each.
LANGUAGES = ("en", "ru", "kk", "zh")


def clean_environment() -> dict[str, str]:
    """The environment without anything that names a config, a database or a look."""
    hidden = ("CLAIMWATCH_", "COLUMNS", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}


def claimwatch(*arguments: str, stdin: str = "") -> str:
    """What the program prints with the built-in settings, in an empty folder.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", "claimwatch", *arguments],
            input=stdin,
            cwd=folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=180,
            check=True,
        )
    return done.stdout


def cli_reference() -> str:
    """The help of every verb, as the program prints it."""
    from typer.main import get_command  # noqa: PLC0415 - only this part needs the program

    from claimwatch.cli.app import app  # noqa: PLC0415

    return "\n".join(_helps(get_command(app), "claimwatch", None))


def _helps(command: Any, name: str, parent: Any) -> Iterator[str]:
    command.rich_markup_mode = None  # plain text, whatever the terminal
    context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=HELP_WIDTH)
    level = "#" * (2 + context.command_path.count(" "))
    yield f"{level} {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
    for verb, below in getattr(command, "commands", {}).items():
        yield from _helps(below, verb, context)


def settings_reference() -> str:
    """The tables of all settings."""
    from claimwatch.config.reference import settings_table  # noqa: PLC0415 - only this part needs it

    return settings_table().rstrip() + "\n"


def builtin_outlets() -> tuple[Outlet, ...]:
    """The packaged catalogue, whatever file lies in the current folder."""
    from claimwatch.config.load import load_settings  # noqa: PLC0415 - only this part needs it

    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "claimwatch.yaml")
        config.write_text("outlets: [builtin]\n", encoding="utf-8")
        return load_settings(str(config), environ={}).outlets


def outlets_table() -> str:
    """The built-in catalogue, one row a source; then the outlets without one, with the reason."""
    ordered = sorted(builtin_outlets(), key=lambda outlet: (outlet.country, outlet.id))
    polled = [_source_row(outlet, source) for outlet in ordered for source in outlet.sources]
    bare = [f"| {_cell(o.name)} | `{o.id}` | {o.country} | {_cell(o.note)} |" for o in ordered if not o.sources]
    table = [
        "| outlet | source | country | language | owner | every | pages | certainty | address |",
        "|---|---|---|---|---|---|---|---|---|",
        *polled,
    ]
    if bare:
        table += [
            "",
            "Known, but without a source that this release can read:",
            "",
            "| outlet | id | country | why |",
            "|---|---|---|---|",
            *bare,
        ]
    return "\n".join(table) + "\n"


def guards_table() -> str:
    """The guards of the program, each with the test that fails when it is removed."""
    from tests.quality.guards import GUARDS  # noqa: PLC0415 - only this part needs the tests

    ordered = sorted(GUARDS, key=lambda guard: (guard.invariant, guard.name))
    rows = [f"| {guard.invariant} | {_cell(guard.name)} | `{guard.path}` | `{guard.test}` |" for guard in ordered]
    return "\n".join(["| holds | guard | in | missed by |", "|---|---|---|---|", *rows]) + "\n"


def _source_row(outlet: Outlet, source: Source) -> str:
    from claimwatch.config.duration import format_duration  # noqa: PLC0415 - only this part needs it

    cells = [
        _cell(outlet.name),
        f"`{source.id}`",
        outlet.country,
        source.language or "mixed",
        outlet.ownership.value,
        format_duration(source.interval_s),
        "yes" if source.fetch_pages else "no",
        source.certainty.value,
        f"<{source.url}>",
    ]
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def record() -> str:
    """One line through `claimwatch analyze`, as it is printed."""
    line = json.dumps(EXAMPLE, ensure_ascii=False)
    answer = claimwatch("analyze", stdin=line + "\n")
    return f"```console\n$ echo '{line}' | .venv/bin/claimwatch analyze\n{answer.rstrip()}\n```\n"


@cache
def transcript() -> str:
    """What the demo prints; it runs once."""
    return "\n".join(line.rstrip() for line in claimwatch("demo").rstrip().splitlines())


def whole_demo() -> str:
    """The transcript of the demo."""
    return f"```console\n$ make demo\n{transcript()}\n```\n"


def demo() -> str:
    """The shortest find in each language, and the transcript's last line."""
    finds = "\n".join(_shortest_find(language) for language in LANGUAGES)
    last = transcript().splitlines()[-1]
    return f"```console\n$ make demo\n[...]\n{finds}\n[...]\n{last}\n```\n"


def _shortest_find(language: str) -> str:
    """Title, origin and quote of an article that was told."""
    found = re.findall(rf"^  {language} \S.*\n(?:     .+\n)+", transcript(), re.MULTILINE)
    return str(min(found, key=lambda find: (find.count("\n"), len(find)))).rstrip()


#: Name of a part to the file that holds it and the function that makes it; slow ones apart.
PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "cli": ("docs/cli.md", cli_reference),
    "settings": ("docs/configuration.md", settings_reference),
    "outlets": ("docs/outlets.md", outlets_table),
    "guards": ("docs/reliability.md", guards_table),
    "record": ("README.md", record),
}
SLOW_PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "demo": ("README.md", demo),
    "transcript": ("docs/demo.md", whole_demo),
}


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"


def standing(name: str, file: str) -> str:
    """What stands between the marks of a part.

    Raises:
        ValueError: the marks are not there.
    """
    text = (ROOT / file).read_text(encoding="utf-8")
    begin, end = _marks(name)
    return text[text.index(begin) + len(begin) : text.index(end)]


def write(name: str, file: str, body: str) -> None:
    """Put a text between the marks of a part."""
    path = ROOT / file
    text = path.read_text(encoding="utf-8")
    begin, end = _marks(name)
    head, tail = text[: text.index(begin) + len(begin)], text[text.index(end) :]
    path.write_text(head + body + tail, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` compare; 1 when something differs."""
    parts = PARTS | (SLOW_PARTS if "--demo" in arguments else {})
    differing = []
    for name, (file, make) in parts.items():
        body = make()
        if body != standing(name, file):
            differing.append(f"{file} ({name})")
            if "--check" not in arguments:
                write(name, file, body)
    print("\n".join(differing) if differing else "all up to date")
    return 1 if differing and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
