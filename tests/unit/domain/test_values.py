"""Instants, ids, secrets and the errors that people read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import (
    ConfigError,
    DeliveryError,
    HttpStatus,
    LeaseLost,
    Problem,
    QueryError,
    RobotsRefused,
    StorageError,
    Unreachable,
    UsageError,
)
from domain.ids import random_id, stable_id
from domain.secrets import Secret
from domain.stories import story_id
from domain.time import SystemClock, as_utc, from_iso, from_iso_or_day, to_iso
from domain.watches import Severity


def test_naive_datetime_is_refused_at_the_door() -> None:
    with pytest.raises(ValueError, match="naive"):
        as_utc(datetime(2026, 11, 23))  # noqa: DTZ001  naive on purpose


def test_instant_survives_being_written_and_read() -> None:
    almaty = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=5)))

    assert to_iso(almaty) == "2026-11-23T03:00:00Z"
    assert from_iso(to_iso(almaty)) == almaty


def test_instant_without_a_zone_is_not_read() -> None:
    with pytest.raises(ValueError, match="naive"):
        from_iso("2026-11-23T08:00:00")


def test_day_is_read_as_its_midnight_in_utc_and_an_instant_as_itself() -> None:
    assert from_iso_or_day("2026-11-23") == datetime(2026, 11, 23, tzinfo=UTC)
    assert from_iso_or_day("2026-11-23T08:00:00+05:00") == datetime(2026, 11, 23, 3, tzinfo=UTC)
    with pytest.raises(ValueError, match="naive"):
        from_iso_or_day("2026-11-23T08:00:00")


def test_system_clock_is_aware_and_goes_on() -> None:
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_stable_id_is_equal_for_equal_facts_only(one: list[str], other: list[str]) -> None:
    same = stable_id("art", *one) == stable_id("art", *other)

    assert same == (one == other) or any("\x1f" in fact for fact in (*one, *other))


def test_stable_id_is_short_and_speaks() -> None:
    made = stable_id("art", "https://courier.example/one")

    assert made == stable_id("art", "https://courier.example/one")
    assert made.startswith("art-")
    assert len(made) == 28


def test_random_id_never_repeats() -> None:
    assert len({random_id("att") for _ in range(1000)}) == 1000


def test_story_of_an_article_without_words_is_its_own() -> None:
    assert story_id("", "art-1") != story_id("", "art-2")
    assert story_id("hash", "art-1") == story_id("hash", "art-2")


def test_secret_is_read_when_it_is_used_and_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", " hunter2\n")
    (tmp_path / "key").write_text("whsec_x\n", encoding="utf-8")
    from_env, from_file = Secret("env:SMTP_PASSWORD"), Secret(f"file:{tmp_path / 'key'}")

    assert (from_env.reveal(), from_file.reveal()) == ("hunter2", "whsec_x")
    assert "hunter2" not in repr(from_env)


@pytest.mark.parametrize("reference", ["env:NOT_SET_ANYWHERE", "file:/nowhere/key"])
def test_secret_that_is_not_there_is_told_by_its_reference(reference: str) -> None:
    with pytest.raises(UsageError, match=reference):
        Secret(reference).reveal()


def test_secret_that_is_empty_or_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    for name in ("empty", "binary"):
        with pytest.raises(UsageError, match=name):
            Secret(f"file:{tmp_path / name}").reveal()


def test_problem_names_its_place() -> None:
    assert str(Problem(file="a.yaml", line=3, column=7, message="wrong")) == "a.yaml:3:7: wrong"
    assert str(Problem(file="a.yaml", message="missing")) == "a.yaml: missing"


def test_config_error_holds_a_line_for_each_problem() -> None:
    error = ConfigError([Problem(file="a", message="x"), Problem(file="b", message="y")])

    assert str(error).splitlines() == ["a: x", "b: y"]


def test_fetch_errors_say_whether_trying_again_can_help() -> None:
    assert Unreachable("u", "no answer").retryable
    assert HttpStatus("u", 503, retry_after_s=5).retryable
    assert not RobotsRefused("u", "forbidden").retryable
    assert str(HttpStatus("https://a.example/", 404)) == "https://a.example/: the server answered 404"


def test_storage_and_delivery_errors_say_whether_trying_again_can_help() -> None:
    assert StorageError("away").retryable
    assert not LeaseLost("held").retryable
    assert DeliveryError("busy").retryable
    assert not DeliveryError("no such user", permanent=True).retryable


def test_query_error_knows_its_column() -> None:
    error = QueryError("unclosed quote", column=9)

    assert (str(error), error.column) == ("unclosed quote", 9)


def test_severities_are_ordered_by_rank() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == [Severity.LOW, Severity.MEDIUM, Severity.HIGH]
