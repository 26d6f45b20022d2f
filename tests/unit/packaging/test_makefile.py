"""The Makefile: what it offers, and what it says when something is missing on the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FIND_PYTHON = ROOT / "scripts" / "find-python"
TARGETS = {"install", "run", "demo", "test", "test-slow", "check", "bench", "docs", "lock", "clean", "help"}

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


def sh(*command: str, path: Path | None = None, python: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout; ``path`` replaces PATH, ``python`` is given as PYTHON."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"PYTHON", "ARGS", "MAKEFLAGS", "MAKELEVEL"}
    }
    full = {**kept, **({"PATH": str(path)} if path else {}), **({"PYTHON": python} if python else {})}
    return subprocess.run(command, cwd=ROOT, env=full, capture_output=True, text=True, timeout=60, check=False)


def fake_python(folder: Path, name: str, version: str, *, lacks: str = "") -> Path:
    """A python that knows its version and may lack a module."""
    folder.mkdir(parents=True, exist_ok=True)
    major, minor = version.split(".")
    new = "exit 0" if (int(major), int(minor)) >= (3, 11) else "exit 1"
    known = "exit 0" if (3, 11) <= (int(major), int(minor)) <= (3, 14) else "exit 1"
    script = folder / name
    script.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        f'  *print*) echo {version};;\n  *"not (3, 11)"*) {known};;\n  *"sys.exit(not sys"*) {new};;\n'
        f'  "import {lacks or "nothing"}") exit 1;;\n'
        "esac\n"
    )
    script.chmod(0o755)
    return script


def find_python(folder: Path, *, asked_for: str = "") -> subprocess.CompletedProcess[str]:
    return sh("/bin/sh", str(FIND_PYTHON), path=folder, python=asked_for)


def test_make_alone_explains_every_target() -> None:
    said = sh("make").stdout

    assert set(re.findall(r"^  make ([a-z-]+) +\S", said, re.MULTILINE)) == TARGETS


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_target_can_be_planned(target: str) -> None:
    done = sh("make", "-n", target)

    assert done.returncode == 0, done.stderr


def test_newcomer_is_told_the_names_of_the_main_targets() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert all(f"make {target} " in readme for target in ("demo", "test", "run"))


def test_arguments_are_passed_to_the_program() -> None:
    planned = sh("make", "-n", "run", "ARGS=--config my.yaml").stdout

    assert ".venv/bin/claimwatch run --config my.yaml" in planned


def test_clean_spares_the_data() -> None:
    assert " var" not in sh("make", "-n", "clean").stdout


def test_python_is_found_as_it_is() -> None:
    found = find_python(Path(sys.executable).parent)

    assert found.returncode == 0
    assert found.stdout.strip().startswith("python3")


def test_newer_python_is_taken_where_the_first_is_too_old(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", "3.9")
    fake_python(tmp_path, "python3.12", "3.12")

    assert find_python(tmp_path).stdout == "python3.12\n"


def test_python_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    broken = fake_python(tmp_path, "python3", "3.11")
    broken.write_text("#!/bin/sh\nexit 127\n")
    fake_python(tmp_path, "python3.13", "3.13")

    assert find_python(tmp_path).stdout == "python3.13\n"


def test_missing_python_is_told_with_what_was_found(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", "3.10")

    said = find_python(tmp_path)

    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert "Python 3.11 to 3.14 is needed; found: python3 3.10." in said.stderr


def test_no_python_at_all_is_told(tmp_path: Path) -> None:
    assert "found: no Python at all." in find_python(tmp_path).stderr


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_missing_module_is_told_with_the_package_that_has_it(tmp_path: Path, module: str) -> None:
    fake_python(tmp_path, "python3", "3.11", lacks=module)

    said = find_python(tmp_path).stderr

    assert said == (
        f"make: Python 3.11 (python3) has no {module} module. "
        "Debian and Ubuntu: apt-get install python3-venv python3.11-venv\n"
    )


def test_python_without_venv_is_passed_over_for_one_that_has_it(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", "3.11", lacks="ensurepip")
    fake_python(tmp_path, "python3.12", "3.12")

    assert find_python(tmp_path).stdout == "python3.12\n"


def test_asked_for_python_is_taken_even_when_newer_than_tested(tmp_path: Path) -> None:
    newer = fake_python(tmp_path / "new", "python9", "3.15")
    fake_python(tmp_path, "python3", "3.12")

    assert find_python(tmp_path, asked_for=str(newer)).stdout == f"{newer}\n"


def test_asked_for_python_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = fake_python(tmp_path, "python3.8", "3.8")

    assert "is Python 3.8; claimwatch needs 3.11 or newer" in find_python(tmp_path, asked_for=str(old)).stderr


def test_asked_for_python_that_does_not_run_is_refused(tmp_path: Path) -> None:
    assert "PYTHON=/no/such does not run" in find_python(tmp_path, asked_for="/no/such").stderr


@pytest.mark.parametrize("script", [".ci/run", "scripts/find-python", "scripts/lock", "scripts/coverage-floors"])
def test_script_is_executable_and_reads_well(script: str) -> None:
    shell = "bash" if script == ".ci/run" else "sh"

    assert os.access(ROOT / script, os.X_OK)
    assert sh(shell, "-n", script).returncode == 0


def test_ci_runs_the_checks_the_tests_and_the_slow_tests() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert text.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text
    assert text.endswith("\nmake check\nmake test\nmake test-slow\n")


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 2), (5, 0)])
def test_slow_tests_may_be_none_but_may_not_fail(tmp_path: Path, code: int, expected: int) -> None:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *pytest*) exit {code};; esac\n')
    python.chmod(0o755)
    for stamp in (".installed-runtime", ".installed-dev"):
        (venv / stamp).touch()

    assert sh("make", f"VENV={venv}", "test-slow").returncode == expected


@pytest.mark.parametrize(("percent", "failed"), [("96.0", 0), ("94.9", 1)])
def test_coverage_floor_is_held(tmp_path: Path, percent: str, failed: int) -> None:
    coverage = tmp_path / "coverage"
    coverage.write_text(f"#!/bin/sh\necho {percent}\nexit {failed}\n")
    coverage.chmod(0o755)

    done = sh("scripts/coverage-floors", str(coverage), "domain=95")

    assert done.returncode == failed
    assert f"coverage of domain      {percent} % (floor 95)" in done.stdout
    assert ("under its floor in: domain" in done.stderr) == bool(failed)
