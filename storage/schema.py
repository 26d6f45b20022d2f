"""The tables, on SQLite and PostgreSQL alike; migrations must lead to exactly these.

Rules: ids are made by the domain and decide identity; times are aware UTC; indexes exist for the
due queries (what work waits) and the listings (what people ask). A URL may be longer than a
PostgreSQL B-tree entry, so indexes on URLs are hash indexes there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    event,
    literal,
    literal_column,
    text,
)

from domain.alerts import DeliveryState
from domain.articles import EntryState, PageState
from domain.jobs import JobKind
from domain.matches import Decision
from domain.outlets import PollResult, SourceStatus
from domain.watches import Severity
from storage.columns import Json, Storable, Utc, Word

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def word_is(table: FromClause, column: str, word: str) -> ColumnElement[bool]:
    """A condition written out as a literal: a partial index is not used where the word is a parameter."""
    return table.c[column] == literal(word, table.c[column].type, literal_execute=True)


def _id() -> Column[str]:
    return Column("id", Storable, primary_key=True)


def _needed(name: str, kind: Any, *rest: Any) -> Column[Any]:
    return Column(name, kind, *rest, nullable=False)


def _only(condition: str) -> dict[str, Any]:
    """The keywords of an index over some rows only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _url_index(table: Table, column: str) -> Index:
    return Index(f"ix_{table.name}_{column}", table.c[column], postgresql_using="hash")


#: The catalogue's sources with their state; those that left the catalogue stay, not ``active``.
sources = Table(
    "sources",
    metadata,
    _id(),
    _needed("outlet_id", Storable),
    _needed("url", Storable),
    _needed("lane", Storable),
    _needed("active", Boolean),
    _needed("status", Word(SourceStatus)),
    Column("etag", Storable),
    Column("last_modified", Storable),
    Column("body_sha256", Storable),
    _needed("failures", Integer),
    Column("last_error", Storable),
    Column("polled_at", Utc),
    Column("succeeded_at", Utc),
    Column("newest_entry_at", Utc),
    Column("gap_at", Utc),
    Column("next_poll_at", Utc),
)

Index("ix_sources_due", sources.c.outlet_id, sources.c.lane, sources.c.next_poll_at, sources.c.id)

#: Finished visits, kept for as long as ``forget_polls`` lets them.
polls = Table(
    "polls",
    metadata,
    _id(),
    _needed("source_id", Storable, ForeignKey("sources.id")),
    _needed("started_at", Utc),
    _needed("took_s", Double),
    _needed("result", Word(PollResult)),
    Column("http_status", Integer),
    _needed("entries", Integer),
    _needed("new_entries", Integer),
    Column("error", Storable),
)
Index("ix_polls_source_id_started_at", polls.c.source_id, polls.c.started_at)
Index("ix_polls_started_at", polls.c.started_at)

#: One published page each, with the text that is matched.
articles = Table(
    "articles",
    metadata,
    _id(),
    _needed("url", Storable),
    Column("outlet_id", Storable),
    Column("source_id", Storable),
    _needed("title", Storable),
    _needed("lead", Storable),
    _needed("text", Storable),
    Column("author", Storable),
    Column("published_at", Utc),
    _needed("first_seen_at", Utc),
    _needed("language", Storable),
    Column("declared_language", Storable),
    _needed("page", Word(PageState)),
    _needed("content_hash", Storable),
    _needed("story_id", Storable),
    _needed("analyzer_version", Storable),
)
_url_index(articles, "url")
Index("ix_articles_content_hash", articles.c.content_hash)
Index("ix_articles_story_id", articles.c.story_id)
Index("ix_articles_outlet_id", articles.c.outlet_id)

#: On PostgreSQL, what its index of keys is made of.
_KEYS_OF_ROW = "array_to_tsvector(string_to_array(indexed, ' '))"
INDEXED_KEYS: ColumnElement[Any] = literal_column(_KEYS_OF_ROW)

#: What each article is found by. ``position`` rises with its date (see ``storage.key_index``); ``indexed`` holds
#: its keys as ``storage.key_query`` writes them, null where they are too many to be indexed.
article_keys = Table(
    "article_keys",
    metadata,
    Column("article_id", Storable, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    _needed("position", BigInteger),
    _needed("language", Storable),
    Column("outlet_id", Storable),
    Column("indexed", Text),
    Index(
        "ix_article_keys_indexed",
        text(_KEYS_OF_ROW),
        postgresql_using="gin",
        # what waits to be sorted in is read through by every query, key by key: 256 kB of it at most
        postgresql_with={"gin_pending_list_limit": 256},
    ).ddl_if(dialect="postgresql"),
)
Index("ix_article_keys_position", article_keys.c.position)
Index("ix_article_keys_unknown", article_keys.c.position, **_only("indexed IS NULL"))

#: On SQLite, the index of keys; the names of its own tables begin like it.
KEY_INDEX = "key_index"
_SQLITE_KEY_INDEX = (
    """
    CREATE VIRTUAL TABLE key_index USING fts5(
        indexed, content='article_keys', content_rowid='position', detail=none, columnsize=0,
        tokenize="ascii tokenchars ':.=_%-'"
    )
    """,
    """
    CREATE TRIGGER article_keys_added AFTER INSERT ON article_keys BEGIN
        INSERT INTO key_index (rowid, indexed) VALUES (new.position, new.indexed);
    END
    """,
    """
    CREATE TRIGGER article_keys_gone AFTER DELETE ON article_keys BEGIN
        INSERT INTO key_index (key_index, rowid, indexed) VALUES ('delete', old.position, old.indexed);
    END
    """,
    """
    CREATE TRIGGER article_keys_changed AFTER UPDATE ON article_keys BEGIN
        INSERT INTO key_index (key_index, rowid, indexed) VALUES ('delete', old.position, old.indexed);
        INSERT INTO key_index (rowid, indexed) VALUES (new.position, new.indexed);
    END
    """,
)


@event.listens_for(article_keys, "after_create")
def _make_key_index(_table: object, connection: Connection, **_: object) -> None:
    if connection.dialect.name == "sqlite":
        for statement in _SQLITE_KEY_INDEX:
            connection.exec_driver_sql(statement)


@event.listens_for(article_keys, "before_drop")
def _drop_key_index(_table: object, connection: Connection, **_: object) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE key_index")


#: Links that the sources listed; ``retry_at`` is when the page is due, null for never.
entries = Table(
    "entries",
    metadata,
    _id(),
    _needed("source_id", Storable, ForeignKey("sources.id")),
    _needed("url", Storable),
    _needed("canonical_url", Storable),
    Column("guid", Storable),
    _needed("title", Storable),
    _needed("lead", Storable),
    Column("author", Storable),
    Column("published_at", Utc),
    Column("language", Storable),
    _needed("lane", Storable),
    _needed("state", Word(EntryState)),
    _needed("tries", Integer),
    _needed("first_seen_at", Utc),
    Column("retry_at", Utc),
    Column("article_id", Storable, ForeignKey("articles.id")),
    Column("note", Storable),
)
Index(
    "ix_entries_due",
    entries.c.source_id,
    entries.c.lane,
    entries.c.retry_at,
    entries.c.id,
    **_only("retry_at IS NOT NULL"),
)
_url_index(entries, "url")
_url_index(entries, "canonical_url")
Index("ix_entries_pending", entries.c.id, **_only("state = 'pending'"))

#: An article met a watch; ``dated_at`` repeats the article's date, so that listing needs no sort.
matches = Table(
    "matches",
    metadata,
    _id(),
    _needed("article_id", Storable, ForeignKey("articles.id")),
    _needed("watch_id", Storable),
    _needed("score", Double),
    _needed("mentions", Json),
    _needed("matched_at", Utc),
    _needed("decision", Word(Decision)),
    _needed("dated_at", Utc),
    _needed("watch_version", Storable),
)
Index("ix_matches_article_id", matches.c.article_id)
Index("ix_matches_dated_at", matches.c.dated_at)
Index("ix_matches_watch_id_dated_at", matches.c.watch_id, matches.c.dated_at)

#: Decisions to tell, with what is told.
alerts = Table(
    "alerts",
    metadata,
    _id(),
    _needed("watch_id", Storable),
    _needed("story_id", Storable),
    _needed("article_id", Storable, ForeignKey("articles.id")),
    _needed("severity", Word(Severity)),
    _needed("reason", Word(Decision)),
    _needed("created_at", Utc),
    _needed("content", Json),
)
Index("ix_alerts_story_id", alerts.c.story_id)
Index("ix_alerts_article_id", alerts.c.article_id)
Index("ix_alerts_created_at", alerts.c.created_at)

#: The outbox; ``first_due_at`` is when the delivery was first due, whatever its tries since.
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _needed("alert_id", Storable, ForeignKey("alerts.id")),
    _needed("channel", Storable),
    _needed("recipient", Storable),
    _needed("state", Word(DeliveryState)),
    _needed("attempts", Integer),
    _needed("next_attempt_at", Utc),
    Column("last_error", Storable),
    Column("last_status", Integer),
    Column("sent_at", Utc),
    _needed("first_due_at", Utc),
)
Index("ix_deliveries_alert_id", deliveries.c.alert_id)
Index(
    "ix_deliveries_due",
    deliveries.c.channel,
    deliveries.c.next_attempt_at,
    deliveries.c.id,
    **_only("state = 'pending'"),
)
Index("ix_deliveries_dead", deliveries.c.id, **_only("state = 'dead'"))

ENTRY_PENDING = word_is(entries, "state", EntryState.PENDING)
DELIVERY_PENDING = word_is(deliveries, "state", DeliveryState.PENDING)
DELIVERY_DEAD = word_is(deliveries, "state", DeliveryState.DEAD)

#: Every try of a delivery.
attempts = Table(
    "attempts",
    metadata,
    _id(),
    _needed("delivery_id", Storable, ForeignKey("deliveries.id")),
    _needed("started_at", Utc),
    _needed("took_s", Double),
    _needed("accepted", Boolean),
    Column("status", Integer),
    Column("error", Storable),
)
Index("ix_attempts_delivery_id", attempts.c.delivery_id)

#: Who holds which job. A row without token is let go but remembers its tries; success deletes it.
leases = Table(
    "leases",
    metadata,
    _needed("kind", Word(JobKind)),
    _needed("key", Storable),
    _needed("lane", Storable),
    Column("token", Storable),
    _needed("owner", Storable),
    Column("leased_until", Utc),
    _needed("attempts", Integer),
    Column("not_before", Utc),
    Column("last_error", Storable),
    PrimaryKeyConstraint("kind", "key"),
)
Index("uq_leases_lane_held", leases.c.lane, unique=True, **_only("token IS NOT NULL"))

#: When the next job of a lane may start; no row means at once.
lanes = Table("lanes", metadata, Column("lane", Storable, primary_key=True), _needed("free_at", Utc))

#: Channels that take no more messages, and why.
channels = Table("channels", metadata, Column("name", Storable, primary_key=True), _needed("disabled", Storable))

#: Single facts, each with its time: the daemon's heartbeat, when it stopped in good order, and since when and why
#: (``note``) it refuses the configuration on disk.
meta = Table("meta", metadata, Column("name", Storable, primary_key=True), _needed("at", Utc), Column("note", Storable))
