"""A daemon of the release before goes on working while another brings the schema up to date.

It was made for the schema of one revision earlier. Whatever a revision does that would break it must be
named in ``ACCEPTED`` with the reason, or be done in two releases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import storage
from storage import migrate
from storage.database import Database
from tests.migration.shapes import Column, Shape, Table, breaks, shape_of

#: Revision to the breaks (as ``breaks`` words them) that are accepted, and why.
ACCEPTED: Mapping[str, Mapping[str, str]] = {}

_TEXT = Column(type="TEXT()", nullable=False)
_OLD: Shape = {"t": Table(columns={"id": _TEXT, "note": replace(_TEXT, nullable=True)}, rules=frozenset({"unique id"}))}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    yield database
    database.close()


def test_no_revision_breaks_a_daemon_of_the_release_before(database: Database) -> None:
    shapes = _shapes(database)

    found = {
        revision: set(breaks(old, new)) - set(ACCEPTED.get(revision, {}))
        for (_, old), (revision, new) in pairwise(shapes.items())
    }

    assert list(shapes)[-1] == migrate.head()
    assert not {revision: sentences for revision, sentences in found.items() if sentences}


def test_every_accepted_break_is_of_a_known_revision_and_has_a_reason(database: Database) -> None:
    known = set(_shapes(database))

    assert set(ACCEPTED) <= known
    assert all(reason for reasons in ACCEPTED.values() for reason in reasons.values())


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ({}, "the table t is gone"),
        ({"t": replace(_OLD["t"], columns={"id": _TEXT})}, "t.note is gone"),
        ({"t": replace(_OLD["t"], columns={"id": _TEXT, "note": _TEXT})}, "t.note must be given now"),
        ({"t": replace(_OLD["t"], columns={**_OLD["t"].columns, "x": _TEXT})}, "t.x is new and must be given"),
        ({"t": replace(_OLD["t"], rules=frozenset({"unique id", "check x"}))}, "t has a new rule: check x"),
        (
            {"t": replace(_OLD["t"], columns={**_OLD["t"].columns, "id": Column(type="INTEGER()", nullable=False)})},
            "t.id was TEXT() and is INTEGER()",
        ),
    ],
)
def test_what_breaks_an_older_daemon_is_named(new: Shape, sentence: str) -> None:
    assert breaks(_OLD, new) == [sentence]


def test_what_an_older_daemon_can_live_with_breaks_nothing() -> None:
    columns = {
        "id": replace(_TEXT, nullable=True),
        "note": _OLD["t"].columns["note"],
        "more": replace(_TEXT, nullable=True),
        "state": replace(_TEXT, default="'new'"),
    }
    new = {"t": Table(columns=columns, indexes=frozenset({"CREATE INDEX i ON t (more)"})), "u": Table()}

    assert breaks(_OLD, new) == []


def _shapes(database: Database) -> dict[str, Shape]:
    """The schema after each revision, the first first; the database is empty before, and up to date after."""
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    shapes = {}
    for revision in reversed(revisions):
        with database.transaction() as connection:
            config.attributes.update(connection=connection, applied=[])
            command.upgrade(config, revision)
        shapes[revision] = shape_of(database)
    return shapes
