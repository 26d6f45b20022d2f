"""Settings: everything a config says, as domain objects; what the rest of the program is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.alerts import Channel
from domain.net import AddressPolicy
from domain.outlets import Outlet
from domain.watches import Route, Watch
from matching.concepts import Concepts


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """How claimwatch meets the network."""

    #: The User-Agent header of every request.
    user_agent: str
    #: Mail or web address where outlets can reach the operator.
    contact: str | None = None
    #: Absolute path of a PEM file of authorities to trust beside the system's.
    ca_file: str | None = None
    #: What each purpose may connect to; the proxy is in those that use it.
    crawl: AddressPolicy = field(default_factory=AddressPolicy)
    webhook: AddressPolicy = field(default_factory=AddressPolicy)
    smtp: AddressPolicy = field(default_factory=AddressPolicy)


@dataclass(frozen=True, kw_only=True)
class RetentionSettings:
    """How long things are kept."""

    #: Days.
    polls_days: int = 14


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One whole configuration, checked."""

    #: The config file as the user named it, or words that say there is none.
    origin: str
    #: True when no config file was read.
    is_default: bool
    #: May hold a password: not shown by repr.
    database_url: str = field(repr=False)
    network: NetworkSettings
    #: In the order of the catalogues.
    outlets: tuple[Outlet, ...]
    watches: tuple[Watch, ...]
    #: What queries may name: the packaged concepts and states, and the user's over them.
    concepts: Concepts = field(default_factory=Concepts, repr=False)
    #: By name.
    channels: Mapping[str, Channel]
    routes: tuple[Route, ...]
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    engine: Literal["embedded"] = "embedded"
