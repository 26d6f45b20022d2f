"""Dockerfile, docker-compose.yml and the systemd unit: what they promise, and that tools can read them."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from claimwatch.daemon import BEAT_S, DRAIN_S

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def compose_command() -> list[str] | None:
    """docker-compose, or docker with its plugin; None where neither is installed."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = ["docker", "compose"]
    if (
        shutil.which("docker")
        and subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0
    ):
        return plugin
    return None


def test_compose_file_meets_the_compose_specification(tmp_path: Path) -> None:
    command = compose_command()
    if command is None and not os.environ.get("CI"):
        pytest.skip("docker-compose is not installed (Debian: apt-get install docker-compose)")
    assert command is not None, "CI needs docker-compose"

    done = subprocess.run(
        [*command, "-f", str(ROOT / "docker-compose.yml"), "config", "-q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_compose_starts_the_database_the_daemon_and_on_request_a_mail_catcher() -> None:
    assert set(SERVICES) == {"postgres", "claimwatch", "mail"}
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["mail"]


def test_daemon_waits_for_a_healthy_database() -> None:
    assert SERVICES["claimwatch"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["postgres"]["healthcheck"]["test"][0] == "CMD-SHELL"
    assert "@postgres:5432/" in SERVICES["claimwatch"]["environment"]["CLAIMWATCH_DATABASE_URL"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_is_restarted_and_may_not_gain_rights(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]


@pytest.mark.parametrize("name", ["claimwatch", "mail"])
def test_our_services_write_nowhere_but_in_volumes(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["tmpfs"] == ["/tmp"]
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_no_service_publishes_a_port() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == []


def test_named_volumes_are_declared() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]

    assert {mount for mount in mounts if not mount.startswith(".")} == set(COMPOSE["volumes"])


def test_supervisors_wait_longer_than_the_daemon_drains() -> None:
    unit = systemd_unit()

    assert seconds(SERVICES["claimwatch"]["stop_grace_period"]) > DRAIN_S
    assert float(unit["Service"]["TimeoutStopSec"]) > DRAIN_S


def test_image_installs_from_the_lock_with_hashes() -> None:
    assert "install --require-hashes -r requirements.lock" in DOCKERFILE
    assert "install --no-deps --no-build-isolation ." in DOCKERFILE


def test_image_holds_every_package() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE))
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert copied == set(PACKAGES)
    assert {f"!{package}" for package in PACKAGES} <= set(ignored)


def test_image_copies_only_what_the_build_context_holds() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    lines = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--)", line)]

    sources = {source for line in lines for source in line}

    assert {f"!{source}" for source in sources} <= set(ignored)
    assert all((ROOT / source).exists() for source in sources)


def test_image_runs_the_daemon_unprivileged_and_watches_its_health() -> None:
    last_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]

    assert "\nUSER claimwatch\n" in last_stage
    assert '\nENTRYPOINT ["claimwatch"]\nCMD ["run"]\n' in last_stage
    assert re.search(r'\nHEALTHCHECK .*CMD \["claimwatch", "health", "--alive"\]', last_stage)
    assert last_stage.index("\nUSER ") < last_stage.index("\nENTRYPOINT ")


def systemd_unit() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(ROOT / "contrib" / "claimwatch.service", encoding="utf-8")
    return unit


def test_unit_speaks_the_protocol_that_the_daemon_speaks() -> None:
    service = systemd_unit()["Service"]

    assert service["Type"] == "notify"
    assert float(service["WatchdogSec"]) > 3 * BEAT_S
    assert service["Restart"] == "always"


def test_unit_takes_every_right_that_the_daemon_does_not_need() -> None:
    service = systemd_unit()["Service"]

    assert service["DynamicUser"] == "yes"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_can_read_the_unit(tmp_path: Path) -> None:
    unit = (ROOT / "contrib" / "claimwatch.service").read_text(encoding="utf-8")
    copy = tmp_path / "claimwatch.service"
    copy.write_text(unit.replace("/opt/claimwatch/bin/claimwatch", "/bin/true"), encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False
    )

    assert "claimwatch.service" not in done.stderr
    assert done.returncode == 0
