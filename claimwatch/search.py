"""Finds stored articles that meet a query or a watch: the index gives candidates, the engine verifies them.

So what a watch matches, a search finds, with the same score and mentions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from domain.articles import TEXT_FIELDS, Article
from domain.errors import ConfigError, Problem
from domain.keys import HasSome, KeyQuery
from domain.matches import Mention
from domain.ports import KeyIndex
from domain.views import ArticleFilter
from domain.watches import ANY_LANGUAGE, Watch
from matching.concepts import Concepts
from matching.document import Document
from matching.engine import Engine, Program, Rule
from matching.places import Places
from matching.query.parse import parse
from matching.query.required import required
from matching.query.resolve import resolve
from matching.reading import Versions, read
from matching.text.keys import key_stream
from matching.text.language import primary

#: Candidates asked for at once: few first, for the first hits shall come at once.
_FIRST_PAGE = 50
_LARGEST_PAGE = 800


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is looked for, compiled."""

    program: Program
    #: What an article must have.
    keys: KeyQuery
    #: What the watch listens to; empty means all.
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    #: Version of the watch; empty for a query of nobody's watch.
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """An article that meets the question."""

    article: Article
    score: float
    mentions: tuple[Mention, ...]


def question(text: str, concepts: Concepts) -> Question:
    """A query for articles of any language, whatever their score.

    Raises:
        QueryError: it cannot be read.
    """
    node = resolve(parse(text), concepts, text)
    return question_of_rule(Rule(id="query", queries={ANY_LANGUAGE: node}, threshold=float("-inf")))


def question_of(watch: Watch, concepts: Concepts) -> Question:
    """A watch, as it stands.

    Raises:
        ConfigError: a query of it cannot be read.
    """
    problems: list[Problem] = []
    reading = read(watch, concepts, problems)
    if reading is None:
        raise ConfigError(problems)
    return replace(question_of_rule(reading.rule), version=Versions(concepts).of(watch, reading.names))


def question_of_rule(rule: Rule) -> Question:
    """A rule of the engine."""
    parts = tuple(required(node, language, prefixes=True) for language, node in rule.queries.items())
    return Question(
        program=Engine().compile(rule),
        keys=HasSome(parts=parts),
        languages=tuple(sorted(rule.languages)),
        outlets=tuple(sorted(rule.outlets)),
    )


class Search:
    """The articles that meet a question, newest first; iterate it once.

    Args:
        index: where the candidates come from.
        question: what is looked for.
        filter: which articles.
        countries: outlet id to the country of the outlet.
    """

    def __init__(
        self, index: KeyIndex, question: Question, filter: ArticleFilter, countries: Mapping[str, str]
    ) -> None:
        self._index = index
        self._question = question
        #: What the watch itself asks for, where the filter leaves it open.
        self._filter = replace(
            filter, languages=filter.languages or question.languages, outlets=filter.outlets or question.outlets
        )
        self._countries = countries
        #: How many candidates were looked at so far.
        self.looked = 0

    def __iter__(self) -> Iterator[Found]:
        for article in self._candidates():
            self.looked += 1
            places = Places(document_of(article, self._countries))
            if result := self._question.program.run(places):
                yield Found(article=article, score=result.score, mentions=result.mentions)

    def _candidates(self) -> Iterator[Article]:
        before, size = None, _FIRST_PAGE
        while True:
            page = self._index.candidates(self._question.keys, self._filter, before=before, limit=size)
            yield from page.articles
            if page.before is None:
                return
            before, size = page.before, min(2 * size, _LARGEST_PAGE)


def document_of(article: Article, countries: Mapping[str, str]) -> Document:
    """A stored article as queries see it, read in the language that it is stored with."""
    language = primary(article.language)
    return Document(
        texts={name: article.field(name) for name in TEXT_FIELDS},
        stream=key_stream(article, language),
        language=language,
        outlet_id=article.outlet_id,
        country=countries.get(article.outlet_id or ""),
        author=article.author,
        url=article.url,
    )
