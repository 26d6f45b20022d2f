"""Verbs that start things: init, run, demo, check, poll, health."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from claimwatch.cli.options import ConfigOption, Verbs, loaded_from, settings_from
from claimwatch.cli.output import safe
from claimwatch.config.load import load
from claimwatch.config.settings import Settings
from claimwatch.log import LogFormat
from claimwatch.wording import count
from domain.errors import UsageError

LogFormatOption = Annotated[LogFormat, typer.Option("--log-format", help="How log lines look.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say more in the log.")]


def _say(line: str) -> None:
    print(line, flush=True)


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
) -> None:
    """Write a commented config, a watch file and an outlet file to start from."""
    from claimwatch.config.write import starter_files  # noqa: PLC0415  other verbs need it not

    files = starter_files()
    taken = [name for name in files if (folder / name).exists()]
    if taken and not force:
        raise UsageError(f"already there: {', '.join(taken)}; --force writes over them")
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        _say(f"wrote {target}")
    _say(f"Next: claimwatch check --config {folder / 'claimwatch.yaml'}")


def run(
    config: ConfigOption = None,
    log_format: LogFormatOption = LogFormat.AUTO,
    verbose: VerboseOption = False,
) -> None:
    """Run the daemon: poll, match, store and alert until SIGTERM or Ctrl-C."""
    from crawler.engine import install_reactor, run_in_reactor  # noqa: PLC0415  heavy, and must come first

    path = str(config) if config else None
    loaded = loaded_from(config)
    install_reactor()
    from claimwatch import daemon  # noqa: PLC0415  imports Twisted's reactor
    from claimwatch.greeting import greeting  # noqa: PLC0415
    from claimwatch.log import set_up_logging, speaker  # noqa: PLC0415

    set_up_logging(fmt=log_format, verbose=verbose)
    say = speaker()
    assert loaded.settings is not None
    for line in greeting(loaded.settings):
        say(line)
    reload = partial(load, path, environ=os.environ)
    raise typer.Exit(run_in_reactor(lambda: daemon.run(loaded, load=reload, say=say)))


def demo(
    stay: Annotated[bool, typer.Option("--stay", help="Keep everything up until Ctrl-C.")] = False,
) -> None:
    """Show the whole service on this machine: a local newsroom, mail server and webhook receiver."""
    from claimwatch.demo.run import run_demo  # noqa: PLC0415  other verbs need it not

    raise typer.Exit(run_demo(stay=stay, out=sys.stdout))


def check(config: ConfigOption = None) -> None:
    """Check every file of the configuration, and run the tests of the watches; starts nothing.

    Warnings say what is allowed in a query and yet most likely a mistake; the exit code is 0 all the same.
    """
    loaded = loaded_from(config, advise=True)
    settings = loaded.settings
    assert settings is not None
    from claimwatch.catalogue import Catalogue  # noqa: PLC0415
    from matching.matcher import Matcher  # noqa: PLC0415  heavy

    Matcher(settings.watches, settings.concepts, Catalogue(settings.outlets).countries)
    for advice in loaded.advice:
        print(f"warning: {safe(str(advice))}", file=sys.stderr)
    sources = sum(len(outlet.sources) for outlet in settings.outlets)
    tests = sum(len(watch.tests.match) + len(watch.tests.no_match) for watch in settings.watches)
    _say(f"{settings.origin}: fine")
    covered = sum(1 for outlet in settings.outlets if outlet.sources)
    _say(f"  {count(sources, 'source')} of {count(covered, 'outlet')}")
    _say(f"  {count(len(settings.watches), 'watch', 'watches')}, {count(tests, 'test')} of their own passed")
    _say(f"  {count(len(settings.channels), 'channel')}, {count(len(settings.routes), 'route')}")
    for line in _proxy_lines(settings):
        _say(f"  {line}")


def _proxy_lines(settings: Settings) -> Iterator[str]:
    """What a person must know of the proxy; nothing where there is none, and never a password."""
    proxy = settings.network.crawl.proxy
    if proxy is None:
        return
    login = ", with user name and password" if proxy.username is not None else ""
    yield f"outlets and webhooks go through the proxy {proxy.place}{login}; mail does not"
    if proxy.direct:
        yield f"without it: {', '.join(rule.text for rule in proxy.direct)}"
    yield "the proxy looks up names: it, not claimwatch, must refuse names that lead to private addresses"
    yield "claimwatch still refuses private addresses written as numbers, and guards what goes without the proxy"


def poll(
    names: Annotated[
        list[str] | None, typer.Argument(help="Outlets or sources, such as tass or tass/ru; all when none.")
    ] = None,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Poll now, follow the new entries, and print what came of it. Alerts wait for the daemon."""
    from crawler.engine import install_reactor, run_in_reactor  # noqa: PLC0415  heavy, and must come first

    settings = settings_from(config)
    install_reactor()
    from claimwatch.log import set_up_logging  # noqa: PLC0415
    from claimwatch.once import poll_now  # noqa: PLC0415  imports Twisted's reactor

    set_up_logging(verbose=verbose)
    raise typer.Exit(run_in_reactor(lambda: poll_now(settings, names or [], say=_say)))


VERBS: Verbs = {"init": init, "run": run, "demo": demo, "check": check, "poll": poll}
