"""What the lines of a soak say: which figures may not grow, and by how much they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import Any

Line = Mapping[str, Any]

#: Must be the same in every line.
EQUAL = ("fds", "threads", "tasks", "children", "in_flight")

#: What each may grow by in a thousand polls. Measured from the 5,000th to the 20,000th: 34 kB, 0 blocks of Python's
#: allocator, and 40 kB in the children, which are killed and made anew now and then. A kilobyte kept of every poll
#: is 1,000 kB.
GROWTH = {"rss_kb": 150.0, "blocks": 300.0, "children_rss_kb": 1_000.0}

#: What each may be at most: robots.txt of every site, a slot for every site, Scrapy's few counters.
MOST = {"robots": 100, "slots": 110, "stats": 20, "refusals": 0}


def complaints(lines: Sequence[Line]) -> list[str]:
    """What leaks, in words; nothing when all is flat.

    Args:
        lines: those after the warm-up.
    """
    return [*_unequal(lines), *_growing(lines), *_too_many(lines)]


def growth(lines: Sequence[Line], name: str) -> float:
    """How much a figure grows in a thousand polls: the median of the slopes between all pairs of lines."""
    pairs = combinations(lines, 2)
    slopes: list[float] = [
        (float(later[name]) - float(line[name])) / (later["polls"] - line["polls"]) for line, later in pairs
    ]
    return 1000 * median(slopes)


def table(lines: Sequence[Line]) -> str:
    """The figures, one line each."""
    names = [name for name in lines[0] if name != "results"]
    rows = [names, *([str(line[name]) for name in names] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _unequal(lines: Sequence[Line]) -> Iterator[str]:
    for name in EQUAL:
        seen = {line[name] for line in lines}
        if len(seen) > 1:
            yield f"{name}: {sorted(seen)}"


def _growing(lines: Sequence[Line]) -> Iterator[str]:
    for name, most in GROWTH.items():
        grows = growth(lines, name)
        if grows > most:
            yield f"{name}: {grows:.0f} more in a thousand polls"


def _too_many(lines: Sequence[Line]) -> Iterator[str]:
    for name, most in MOST.items():
        seen = max(line[name] for line in lines)
        if seen > most:
            yield f"{name}: {seen}"
