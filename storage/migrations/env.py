"""Alembic's entry: runs the revisions on the connection that ``storage.migrate`` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationInfo

from storage.schema import metadata

_applied: list[str] = context.config.attributes["applied"]


def _note(*, step: MigrationInfo, **_: Any) -> None:
    _applied.append(str(step.up_revision_id))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
    on_version_apply=_note,  # type: ignore[arg-type]  # alembic calls with keywords, its type says otherwise
)
with context.begin_transaction():
    context.run_migrations()
