"""The demo's exit code: good only when everything arrived, once, and nothing else did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from claimwatch.demo.mailroom import Mail, read_mail
from claimwatch.demo.receiver import Notice
from claimwatch.demo.stories import Expected, Story, load_stories
from claimwatch.demo.verdict import DECISIONS, Evidence, problems

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STORIES = load_stories(NOW)
TOLD = tuple(story for story in STORIES if story.expected is Expected.TOLD)
ORDINARY = next(story for story in STORIES if story.expected is Expected.ORDINARY)
COPY = next(story for story in STORIES if story.expected is Expected.COPY)


def url(story: Story) -> str:
    return f"http://news.example/{story.id}"


def recognise(address: str) -> Story | None:
    return next((story for story in STORIES if url(story) == address), None)


def mail(story: Story, *, id_: str | None = None) -> Mail:
    message = EmailMessage()
    message["Message-ID"] = id_ or f"<{story.id}@newsroom.example>"
    message["Subject"] = story.title
    message.set_content(f"{story.title}\n{url(story)}\n")
    return read_mail("claimwatch@newsroom.example", ["analyst@desk.example"], message.as_bytes())


def notice(story: Story) -> Notice:
    return Notice(id=f"dlv-{story.id}", payload={"data": {"article": {"url": url(story)}, "quotes": []}}, headers={})


def match(story: Story, decision: str) -> dict[str, Any]:
    return {"url": url(story), "decision": decision}


def evidence() -> Evidence:
    decided = {story: DECISIONS[story.expected] for story in STORIES}
    return Evidence(
        stories=STORIES,
        recognise=recognise,
        mails=tuple(mail(story) for story in TOLD),
        notices=tuple(notice(story) for story in TOLD),
        matches=tuple(match(story, decision) for story, decision in decided.items() if decision),
        sources=(
            {"id": "good/feed", "outlet": "Good", "status": "healthy", "last_error": None},
            {"id": "bad/feed", "outlet": "Bad", "status": "failing", "last_error": "It is no feed."},
        ),
        health={
            "articles": len(STORIES),
            "pending_entries": sum(not story.paragraphs for story in STORIES),
            "pending_deliveries": 0,
            "dead_deliveries": 0,
        },
        unwell=frozenset({"bad/feed"}),
    )


def test_verdict_has_nothing_to_say_when_all_is_well() -> None:
    assert problems(evidence()) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mails": evidence().mails[1:]}, "did not arrive by mail"),
        ({"notices": evidence().notices[1:]}, "did not arrive by webhook"),
        ({"mails": (*evidence().mails, mail(TOLD[0], id_="<other@x>"))}, "arrived 2 times by mail"),
        ({"mails": (*evidence().mails, mail(ORDINARY))}, "arrived 1 times by mail, not 0"),
        ({"notices": (*evidence().notices, notice(COPY))}, "arrived 1 times by webhook, not 0"),
        ({"refused": ("no signature is ours",)}, "the receiver refused a call: no signature is ours"),
        ({"matches": evidence().matches[1:]}, "no match instead of"),
        ({"matches": (*evidence().matches, match(ORDINARY, "first_in_story"))}, "first_in_story instead of no match"),
        ({"unwell": frozenset()}, "source bad/feed is failing, not healthy: It is no feed."),
        ({"unwell": frozenset({"good/feed", "bad/feed"})}, "source good/feed is healthy, not failing: no error"),
        ({"health": {**evidence().health, "articles": 3}}, "3 articles are stored"),
        ({"health": {**evidence().health, "dead_deliveries": 1}}, "1 dead deliveries, not 0"),
        ({"never_304": ("Steppe Courier",)}, "Steppe Courier: its feed was never asked"),
    ],
)
def test_verdict_names_what_is_wrong(change: dict[str, Any], said: str) -> None:
    assert said in "\n".join(problems(replace(evidence(), **change)))


def test_verdict_sees_an_id_that_came_twice() -> None:
    doubled = (*evidence().notices, evidence().notices[0])

    assert f"webhook id {doubled[0].id} came 2 times" in "\n".join(problems(replace(evidence(), notices=doubled)))


def test_verdict_sees_a_call_about_a_stranger() -> None:
    stranger = Notice(id="dlv-x", payload={"data": {"article": {"url": "http://x.example/"}, "quotes": []}}, headers={})
    found = problems(replace(evidence(), notices=(*evidence().notices, stranger)))

    assert found == ("unexpected: a webhook call about http://x.example/",)
