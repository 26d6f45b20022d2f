from __future__ import annotations

import json
import time

import pytest

from benchmarks.measure import Table, Took, asked, median, run, took, within


def test_median_takes_each_clock_by_itself() -> None:
    rounds = [Took(cpu_s=1.0, wall_s=9.0), Took(cpu_s=2.0, wall_s=7.0), Took(cpu_s=3.0, wall_s=8.0)]

    assert median(rounds) == Took(cpu_s=2.0, wall_s=8.0)


def test_work_that_waits_takes_time_on_the_wall_only() -> None:
    waited = took(lambda: time.sleep(0.05))

    assert waited.wall_s >= 0.05
    assert waited.cpu_s < 0.05


def test_times_are_told_for_one_item() -> None:
    time_taken = Took(cpu_s=1.0, wall_s=2.0)

    assert (time_taken.cpu_ms(10), time_taken.wall_ms(10), time_taken.per_second(10)) == (100.0, 200.0, 5.0)


def test_budget_lets_at_least_one_be_done() -> None:
    done: list[int] = []

    _, count = within([lambda: done.append(1), lambda: done.append(2)], budget_s=0.0)

    assert (count, done) == (1, [1])


def test_budget_that_lasts_lets_all_be_done() -> None:
    _, count = within([lambda: None, lambda: None], budget_s=60.0)

    assert count == 2


async def test_asking_is_done_so_often() -> None:
    asks: list[int] = []

    async def ask() -> None:
        asks.append(1)

    await asked(ask, times=7, at_once=3)

    assert len(asks) == 7


@pytest.mark.parametrize(
    ("figure", "shown"),
    [(0.012345, "0.0123"), (12.345, "12.3"), (1234.5, "1234"), (7, "7"), (None, ""), (True, "yes"), (False, "NO")],
)
def test_table_shows_three_digits_that_count(figure: float | None, shown: str) -> None:
    table = Table("ms")
    table.add("work", ms=figure)

    assert table.lines()[2].split("|")[2].strip() == shown


def test_table_refuses_a_cell_without_a_column() -> None:
    with pytest.raises(ValueError, match="wall"):
        Table("cpu").add("work", wall=1.0)


def test_table_refuses_a_row_told_twice() -> None:
    table = Table("cpu")
    table.add("work", cpu=1.0)

    with pytest.raises(ValueError, match="twice"):
        table.add("work", cpu=2.0)


def test_run_ends_with_the_figures_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    def measure(*, quick: bool) -> Table:
        """Measures nothing."""
        table = Table("ms")
        table.add("work", ms=1.5 if quick else 3.0)
        return table

    code = run(measure, "nothing", ["--quick"])

    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert code == 0
    assert (last["benchmark"], last["rows"]) == ("nothing", {"work": {"ms": 1.5}})
