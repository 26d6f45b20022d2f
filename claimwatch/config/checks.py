"""What one value cannot know alone: names that must exist, files that must be there.

These checks look at the tree, not at the models, so that they also run where a model is wrong.
"""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Callable, Iterable

from claimwatch.config.files import Document
from claimwatch.config.models import OutletShape, WatchShape
from claimwatch.config.overlay import Overlay
from claimwatch.config.problems import Report
from claimwatch.config.validate import did_you_mean
from claimwatch.config.yamlpos import EACH, MapNode, Node, ScalarNode, at, scalars_at

#: The channel that there is when a config names none.
DEFAULT_CHANNEL = "console"


def check_config(config: Document, outlets: Overlay[OutletShape], watches: Overlay[WatchShape], report: Report) -> None:
    """The names and files in a config file."""
    channels = _channel_names(config)
    _check_each(config, scalars_at(config.root, "routes", EACH, "to", EACH), _missing_channel(channels), report)
    match = ("routes", EACH, "match")
    _check_each(
        config, scalars_at(config.root, *match, "watches", EACH), lambda one: watches.problem("watch", one), report
    )
    _check_each(
        config, scalars_at(config.root, *match, "outlets", EACH), lambda one: outlets.problem("outlet", one), report
    )
    for path in (("network", "ca_file"), ("channels", EACH, "ca_file")):
        _check_each(config, scalars_at(config.root, *path), _unusable_authorities(config), report)


def check_outlets(outlets: Overlay[OutletShape], report: Report) -> None:
    """Within one outlet every source has a name of its own."""
    for listed in outlets.entries.values():
        names = list(scalars_at(listed.node, "sources", EACH, "name"))
        counts = Counter(name.text for name in names)
        repeated = [name for name in names if counts[name.text] > 1]
        firsts = {name.text: name for name in reversed(repeated)}
        _check_each(
            listed.document,
            [name for name in repeated if firsts[name.text] is not name],
            lambda name: f"this outlet already has a source '{name}'",
            report,
        )


def check_watched_outlets(watches: Overlay[WatchShape], outlets: Overlay[OutletShape], report: Report) -> None:
    """The outlets that watches name."""
    for listed in watches.entries.values():
        wanted = scalars_at(listed.node, "outlets", EACH)
        _check_each(listed.document, wanted, lambda one: outlets.problem("outlet", one), report)


def _check_each(
    document: Document, nodes: Iterable[ScalarNode], problem: Callable[[str], str | None], report: Report
) -> None:
    for node in nodes:
        message = problem(node.text)
        if message is not None:
            report.add(document.file, message, line=node.line, column=node.column)


def _channel_names(config: Document) -> list[str]:
    channels: Node | None = at(config.root, "channels")
    if channels is None:
        return [DEFAULT_CHANNEL]
    return list(channels.keys) if isinstance(channels, MapNode) else []


def _missing_channel(channels: list[str]) -> Callable[[str], str | None]:
    return lambda name: None if name in channels else f"there is no channel '{name}'{did_you_mean(name, channels)}"


def _unusable_authorities(config: Document) -> Callable[[str], str | None]:
    def problem(text: str) -> str | None:
        try:
            if not (config.folder / text).is_file():
                return f"there is no file {text}"
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(config.folder / text)
        except ssl.SSLError:
            return f"the file {text} holds no certificate in PEM form"
        except OSError as error:
            return f"the file {text} cannot be read: {error.strerror or error}"
        except ValueError:
            return None  # the model says so
        return None

    return problem
