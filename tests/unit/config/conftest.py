"""A folder with config files, and the problems that loading it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from claimwatch.config.load import load_settings
from claimwatch.config.settings import Settings
from domain.errors import ConfigError

Load = Callable[..., Settings]
Problems = Callable[..., list[str]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load ``claimwatch.yaml`` of these files, from within their folder."""
    monkeypatch.chdir(tmp_path)

    def load_files(
        config: str | bytes | None = None, environ: Mapping[str, str] | None = None, **files: str | bytes
    ) -> Settings:
        named = {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
        if config is not None:
            named["claimwatch.yaml"] = config
        for name, text in named.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load_settings("claimwatch.yaml" if config is not None else None, environ=environ or {})

    return load_files


@pytest.fixture
def problems(load: Load) -> Problems:
    """The problems of these files, as a person reads them; empty when they load."""

    def problems_of(*args: object, **files: object) -> list[str]:
        try:
            load(*args, **files)
        except ConfigError as error:
            return [str(problem) for problem in error.problems]
        return []

    return problems_of
