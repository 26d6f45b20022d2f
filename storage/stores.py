"""All stores over one database, to be handed to whoever needs a port."""

from __future__ import annotations

from dataclasses import dataclass

from domain.ports import (
    ArticleStore,
    HealthStore,
    KeyIndex,
    LeaseStore,
    MatchStore,
    Outbox,
    PollStore,
    SourceStore,
    StoryIndex,
)
from storage.articles import SqlArticleStore
from storage.database import Database
from storage.health import SqlHealthStore
from storage.key_index import SqlKeyIndex
from storage.leases import SqlLeaseStore
from storage.matches import SqlMatchStore
from storage.outbox import SqlOutbox
from storage.polls import SqlPollStore
from storage.sources import SqlSourceStore
from storage.story_index import SqlStoryIndex


@dataclass(frozen=True, kw_only=True)
class Stores:
    """One of each storage port."""

    sources: SourceStore
    polls: PollStore
    articles: ArticleStore
    keys: KeyIndex
    matches: MatchStore
    story_index: StoryIndex
    outbox: Outbox
    leases: LeaseStore
    health: HealthStore

    @classmethod
    def over(cls, database: Database) -> Stores:
        """The stores of an open database whose schema is there (see ``storage.migrate``)."""
        return cls(
            sources=SqlSourceStore(database),
            polls=SqlPollStore(database),
            articles=SqlArticleStore(database),
            keys=SqlKeyIndex(database),
            matches=SqlMatchStore(database),
            story_index=SqlStoryIndex(database),
            outbox=SqlOutbox(database),
            leases=SqlLeaseStore(database),
            health=SqlHealthStore(database),
        )
