"""A service takes the configuration of its files when they changed and came to rest; a wrong one changes nothing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claimwatch.config.load import Loaded, load
from claimwatch.reload import Reloader
from claimwatch.wiring import NoFetcher, Service, open_service
from domain.articles import Article
from domain.errors import StorageError
from tests.unit.claimwatch.make import NOW

CONFIG = """\
database: {url: sqlite:///c.db}
outlets: [o.yaml]
watches: [w.yaml]
channels: {screen: {kind: console}}
"""
OUTLET = """\
outlets:
- {id: courier, name: Courier, country: KZ, host: courier.example, languages: [en], ownership: private, sources: []}
"""
BORDER = "watches:\n- {id: border, title: Border, query: border AND country:KZ}\n"
RIVER = "- {id: river, title: River, query: river}\n"
ARTICLE = Article(
    id="a", url="u", outlet_id="courier", title="", text="A river is the border of both lands.", first_seen_at=NOW
)


class Desk:
    """A folder of config files, and the service that works by them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loads = 0
        self.write("c.yaml", CONFIG)
        self.write("o.yaml", OUTLET)
        self.write("w.yaml", BORDER)
        self.service: Service
        self.reloader: Reloader

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def load(self) -> Loaded:
        self.loads += 1
        return load(str(self.folder / "c.yaml"), environ={})

    async def look_until_it_rests(self) -> None:
        await self.reloader.look()
        await self.reloader.look()

    async def met(self) -> list[str]:
        analysis = await self.service.parts.analyzer.analyze(ARTICLE)
        return [hit.watch_id for hit in analysis.hits]

    def why_refused(self) -> str | None:
        return self.service.stores.health.report().refused_why


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    loaded = desk.load()
    assert loaded.settings is not None, loaded.problems
    async with open_service(loaded.settings, fetcher=NoFetcher()) as desk.service:
        desk.reloader = Reloader(desk.service, desk.load, loaded.files)
        yield desk


async def test_files_that_did_not_change_are_not_read_again(desk: Desk) -> None:
    await desk.look_until_it_rests()

    assert desk.loads == 1


@pytest.mark.slow
async def test_file_that_still_changes_is_not_read(desk: Desk) -> None:
    desk.write("w.yaml", BORDER + RIVER)
    await desk.reloader.look()
    desk.write("w.yaml", BORDER + RIVER + "# done\n")
    await desk.reloader.look()

    assert desk.loads == 1


async def test_changed_watches_are_met_by_the_next_article(desk: Desk) -> None:
    before = await desk.met()

    desk.write("w.yaml", BORDER + RIVER)
    await desk.look_until_it_rests()

    assert (before, await desk.met()) == (["border"], ["border", "river"])
    assert desk.service.parts.watches.keys() == {"border", "river"}


@pytest.mark.slow
async def test_watch_that_was_taken_out_fires_no_more(desk: Desk) -> None:
    desk.write("w.yaml", "watches:\n" + RIVER)
    await desk.look_until_it_rests()

    assert await desk.met() == ["river"]


@pytest.mark.slow
async def test_country_of_an_outlet_changes_with_it(desk: Desk) -> None:
    desk.write("o.yaml", OUTLET.replace("KZ", "KG"))
    await desk.look_until_it_rests()
    elsewhere = await desk.met()

    desk.write("o.yaml", OUTLET)
    await desk.look_until_it_rests()

    assert (elsewhere, await desk.met()) == ([], ["border"])


async def test_changed_concept_changes_the_watches_that_name_it(desk: Desk) -> None:
    desk.write("w.yaml", "watches:\n- {id: water, title: W, query: '@water'}\nconcepts: {water: {en: [sea]}}\n")
    await desk.look_until_it_rests()
    before = await desk.met()

    desk.write("w.yaml", "watches:\n- {id: water, title: W, query: '@water'}\nconcepts: {water: {en: [river]}}\n")
    await desk.look_until_it_rests()

    assert (before, await desk.met()) == ([], ["water"])


WRONG = [
    pytest.param("w.yaml", "watches:\n- {id: river, title: R, query: river AND}\n", "w.yaml:2:", id="query"),
    pytest.param(
        "w.yaml",
        "watches:\n- {id: river, title: R, query: river, tests: {match: [The sea is wide.]}}\n",
        'its test "The sea is wide."',
        id="test-of-a-watch",
    ),
    pytest.param("c.yaml", "channels: [", "c.yaml:2:1: this is not YAML", id="no-yaml", marks=pytest.mark.slow),
    pytest.param("o.yaml", "", "the file is empty", id="empty", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("name", "text", "why"), WRONG)
async def test_wrong_configuration_changes_nothing_and_is_told_until_it_is_mended(
    desk: Desk, name: str, text: str, why: str
) -> None:
    right, settings = (desk.folder / name).read_text(encoding="utf-8"), desk.service.settings
    desk.write(name, text)
    await desk.look_until_it_rests()
    await desk.look_until_it_rests()
    wrong = (await desk.met(), desk.loads, desk.service.settings is settings, desk.why_refused())

    desk.write(name, right + "# mended\n")
    await desk.look_until_it_rests()

    assert wrong[:3] == (["border"], 2, True)
    assert why in (wrong[3] or "")
    assert desk.why_refused() is None


@pytest.mark.slow
async def test_file_that_was_missing_is_read_when_it_comes(desk: Desk) -> None:
    desk.write("c.yaml", CONFIG.replace("[w.yaml]", "[w.yaml, more.yaml]"))
    await desk.look_until_it_rests()
    refused = desk.why_refused()

    desk.write("more.yaml", "watches:\n" + RIVER)
    await desk.look_until_it_rests()

    assert "there is no file" in (refused or "")
    assert await desk.met() == ["border", "river"]


@pytest.mark.slow
async def test_file_that_changes_while_it_is_read_is_read_again(desk: Desk) -> None:
    def late() -> Loaded:
        loaded = desk.load()
        desk.write("w.yaml", BORDER + RIVER)
        return loaded

    desk.reloader._load = late
    await desk.reloader.reload()
    desk.reloader._load = desk.load
    await desk.look_until_it_rests()

    assert await desk.met() == ["border", "river"]


@pytest.mark.slow
async def test_reload_that_the_database_cut_short_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StorageError("the database is away")

    desk.write("c.yaml", CONFIG.replace("screen", "wall"))
    with monkeypatch.context() as patched:
        patched.setattr(type(desk.service.stores.sources), "sync", away)
        await desk.look_until_it_rests()
    await desk.look_until_it_rests()

    assert desk.loads == 3
    assert desk.service.parts.channels.keys() == {"wall"}
    assert desk.why_refused() is None


@pytest.mark.slow
async def test_analysis_process_that_died_learns_what_to_watch_now(desk: Desk) -> None:
    desk.write("w.yaml", "watches:\n" + RIVER)
    await desk.look_until_it_rests()
    pool = desk.service.analysis
    pid = await pool._processes.run(os.getpid, (), 10)

    os.kill(pid, 9)

    assert await desk.met() == ["river"]
    assert await pool._processes.run(os.getpid, (), 10) != pid
