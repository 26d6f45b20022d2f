"""Options that several verbs share."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimwatch.cli.output import Format
from claimwatch.config.load import Loaded, load, load_settings
from claimwatch.config.settings import Settings
from claimwatch.config.validate import did_you_mean
from domain.errors import ConfigError, UsageError
from domain.time import from_iso_or_day

if TYPE_CHECKING:
    from storage.stores import Stores

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


def settings_from(config: Path | None) -> Settings:
    """The settings of a config file, or the built-in ones.

    Raises:
        ConfigError: with every problem of every file.
    """
    return load_settings(str(config) if config else None, environ=os.environ)


def loaded_from(config: Path | None, *, advise: bool = False) -> Loaded:
    """What came of reading a config file, or the built-in settings; with advice if asked for.

    Raises:
        ConfigError: with every problem of every file.
    """
    loaded = load(str(config) if config else None, environ=os.environ, advise=advise)
    if loaded.settings is None:
        raise ConfigError(loaded.problems)
    return loaded


@contextmanager
def stores_of(settings: Settings) -> Iterator[Stores]:
    """The stores of the configured database, for verbs that ask.

    Raises:
        StorageError: it cannot be opened, or its schema does not fit.
    """
    from claimwatch.stores import open_stores  # noqa: PLC0415  heavy

    with open_stores(settings, migrate=False) as (_, stores):
        yield stores


def moment(text: str | None, option: str) -> datetime | None:
    """An instant from the command line; a date alone is its midnight in UTC.

    Raises:
        UsageError: not a date or time, or a time without a zone.
    """
    if text is None:
        return None
    try:
        return from_iso_or_day(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r}: write 2026-11-23 or 2026-11-23T08:00:00+05:00") from error


def interval(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """What --since and --until mean.

    Raises:
        UsageError: one of them is no instant, or nothing lies between them.
    """
    first, last = moment(since, "--since"), moment(until, "--until")
    if first is not None and last is not None and first >= last:
        raise UsageError(f"--since {since} is not before --until {until}: nothing lies between them")
    return first, last


def check_known(what: str, name: str | None, known: Collection[str], is_stored: Callable[[], bool]) -> None:
    """Tell a name that nobody knows from one of which nothing was found.

    Args:
        what: which kind of name, in a word.
        name: as it was typed; None where it was not.
        known: the names in the configuration.
        is_stored: does the database hold something of that name, from an older configuration?

    Raises:
        UsageError: neither the configuration nor the database knows it.
    """
    if name is None or name in known or is_stored():
        return
    hint = did_you_mean(name, list(known)) or f"; the config has: {', '.join(sorted(known)) or 'none'}"
    raise UsageError(f"there is no {what} '{name}'{hint}")
