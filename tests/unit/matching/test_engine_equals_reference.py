"""The engine and the plain reference evaluator agree on any query and document."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.keys import HasAll, HasAny, KeyQuery
from matching.document import Document
from matching.engine import Engine, Rule
from matching.places import Places
from matching.query.ast import Node
from matching.query.reference import Result, evaluate
from matching.query.required import required
from matching.text.keys import index_keys
from tests.unit.matching.queries import cases


def ask(document: Document, queries: dict[str, Node]) -> Result:
    """What an engine with this one rule says."""
    engine = Engine()
    engine.add(engine.compile(Rule(id="r", queries=queries, threshold=-1000.0)))
    found = engine.run(Places(document))
    return Result(met=True, score=found[0].score, mentions=found[0].mentions) if found else Result(met=False)


def holds(query: KeyQuery, keys: frozenset[str]) -> bool:
    """Has an article with these keys what a query asks of keys?"""
    if isinstance(query, HasAny):
        return not query.keys.isdisjoint(keys)
    return (all if isinstance(query, HasAll) else any)(holds(part, keys) for part in query.parts)


@given(cases(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_engine_says_what_the_reference_says(case: tuple[Node, Document], any_language: bool) -> None:
    query, document = case
    expected = evaluate(query, document)

    found = ask(document, {"*" if any_language else document.language: query})

    assert (found.met, found.mentions) == (expected.met, expected.mentions)
    assert found.score == pytest.approx(expected.score)


@given(cases(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_document_that_is_met_has_the_required_keys(case: tuple[Node, Document], any_language: bool) -> None:
    query, document = case
    needed = required(query, "*" if any_language else document.language)

    assert holds(needed, frozenset(index_keys(document.stream))) or not evaluate(query, document).met
