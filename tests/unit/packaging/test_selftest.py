"""The start-up check, in a real Python with real .dist-info folders on its path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

REPORT = """
import json
from claimwatch.selftest import foreign_owners, shadowed_packages
print(json.dumps({"owners": foreign_owners(), "shadowed": shadowed_packages()}))
"""

REFUSE = """
from claimwatch.selftest import refuse_foreign_packages
refuse_foreign_packages()
print("accepted")
"""


def run_python(code: str, *path: Path, cwd: Path, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run code with these folders first on the module path."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *flags, "-c", code], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def report(*path: Path, cwd: Path) -> dict[str, dict[str, object]]:
    """What the check sees with these folders first on the module path."""
    done = run_python(REPORT, *path, cwd=cwd)
    assert done.returncode == 0, done.stderr
    value: dict[str, dict[str, object]] = json.loads(done.stdout)
    return value


def install(folder: Path, name: str, *, record: str = "", top_level: str = "") -> Path:
    """Lay a distribution into a folder as pip would."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text(record)
    if top_level:
        (info / "top_level.txt").write_text(top_level)
    return folder


def package(folder: Path, name: str) -> Path:
    """Lay an importable package into a folder."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    return folder


def test_check_accepts_an_environment_of_its_own(tmp_path: Path) -> None:
    assert report(ROOT, cwd=tmp_path) == {"owners": {}, "shadowed": {}}


@pytest.mark.parametrize(
    "record", ["storage/__init__.py,sha256=x,0\n", "a/b.py,,\nstorage/deep/x.py,,\n", "storage.py,,\n"]
)
def test_check_finds_a_foreign_distribution_by_its_files(tmp_path: Path, record: str) -> None:
    site = install(tmp_path / "site", "cloud-things", record=record)

    assert report(ROOT, site, cwd=tmp_path)["owners"] == {"storage": ["cloud-things"]}


def test_check_finds_a_foreign_distribution_by_its_declaration(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "Cloud.Things", top_level="alerts\ncrawler\n")

    assert report(ROOT, site, cwd=tmp_path)["owners"] == {"alerts": ["cloud-things"], "crawler": ["cloud-things"]}


def test_check_names_every_foreign_distribution(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "one", record="storage/a.py,,\n")
    install(site, "two", record="storage/b.py,,\n")

    assert report(ROOT, site, cwd=tmp_path)["owners"] == {"storage": ["one", "two"]}


def test_check_takes_our_own_distribution_as_ours(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "Claimwatch", record="storage/__init__.py,,\ndomain/__init__.py,,\n")

    assert report(ROOT, site, cwd=tmp_path)["owners"] == {}


@pytest.mark.parametrize(
    "record",
    ["my/storage/x.py,,\n", "storage-1.0.dist-info/METADATA,,\n", "storages/__init__.py,,\n", "../../bin/alerts,,\n"],
)
def test_check_is_not_alarmed_by_names_that_only_look_alike(tmp_path: Path, record: str) -> None:
    site = install(tmp_path / "site", "harmless", record=record)

    assert report(ROOT, site, cwd=tmp_path)["owners"] == {}


def test_check_finds_a_package_shadowed_by_another_folder(tmp_path: Path) -> None:
    strangers = package(tmp_path / "strangers", "matching")

    assert report(strangers, ROOT, cwd=tmp_path)["shadowed"] == {"matching": str(strangers / "matching")}


def test_check_finds_a_package_shadowed_from_the_current_directory(tmp_path: Path) -> None:
    package(tmp_path, "alerts")

    assert report(ROOT, cwd=tmp_path)["shadowed"] == {"alerts": str(tmp_path / "alerts")}


def test_check_finds_a_package_that_is_not_there(tmp_path: Path) -> None:
    for name in ("domain", "claimwatch"):
        (tmp_path / name).symlink_to(ROOT / name)
    code = REPORT.replace("shadowed_packages()", f"shadowed_packages(__import__('pathlib').Path({str(ROOT)!r}))")

    # Without site-packages, where an editable installation of ours would give the packages back.
    missing = json.loads(run_python(code, tmp_path, cwd=tmp_path, flags=("-S",)).stdout)["shadowed"]

    assert missing == dict.fromkeys(("crawler", "matching", "scheduler", "storage", "alerts"), "")


def test_refusal_names_the_distribution_and_the_mend(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "cloud-things", record="storage/__init__.py,,\n")

    done = run_python(REFUSE, ROOT, site, cwd=tmp_path)
    said = done.stderr

    assert done.returncode == 2
    assert "cloud-things" in said
    assert "(storage)" in said
    assert "pipx install claimwatch" in said


def test_refusal_names_the_folder_that_shadows(tmp_path: Path) -> None:
    strangers = package(tmp_path / "strangers", "scheduler")

    said = run_python(REFUSE, strangers, ROOT, cwd=tmp_path).stderr

    assert said.startswith("claimwatch: The package scheduler would be imported from")
    assert str(strangers / "scheduler") in said


def test_refusal_works_when_domain_itself_is_the_stranger(tmp_path: Path) -> None:
    strangers = package(tmp_path / "strangers", "domain")

    done = run_python(REFUSE, strangers, ROOT, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.startswith("claimwatch: The package domain would be imported from")


def test_refusal_keeps_silent_when_all_is_well(tmp_path: Path) -> None:
    assert run_python(REFUSE, ROOT, cwd=tmp_path).stdout == "accepted\n"
