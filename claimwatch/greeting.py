"""The first three lines of the daemon: what it watches, where it stores, whom it tells."""

from __future__ import annotations

from importlib.metadata import version

from claimwatch.config.settings import Settings
from claimwatch.wording import count


def greeting(settings: Settings) -> tuple[str, str, str]:
    """Three lines for the person who started the daemon; never a secret."""
    sources = sum(len(outlet.sources) for outlet in settings.outlets)
    outlets = sum(1 for outlet in settings.outlets if outlet.sources)
    origin = (
        "the built-in settings (`claimwatch init` writes files to change)" if settings.is_default else settings.origin
    )
    watches = count(len(settings.watches), "watch", "watches")
    watching = f"{sources} sources of {outlets} outlets with {watches}"
    channels = ", ".join(settings.channels) or "nobody: no channel is configured"
    return (
        f"claimwatch {version('claimwatch')} with {origin}",
        f"  watching {watching}, storing in {without_password(settings.database_url)}",
        f"  telling {channels}; Ctrl-C stops in good order, a second one at once",
    )


def without_password(url: str) -> str:
    """A database address that may be shown: a file, or host, port and name without user and options."""
    if url.startswith("sqlite"):
        return url
    head, _, rest = url.partition("://")
    place = rest.partition("?")[0].rpartition("@")[2]
    return f"{head}://{place}"
