"""What the index finds and the engine verifies is what the engine finds when it looks at every article."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimwatch.config.lexicons import builtin_concepts
from claimwatch.reindex import reindex
from claimwatch.search import Search, document_of, question, question_of, question_of_rule
from domain.articles import Article
from domain.errors import ConfigError, QueryError
from domain.keys import ANYTHING
from domain.outcomes import ArticleOutcome, JobEnd
from domain.views import ArticleFilter
from domain.watches import Watch
from matching.concepts import Concepts
from matching.document import Document
from matching.engine import Engine, Rule
from matching.matcher import ANALYZER_VERSION, Matcher
from matching.places import Places
from matching.query.ast import Node
from storage.database import Database
from storage.migrate import upgrade
from storage.stores import Stores
from tests.contract.samples import NOW
from tests.fakes.storage import MemoryStores
from tests.postgres import fresh_database
from tests.unit.matching.queries import LANGUAGES, VOCABULARY, queries

COUNTRIES = {"herald": "KZ", "x": "RU"}
ANALYST = Matcher(())


def written(number: int, title: str, text: str, **changes: object) -> Article:
    whole = Article(
        id=f"art-{number}",
        url=f"https://herald.example/News/{number}",
        outlet_id="herald",
        title=title,
        text=text,
        author="Ivan IVANOV",
        published_at=NOW - timedelta(hours=number),
        first_seen_at=NOW,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def store(stores: Stores | MemoryStores, article: Article, language: str | None = None) -> Article:
    """Store an article as the pipeline does; returns it as stored."""
    analysis = ANALYST.analyze(replace(article, declared_language=language))
    known = replace(
        article,
        language=analysis.language,
        content_hash=analysis.content_hash,
        analyzer_version=analysis.analyzer_version,
        story_id=f"sto-{article.id}",
    )
    stores.articles.record_article(ArticleOutcome(article=known, keys=analysis.keys, end=JobEnd()))
    return known


@contextmanager
def opened(url: str) -> Iterator[Stores]:
    database = Database.open(url)
    upgrade(database)
    yield Stores.over(database)
    database.close()


def corpus() -> Iterator[tuple[str, Article]]:
    """Short articles in four languages, always the same, each with the language that it is declared to be in."""
    random = Random(4)
    for number in range(80):
        language = LANGUAGES[number % len(LANGUAGES)]
        title, text = (_words(random, language, random.randint(0, most)) for most in (4, 25))
        yield language, written(number, title, text)


def _words(random: Random, language: str, number: int) -> str:
    between = ("", "", "", "，") if language == "zh" else (" ", " ", " ", ". ", ", ", "\n\n", "-")
    words = [random.choice(VOCABULARY[random.choice((language,) * 9 + LANGUAGES)]) for _ in range(number)]
    return "".join(word + random.choice(between) for word in words)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stores, tuple[Article, ...]]]:
    """A database with the corpus, and the articles as stored."""
    if request.param == "sqlite":
        with opened(f"sqlite:///{tmp_path_factory.mktemp('search')}/search.db") as stores:
            yield stores, tuple(store(stores, one, language) for language, one in corpus())
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url, opened(url) as stores:
        yield stores, tuple(store(stores, one, language) for language, one in corpus())


def searched(stores: Stores | MemoryStores, search: Search) -> list[tuple[str, float, object]]:
    return [(one.article.id, one.score, one.mentions) for one in search]


@cache
def seen(article: Article) -> Document:
    return document_of(article, COUNTRIES)


def brute(articles: tuple[Article, ...], rule: Rule) -> list[tuple[str, float, object]]:
    """What the engine says of every article, newest first."""
    engine = Engine()
    engine.add(engine.compile(rule))
    looked = ((one, engine.run(Places(seen(one)))) for one in articles)
    return [(one.id, found[0].score, found[0].mentions) for one, found in looked if found]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.sampled_from(LANGUAGES).flatmap(queries))
def test_search_finds_what_the_engine_finds_over_all_articles(
    filled: tuple[Stores, tuple[Article, ...]], query: Node
) -> None:
    stores, articles = filled
    rule = Rule(id="r", queries={"*": query}, threshold=float("-inf"))

    found = searched(stores, Search(stores.keys, question_of_rule(rule), ArticleFilter(), COUNTRIES))

    assert found == brute(articles, rule)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(english=queries("en"), russian=queries("ru"), other=queries("zh"), exclude=st.none() | queries("ru"))
def test_watch_of_several_languages_finds_what_the_engine_finds(
    filled: tuple[Stores, tuple[Article, ...]], english: Node, russian: Node, other: Node, exclude: Node | None
) -> None:
    stores, articles = filled
    rule = Rule(id="r", queries={"en": english, "ru": russian, "*": other}, exclude=exclude, threshold=2.0)

    found = searched(stores, Search(stores.keys, question_of_rule(rule), ArticleFilter(), COUNTRIES))

    assert found == brute(articles, rule)


@pytest.mark.parametrize(
    "query",
    [
        "领土", "領土", "中国", "国", "lan*", "зем*", "/земл[яи]/", "land NOT gift", "lang:ru", "сый~",
        "country:KZ NOT lang:en", "gift NEAR/3 land", "SENT(земля~ подарок~)", "title:(land OR земля~ OR жер)", "и",
        '"North Land"', "North-Land", "geo:CN", "geo:RU AND земля~", "claim(type=gift)", "author:ivanov land",
        "ATLEAST/2(land, gift~, gave)",
    ],
)  # fmt: skip
def test_query_as_people_write_it_finds_what_the_engine_finds(
    filled: tuple[Stores, tuple[Article, ...]], query: str
) -> None:
    stores, articles = filled
    asked = question(query, builtin_concepts())
    every = [(one, asked.program.run(Places(seen(one)))) for one in articles]
    met = [(one.id, result.score, result.mentions) for one, result in every if result]

    search = Search(stores.keys, asked, ArticleFilter(), COUNTRIES)

    assert searched(stores, search) == met
    assert len(met) <= search.looked <= len(articles)
    assert bool(met) != query.startswith("claim")


@pytest.mark.parametrize("query", ["领土", "领土 AND 中国", "subject*", '"northern harbour"', "ұлы~"])
def test_index_spares_looking_at_most_articles(tmp_path: object, query: str) -> None:
    with opened(f"sqlite:///{tmp_path}/few.db") as stores:
        store(stores, written(0, "", "中国的领土，北方。"), "zh")
        store(stores, written(1, "", "The subjects of a northern harbour."), "en")
        store(stores, written(2, "", "Ұлы дала."), "kk")
        for number in range(3, 20):
            store(stores, written(number, "Market", "Prices of bread went up again in the south."), "en")
        search = Search(stores.keys, question(query, Concepts()), ArticleFilter(), COUNTRIES)

        found = searched(stores, search)

    assert (len(found), search.looked) == (1, 1)


def test_search_honours_filter_and_what_the_watch_listens_to() -> None:
    stores = MemoryStores()
    for number, (tag, outlet) in enumerate((("en", "herald"), ("ru", "herald"), ("en", "x"))):
        store(stores, written(number, "", "the land is a gift of подарок земля", outlet_id=outlet), tag)
    watch = Watch(id="w", title="", queries={"*": "land"}, outlets=("herald",))

    of_watch = Search(stores.keys, question_of(watch, Concepts()), ArticleFilter(), {})
    later = ArticleFilter(since=NOW - timedelta(hours=2), until=NOW)
    of_query = Search(stores.keys, question("land", Concepts()), later, {})

    assert {one.article.outlet_id for one in of_watch} == {"herald"}
    assert of_watch.looked == 2
    assert [one.article.id for one in of_query] == ["art-1", "art-2"]


def test_question_of_a_wrong_query_or_watch_says_what_is_wrong() -> None:
    with pytest.raises(QueryError) as query:
        question("land AND (", Concepts())
    with pytest.raises(ConfigError):
        question_of(Watch(id="w", title="", queries={"en": "@nobody"}), Concepts())

    assert (query.value.line, query.value.column) == (1, 10)


def test_reindex_reads_what_is_stale_and_nothing_else(filled: tuple[Stores, tuple[Article, ...]]) -> None:
    stores, _ = filled
    stale = written(
        900,
        "",
        "Одна зебра ушла из зоопарка и вернулась домой.",
        published_at=NOW + timedelta(days=1),
        language="und",
        content_hash="h",
    )
    stores.articles.record_article(ArticleOutcome(article=stale, keys=("old",), end=JobEnd()))
    before = searched(stores, Search(stores.keys, question("зебра~", Concepts()), ArticleFilter(), {}))

    done = reindex(stores.keys, say=lambda line: None)

    after = searched(stores, Search(stores.keys, question("зебра~", Concepts()), ArticleFilter(), {}))
    stored = stores.articles.article(stale.id)
    assert (before, done, [one[0] for one in after]) == ([], 1, ["art-900"])
    assert stored is not None
    assert (stored.language, stored.analyzer_version) == ("ru", ANALYZER_VERSION)
    assert reindex(stores.keys, say=lambda line: None) == 0
    with stores.keys._database.transaction() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("DELETE FROM articles WHERE id = 'art-900'")
    assert "art-900" not in {one.id for one in stores.keys.candidates(ANYTHING, ArticleFilter()).articles}
