"""A source that is unwell is marked with a sentence, and the others go on."""

from __future__ import annotations

import pytest

from tests.acceptance.articles import publish_claim, publish_claims
from tests.acceptance.office import Office
from tests.newsroom import Fault, Newsroom

#: How a feed misbehaves, and what the sentence about it must speak of.
FAULTS = {
    "html": (Fault.web_page(), "page"),
    "empty": (Fault.empty(), "empty"),
    "truncated": (Fault(truncate_to=400), "broken"),
    "cut": (Fault(cut_after=100), ""),
    "missing": (Fault(status=404, body=b"gone"), "404"),
    "failing": (Fault(status=500, body=b"oops"), "500"),
}


def test_sources_that_cannot_be_read_are_marked_and_the_others_go_on(office: Office, newsroom: Newsroom) -> None:
    bad = {name: Newsroom(outlet=f"bad-{name}") for name in FAULTS}
    for name, (fault, _) in FAULTS.items():
        bad[name].start()
        bad[name].add_feed()
        publish_claim(bad[name], 100)
        bad[name].misbehave("/feed.xml", fault)
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom, *bad.values())
    try:
        daemon = office.daemon()
        office.wait_for_news(claims, daemon)
        rows = office.wait_for_rows("sources", lambda rows: all(row["status"] != "new" for row in rows))
    finally:
        for one in bad.values():
            one.stop()
    states = {row["id"]: row for row in rows}

    assert states["test-gazette/feed"]["status"] == "healthy"
    for name, (_, word) in FAULTS.items():
        row = states[f"bad-{name}/feed"]
        assert row["status"] == "failing", row
        assert word in row["last_error"], row
        assert " " in row["last_error"], row
    assert daemon.stop() == 0


@pytest.mark.slow
def test_source_that_was_unwell_is_read_when_it_is_well_again(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    newsroom.misbehave("/feed.xml", Fault.web_page())
    office.configure(newsroom)
    daemon = office.daemon()
    office.wait_for_rows("sources", lambda rows: rows[0]["status"] == "failing")
    newsroom.behave("/feed.xml")

    office.wait_for_news(claims, daemon)


def test_page_without_text_is_stored_as_title_and_lead_and_flagged(office: Office, newsroom: Newsroom) -> None:
    lead = "A recording of the session in which territorial claims were raised."
    claim = newsroom.add_article("Recording of the evening session", lead=lead)
    office.configure(newsroom)
    office.wait_for_news([claim], office.daemon())
    (match,) = office.ask("matches")
    (article,) = office.ask("show", claim)
    (notice,) = office.receiver.notices

    assert (match["page"], article["text"], article["lead"]) == ("empty", "", lead)
    assert notice.payload["data"]["article"]["partial"] is True


@pytest.mark.parametrize("fault", [Fault(status=403), Fault(status=503)], ids=["403", "503"])
def test_page_that_is_refused_is_told_by_title_and_lead(office: Office, newsroom: Newsroom, fault: Fault) -> None:
    claim = publish_claim(newsroom, 1)
    newsroom.misbehave(claim.removeprefix(newsroom.base_url), fault)
    office.configure(newsroom)
    office.wait_for_news([claim], office.daemon())
    (match,) = office.ask("matches")

    assert match["page"] == "refused"
