"""Every guard is held by a test: without the guard the test fails, with it the test passes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.quality.guards import GUARDS, Guard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
COPIED = ("domain", "crawler", "matching", "scheduler", "storage", "alerts", "claimwatch", "tests", "benchmarks")
#: What pytest ends with when tests ran and some failed; other codes mean that it could not run them.
SOME_FAILED = 1


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program and its tests in a folder of their own."""
    folder = tmp_path_factory.mktemp("guards")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """These tests, in the copy, with the copy's code."""
    # no byte code: a file that changes twice within a second would be read from the first change's
    own = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_", "PYTEST"))}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "--tb",
            "native",
            "--timeout",
            "30",
            *tests,
        ],
        capture_output=True,
        check=False,
        cwd=folder,
        encoding="utf-8",
        env=kept | own,
    )


def test_guards_are_in_place_and_their_tests_pass(copy: Path) -> None:
    ran = run(copy, *{guard.test for guard in GUARDS})

    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_guard_that_is_removed_is_missed(copy: Path, guard: Guard) -> None:
    file = copy / guard.path
    whole = file.read_text("utf-8")
    assert whole.count(guard.text) == 1, f"{guard.path} does not hold the guard once"

    file.write_text(whole.replace(guard.text, guard.without), encoding="utf-8")
    ran = run(copy, guard.test)
    file.write_text(whole, encoding="utf-8")

    assert ran.returncode == SOME_FAILED, ran.stdout
