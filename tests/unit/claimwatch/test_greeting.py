"""The first three lines of the daemon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claimwatch.config.load import load_settings
from claimwatch.greeting import greeting, without_password


def test_greeting_says_what_is_watched_stored_and_told_in_three_lines(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))

    first, second, third = greeting(load_settings(None, environ={}))

    assert "built-in settings (`claimwatch init` writes files to change)" in first
    assert "sources of" in second
    assert " watches, storing in sqlite:///var/claimwatch.db" in second
    assert "telling console; Ctrl-C stops" in third


def test_greeting_never_shows_the_databases_password(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    settings = replace(load_settings(None, environ={}), database_url="postgresql://desk:s3cret@db:5432/press")

    assert "s3cret" not in "".join(greeting(settings))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://desk:p:w@db/press", "postgresql://db/press"),
        ("postgresql://desk:pa@ss@db:5432/press", "postgresql://db:5432/press"),
        ("postgresql://db/press?user=desk&password=p", "postgresql://db/press"),
        ("postgresql://desk@db/press", "postgresql://db/press"),
        ("sqlite:///var/claimwatch.db", "sqlite:///var/claimwatch.db"),
    ],
)
def test_address_of_a_database_is_shown_without_password(url: str, shown: str) -> None:
    assert without_password(url) == shown
