"""The lock files: everything that pyproject.toml asks for, each file hashed, no address of an index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
GROUPS: dict[str, list[str]] = PROJECT["dependency-groups"]

_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: str) -> list[str]:
    """The logical lines of a lock file, comments left out."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pins(lock: str) -> dict[str, set[str]]:
    """Distribution to its pinned versions; several where they differ by Python or system."""
    found: dict[str, set[str]] = {}
    for entry in entries(lock):
        requirement = Requirement(entry.split("--hash", 1)[0])
        version = str(requirement.specifier).removeprefix("==")
        found.setdefault(canonicalize_name(requirement.name), set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert re.findall(r"https?:|file:|--index|--extra-index|--find-links| @ ", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_and_hashes_every_entry(lock: str) -> None:
    loose = [entry[:60] for entry in entries(lock) if not _HASH.search(entry) or "==" not in entry.split("--hash")[0]]

    assert loose == []


WANTED = {"requirements.lock": [*RUNTIME, *GROUPS["build"]], "requirements-dev.lock": [*RUNTIME, *GROUPS["dev"]]}


@pytest.mark.parametrize(("lock", "wanted"), [(lock, one) for lock, all_ in WANTED.items() for one in all_])
def test_lock_satisfies_a_dependency_of_the_project(lock: str, wanted: str) -> None:
    requirement = Requirement(wanted)

    versions = pins(lock).get(canonicalize_name(requirement.name), set())

    assert versions, "run `make lock`"
    assert all(requirement.specifier.contains(version, prereleases=True) for version in versions), "run `make lock`"


def test_runtime_lock_can_build_the_project_itself() -> None:
    backend = {canonicalize_name(Requirement(one).name) for one in PROJECT["build-system"]["requires"]}

    assert backend | {"editables"} <= set(pins("requirements.lock"))


def test_locks_agree_on_every_version() -> None:
    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")

    assert {name: dev.get(name) for name in runtime} == runtime
