"""Words that depend on numbers."""

from __future__ import annotations


def count(number: int, one: str, many: str = "") -> str:
    """``1 alert``, ``2 alerts``; ``many`` where the plural is not formed with s."""
    return f"{number} {one if number == 1 else many or one + 's'}"
