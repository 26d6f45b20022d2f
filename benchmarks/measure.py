"""What every benchmark shares: clocks, medians, one table, and the JSON line that ends it.

Times called ``cpu`` are this process's own (``time.process_time``), ``wall`` is the wall clock.
Figures of different runs differ with the machine's other work; compare within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Figure = float | int | str | bool | None


@dataclass(frozen=True, kw_only=True)
class Took:
    """How long work took, in seconds."""

    cpu_s: float
    wall_s: float

    def cpu_ms(self, items: int = 1) -> float:
        """Milliseconds of CPU for each of so many items."""
        return self.cpu_s * 1000 / items

    def wall_ms(self, items: int = 1) -> float:
        """Milliseconds on the wall for each of so many items."""
        return self.wall_s * 1000 / items

    def per_second(self, items: int = 1) -> float:
        """Items done in a second on the wall."""
        return items / self.wall_s


def took(work: Callable[[], object]) -> Took:
    """Do the work once."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(cpu_s=time.process_time() - cpu, wall_s=time.perf_counter() - wall)


def median(rounds: Iterable[Took]) -> Took:
    """The median of each clock."""
    done = tuple(rounds)
    return Took(
        cpu_s=statistics.median(one.cpu_s for one in done), wall_s=statistics.median(one.wall_s for one in done)
    )


def taking_turns(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Took]:
    """The median of so many rounds of each work.

    In a round each is done once: other programs on the machine slow all of them, not one.
    """
    done: dict[str, list[Took]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            done[name].append(took(work))
    return {name: median(rounds_of_it) for name, rounds_of_it in done.items()}


def within(items: Sequence[Callable[[], object]], budget_s: float) -> tuple[Took, int]:
    """Do one after the other until the time is used up; at least one is done.

    Args:
        items: works to do, in order.
        budget_s: seconds of CPU after which no further one is begun.

    Returns:
        What all that were done took, and how many they were.
    """
    done: list[Took] = []
    for item in items:
        done.append(took(item))
        if sum(one.cpu_s for one in done) >= budget_s:
            break
    return Took(cpu_s=sum(one.cpu_s for one in done), wall_s=sum(one.wall_s for one in done)), len(done)


async def asked(ask: Callable[[], Awaitable[object]], times: int, at_once: int) -> Took:
    """Ask so many times on the running loop, so many at once; what all of it took."""
    left = iter(range(times))

    async def work() -> None:
        for _ in left:
            await ask()

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return Took(cpu_s=time.process_time() - cpu, wall_s=time.perf_counter() - wall)


class Table:
    """One table of figures: rows with a name each, columns with names that hold their unit.

    Args:
        columns: such as ``ms_per_page``; a cell that a row lacks stays empty.
    """

    def __init__(self, *columns: str) -> None:
        self._columns = columns
        self._rows: dict[str, dict[str, Figure]] = {}
        self._notes: list[str] = []

    def add(self, row: str, **cells: Figure) -> None:
        """Add a row.

        Raises:
            ValueError: a cell has no column, or the row is there already.
        """
        strange = cells.keys() - set(self._columns)
        if strange or row in self._rows:
            raise ValueError(f"{row}: {', '.join(strange) or 'told twice'}")
        self._rows[row] = cells

    def note(self, line: str) -> None:
        """A line below the table: what a reader must know to read it."""
        self._notes.append(line)

    @property
    def rows(self) -> Mapping[str, Mapping[str, Figure]]:
        """Row to column to figure, as measured."""
        return self._rows

    def lines(self) -> list[str]:
        """The table as text (Markdown's form), then the notes."""
        heads = ["", *(column.replace("_", " ") for column in self._columns)]
        body = [[row, *(_text(cells.get(name)) for name in self._columns)] for row, cells in self._rows.items()]
        widths = [max(len(line[place]) for line in [heads, *body]) for place in range(len(heads))]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        table = [_line(heads, widths), _line(rule, widths), *(_line(line, widths) for line in body)]
        return [*table, *self._notes]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "| " + " | ".join([first, *rest]) + " |"


def _text(figure: Figure) -> str:
    """Three digits that count; whole numbers whole."""
    if figure is None:
        return ""
    if isinstance(figure, bool):
        return "yes" if figure else "NO"
    if not isinstance(figure, float):
        return str(figure)
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def run(measure: Callable[..., Table], name: str, arguments: Sequence[str] | None = None) -> int:
    """Read the options, measure, and print table and JSON.

    Args:
        measure: called with ``quick``, makes the table.
        name: the benchmark's own.
        arguments: the command line; the process's own by default.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=measure.__doc__)
    parser.add_argument("--quick", action="store_true", help="a small size: does it run, not how fast is it")
    quick = parser.parse_args(arguments).quick
    table = measure(quick=quick)
    figures = {"benchmark": name, "quick": quick, "machine": machine(), "rows": table.rows}
    sys.stdout.write("\n".join([*table.lines(), json.dumps(figures, ensure_ascii=False), ""]))
    return 0


def machine() -> dict[str, Figure]:
    """What the figures were measured on."""
    return {"python": platform.python_version(), "system": platform.system(), "cpus": os.cpu_count()}
