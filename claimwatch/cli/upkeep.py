"""Verbs that mend and look after: replay, test-channel, db."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from claimwatch.cli.options import ConfigOption, Verbs, settings_from, stores_of
from claimwatch.config.settings import Settings
from claimwatch.config.validate import did_you_mean
from claimwatch.wording import count
from domain.alerts import Delivery, DeliveryState
from domain.errors import UsageError

db = typer.Typer(help="Look after the database.", no_args_is_help=True, rich_markup_mode=None)


def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="DELIVERY...", help="Deliveries that were given up.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
    config: ConfigOption = None,
) -> None:
    """Try deliveries again that were given up; the daemon sends them, under the same ids."""
    from claimwatch.stores import open_stores  # noqa: PLC0415  heavy

    if every == bool(ids):
        raise UsageError("name the deliveries, or write --all; `claimwatch deliveries --state dead` lists them")
    settings = settings_from(config)
    with open_stores(settings, migrate=False) as (_, stores):
        wanted = stores.outbox.dead() if every else tuple(dict.fromkeys(ids or ()))
        known = {one: found[0] for one in wanted if (found := stores.outbox.delivery(one)) is not None}
        replayed = stores.outbox.replay(wanted, datetime.now(UTC))
        disabled = stores.outbox.disabled_channels()
    print(f"{replayed} of {len(wanted)} will be tried again", flush=True)
    for line in (*_not_replayed(wanted, known), *_hindered(known.values(), settings, disabled)):
        print(f"claimwatch: {line}", file=sys.stderr)
    raise typer.Exit(0 if replayed == len(wanted) else 1)


def _not_replayed(wanted: Sequence[str], known: Mapping[str, Delivery]) -> Iterator[str]:
    """Why these are not tried again."""
    for one in wanted:
        if one not in known:
            yield f"{one}: there is no such delivery; `claimwatch deliveries --state dead` lists what was given up"
        elif known[one].state is not DeliveryState.DEAD:
            yield f"{one}: it is {known[one].state.value}, not given up"


def _hindered(deliveries: Iterable[Delivery], settings: Settings, disabled: Mapping[str, str]) -> Iterator[str]:
    """Why these, though tried again, will not get through: a line a channel."""
    dead = (delivery for delivery in deliveries if delivery.state is DeliveryState.DEAD)
    for name in sorted({delivery.channel for delivery in dead}):
        if name not in settings.channels:
            yield f"the channel {name} is not in the configuration: what goes there will be given up again"
        elif name in disabled:
            reason = f"the channel {name} is disabled ({disabled[name]})"
            yield f"{reason}: what goes there is given up again until `claimwatch test-channel {name}` enables it"


def try_channel(
    name: Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's name in the config.")],
    config: ConfigOption = None,
) -> None:
    """Send a test message through one channel, and enable it again if it was disabled."""
    from claimwatch.stores import open_stores  # noqa: PLC0415  heavy
    from claimwatch.wiring import Threads, open_dispatcher  # noqa: PLC0415

    settings = settings_from(config)
    channel = settings.channels.get(name)
    if channel is None:
        hint = did_you_mean(name, list(settings.channels))
        known = hint or f"; the config has: {', '.join(settings.channels) or 'none'}"
        raise UsageError(f"there is no channel '{name}'{known}")
    with open_stores(settings, migrate=True) as (database, stores), closing(Threads(database.workers)) as in_thread:

        async def send() -> str:
            async with open_dispatcher(settings, stores, in_thread) as dispatcher:
                receipt = await dispatcher.test_channel(channel)
            return f"accepted{f' with {receipt.status}' if receipt.status else ''}"

        print(f"{name}: {asyncio.run(send())}")
        if stores.outbox.enable_channel(name):
            print(f"{name}: was disabled, is enabled again")


@db.command("upgrade")
def upgrade(config: ConfigOption = None) -> None:
    """Bring the schema up to date."""
    from storage.database import Database  # noqa: PLC0415  heavy
    from storage.migrate import upgrade as migrate  # noqa: PLC0415

    database = Database.open(settings_from(config).database_url)
    try:
        applied = migrate(database)
    finally:
        database.close()
    print(f"applied {', '.join(applied)}" if applied else "already up to date")


@db.command("status")
def status(config: ConfigOption = None) -> None:
    """Say which schema the database has, and which one this release needs."""
    from claimwatch.greeting import without_password  # noqa: PLC0415
    from storage.database import Database  # noqa: PLC0415  heavy
    from storage.migrate import current, head  # noqa: PLC0415

    settings = settings_from(config)
    database = Database.open(settings.database_url)
    try:
        has = current(database)
    finally:
        database.close()
    needs = head()
    print(f"{without_password(settings.database_url)}: schema {has or 'none'}, this release needs {needs}")
    raise typer.Exit(0 if has == needs else 1)


@db.command("reindex")
def reindex(config: ConfigOption = None) -> None:
    """Read again the articles that an older version of the analyser read, so that search finds them as it should.

    A daemon may run meanwhile. Broken off, it goes on where it was.
    """
    from claimwatch.reindex import reindex as run  # noqa: PLC0415  heavy

    with stores_of(settings_from(config)) as stores:
        done = run(stores.keys, say=partial(print, flush=True))
    print(f"{count(done, 'article')} read again" if done else "nothing to do: every article was read by this version")


VERBS: Verbs = {"replay": replay, "test-channel": try_channel}
