"""The query reference says the truth: every example of docs/queries.md is read, met and refused as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from claimwatch.config.lexicons import builtin_concepts, frequent_words
from domain.errors import QueryError
from matching.concepts import read_concepts
from matching.engine import Engine, Rule
from matching.places import Places
from matching.query import vocabulary
from matching.query.lint import Knowledge, lint
from matching.query.parse import parse
from matching.query.reference import Result, evaluate
from matching.query.resolve import resolve
from tests.docs.markdown import ROOT, blocks, prose, rows
from tests.unit.matching.query.documents import document

TEXT = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
CONCEPTS = builtin_concepts()


def table(*heads: str) -> Iterator[tuple[str, ...]]:
    """The rows of every table with these heads, without the ticks around the query."""
    for part in re.split(r"\n\n", TEXT):
        head, *body = rows(part) or ((),)
        if head == heads:
            yield from ((row[0].strip("`"), *row[1:]) for row in body)


def meet(query: str, language: str, text: str) -> Result:
    """What the definition says; the engine must say the same."""
    title, _, body = text.rpartition(" ‖ ")
    node, news = resolve(parse(query), CONCEPTS), document(body, title=title, language=language)
    engine = Engine()
    engine.add(engine.compile(Rule(id="r", queries={"*": node})))
    fired = engine.run(Places(news))

    result = evaluate(node, news)

    assert [(one.score, one.mentions) for one in fired] == [(result.score, result.mentions)] * result.met
    return result


MEETINGS = tuple(table("query", "in", "is met by", "not by"))
SCORES = tuple(table("query", "in", "text", "score"))
REFUSALS = tuple(table("query", "answer"))
FINDINGS = tuple(table("query", "finding"))


def test_the_tables_are_found() -> None:
    assert [len(MEETINGS) > 30, len(SCORES) > 5, len(REFUSALS) > 14, len(FINDINGS) > 8] == [True] * 4


@pytest.mark.parametrize(("query", "language", "met", "unmet"), MEETINGS)
def test_a_query_is_met_by_what_the_reference_says(query: str, language: str, met: str, unmet: str) -> None:
    assert meet(query, language, met).met
    assert not meet(query, language, unmet).met


@pytest.mark.parametrize(("query", "language", "text", "score"), SCORES)
def test_a_query_scores_what_the_reference_says(query: str, language: str, text: str, score: str) -> None:
    assert meet(query, language, text).score == float(score)


@pytest.mark.parametrize(("query", "answer"), REFUSALS)
def test_a_query_is_refused_as_the_reference_says(query: str, answer: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)

    assert f"column {caught.value.column}: {caught.value.message}" == answer


@pytest.mark.parametrize(("query", "finding"), FINDINGS)
def test_a_finding_is_told_as_the_reference_says(query: str, finding: str) -> None:
    knowledge = Knowledge(languages=("en", "ru"), concepts=CONCEPTS, frequent=frequent_words())
    unfiltered = Knowledge(languages=("en", "ru", "kk"), concepts=CONCEPTS, frequent=frequent_words())

    found = [*lint(parse(query), knowledge), *lint(parse(query), unfiltered)]

    assert finding in {one.message for one in found}


#: Code in the text that is a whole query of its own.
WHOLE = re.compile(r"`((?:claim\(type=gift|［|title：|（)[^`\n]*)`")
QUERIES = WHOLE.findall(prose(TEXT).split("## What is refused")[0])


@pytest.mark.parametrize("query", [*QUERIES, *(one.body for one in blocks(TEXT) if one.info == ("query",))])
def test_a_query_in_the_prose_can_be_read(query: str) -> None:
    assert resolve(parse(query), CONCEPTS)


def test_the_concepts_that_are_shown_can_be_read() -> None:
    (shown,) = (yaml.safe_load(one.body) for one in blocks(TEXT) if one.info == ("text",))

    read, flaws = read_concepts(shown["concepts"])

    assert flaws == ()
    assert set(read) == {"giving", "moscow"}


@pytest.mark.parametrize("name", [*vocabulary.FIELDS, *vocabulary.FILTERS, vocabulary.GEO])
def test_every_field_is_documented(name: str) -> None:
    assert f"`{name}:" in TEXT


@pytest.mark.parametrize(
    "word", [*vocabulary.CONDITIONS, *(one for some in vocabulary.LISTED.values() for one in some)]
)
def test_every_word_about_claims_is_documented(word: str) -> None:
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize("operator", ["AND", "OR", "NOT", "NEAR", "ONEAR", "SENT", "PARA", "ATLEAST"])
def test_every_operator_is_documented(operator: str) -> None:
    assert re.search(rf"^\| `[^|]*\b{operator}\b[^|]*\|", TEXT, re.MULTILINE)
