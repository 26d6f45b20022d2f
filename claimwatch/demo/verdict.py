"""Did everything that should arrive arrive, once, and nothing else? Pure; the demo's exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claimwatch.demo.mailroom import Mail
from claimwatch.demo.receiver import Notice
from claimwatch.demo.stories import Expected, Story

#: The decision that each kind of article must lead to; None where nothing may match.
DECISIONS = {
    Expected.TOLD: "first_in_story",
    Expected.COPY: "same_story",
    Expected.OLD: "too_old",
    Expected.ORDINARY: None,
}

Row = Mapping[str, Any]
#: An address to the story that stands there, None if it is none of ours.
Recognise = Callable[[str], Story | None]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that the demo knows in the end."""

    stories: tuple[Story, ...]
    recognise: Recognise
    mails: tuple[Mail, ...] = ()
    notices: tuple[Notice, ...] = ()
    #: Why the receiver refused calls.
    refused: tuple[str, ...] = ()
    #: As `claimwatch matches`, `sources` and `health` print them.
    matches: tuple[Row, ...] = ()
    sources: tuple[Row, ...] = ()
    #: Empty where it could not be asked.
    health: Row
    #: Ids of the sources that must be unwell; every other one must be healthy.
    unwell: frozenset[str] = frozenset()
    #: Names of outlets whose feed never answered 304.
    never_304: tuple[str, ...] = ()

    def notices_of(self, story: Story) -> tuple[Notice, ...]:
        """The webhook calls that told a story."""
        return tuple(one for one in self.notices if self.recognise(notice_url(one)) == story)

    def mails_of(self, story: Story) -> tuple[Mail, ...]:
        """The mails that told a story."""
        return tuple(one for one in self.mails if self.recognise(mail_url(one, self.recognise)) == story)

    def match_of(self, story: Story) -> Row | None:
        """The stored match of a story."""
        return next((row for row in self.matches if self.recognise(row["url"]) == story), None)


def notice_url(notice: Notice) -> str:
    """The address of the article that a call tells of."""
    return str(notice.payload["data"]["article"]["url"])


def mail_url(mail: Mail, recognise: Recognise) -> str:
    """The first address in a mail's text that is one of ours, empty where there is none."""
    words = (word.strip("<>()[].,") for word in mail.text.split())
    return next((word for word in words if word.startswith("http") and recognise(word)), "")


def problems(evidence: Evidence) -> tuple[str, ...]:
    """Everything that is not as it should be, in sentences; empty when all is well."""
    return (
        *_arrivals(evidence, "mail", evidence.mails_of),
        *_arrivals(evidence, "webhook", evidence.notices_of),
        *_strangers(evidence),
        *_repeated("mail", (mail.message_id for mail in evidence.mails)),
        *_repeated("webhook", (notice.id for notice in evidence.notices)),
        *(f"the receiver refused a call: {why}" for why in evidence.refused),
        *_matches(evidence),
        *_sources(evidence),
        *_stored(evidence),
        *(f"{name}: its feed was never asked for what changed (no 304)" for name in evidence.never_304),
    )


def _arrivals(evidence: Evidence, channel: str, arrived: Callable[[Story], Sequence[object]]) -> Iterable[str]:
    for story in evidence.stories:
        count, wanted = len(arrived(story)), int(story.expected is Expected.TOLD)
        if count < wanted:
            yield f"missing: {story.outlet}, {story.title!r} did not arrive by {channel}"
        elif count > wanted:
            yield f"too much: {story.outlet}, {story.title!r} arrived {count} times by {channel}, not {wanted}"


def _strangers(evidence: Evidence) -> Iterable[str]:
    """Arrivals that tell of no article of ours."""
    for notice in evidence.notices:
        if evidence.recognise(notice_url(notice)) is None:
            yield f"unexpected: a webhook call about {notice_url(notice)}"
    for mail in evidence.mails:
        if not mail_url(mail, evidence.recognise):
            yield f"unexpected: a mail {mail.subject!r} without the address of an article"


def _repeated(channel: str, ids: Iterable[str]) -> Iterable[str]:
    for id_, count in Counter(ids).items():
        if count > 1:
            yield f"too much: {channel} id {id_} came {count} times"


def _matches(evidence: Evidence) -> Iterable[str]:
    for story in evidence.stories:
        match = evidence.match_of(story)
        found, wanted = None if match is None else match["decision"], DECISIONS[story.expected]
        if found != wanted:
            said = found or "no match"
            yield f"wrong: {story.outlet}, {story.title!r}: {said} instead of {wanted or 'no match'}"


def _sources(evidence: Evidence) -> Iterable[str]:
    for row in evidence.sources:
        wanted = "failing" if row["id"] in evidence.unwell else "healthy"
        if row["status"] != wanted:
            yield f"wrong: source {row['id']} is {row['status']}, not {wanted}: {row['last_error'] or 'no error'}"
        elif wanted == "failing" and not row["last_error"]:
            yield f"wrong: source {row['id']} is failing, and nothing says why"


def _stored(evidence: Evidence) -> Iterable[str]:
    stored, wanted = evidence.health.get("articles", 0), len(evidence.stories)
    if stored != wanted:
        yield f"wrong: {stored} articles are stored, not {wanted}"
    pages_to_try_again = sum(not story.paragraphs for story in evidence.stories)
    for what, right in (("pending_entries", pages_to_try_again), ("pending_deliveries", 0), ("dead_deliveries", 0)):
        if evidence.health.get(what, 0) != right:
            yield f"wrong: {evidence.health.get(what, 0)} {what.replace('_', ' ')}, not {right}"
