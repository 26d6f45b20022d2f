"""Durations, codes and the table of settings."""

from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimwatch.config.codes import country_problem, language_problem
from claimwatch.config.duration import UNITS, format_duration, parse_duration
from claimwatch.config.fields import is_host
from claimwatch.config.models import ConfigShape, EmailShape, OutletShape, Shape, SourceShape, WatchShape, WebhookShape
from claimwatch.config.reference import settings_table
from domain.codes import COUNTRIES, LANGUAGES


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "seconds"), [("4s", 4), ("15m", 900), ("2h", 7200), ("7d", 604_800), ("0.1s", 0.1), (" 1.5h ", 5400)]
    )
    def test_a_duration_is_read(self, text: str, seconds: float) -> None:
        assert parse_duration(text) == seconds

    @pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-1s", "1w", "1.5.5s", "1e3s", "٣s", "15M", "9999d"])
    def test_what_is_no_duration_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="a duration is"):
            parse_duration(text)

    @given(number=st.integers(0, 300), unit=st.sampled_from(sorted(UNITS)))
    def test_what_is_written_is_read_again(self, number: int, unit: str) -> None:
        seconds = number * UNITS[unit]

        assert parse_duration(format_duration(seconds)) == seconds


class TestCodes:
    def test_the_countries_are_those_of_the_time_zone_database_and_kosovo(self) -> None:
        table = (resources.files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8")
        official = {line.split("\t")[0] for line in table.splitlines() if line and not line.startswith("#")}

        assert official | {"XK"} == COUNTRIES

    @pytest.mark.parametrize("tag", ["kk", "kk-Arab", "zh-Hant-TW", "es-419", "sah", "crh-Latn"])
    def test_a_language_tag_is_known(self, tag: str) -> None:
        assert language_problem(tag) is None

    @pytest.mark.parametrize(
        ("tag", "hint"), [("kz", "'kk'"), ("cn", "'zh'"), ("ua", "'uk'"), ("RU", "'ru'"), ("rus", "'ru'")]
    )
    def test_a_wrong_language_gets_the_right_one(self, tag: str, hint: str) -> None:
        assert (language_problem(tag) or "").endswith(f"did you mean {hint}?")

    @pytest.mark.parametrize("tag", ["", "x", "zh-hant", "kk_KZ", "english", "qq"])
    def test_what_is_no_language_is_refused(self, tag: str) -> None:
        assert language_problem(tag)

    @pytest.mark.parametrize(("code", "hint"), [("kz", "'KZ'"), ("UK", "'GB'"), ("uk", "'GB'"), ("ks", "'XK'")])
    def test_a_wrong_country_gets_the_right_one(self, code: str, hint: str) -> None:
        assert (country_problem(code) or "").endswith(f"did you mean {hint}?")

    def test_two_letters_make_every_language(self) -> None:
        assert {len(language) for language in LANGUAGES} == {2}
        assert {"en", "ru", "kk", "zh"} <= LANGUAGES


class TestHosts:
    @pytest.mark.parametrize("host", ["egemen.kz", "localhost", "127.0.0.1", "::1", "xn--80ak.example", "a_b.example"])
    def test_a_host_is_known(self, host: str) -> None:
        assert is_host(host)

    @pytest.mark.parametrize("host", ["", ".", "a..b", "-a.kz", "a.kz/", "A.kz", "a b", "a:1", "x" * 64])
    def test_what_is_no_host_is_refused(self, host: str) -> None:
        assert not is_host(host)


class TestSettingsTable:
    @pytest.mark.parametrize("shape", [ConfigShape, EmailShape, WebhookShape, OutletShape, SourceShape, WatchShape])
    def test_every_key_of_a_file_is_a_row_with_a_meaning(self, shape: type[Shape]) -> None:
        rows = [line.split("|") for line in settings_table().splitlines() if line.startswith("|`")]
        keys = {row[1].strip("`").rpartition(".")[2] for row in rows}

        assert {field.alias or name for name, field in shape.model_fields.items()} <= keys
        assert all(row[4] for row in rows)

    @pytest.mark.parametrize(
        "row",
        [
            "|`outlets[].delay`|duration|`4s`|",
            "|`outlets[].sources[].every`|duration|`15m`|",
            "|`routes[].match.severity`|`low` or `medium` or `high`|`low`|",
            "|`channels.NAME(email).from`|mail address|required|",
            "|`channels.NAME(webhook).headers`|mapping of header to `env:NAME` or `file:PATH`|none|",
            "|`outlets`|list of path|`[builtin]`|",
        ],
    )
    def test_a_row_tells_type_and_default(self, row: str) -> None:
        assert row in settings_table()
