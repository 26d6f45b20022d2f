"""Is this installation ours alone? Checked once at start, before any other package of ours is imported.

Our top-level packages have plain names (``storage``, ``alerts``), and other projects install packages of
the same names: the last one installed wins, silently. So the program refuses to run

* when another installed distribution brings a package of one of these names, and
* when Python would import one of them from somewhere else than this installation, such as the current
  directory or ``PYTHONPATH``.

This module imports the standard library only, because ``domain`` itself may be the stranger.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, distributions
from pathlib import Path

#: The packages that the claimwatch distribution installs.
PACKAGES = ("domain", "crawler", "matching", "scheduler", "storage", "alerts", "claimwatch")

MEND = (
    "Give claimwatch an environment of its own: `pipx install claimwatch`, "
    "or `python3 -m venv .venv` and install only claimwatch there."
)


def foreign_owners(own: str = "claimwatch") -> Mapping[str, tuple[str, ...]]:
    """Which of our packages other installed distributions bring too.

    Args:
        own: the name of our own distribution, in any spelling.

    Returns:
        Package name to the names of those distributions, sorted; only packages that have any.
        Everything on ``sys.path`` counts, also what no import would find first.
    """
    owners: dict[str, set[str]] = {}
    for distribution in distributions():
        packages = _packages_of(distribution)
        name = _name(distribution) if packages else ""  # reading metadata is the slow part
        if name != _canonical(own):
            for package in packages:
                owners.setdefault(package, set()).add(name)
    return {package: tuple(sorted(owners[package])) for package in PACKAGES if package in owners}


def shadowed_packages(root: Path | None = None) -> Mapping[str, str]:
    """Which of our packages Python would import from another place.

    Args:
        root: the folder that holds our packages; the one that this module stands in by default.

    Returns:
        Package name to the folder that would be imported; the empty string where there is none.
    """
    home = (root or Path(__file__).parent.parent).resolve()
    found = {package: _place(package) for package in PACKAGES}
    return {package: place for package, place in found.items() if place != str(home / package)}


def refuse_foreign_packages() -> None:
    """Stop here unless every package of ours is ours alone.

    Raises:
        SystemExit: with exit code 2, after a line on stderr that says which distribution owns one of
            our names, or from where one of our packages would be imported, and the mend.
    """
    complaint = _owner_complaint(foreign_owners()) or _shadow_complaint(shadowed_packages())
    if complaint:
        sys.stderr.write(f"claimwatch: {complaint} {MEND}\n")
        raise SystemExit(2)


def _owner_complaint(owners: Mapping[str, tuple[str, ...]]) -> str:
    if not owners:
        return ""
    names = sorted({name for names in owners.values() for name in names})
    return (
        f"Another installed distribution ({', '.join(names)}) owns a package name of claimwatch ({', '.join(owners)}), "
        "and one of the two has overwritten or hides the other."
    )


def _shadow_complaint(shadowed: Mapping[str, str]) -> str:
    if not shadowed:
        return ""
    package, place = next(iter(shadowed.items()))
    if not place:
        return f"The package {package} of claimwatch is missing: the installation is not complete."
    return (
        f"The package {package} would be imported from {place}, which is not part of this claimwatch. "
        "Start from another directory, or take that folder out of PYTHONPATH."
    )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _name(distribution: Distribution) -> str:
    """The canonical name; a damaged .dist-info without metadata has the name ``unknown``."""
    return _canonical(distribution.metadata["Name"] or "unknown")


def _packages_of(distribution: Distribution) -> frozenset[str]:
    """Which of our names a distribution brings, as folder or module.

    ``importlib.metadata.packages_distributions`` takes every file of every distribution apart; this
    looks for our few names in the same records, in a fraction of the time, because every start pays.
    """
    declared = set((distribution.read_text("top_level.txt") or "").split())
    record = "\n" + (distribution.read_text("RECORD") or distribution.read_text("installed-files.txt") or "")
    return frozenset(
        name for name in PACKAGES if name in declared or f"\n{name}/" in record or f"\n{name}.py," in record
    )


def _place(package: str) -> str:
    """The folder or file that ``import package`` takes, resolved; empty where there is none."""
    module = sys.modules.get(package)
    spec = module.__spec__ if module is not None else PathFinder.find_spec(package)
    if spec is None:
        return ""
    places = list(spec.submodule_search_locations or ()) or [spec.origin or ""]
    return str(Path(places[0]).resolve())
