"""One daemon among outlets that do their worst: each is told of in words, and the good ones do not notice.

Every hostile outlet is well at first, then hostile, and well again as soon as its state was seen; the page
of its next article is then as hostile. Nothing that it published while it was well may be lost.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from claimwatch.demo.child import Daemon
from tests.acceptance.articles import publish_claim, publish_claims
from tests.acceptance.memory import MemoryWatch
from tests.acceptance.office import PATIENCE_S, Office, Row
from tests.newsroom import Newsroom, bodies, hostile
from tests.newsroom.hostile import Attack, HostileSite, answer

#: The peaks of the daemon and all its children together, in MiB; measured were 1,721, of which the daemon 294.
MOST_MEMORY_MIB = 2600
#: The longest that a good feed, polled every second, may wait meanwhile, in seconds; measured were 8.3 on two
#: cores that others used too.
LONGEST_GAP_S = 25.0

FEED, NEWS, AFTER = "/feed.xml", "/first.html", "/second.html"


@dataclass(frozen=True, kw_only=True)
class Case:
    """How an outlet is hostile, and what becomes of that."""

    #: Given the inside of a good item, the feed.
    feed: Callable[[str], Attack]
    #: Words of the error; None where the good item is read in spite of all.
    words: str | None
    #: The page of the article after; None for a good one.
    page: Attack | None = None
    #: Words of the note about that page.
    note: str = ""
    #: How much of the page the article then has.
    has: str = "refused"


def always(attack: Attack) -> Callable[[str], Attack]:
    """The same attack whatever the good item is."""
    return lambda _: attack


def body(make: Callable[[str], bytes]) -> Callable[[str], Attack]:
    """A well-formed answer with a hostile feed around the good item."""
    return lambda good: answer(make(good))


def html(text: bytes) -> Attack:
    """A page, well-formed as an answer."""
    return answer(text, content_type="text/html; charset=utf-8")


TOO_LARGE, TOO_LONG, CUT_OFF = "the body is larger than allowed", "the answer took too long", "the body broke off"

#: Those that take no time.
QUICK = {
    "zstd-bomb": Case(feed=always(hostile.bomb("zstd")), words=TOO_LARGE, page=hostile.bomb("br"), note=TOO_LARGE),
    "announced": Case(feed=always(hostile.huge), words=TOO_LARGE, page=hostile.endless, note=TOO_LARGE),
    "reset": Case(feed=always(hostile.hang_up), words=CUT_OFF, page=hostile.hang_up, note=CUT_OFF),
    "captcha": Case(
        feed=always(answer(bodies.captcha(), content_type="text/html")),
        words="is an HTML page, not a feed",
        page=html(bodies.nested_page()),
        note="nested too deeply",
    ),
}

#: All the others.
SLOW = {
    "laughs": Case(feed=body(bodies.billion_laughs), words=None, page=html(b""), note="the page is empty (0 bytes)"),
    "gzip-bomb": Case(feed=always(hostile.bomb("gzip")), words=TOO_LARGE, page=hostile.bomb("gzip"), note=TOO_LARGE),
    "deflate-bomb": Case(feed=always(hostile.bomb("deflate")), words=TOO_LARGE,
        page=hostile.bomb("zstd"), note=TOO_LARGE),
    "brotli-bomb": Case(feed=always(hostile.bomb("br")), words=TOO_LARGE, page=hostile.drip, note=TOO_LONG),
    "bomb-in-bomb": Case(feed=always(hostile.bomb("gzip, gzip")), words=TOO_LARGE, page=html(bodies.slow_page()),
        note="took longer than 20 s to read"),
    "endless": Case(feed=always(hostile.endless), words=TOO_LARGE, page=hostile.huge, note=TOO_LARGE),
    "drip": Case(feed=always(hostile.drip), words=TOO_LONG),
    "slow-headers": Case(feed=always(hostile.slow_headers), words=TOO_LONG),
    "endless-headers": Case(feed=always(hostile.endless_headers), words="the headers are larger than allowed",
        page=hostile.endless_headers, note="the headers are larger than allowed"),
    "quadratic": Case(feed=body(bodies.quadratic_blowup), words=None, page=html(bodies.stub()), has="empty",
        note="the page holds no text"),
    "many-entries": Case(feed=body(bodies.many_entries), words=None),
    "author": Case(feed=always(answer(bodies.author_blowup())), words="took longer than 20 s to read"),
    "nested": Case(feed=body(bodies.nested_feed), words=None, page=html(bodies.captcha()), has="empty",
        note="the page holds no text"),
    "error-page": Case(feed=always(html(bodies.error_page())), words="is an HTML page, not a feed",
        page=hostile.broken_chunks, note=CUT_OFF),
    "stub": Case(feed=always(html(bodies.stub())), words="is a script stub: a page that only a browser can pass"),
    "eleven-bytes": Case(feed=always(answer(b"hello world")), words="has nothing of a feed in it",
        page=html(b"hello world"), note="plain text or data"),
    "empty": Case(feed=always(answer(b"")), words="the feed is empty (0 bytes)", page=html(b"\0" * 1000),
        note="plain text or data"),
    "truncated": Case(feed=lambda good: answer(bodies.feed(good, good)[:-40]), words="the feed is broken off",
        page=hostile.longer_than_sent(b"<html><p>half"), note=CUT_OFF),
    "long-length": Case(feed=lambda good: hostile.longer_than_sent(bodies.feed(good)), words=CUT_OFF),
    "short-length": Case(feed=lambda good: hostile.shorter_than_sent(bodies.feed(good)),
        words="the feed is broken off"),
    "nuls": Case(feed=body(lambda good: bodies.feed(good).replace(b"><", b">\0<\0")), words=None,
        page=answer(b"%PDF-1.7 \0\1", content_type="application/pdf"), note="a PDF document"),
    "only-nuls": Case(feed=always(answer(b"\0" * 1000)), words="the feed is empty (1000 bytes without text)"),
    "broken-zstd": Case(feed=always(answer(b"no", "Content-Encoding: zstd")), words="the body cannot be inflated",
        page=answer(b"no", "Content-Encoding: zstd"), note="the body cannot be inflated"),
    "unbalanced": Case(feed=body(lambda good: bodies.feed("<title>x</title></b></i></item>", good)), words=None),
}  # fmt: skip


@dataclass
class Outlet:
    """A hostile site and how far we are with it."""

    site: HostileSite
    case: Case
    asked_well: int = 0
    seen: Row | None = None
    #: Addresses whose claims must be told.
    claims: list[str] = field(default_factory=list)

    @property
    def row_id(self) -> str:
        return f"{self.site.outlet}/feed"

    def item(self, path: str) -> str:
        """The inside of an item with a claim in its title."""
        url = f"{self.site.base_url}{path}"
        return bodies.item(url, f"Territorial claims of {self.site.outlet} told at {path}")

    def open(self) -> None:
        """Be well, with one article."""
        title = f"First of {self.site.outlet}"
        self.site.put(NEWS, html(bodies.page(title, f"{bodies.PARAGRAPH} {title}.", *[bodies.PARAGRAPH] * 3)))
        self.site.put(FEED, hostile.honest(bodies.feed(self.item(NEWS)), '"first"'))
        self.claims.append(f"{self.site.base_url}{NEWS}")

    def attack(self) -> None:
        """Be hostile from now on."""
        self.asked_well = len(self.site.asked(FEED))
        self.site.put(FEED, self.case.feed(self.item(NEWS)))

    def has_shown_itself(self, row: Row) -> bool:
        """Does the state tell of the attack, or was it read twice in good health?"""
        if self.case.words is not None:
            return bool(row["status"] == "failing" and row["last_error"])
        return row["status"] == "healthy" and len(self.site.asked(FEED)) > self.asked_well + 2

    def recover(self, row: Row) -> None:
        """Be well again, with one more article, whose page is hostile."""
        self.seen = row
        title = f"Second of {self.site.outlet}"
        self.site.put(AFTER, self.case.page or html(bodies.page(title, f"{title}. {bodies.PARAGRAPH}")))
        self.site.put(FEED, hostile.honest(bodies.feed(self.item(AFTER)), '"second"'))
        self.claims.append(f"{self.site.base_url}{AFTER}")


@pytest.fixture
def good(newsroom: Newsroom) -> Iterator[list[Newsroom]]:
    with Newsroom(outlet="evening-post") as other:
        other.add_feed()
        yield [newsroom, other]


def open_outlets(stack: ExitStack, cases: dict[str, Case]) -> list[Outlet]:
    """Each case as a running outlet that serves nothing yet."""
    return [Outlet(site=stack.enter_context(HostileSite(name)), case=case) for name, case in cases.items()]


def recover_all(office: Office, outlets: list[Outlet], daemon: Daemon) -> None:
    """Let each hostile outlet be well again once its state was seen; then every claim must be told."""
    deadline = time.monotonic() + 2 * PATIENCE_S
    while waiting := [outlet for outlet in outlets if outlet.seen is None]:
        assert time.monotonic() < deadline, ([outlet.row_id for outlet in waiting], daemon.log_tail())
        rows = {row["id"]: row for row in office.wait_for_rows("sources", bool)}
        for outlet in waiting:
            if outlet.has_shown_itself(rows[outlet.row_id]):
                outlet.recover(rows[outlet.row_id])
    office.wait_for_news([url for outlet in outlets for url in outlet.claims], daemon, timeout_s=2 * PATIENCE_S)


def assert_told_and_well_again(office: Office, outlets: list[Outlet]) -> None:
    """The states said what was wrong, and nothing of a bad body was kept but that."""
    after = {row["id"]: row for row in office.ask("sources")}
    for outlet in outlets:
        assert outlet.seen is not None
        if outlet.case.words is not None:
            assert outlet.case.words in outlet.seen["last_error"], outlet.row_id
        assert (after[outlet.row_id]["status"], after[outlet.row_id]["last_error"]) == ("healthy", None), outlet.row_id
        if outlet.case.words is not None:
            assert hostile.BAD_ETAG not in {asked.validator for asked in outlet.site.asked(FEED)}, outlet.row_id


def assert_pages_are_marked(office: Office, outlets: list[Outlet]) -> None:
    """What a hostile page left: an article of title and lead, a note, and another try to come."""
    rows = {row["url"]: row for row in office.ask("matches", "--limit", "1000")}
    for outlet in outlets:
        url = f"{outlet.site.base_url}{AFTER}"
        assert all(rows[well]["page"] == "full" for well in outlet.claims if well != url), outlet.row_id
        has = outlet.case.has if outlet.case.page else "full"
        assert rows[url]["page"] == has, outlet.row_id
        if has == "full":
            continue
        state, note, again = entry(office.database, url)
        assert outlet.case.note in note, outlet.row_id
        assert (state, again is not None) == ("pending", True), outlet.row_id


def entry(database: Path, url: str) -> tuple[str, str, str | None]:
    """State, note and time of the next try of the entry with this link."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        row: tuple[str, str, str | None] = connection.execute(
            "SELECT state, note, retry_at FROM entries WHERE url = ?", (url,)
        ).fetchone()
    connection.close()
    return row


def longest_gap_s(newsroom: Newsroom, since: float) -> float:
    """The longest time between two polls of a good feed, the time until now included."""
    moments = [since, *(one.at for one in newsroom.requests(FEED) if one.at > since), time.monotonic()]
    return max(later - earlier for earlier, later in pairwise(moments))


@pytest.mark.slow
def test_hostile_outlets_are_told_of_in_words_and_read_again_when_well(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    with ExitStack() as stack:
        outlets = open_outlets(stack, QUICK)
        for outlet in outlets:
            outlet.attack()
        office.configure(newsroom, *(outlet.site.plan() for outlet in outlets))
        daemon = office.daemon()
        recover_all(office, outlets, daemon)
        office.wait_for_news(claims, daemon)

        assert_told_and_well_again(office, outlets)
        assert_pages_are_marked(office, outlets)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_hostile_outlets_of_every_kind_disturb_no_other_and_fill_no_memory(
    office: Office, good: list[Newsroom], tmp_path: Path
) -> None:
    claims = [publish_claim(site, number) for number, site in enumerate(good)]
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    with ExitStack() as stack:
        canary = stack.enter_context(HostileSite("canary"))
        outlets = open_outlets(stack, QUICK | SLOW | {"entities": asking_for(f"{canary.base_url}/x", secret.as_uri())})
        for outlet in outlets:
            outlet.open()
        office.configure(*good, *(outlet.site.plan() for outlet in outlets))
        daemon = office.daemon()
        memory = stack.enter_context(MemoryWatch(daemon.process.pid))
        office.wait_for_news([*claims, *(url for outlet in outlets for url in outlet.claims)], daemon)
        for outlet in outlets:
            outlet.attack()
        began = time.monotonic()
        recover_all(office, outlets, daemon)
        gap = max(longest_gap_s(site, began) for site in good)
        office.wait_for_news([publish_claim(site, number + 10) for number, site in enumerate(good)], daemon)
        print(f"gap {gap:.1f} s, all {memory.peak_mib} MiB, daemon {memory.leader_mib} MiB")  # with -s

        assert_told_and_well_again(office, outlets)
        assert_pages_are_marked(office, outlets)
        assert canary.asked() == ()
        assert b"the secret" not in office.database.read_bytes()
        assert gap < LONGEST_GAP_S
        assert memory.peak_mib < MOST_MEMORY_MIB


def asking_for(*targets: str) -> Case:
    """A feed and a page that ask for these documents in every way."""
    return Case(
        feed=body(lambda item: bodies.external_entities(item, targets)),
        words=None,
        page=html(bodies.external_page("Second", [bodies.PARAGRAPH] * 3, targets)),
        has="full",
    )
