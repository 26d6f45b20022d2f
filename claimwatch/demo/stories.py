"""The newsroom's articles, read from the text files in ``pages``.

A file is a head of ``name: value`` lines, a line ``---``, and paragraphs with empty lines between
them. All of it is invented: the offices exist, the outlets, people and words do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.resources import files


class Expected(StrEnum):
    """What the daemon should do with an article."""

    TOLD = "told"  # it makes a territorial claim: one alert
    COPY = "copy"  # the words of an article that was told: stored, no second alert
    OLD = "old"  # a claim, but published weeks ago: stored, not told
    ORDINARY = "ordinary"  # no claim: stored, nothing matches


@dataclass(frozen=True, kw_only=True)
class Story:
    """One article of the newsroom."""

    id: str
    outlet: str
    language: str
    path: str
    title: str
    author: str
    lead: str
    #: Paragraphs; empty for a page that holds no text.
    paragraphs: tuple[str, ...]
    #: Aware UTC.
    published_at: datetime
    expected: Expected
    #: The path that the feed names where the page has moved since; it answers 301.
    old_path: str | None = None
    #: Seconds that the page lets its readers wait.
    delay_s: float = 0.0
    #: Id of the story whose words it repeats.
    copy_of: str | None = None

    @property
    def listed_path(self) -> str:
        """The path that the feed names."""
        return self.old_path or self.path


def load_stories(now: datetime) -> tuple[Story, ...]:
    """Every article, newest first.

    Args:
        now: aware UTC; the articles were published some hours before it.
    """
    texts = {
        page.name.removesuffix(".txt"): page.read_text("utf-8")
        for page in files("claimwatch.demo").joinpath("pages").iterdir()
        if page.name.endswith(".txt")
    }
    heads = {name: _split(text) for name, text in texts.items()}
    stories = {name: _story(name, head, body, now) for name, (head, body) in heads.items() if "copy_of" not in head}
    copies = [
        _copy(name, head, stories[head["copy_of"]], now) for name, (head, _) in heads.items() if "copy_of" in head
    ]
    return tuple(sorted([*stories.values(), *copies], key=lambda story: story.published_at, reverse=True))


def _split(text: str) -> tuple[dict[str, str], str]:
    head, _, body = text.partition("\n---\n")
    return dict(line.split(": ", 1) for line in head.splitlines()), body


def _story(name: str, head: Mapping[str, str], body: str, now: datetime) -> Story:
    paragraphs = tuple(part.replace("\n", " ").strip() for part in body.split("\n\n") if part.strip())
    return Story(
        id=name,
        outlet=head["outlet"],
        language=head["language"],
        path=head["path"],
        title=head["title"],
        author=head["author"],
        lead=head.get("lead") or paragraphs[0],
        paragraphs=paragraphs,
        published_at=_published(head, now),
        expected=Expected(head["expect"]),
        old_path=head.get("address"),
        delay_s=float(head.get("delay_s", "0")),
    )


def _copy(name: str, head: Mapping[str, str], original: Story, now: datetime) -> Story:
    return replace(
        original,
        id=name,
        outlet=head["outlet"],
        path=head["path"],
        published_at=_published(head, now),
        expected=Expected(head["expect"]),
        old_path=None,
        copy_of=original.id,
    )


def _published(head: Mapping[str, str], now: datetime) -> datetime:
    """Whole seconds: RSS has no smaller ones."""
    return now.replace(microsecond=0) - timedelta(hours=float(head["hours_ago"]))
