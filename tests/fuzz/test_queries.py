"""Whatever a person writes for a query, it is understood or refused at a place; whatever an article, it is matched."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.articles import Article
from domain.errors import QueryError
from domain.watches import ANY_LANGUAGE, Watch
from matching.matcher import Matcher
from matching.query.parse import parse
from tests.fuzz.mutations import fuzz, result_or, texts

PIECES = (
    "OR", " OR ", "or", "AND", "NOT", "NEAR/3", '"', "“", "”", "«", "»", "(", ")", "claim(", "~", "*", "a", "земля",
    "жер", "领土", " ", "\n", "-x", "/r/", ":", "=", "title:", "SENT(", "5", ".", "'", "ß", "İ", "\u0301", "\u200b",
)  # fmt: skip
QUERIES = texts(*PIECES, most=16)
ARTICLE_TEXTS = texts("земля", "领土", "a", "OR", " ", "\n", "5", ".", "ß", "İ", "\u0301", "жер", "-", "'", most=40)


@given(query=QUERIES)
@fuzz(500)
def test_any_query_is_understood_or_refused_at_a_place(query: str) -> None:
    refused = result_or(QueryError, lambda: parse(query))

    if isinstance(refused, QueryError):
        assert refused.message
        assert 1 <= refused.column <= len(query) + 1


@given(query=QUERIES, title=ARTICLE_TEXTS, text=ARTICLE_TEXTS)
@fuzz(400)
def test_mentions_stand_where_they_say(query: str, title: str, text: str) -> None:
    assume(not isinstance(result_or(QueryError, lambda: parse(query)), QueryError))
    watch = Watch(id="w", title="W", queries={ANY_LANGUAGE: query})
    article = Article(id="a", url="u", title=title, text=text, first_seen_at=datetime(2026, 1, 1, tzinfo=UTC))

    analysis = Matcher([watch]).analyze(article)

    for mention in (mention for hit in analysis.hits for mention in hit.mentions):
        assert article.field(mention.field)[mention.start : mention.end] == mention.text
        assert mention.text


@given(word=st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=12), around=ARTICLE_TEXTS)
@fuzz(300)
def test_a_word_that_stands_alone_in_a_text_is_found(word: str, around: str) -> None:
    query = f'"{word}"'
    assume(not isinstance(result_or(QueryError, lambda: parse(query)), QueryError))
    watch = Watch(id="w", title="W", queries={ANY_LANGUAGE: query})
    article = Article(
        id="a", url="u", title="t", text=f"{around} . {word} . ", first_seen_at=datetime(2026, 1, 1, tzinfo=UTC)
    )

    assert Matcher([watch]).analyze(article).hits
