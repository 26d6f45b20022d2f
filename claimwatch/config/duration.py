"""Durations as people write them: ``4s``, ``15m``, ``1.5h``, ``7d``."""

from __future__ import annotations

import re

#: Seconds in each unit.
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

#: Longer durations are mistakes.
MAX_DURATION_S = 366 * 86_400

_SHAPE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([smhd])")


def parse_duration(text: str) -> float:
    """Seconds in a duration such as ``15m``.

    Raises:
        ValueError: not a number with one of the units s, m, h, d, or over 366 days; the message is
            for people.
    """
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise ValueError("a duration is a number and a unit, such as 30s, 15m, 2h or 7d")
    seconds = float(shape[1]) * UNITS[shape[2]]
    if seconds > MAX_DURATION_S:
        raise ValueError("a duration is at most 366d")
    return seconds


def format_duration(seconds: float) -> str:
    """The shortest way to write so many seconds, in the largest unit that fits exactly."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % UNITS[unit] == 0:
            return f"{seconds // UNITS[unit]:g}{unit}"
    return f"{seconds:g}s"
