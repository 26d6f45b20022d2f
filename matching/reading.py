"""Read a watch: its queries as rules for the engine, what is wrong with them, and its version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.errors import Problem, QueryError
from domain.watches import ANY_LANGUAGE, Watch
from matching.concepts import Concepts
from matching.engine import Rule
from matching.query.ast import Concept, Geo, Node
from matching.query.parse import parse
from matching.query.render import render
from matching.query.resolve import resolve
from matching.query.walk import walk
from matching.text.language import primary

_VERSION_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A watch whose queries are right."""

    watch: Watch
    rule: Rule
    #: The concepts and states that its queries name, as they name them (``@russia``, ``geo:RU``), in order.
    names: tuple[str, ...]


def read(watch: Watch, concepts: Concepts, problems: list[Problem]) -> Reading | None:
    """Read the queries of a watch.

    Args:
        watch: what is read.
        concepts: what its queries may name.
        problems: gets every query that cannot be read.

    Returns:
        None if there is any.
    """
    nodes: list[Node] = []
    names: set[str] = set()
    queries = list(_queries(watch))
    for name, _, text in queries:
        try:
            node = parse(text)
            nodes.append(resolve(node, concepts, text))
        except QueryError as error:
            place = f"line {error.line}, " if error.line > 1 else ""
            problems.append(problem(watch, f"{name}, {place}column {error.column}: {error.message}"))
            continue
        names.update(_names(node))
    if len(nodes) < len(queries):
        return None
    languages = {language: node for (_, language, _), node in zip(queries, nodes, strict=True)}
    rule = Rule(
        id=watch.id,
        queries={language: node for language, node in languages.items() if language is not None},
        exclude=languages.get(None),
        languages=frozenset(map(primary, watch.languages)),
        outlets=frozenset(watch.outlets),
        threshold=watch.threshold,
    )
    return Reading(watch=watch, rule=rule, names=tuple(sorted(names)))


class Versions:
    """The versions of watches: equal for watches that meet the same articles in the same way.

    Args:
        concepts: what their queries name.
    """

    def __init__(self, concepts: Concepts) -> None:
        self._concepts = concepts
        self._known: dict[str, str] = {}

    def of(self, watch: Watch, names: Sequence[str]) -> str:
        """A hash of all that decides whether the watch fires, and how; 16 hex digits.

        Args:
            watch: title, tests and origin do not matter.
            names: the concepts and states that its queries name.
        """
        queries = sorted(watch.queries.items())
        filters = (sorted(watch.languages), sorted(watch.outlets), watch.threshold, watch.severity.value)
        return _hash((watch.id, queries, watch.exclude, filters, [(name, self._words(name)) for name in names]))

    def _words(self, name: str) -> str | None:
        """A hash of the words of a concept or state; None if there is no such."""
        if name not in self._known:
            state = name.removeprefix("geo:")
            try:
                words = self._concepts.states[state] if state != name else self._concepts.words_of(name[1:])
            except KeyError:
                return None
            variants = {language: [*map(render, found)] for language, found in words.variants.items()}
            self._known[name] = _hash((sorted(variants.items()), sorted(words.blocked.items())))
        return self._known[name]


def problem(watch: Watch, message: str) -> Problem:
    """A problem at the place a watch was read from (``file:line:column``)."""
    file, line, column = ([*watch.origin.rsplit(":", 2), "", ""])[:3]
    message = f"watch {watch.id}: {message}"
    if line.isdecimal() and column.isdecimal():
        return Problem(file=file, line=int(line), column=int(column), message=message)
    return Problem(file=watch.origin or "watches", message=message)


def _queries(watch: Watch) -> Iterator[tuple[str, str | None, str]]:
    """Name for messages, language (None for ``exclude``) and text of each query of a watch."""
    for key, text in watch.queries.items():
        yield f"query for {key}", primary(key) if key != ANY_LANGUAGE else key, text
    if watch.exclude is not None:
        yield "exclude", None, watch.exclude


def _names(node: Node) -> Iterator[str]:
    for one in walk(node):
        if isinstance(one, Concept):
            yield f"@{one.name}"
        elif isinstance(one, Geo):
            yield f"geo:{one.code}"


def _hash(facts: object) -> str:
    return hashlib.blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=_VERSION_BYTES).hexdigest()
