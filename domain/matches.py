"""Mention (one place in an article, and why), Hit and Match (an article met a watch)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Mention:
    """One place in an Article where a term of the query stands."""

    #: title, lead or text.
    field: str
    #: Unicode code points within the field, end exclusive.
    start: int
    end: int
    #: The words as they stand there.
    text: str
    #: The term of the query that they met.
    term: str


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What the matcher says: this watch fires on this article."""

    watch_id: str
    score: float
    mentions: tuple[Mention, ...]
    #: Of the watch's definition and of the concepts that it uses; another one may find other things.
    watch_version: str = ""


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Everything that matching finds in one article."""

    #: BCP 47; ``und`` when it cannot be told.
    language: str
    hits: tuple[Hit, ...]
    #: Equal for equal words, whatever the layout, case, width or punctuation.
    content_hash: str
    analyzer_version: str
    #: What the index keeps of the article, sorted and distinct; see ``matching.text.keys``.
    keys: tuple[str, ...] = ()


class Decision(StrEnum):
    """Why a match was told, or not told."""

    FIRST_IN_STORY = "first_in_story"  # told: nobody had heard of this story on this watch
    OTHER_CHANNEL = "other_channel"  # told: the story was told on this watch, but not to these channels
    SAME_STORY = "same_story"  # not told: every channel selected had heard of the story on this watch
    TOO_OLD = "too_old"  # not told: published long before we saw it
    NO_ROUTE = "no_route"  # not told: no route selects it

    @property
    def told(self) -> bool:
        """Was anybody told?"""
        return self in (Decision.FIRST_IN_STORY, Decision.OTHER_CHANNEL)


@dataclass(frozen=True, kw_only=True)
class Match:
    """An Article met a Watch."""

    #: ``mat-…``, made from article and watch.
    id: str
    article_id: str
    watch_id: str
    score: float
    mentions: tuple[Mention, ...]
    matched_at: datetime
    decision: Decision
    #: Version of the watch that fired; empty where nobody said.
    watch_version: str = ""
