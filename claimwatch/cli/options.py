"""Options that several verbs share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from claimwatch.cli.output import Format
from claimwatch.config.load import load_settings
from claimwatch.config.settings import Settings
from domain.errors import UsageError
from domain.time import from_iso

#: What a module of verbs offers: the verb's name and its function.
Verbs = Mapping[str, Callable[..., None]]

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The config file [default: $CLAIMWATCH_CONFIG, else ./claimwatch.yaml, else the built-in settings].",
    ),
]

FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to write the listing.")]

LimitOption = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many rows.")]

SinceOption = Annotated[str | None, typer.Option("--since", help="ISO 8601 date or time with a zone.")]


def settings_from(config: Path | None) -> Settings:
    """The settings of a config file, or the built-in ones.

    Raises:
        ConfigError: with every problem of every file.
    """
    return load_settings(str(config) if config else None, environ=os.environ)


def moment(text: str | None, option: str) -> datetime | None:
    """An instant from the command line; a date alone is its midnight in UTC.

    Raises:
        UsageError: not a date or time, or a time without a zone.
    """
    if text is None:
        return None
    try:
        return from_iso(f"{text}T00:00:00+00:00" if len(text) == len("2026-11-23") else text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r}: write 2026-11-23 or 2026-11-23T08:00:00+05:00") from error
