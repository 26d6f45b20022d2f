"""The packaged catalogue, outlet by outlet; it loads in no time."""

from __future__ import annotations

import csv
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from claimwatch.config.codes import language_problem
from claimwatch.config.load import builtin_outlets, load_settings
from domain.codes import COUNTRIES
from domain.outlets import Certainty, Outlet, Source

OUTLETS = {outlet.id: outlet for outlet in load_settings(None, environ={"CLAIMWATCH_CONFIG": ""}).outlets}
SOURCES = {source.id: source for outlet in OUTLETS.values() for source in outlet.sources}

#: Hosts that an outlet uses beside its own.
OTHER_HOSTS = {"tass": ("tass.com",), "bbc": ("bbci.co.uk",)}

#: The outlets that the founding case names or that carried it.
FOUNDING = {
    *("eurasian-times", "the-diplomat", "egemen-kz", "duma"),
    *("toutiao", "sohu", "akorda", "mfa-kz", "channel-one"),
}


@pytest.mark.parametrize("outlet", OUTLETS.values(), ids=OUTLETS.keys())
class TestEveryOutlet:
    def test_country_and_languages_are_known(self, outlet: Outlet) -> None:
        assert outlet.country in COUNTRIES
        assert [language_problem(language) for language in outlet.languages] == [None] * len(outlet.languages)

    def test_its_file_is_that_of_its_country(self, outlet: Outlet) -> None:
        text = (builtin_outlets() / f"{outlet.country.lower()}.yaml").read_text(encoding="utf-8")

        assert f"- id: {outlet.id}\n" in text

    def test_the_delay_is_polite(self, outlet: Outlet) -> None:
        assert 4 <= outlet.delay_s <= 300

    def test_addresses_are_of_its_own_hosts(self, outlet: Outlet) -> None:
        own = (outlet.host, *OTHER_HOSTS.get(outlet.id, ()))

        for source in outlet.sources:
            parts = urlsplit(source.url)
            assert parts.scheme in {"http", "https"}
            assert any(parts.hostname == host or str(parts.hostname).endswith(f".{host}") for host in own)

    def test_nothing_is_called_verified_that_we_did_not_fetch(self, outlet: Outlet) -> None:
        assert {source.certainty for source in outlet.sources} <= {Certainty.LISTED, Certainty.UNVERIFIED}

    def test_where_nothing_is_polled_a_note_says_why(self, outlet: Outlet) -> None:
        assert outlet.sources or len(outlet.note) > 40

    def test_sources_are_named_after_it(self, outlet: Outlet) -> None:
        assert all(source.id.startswith(f"{outlet.id}/") for source in outlet.sources)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
class TestEverySource:
    def test_it_is_polled_at_a_sane_rate(self, source: Source) -> None:
        assert 300 <= source.interval_s <= 3600

    def test_its_language_is_one_of_the_outlet(self, source: Source) -> None:
        assert source.language is None or source.language in OUTLETS[source.outlet_id].languages

    def test_its_address_stands_in_our_notes(self, source: Source) -> None:
        listed = Path(__file__).parents[4] / "shared/data/outlets.tsv"
        if not listed.exists():
            pytest.skip("the folder with the gathered addresses is absent")
        with listed.open(encoding="utf-8", newline="") as file:
            known = " ".join(row["url"] for row in csv.DictReader(file, delimiter="\t"))

        path, host = urlsplit(source.url).path, urlsplit(source.url).hostname or ""
        assert host in known
        assert path in known or path.rpartition("/")[2].partition(".")[0] in known


def test_the_founding_case_is_covered() -> None:
    assert set(OUTLETS) >= FOUNDING
    assert {one for one in FOUNDING if OUTLETS[one].sources} == {"eurasian-times", "the-diplomat", "egemen-kz", "duma"}


def test_no_address_is_polled_twice() -> None:
    assert [url for url, count in Counter(source.url for source in SOURCES.values()).items() if count > 1] == []


@pytest.mark.parametrize(("outlet", "delay_s"), [("peoples-daily", 120), ("scmp", 10), ("kremlin", 15), ("mid-ru", 10)])
def test_the_delay_that_a_site_asks_for_is_kept(outlet: str, delay_s: float) -> None:
    assert OUTLETS[outlet].delay_s == delay_s


def test_pages_that_are_refused_are_not_asked_for() -> None:
    assert {source.id for source in SOURCES.values() if not source.fetch_pages} == {"tass/ru"}


def test_the_packaged_files_load_in_no_time() -> None:
    took = []
    for _ in range(3):
        began = time.process_time()
        load_settings(None, environ={})
        took.append(time.process_time() - began)

    assert min(took) < 0.15
