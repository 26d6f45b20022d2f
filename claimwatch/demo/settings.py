"""Writes the configuration and outlet files of a demo, as a person would write them.

Strings are written in JSON's form, which YAML reads too; PyYAML has its home in ``claimwatch.config``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from claimwatch.demo.listener import LOOPBACK

SENDER = "claimwatch@newsroom.example"
ANALYST = "analyst@desk.example"


@dataclass(frozen=True, kw_only=True)
class OutletPlan:
    """One outlet with one feed, for the outlet file."""

    id: str
    name: str
    country: str
    language: str
    ownership: str = "private"
    #: ``host:port``.
    address: str
    feed_url: str


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a configuration file says."""

    database_url: str
    outlets: tuple[OutletPlan, ...]
    #: ``builtin``, files or folders.
    watches: tuple[str, ...] = ("builtin",)
    #: How often a feed is asked, such as ``2s``.
    every: str = "2s"
    #: Port of the SMTP server on loopback; None for no mail.
    smtp_port: int | None = None
    #: Where webhooks go; None for none.
    hook_url: str | None = None
    #: What signs them, ``whsec_…``.
    hook_secret: str = ""


def sqlite_url(folder: Path) -> str:
    """The URL of an SQLite file in a folder."""
    return f"sqlite:///{folder / 'claimwatch.db'}"


def write_config(folder: Path, setup: Setup) -> Path:
    """Write ``claimwatch.yaml``, ``outlets.yaml`` and the webhook's secret into a folder; returns the first."""
    secret = folder / "webhook.secret"
    secret.touch(mode=0o600)
    secret.write_text(f"{setup.hook_secret}\n", encoding="ascii")
    outlets = folder / "outlets.yaml"
    outlets.write_text("\n".join(["outlets:", *_outlet_lines(setup)]) + "\n", encoding="utf-8")
    config = folder / "claimwatch.yaml"
    config.write_text("\n".join(_config_lines(setup, outlets, secret)) + "\n", encoding="utf-8")
    return config


def _config_lines(setup: Setup, outlets: Path, secret: Path) -> list[str]:
    channels = _channel_lines(setup, secret)
    return [
        f"database: {{url: {_quoted(setup.database_url)}}}",
        "network:",
        "  contact: demo@newsroom.example",
        "  allow_private:",
        f"    crawl: {_list([outlet.address for outlet in setup.outlets])}",
        *([] if setup.hook_url is None else [f"    webhook: {_list([setup.hook_url.split('/')[2]])}"]),
        *([] if setup.smtp_port is None else [f"    smtp: {_list([f'{LOOPBACK}:{setup.smtp_port}'])}"]),
        f"outlets: {_list([str(outlets)])}",
        f"watches: {_list(setup.watches)}",
        *(["channels:", *channels.values(), f"routes: [{{to: {_list(list(channels))}}}]"] if channels else []),
    ]


def _channel_lines(setup: Setup, secret: Path) -> dict[str, str]:
    lines = {}
    if setup.smtp_port is not None:
        address = f"host: {LOOPBACK}, port: {setup.smtp_port}, tls: none"
        lines["desk"] = f"  desk: {{kind: email, {address}, from: {_quoted(SENDER)}, to: {_list([ANALYST])}}}"
    if setup.hook_url is not None:
        reference = _quoted(f"file:{secret}")
        lines["hook"] = f"  hook: {{kind: webhook, url: {_quoted(setup.hook_url)}, secret: {reference}}}"
    return lines


def _outlet_lines(setup: Setup) -> list[str]:
    return [line for outlet in setup.outlets for line in _one_outlet(outlet, setup.every)]


def _one_outlet(outlet: OutletPlan, every: str) -> list[str]:
    return [
        f"  - id: {_quoted(outlet.id)}",
        f"    name: {_quoted(outlet.name)}",
        f"    country: {_quoted(outlet.country)}",
        f"    host: {_quoted(outlet.address.partition(':')[0])}",
        f"    languages: {_list([outlet.language])}",
        f"    ownership: {_quoted(outlet.ownership)}",
        "    delay: 0.1s",
        "    sources:",
        "      - name: feed",
        f"        url: {_quoted(outlet.feed_url)}",
        "        kind: feed",
        f"        language: {_quoted(outlet.language)}",
        "        certainty: verified",
        f"        every: {every}",
    ]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(texts: Sequence[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)
