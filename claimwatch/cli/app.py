"""The program `claimwatch`: registers the verbs, and turns errors into one line and an exit code.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from claimwatch.cli import finding, listings, queries, service, texts, upkeep
from domain.errors import ClaimwatchError, ConfigError, UsageError

app = typer.Typer(
    name="claimwatch",
    help="Watches the world's press for territorial claims and tells the right person within minutes.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

VERBS = (service.VERBS, listings.VERBS, finding.VERBS, texts.VERBS, upkeep.VERBS)

for _group in VERBS:
    for _name, _verb in _group.items():
        app.command(_name)(_verb)

app.add_typer(upkeep.db, name="db")
app.add_typer(queries.query, name="query")


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415  only this option needs it

        print(f"claimwatch {version('claimwatch')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def run() -> int:
    """Run the command line and return the exit code; `claimwatch.__main__` starts it."""
    try:
        app()
    except ClaimwatchError as error:
        return _complain(error)
    except BrokenPipeError:
        # Whoever read our output has left; Python must not complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _complain(error: ClaimwatchError) -> int:
    """Say what is wrong, a line a problem, and return the exit code."""
    if os.environ.get("CLAIMWATCH_TRACEBACK"):
        raise error
    lines = str(error).splitlines()
    if isinstance(error, ConfigError):
        lines = [line for problem in error.problems for line in problem.lines]
        lines.append(f"{len(error.problems)} problem(s) found; nothing was started")
    for line in lines:
        print(f"claimwatch: {line}", file=sys.stderr)
    return 2 if isinstance(error, ConfigError | UsageError) else 1
