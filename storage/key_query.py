"""How keys are written into the two full-text indexes, and how a KeyQuery is asked of them.

A key stays one token and keeps its order: what begins alike is written with a like beginning. SQLite
folds ASCII case and PostgreSQL does not; both give at least what was asked for, which is all that is promised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, or_
from sqlalchemy.dialects.postgresql import TSQUERY

from domain.keys import ANYTHING, HasAll, HasAny, HasSome, KeyQuery
from storage.text import storable

#: ASCII that is part of a token in SQLite's index besides letters and digits; see ``storage.schema``.
SIGNS_OF_KEYS = ":.=_%-"

#: Characters of a key that are kept; a longer one is found by its beginning.
LONGEST_KEY = 300

#: Bytes of all keys of one article that are kept: a tsvector holds 1 MiB.
MOST_BYTES = 1_000_000

#: What asks for more keys at once, or lies deeper, is not asked.
MOST_KEYS = 20_000
MOST_DEPTH = 8

#: Keys in one tsquery.
_PIECE = 128

_SPECIAL = re.compile(f"[\x01-\x7f](?<![0-9A-Za-z{re.escape(SIGNS_OF_KEYS.replace('%', ''))}])")


def written(key: str) -> str:
    """The key as one token of either index."""
    return _SPECIAL.sub(lambda found: f"%{ord(found[0]):02X}", storable(key)[:LONGEST_KEY])


def written_keys(keys: Iterable[str]) -> str | None:
    """All keys of an article, a blank between them; None when they are too many to be indexed."""
    text = " ".join(sorted({written(key) for key in keys if key}))
    return text if len(text.encode("utf-8")) <= MOST_BYTES else None


#: Met by no article.
NOTHING = HasAny(keys=frozenset())


def askable(query: KeyQuery, depth: int = MOST_DEPTH) -> KeyQuery | None:
    """The query without what an index cannot say or need not be asked.

    Returns:
        None where nothing is left: every article may meet it. ``NOTHING`` for what none meets; no part
        of another query is that.
    """
    if depth == 0 or query == ANYTHING:
        return None
    if isinstance(query, HasAny):
        keys = query.keys - {""}
        return None if len(keys) > MOST_KEYS or "*" in keys else HasAny(keys=keys)
    parts = dict.fromkeys(askable(part, depth - 1) for part in query.parts)
    return _all_of(parts) if isinstance(query, HasAll) else _some_of(parts)


def _all_of(parts: Iterable[KeyQuery | None]) -> KeyQuery | None:
    known = tuple(part for part in parts if part is not None)
    if len(known) < 2:
        return known[0] if known else None
    return NOTHING if NOTHING in known else HasAll(parts=known)


def _some_of(parts: Iterable[KeyQuery | None]) -> KeyQuery | None:
    met = []
    for part in parts:
        if part is None:
            return None
        if part != NOTHING:
            met.append(part)
    if len(met) < 2:
        return met[0] if met else NOTHING
    return HasSome(parts=tuple(met))


def for_sqlite(query: KeyQuery) -> str:
    """An askable query as FTS5 reads it."""
    if isinstance(query, HasAny):
        return _group(" OR ", [_of_key(key, '"{}"', "*") for key in sorted(query.keys)])
    return _group(" AND " if isinstance(query, HasAll) else " OR ", map(for_sqlite, query.parts))


def for_postgres(query: KeyQuery, keys_of_row: ColumnElement[Any]) -> ColumnElement[bool]:
    """An askable query as a condition; in pieces, for each row costs as much as a piece has keys."""
    if _size(query) <= _PIECE:
        return keys_of_row.op("@@")(cast(_tsquery(query), TSQUERY))
    if isinstance(query, HasAny):
        keys = sorted(query.keys)
        pieces: Iterable[KeyQuery] = (
            HasAny(keys=frozenset(keys[first : first + _PIECE])) for first in range(0, len(keys), _PIECE)
        )
    else:
        pieces = query.parts
    conditions = [for_postgres(piece, keys_of_row) for piece in pieces]
    return and_(*conditions) if isinstance(query, HasAll) else or_(*conditions)


def _size(query: KeyQuery) -> int:
    return len(query.keys) if isinstance(query, HasAny) else sum(map(_size, query.parts))


def _tsquery(query: KeyQuery) -> str:
    if isinstance(query, HasAny):
        return _group("|", [_of_key(key, "'{}'", ":*") for key in sorted(query.keys)])
    return _group("&" if isinstance(query, HasAll) else "|", map(_tsquery, query.parts))


def _of_key(key: str, quoted: str, beginning: str) -> str:
    if key.endswith("*"):
        return quoted.format(written(key[:-1])) + beginning
    return quoted.format(written(key))


def _group(sign: str, parts: Iterable[str]) -> str:
    return f"({sign.join(parts)})"
