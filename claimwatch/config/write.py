"""What `claimwatch init` writes: a small config that loads as it is and teaches by example."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_FILES = ("claimwatch.yaml", "watches/example.yaml", "outlets/example.yaml")


def starter_files() -> Mapping[str, str]:
    """Relative path (with ``/``) to content of every file of a new configuration folder."""
    starter = Path(__file__).with_name("starter")
    return {name: (starter / name).read_text(encoding="utf-8") for name in _FILES}
