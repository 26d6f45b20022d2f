"""Meet articles with watches: which fire, how strongly, and the exact places that say why.

All watches are compiled into one index; an article walks it once and only the watches whose terms it
holds are looked at. A watch scores one point for each distinct term, two when the term stands in the
title, and fires when the score reaches its threshold and its ``exclude`` is not met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.articles import TEXT_FIELDS, Article
from domain.errors import ConfigError, Problem, QueryError
from domain.keys import KeyStream, Token
from domain.matches import Analysis, Hit, Mention
from domain.watches import ANY_LANGUAGE, Watch
from matching.query.compile import TermIndex, labelled_terms
from matching.query.parse import parse
from matching.signatures import content_hash
from matching.text.keys import key_stream
from matching.text.language import identify, primary
from matching.text.tokens import tokenize

#: Rises whenever the same article and watches may give another Analysis.
ANALYZER_VERSION = "1"

#: The most mentions that are kept of one watch in one article.
MOST_MENTIONS = 50

_TITLE = TEXT_FIELDS.index("title")


@dataclass(frozen=True, slots=True)
class _Use:
    """A term in one query of one watch."""

    #: Place of the watch in the sequence that was given.
    watch: int
    #: Primary language, ``*`` for any; None for the watch's ``exclude``.
    language: str | None
    #: The term as that query writes it.
    label: str


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where a term stands: field (by its place in TEXT_FIELDS), start and end in code points."""

    field: int
    start: int
    end: int


#: The number of a term to its first places, in reading order.
_Found = Mapping[int, Sequence[_Place]]


class Matcher:
    """All watches, compiled once; analysing changes nothing and is safe from any thread.

    Args:
        watches: the watches, their ids unique.

    Raises:
        ConfigError: every query that cannot be read and every watch test that fails.
    """

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = tuple(watches)
        self._index = TermIndex()
        self._uses: list[list[_Use]] = []
        self._languages = [frozenset(map(primary, watch.languages)) for watch in watches]
        problems: list[Problem] = []
        for number, watch in enumerate(self._watches):
            problems.extend(self._compile(number, watch) or self._failing_tests(number, watch))
        if problems:
            raise ConfigError(problems)

    def analyze(self, article: Article) -> Analysis:
        """Language, hits (in the order of the watches) and content hash of one article."""
        language = identify(f"{article.title}\n{article.lead}\n{article.text}", article.declared_language)
        stream = key_stream(article, language)
        body = "text" if article.text else "lead"
        return Analysis(
            language=language,
            hits=tuple(self._hits(article, stream, language)),
            content_hash=content_hash(stream.fields["title"], stream.fields[body]),
            analyzer_version=ANALYZER_VERSION,
        )

    def _compile(self, number: int, watch: Watch) -> list[Problem]:
        """Put a watch's terms into the index; gives what is wrong with its queries."""
        problems = []
        for name, language, text in _queries(watch):
            try:
                labels = labelled_terms(parse(text))
            except QueryError as error:
                problems.append(_problem(watch, f"{name}, column {error.column}: {error.message}"))
                continue
            for keys, label in labels.items():
                term = self._index.add(keys)
                if term == len(self._uses):
                    self._uses.append([])
                self._uses[term].append(_Use(number, language, label))
        return problems

    def _failing_tests(self, number: int, watch: Watch) -> Iterator[Problem]:
        sentences = [(text, True) for text in watch.tests.match] + [(text, False) for text in watch.tests.no_match]
        for text, expected in sentences:
            language = _only_language(watch) or identify(text, None)
            found = self._find({"text": text}, {"text": tokenize(text)})
            labels = self._met(found, language).get(number, {})
            if self._fires(number, labels, found, language) != expected:
                told = "does not match" if expected else f"matches ({', '.join(sorted(labels.values()))})"
                yield _problem(watch, f'its test "{text}", read as {language}, {told}')

    def _hits(self, article: Article, stream: KeyStream, language: str) -> Iterator[Hit]:
        texts = {name: article.field(name) for name in TEXT_FIELDS}
        found = self._find(texts, stream.fields)
        for number, labels in sorted(self._met(found, language).items()):
            watch = self._watches[number]
            if watch.outlets and article.outlet_id not in watch.outlets:
                continue
            if self._fires(number, labels, found, language):
                mentions = tuple(_mentions(texts, labels, found))
                yield Hit(watch_id=watch.id, score=_score(labels, found), mentions=mentions)

    def _find(self, texts: Mapping[str, str], fields: Mapping[str, Sequence[Token]]) -> _Found:
        """Where each term stands, as often as can be mentioned."""
        found: dict[int, list[_Place]] = {}
        for number, name in enumerate(TEXT_FIELDS):
            for term, start, end in self._index.find(texts.get(name, ""), fields.get(name, ())):
                places = found.setdefault(term, [])
                if len(places) < MOST_MENTIONS:
                    places.append(_Place(number, start, end))
        return found

    def _met(self, terms: Iterable[int], language: str) -> dict[int, dict[int, str]]:
        """Watches whose queries for this language are met, each with its terms and how it writes them."""
        met: dict[int, dict[int, str]] = {}
        silenced = set()
        for term in terms:
            for use in self._uses[term]:
                if use.language is None:
                    silenced.add(use.watch)
                elif use.language in (language, ANY_LANGUAGE):
                    met.setdefault(use.watch, {}).setdefault(term, use.label)
        return {watch: labels for watch, labels in met.items() if watch not in silenced}

    def _fires(self, number: int, labels: Mapping[int, str], found: _Found, language: str) -> bool:
        watched = self._languages[number]
        if not labels or (watched and language not in watched):
            return False
        return _score(labels, found) >= self._watches[number].threshold


def _queries(watch: Watch) -> Iterator[tuple[str, str | None, str]]:
    """Name for messages, language and text of each query of a watch."""
    for key, text in watch.queries.items():
        yield f"query for {key}", primary(key), text
    if watch.exclude is not None:
        yield "exclude", None, watch.exclude


def _score(labels: Iterable[int], found: _Found) -> float:
    return float(sum(1 + any(place.field == _TITLE for place in found[term]) for term in labels))


def _mentions(texts: Mapping[str, str], labels: Mapping[int, str], found: _Found) -> Iterator[Mention]:
    """The first places of these terms, in reading order."""
    places = sorted((place, label) for term, label in labels.items() for place in found[term])
    for place, label in places[:MOST_MENTIONS]:
        name = TEXT_FIELDS[place.field]
        text = texts[name][place.start : place.end]
        yield Mention(field=name, start=place.start, end=place.end, text=text, term=label)


def _only_language(watch: Watch) -> str | None:
    """The one language of a watch, in which its tests are read; None if there are several."""
    languages = {primary(tag) for tag in watch.languages or watch.queries}
    return languages.pop() if len(languages) == 1 and ANY_LANGUAGE not in languages else None


def _problem(watch: Watch, message: str) -> Problem:
    """A problem at the place a watch was read from (``file:line:column``)."""
    file, line, column = ([*watch.origin.rsplit(":", 2), "", ""])[:3]
    message = f"watch {watch.id}: {message}"
    if line.isdecimal() and column.isdecimal():
        return Problem(file=file, line=int(line), column=int(column), message=message)
    return Problem(file=watch.origin or "watches", message=message)
