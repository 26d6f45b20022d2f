"""The wheel: it holds every file of every package, and the program runs from it, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def sources() -> set[str]:
    """Every file of our packages, as the checkout has it."""
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}


def test_wheel_holds_every_file_of_every_package(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert held == sources()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "__init__.py").is_file()
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("pattern", ["crawler/outlets/*.yaml", "matching/watches/*.yaml", "alerts/templates/*"])
def test_packages_carry_their_data(pattern: str) -> None:
    assert list(ROOT.glob(pattern))


def test_wheel_carries_licence_and_notice(wheel: Path) -> None:
    names = {name.rpartition("/")[2] for name in zipfile.ZipFile(wheel).namelist() if "/licenses/" in name}

    assert names == {"LICENSE", "NOTICE"}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; the libraries are lent by this one."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], timeout=120, check=True)
    python = home / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "-q", str(wheel)],
        capture_output=True,
        timeout=120,
        check=True,
    )
    (site,) = (home / "lib").glob("python3.*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home


def claimwatch(home: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CLAIMWATCH_"))}
    program = [str(home / "bin" / "claimwatch"), *arguments]
    return subprocess.run(program, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_installed_program_checks_its_packaged_catalogue_and_watches(installed: Path, tmp_path: Path) -> None:
    done = claimwatch(installed, "check", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "sources of" in done.stdout


@pytest.mark.slow
def test_installed_program_writes_a_start_that_is_right(installed: Path, tmp_path: Path) -> None:
    assert claimwatch(installed, "init", ".", cwd=tmp_path).returncode == 0

    done = claimwatch(installed, "check", "--config", "claimwatch.yaml", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_installed_program_refuses_to_share_its_packages(installed: Path, tmp_path: Path) -> None:
    (site,) = (installed / "lib").glob("python3.*/site-packages")
    info = site / "cloud_things-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cloud-things\nVersion: 1.0\n", encoding="utf-8")
    (info / "RECORD").write_text("storage/__init__.py,,\n", encoding="utf-8")

    done = claimwatch(installed, "check", cwd=tmp_path)

    for path in info.iterdir():
        path.unlink()
    info.rmdir()
    assert done.returncode == 2
    assert "cloud-things" in done.stderr
    assert done.stderr.count("\n") == 1
