"""The queries of watches: what is wrong with them, and what is hardly meant, at its place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from claimwatch.config.files import BUILTIN, Document
from claimwatch.config.lexicons import frequent_words
from claimwatch.config.models import WatchShape
from claimwatch.config.overlay import Listed, Overlay
from claimwatch.config.places import place_in
from claimwatch.config.problems import Report
from claimwatch.config.yamlpos import MapNode, ScalarNode, at, scalars_at
from domain.errors import QueryError
from domain.outlets import Outlet
from domain.watches import ANY_LANGUAGE
from matching.concepts import Concepts
from matching.query.ast import Concept, Geo
from matching.query.lint import Knowledge, lint
from matching.query.parse import parse
from matching.query.resolve import resolve
from matching.query.walk import walk
from matching.text.inflect import LANGUAGES
from matching.text.language import primary

#: Languages whose words we know; Chinese ones have no forms.
_KNOWN = (*LANGUAGES, "zh")

#: Queries that were read and are known to be right, so that a reload reads only those that changed.
_KEPT = 65_536


def check_queries(watches: Overlay[WatchShape], concepts: Concepts, report: Report) -> None:
    """Note every query that cannot be read, or names a concept or place that there is not."""
    for listed in watches.entries.values():
        for _, query in _queries(listed):
            try:
                _check(query.text, concepts)
            except QueryError as error:
                line, column, words = _place(listed.document, query, error.line, error.column)
                message = f"the query is wrong{words}: {error.message}"
                report.add(listed.document.file, message, line=line, column=column, excerpt=error.excerpt)


def lint_queries(watches: Overlay[WatchShape], concepts: Concepts, outlets: Sequence[Outlet], report: Report) -> None:
    """Note what is allowed in a query of the user's and yet most likely a mistake.

    Args:
        watches: their queries are right.
        concepts: all that they may name.
        outlets: in whose languages a query for any language must have words.
        report: gets a note for each finding.
    """
    read = _languages_read(outlets)
    for listed in watches.entries.values():
        if listed.shape is None or listed.document.file.startswith(f"{BUILTIN}/"):
            continue
        watched = tuple(map(primary, listed.shape.languages)) or read
        for language, query in _queries(listed):
            languages = _languages_of(language, watched, listed.shape)
            knowledge = Knowledge(languages=languages, concepts=concepts, frequent=frequent_words())
            for finding in lint(parse(query.text), knowledge) if languages else ():
                line, column, words = _place(listed.document, query, finding.at.line, finding.at.column)
                message = f"look at the query again{words}: {finding.message}"
                report.add(listed.document.file, message, line=line, column=column)


def _languages_read(outlets: Sequence[Outlet]) -> tuple[str, ...]:
    """The languages of the outlets, as far as we know their words; all that we know where there is none."""
    spoken = dict.fromkeys(primary(language) for outlet in outlets for language in outlet.languages)
    return tuple(language for language in spoken if language in _KNOWN) or _KNOWN


def _languages_of(language: str | None, watched: tuple[str, ...], shape: WatchShape) -> tuple[str, ...]:
    """The languages of the articles that one query of a watch is asked of, as far as we know them."""
    if language not in {None, ANY_LANGUAGE}:
        return (primary(language),)
    own = {primary(one) for one in shape.queries or ()} if language is not None else set()
    return tuple(one for one in watched if one not in own)


def _queries(listed: Listed[WatchShape]) -> Iterator[tuple[str | None, ScalarNode]]:
    """Each query with its language; None for what silences the watch."""
    for query in scalars_at(listed.node, "query"):
        yield ANY_LANGUAGE, query
    by_language = at(listed.node, "queries")
    if isinstance(by_language, MapNode):
        for language, node in by_language.values.items():
            for query in scalars_at(node):
                yield language, query
    for query in scalars_at(listed.node, "except"):
        yield None, query


def _check(text: str, concepts: Concepts) -> None:
    if not text.strip():
        return  # the model says so
    names, codes = _names(text)
    if not names <= concepts.named.keys() or any(code not in concepts.states for code in codes):
        resolve(parse(text), concepts, text)


@lru_cache(maxsize=_KEPT)
def _names(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The concepts and the states that a query names.

    Raises:
        QueryError: it cannot be read.
    """
    nodes = tuple(walk(parse(text)))
    concepts = frozenset(node.name for node in nodes if isinstance(node, Concept))
    return concepts, frozenset(node.code for node in nodes if isinstance(node, Geo))


def _place(document: Document, query: ScalarNode, line: int, column: int) -> tuple[int, int, str]:
    """Where in the file a place of a query is; told in words where the query is written with escapes."""
    place = place_in(document.text, query, line, column)
    if place is not None:
        return *place, ""
    where = f"line {line}, " if "\n" in query.text.strip() else ""
    return query.line, query.column, f" at its {where}character {column}"
