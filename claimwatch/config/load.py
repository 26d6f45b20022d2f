"""Loads a whole configuration, or says everything that is wrong with it.

The config file is: the path given, else ``CLAIMWATCH_CONFIG``, else ``claimwatch.yaml`` in the
current folder, else none, and then the packaged outlets and watch, a SQLite file under ``var/`` and
the console are used. Paths in a file are relative to that file's folder. ``CLAIMWATCH_DATABASE_URL``
goes before ``database.url``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from claimwatch.config.checks import (
    DEFAULT_CHANNEL,
    check_config,
    check_outlets,
    check_watched_outlets,
)
from claimwatch.config.concepts import overlay_concepts
from claimwatch.config.convert import (
    absolute_database,
    to_channels,
    to_network,
    to_outlet,
    to_routes,
    to_secret,
    to_watch,
)
from claimwatch.config.fields import database_url_problem, proxy_url_problem
from claimwatch.config.files import Asker, Document, read_document, read_layers, read_path
from claimwatch.config.models import ConfigShape, DatabaseShape, OutletShape, WatchShape
from claimwatch.config.overlay import Overlay, Shape, overlay
from claimwatch.config.problems import Report
from claimwatch.config.queries import check_queries, lint_queries
from claimwatch.config.settings import RetentionSettings, Settings
from claimwatch.config.validate import validate
from claimwatch.config.yamlpos import EACH, at, scalars_at
from domain.errors import ConfigError, Problem, UsageError
from domain.watches import Watch
from matching.concepts import Concepts

CONFIG_VARIABLE = "CLAIMWATCH_CONFIG"
DATABASE_VARIABLE = "CLAIMWATCH_DATABASE_URL"

#: The config file that is used when nobody names one.
DEFAULT_FILE = "claimwatch.yaml"

#: What `Settings.origin` says when no file was read.
BUILTIN_ORIGIN = "built-in defaults"


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What came of reading a configuration."""

    #: None when something is wrong.
    settings: Settings | None
    #: Everything that is wrong.
    problems: tuple[Problem, ...]
    #: What is allowed and yet most likely a mistake; empty unless asked for.
    advice: tuple[Problem, ...]
    #: Every file and folder of the user's that was looked at; when one of them changes, so may the settings.
    files: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class WatchFiles:
    """What watch files say, by themselves."""

    watches: tuple[Watch, ...]
    #: Those of the files over the packaged ones.
    concepts: Concepts


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """Everything that was read, before it is known to be right."""

    config: Document | None
    #: None when the config file is wrong.
    shape: ConfigShape | None
    outlets: Overlay[OutletShape]
    watches: Overlay[WatchShape]
    concepts: Concepts


def load_settings(path: str | None, *, environ: Mapping[str, str]) -> Settings:
    """Load and check the configuration with every file that it names.

    Args:
        path: the config file, None to look where the module's docstring says.
        environ: the environment; also where ``database.url: env:NAME`` is looked up.

    Raises:
        ConfigError: with every problem of every file.
    """
    loaded = load(path, environ=environ)
    if loaded.settings is None:
        raise ConfigError(loaded.problems)
    return loaded.settings


def load(path: str | None, *, environ: Mapping[str, str], advise: bool = False) -> Loaded:
    """The same without raising: what is wrong is in the answer.

    Args:
        path: the config file, None to look where the module's docstring says.
        environ: the environment; also where ``database.url: env:NAME`` is looked up.
        advise: look for what is most likely a mistake, too.
    """
    report, advice = Report(), Report()
    config = _read_config(path, environ, report)
    settings = None if report.problems else _load(config, environ, report, advice if advise else None)
    return Loaded(settings=settings, problems=report.problems, advice=advice.problems, files=report.files)


def load_watches(path: str) -> WatchFiles:
    """The watches and concepts of one file or of all YAML files right in a folder.

    Outlets that the watches name are not looked up.

    Raises:
        ConfigError: with every problem of every file.
    """
    report = Report()
    documents = read_path(Path(path), asker=Asker(file=path), report=report)
    watches = overlay([documents], "watches", WatchShape, report)
    concepts = overlay_concepts([documents], report)
    check_queries(watches, concepts, report)
    report.raise_if_any()
    return WatchFiles(watches=_watches(watches), concepts=concepts)


def load_database_url(path: str | None, *, environ: Mapping[str, str]) -> str:
    """The database of a configuration, whatever else of it is wrong.

    Raises:
        ConfigError: the config file cannot be read, or what it says of the database is wrong.
    """
    report = Report()
    config = _read_config(path, environ, report)
    report.raise_if_any()
    section = None if config is None else at(config.root, "database")
    shape: DatabaseShape | None = DatabaseShape()
    if config is not None and section is not None:
        shape = validate(DatabaseShape, section, config.file, report)
    url = "" if shape is None else _database_url(shape, config, environ, report)
    report.raise_if_any()
    return url


def builtin_outlets() -> Path:
    """The folder of the packaged catalogue."""
    return Path(str(resources.files("crawler").joinpath("outlets")))


def builtin_watches() -> Path:
    """The folder of the packaged watches."""
    return Path(str(resources.files("matching").joinpath("watches")))


def _read_config(path: str | None, environ: Mapping[str, str], report: Report) -> Document | None:
    """The config file; None when there is none, or it is unusable, and then the report says why."""
    named = path or environ.get(CONFIG_VARIABLE) or None
    if named is None and not Path(DEFAULT_FILE).exists():
        return None
    name = named or DEFAULT_FILE
    asker = Asker(file=name if path or not named else CONFIG_VARIABLE)
    report.read(Path(name))
    return read_document(Path(name), name=name, asker=asker, report=report)


def _load(
    config: Document | None, environ: Mapping[str, str], report: Report, advice: Report | None
) -> Settings | None:
    parts = _read_parts(config, report)
    _check(parts, report)
    database = _database_url((parts.shape or ConfigShape()).database, config, environ, report)
    proxy = _proxy_url(parts, environ, report)
    if report.problems:
        return None
    assert parts.shape is not None
    settings = _settings(parts, parts.shape, database, proxy)
    if advice is not None:
        lint_queries(parts.watches, parts.concepts, settings.outlets, advice)
    return settings


def _read_parts(config: Document | None, report: Report) -> _Parts:
    shape = ConfigShape() if config is None else validate(ConfigShape, config.root, config.file, report)
    outlets = _read_layers(config, "outlets", builtin_outlets(), report)
    watches = _read_layers(config, "watches", builtin_watches(), report)
    return _Parts(
        config=config,
        shape=shape,
        outlets=outlets.overlay("outlets", OutletShape, report),
        watches=watches.overlay("watches", WatchShape, report),
        concepts=overlay_concepts(watches.documents, report),
    )


@dataclass(frozen=True, kw_only=True)
class _Layers:
    """The files that a list of the config names."""

    documents: Sequence[Sequence[Document]]
    #: False when one of them could not be read.
    complete: bool

    def overlay(self, key: Literal["outlets", "watches"], shape: type[Shape], report: Report) -> Overlay[Shape]:
        """Their entries, laid over each other."""
        standing = overlay(self.documents, key, shape, report)
        standing.complete = self.complete
        return standing


def _read_layers(config: Document | None, key: Literal["outlets", "watches"], builtin: Path, report: Report) -> _Layers:
    asked = None if config is None or at(config.root, key) is None else list(scalars_at(config.root, key, EACH))
    known = len(report.problems)
    documents = read_layers(asked, config=config, builtin=builtin, report=report)
    return _Layers(documents=documents, complete=len(report.problems) == known)


def _check(parts: _Parts, report: Report) -> None:
    if parts.config is not None:
        check_config(parts.config, parts.outlets, parts.watches, report)
    check_outlets(parts.outlets, report)
    check_queries(parts.watches, parts.concepts, report)
    check_watched_outlets(parts.watches, parts.outlets, report)


def _database_url(shape: DatabaseShape, config: Document | None, environ: Mapping[str, str], report: Report) -> str:
    """The database's address with its secret read; what is wrong goes to the report, never the address."""
    given = environ.get(DATABASE_VARIABLE)
    if given:
        problem = database_url_problem(given)
        if problem is not None:
            report.add(DATABASE_VARIABLE, problem)
        return given
    url = shape.url
    if config is None:
        return url
    if url.startswith(("env:", "file:")):
        where = ("database", "url")
        url = _reveal(url, config, environ, report, place=where, problem_of=database_url_problem)
    return absolute_database(url, config.folder)


def _proxy_url(parts: _Parts, environ: Mapping[str, str], report: Report) -> str | None:
    """The proxy's address with its secret read, None for none; what is wrong goes to the report, never the address."""
    url, config = (parts.shape or ConfigShape()).network.proxy, parts.config
    if url is None or config is None or not url.startswith(("env:", "file:")):
        return url
    return _reveal(url, config, environ, report, place=("network", "proxy"), problem_of=proxy_url_problem)


def _reveal(
    reference: str,
    config: Document,
    environ: Mapping[str, str],
    report: Report,
    *,
    place: tuple[str, str],
    problem_of: Callable[[str], str | None],
) -> str:
    """The secret that stands at a place of the config file, and is an address."""
    kind, _, name = reference.partition(":")
    try:
        url = environ.get(name, "").strip() if kind == "env" else to_secret(reference, config.folder).reveal()
        problem = problem_of(url) if url else f"the secret {reference} is empty or not set"
    except UsageError as error:
        url, problem = "", str(error)
    node = at(config.root, *place)
    if problem is not None and node is not None:
        report.add(config.file, problem, line=node.line, column=node.column)
    return url


def _settings(parts: _Parts, shape: ConfigShape, database: str, proxy: str | None) -> Settings:
    config = parts.config
    folder = Path() if config is None else config.folder
    channels = to_channels(shape, folder, DEFAULT_CHANNEL)
    return Settings(
        origin=BUILTIN_ORIGIN if config is None else config.file,
        is_default=config is None,
        database_url=database,
        network=to_network(shape.network, folder, proxy),
        outlets=tuple(to_outlet(listed.shape) for listed in parts.outlets.entries.values() if listed.shape),
        watches=_watches(parts.watches),
        concepts=parts.concepts,
        channels=channels,
        routes=to_routes(shape, channels),
        retention=RetentionSettings(polls_days=shape.retention.polls_days),
        engine=shape.scheduler.engine,
    )


def _watches(watches: Overlay[WatchShape]) -> tuple[Watch, ...]:
    return tuple(
        to_watch(listed.shape, f"{listed.document.file}:{listed.node.line}:{listed.node.column}")
        for listed in watches.entries.values()
        if listed.shape
    )
