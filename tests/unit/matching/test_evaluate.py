"""What compiled queries find in a document, beyond what the comparison with the reference shows."""

from __future__ import annotations

import time

import pytest

from domain.matches import Mention
from matching.compiler import Compiler
from matching.document import Document
from matching.engine import Engine, Result, Rule
from matching.evaluate.nearness import MOST_PAIRS
from matching.places import WHOLE, Places
from matching.query.ast import Form, InField, Near, Node, Not, Phrase, Position, Scope, Variants, Within, Word
from matching.query.parse import parse
from matching.query.terms import MOST_PLACES
from tests.unit.matching.articles import article
from tests.unit.matching.queries import document

AT = Position(1, 1)


def doc(text: str, language: str = "en", *, title: str = "", lead: str = "") -> Document:
    return document(article(text, title=title, lead=lead), language)


def found(query: str | Node, document: Document) -> Result | None:
    """What comes of a query for any language."""
    node = parse(query) if isinstance(query, str) else query
    return Engine().compile(Rule(id="r", queries={"*": node}, threshold=0.0)).run(Places(document))


def texts(query: str | Node, document: Document) -> list[str]:
    """The mentions of a result, as written in the text."""
    result = found(query, document)
    return [mention.text for mention in result.mentions] if result else []


def test_near_mentions_only_the_places_that_are_near() -> None:
    page = doc("Land here. One two three four five six land and a gift.")

    result = found("land NEAR gift", page)

    assert result is not None
    assert [(mention.start, mention.term) for mention in result.mentions] == [(39, "land"), (50, "gift")]


def test_near_of_near_mentions_only_what_made_the_spans_that_count() -> None:
    page = doc("a b x x x x x x x x a b c")

    assert texts("(a NEAR/1 b) NEAR/1 c", page) == ["a", "b", "c"]


def test_near_counts_more_characters_in_chinese() -> None:
    assert texts("领土 NEAR 礼物", doc("领土一二三四五六七八礼物", "zh")) == ["领土", "礼物"]
    assert texts("领土 NEAR 礼物", doc("领土一二三四五六七八礼物", "en")) == []


def test_name_within_a_longer_word_is_no_variant() -> None:
    china = Word(text="中国", at=AT)
    variants = Variants(label="@china", by_language={"zh": china}, blocked={"zh": ("中国城",)}, at=AT)

    assert texts(variants, doc("发展中国家与中國", "zh")) == ["中國"]
    assert texts(variants, doc("中国城里", "zh")) == []
    assert texts(china, doc("发展中国家", "zh")) == ["中国"]


def test_traditional_characters_meet_simplified_ones_and_are_quoted_as_they_stand() -> None:
    assert found("领土", doc("固有領土。", "zh")) == Result(
        "r", 1.0, (Mention(field="text", start=2, end=4, text="領土", term="领土"),)
    )


def test_unspaced_characters_with_a_comma_between_are_no_term() -> None:
    assert texts("领土", doc("占领,土地", "zh")) == []
    assert texts("固有领土", doc("固有领,土", "zh")) == []


def test_lead_is_the_beginning_of_the_text_where_there_is_none() -> None:
    page = doc("gift " + "x" * 400 + " land")

    assert texts("lead:gift", page) == ["gift"]
    assert texts("lead:land", page) == []


def test_sentence_with_a_not_is_judged_by_itself() -> None:
    page = doc("A gift of land. A gift of money.")

    assert texts("SENT(gift NOT money)", page) == ["gift"]
    assert texts("SENT(money land)", page) == []


def test_lone_surrogates_and_combined_characters_keep_places_of_expressions() -> None:
    page = doc("\ud800 B\u0308a\u0308r \U0001f642 bor")

    assert texts("/bor/", page) == ["bor"]


def test_leaf_has_so_many_places_a_field() -> None:
    places = Places(doc("land " * (MOST_PLACES + 5), title="land"))
    leaf = next(iter(Compiler().compile(parse("land"), "en").terms("en")))
    places.expect(frozenset(leaf.keys))

    assert len(leaf.find(places)) == MOST_PLACES + 1


def tower(height: int) -> Node:
    """Nears in nears over one word."""
    word = Word(text="land", at=AT)
    return word if height == 0 else Near(left=tower(height - 1), right=tower(height - 1), distance=100, at=AT)


@pytest.mark.parametrize(
    "query",
    [
        tower(6),
        parse("SENT(" + "land NEAR/100 " * 30 + "land)"),
        parse("PARA(SENT(land NEAR/100 land) NOT gift)"),
        parse('"land land land" NEAR/100 (land* OR /la.d/ OR land=)'),
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "land " * 40_000,
        "land. " * 30_000,
        pytest.param("land " * 200_000, marks=pytest.mark.slow),
        pytest.param("land. " * 170_000, marks=pytest.mark.slow),
    ],
    ids=["words", "sentences", "many words", "many sentences"],
)
def test_hostile_document_ends_in_time(query: Node, text: str) -> None:
    page = doc(text)
    start = time.process_time()

    result = found(query, page)

    assert time.process_time() - start < 20
    assert result is None or len(result.mentions) == 50


def test_near_looks_at_so_many_pairs() -> None:
    near = Compiler().compile(parse("land NEAR/100 land"), "en")
    places = Places(doc("land " * 1000))
    places.expect(frozenset({"land"}))

    assert len(near.spans(places, WHOLE)) == MOST_PAIRS


def test_phrase_of_exact_words_minds_case() -> None:
    exact = Phrase(text="Great Gift", form=Form.EXACT, at=AT)

    assert texts(exact, doc("great gift, Great Gift")) == ["Great Gift"]


def test_what_is_blocked_in_a_language_is_blocked_where_a_variant_is_for_any() -> None:
    china = Word(text="中国", at=AT)
    variants = Variants(label="@china", by_language={"*": china}, blocked={"zh": ("中国城",)}, at=AT)

    assert texts(variants, doc("中国城里", "zh")) == []
    assert texts(variants, doc("中国城里", "ja")) == ["中国"]


def test_sentences_that_hold_no_term_are_not_alike_where_fields_matter() -> None:
    begun = InField(field="lead", part=Within(scope=Scope.SENTENCE, part=parse("lang:en"), at=AT), at=AT)
    query = Within(scope=Scope.SENTENCE, part=Not(part=begun, at=AT), at=AT)

    assert found(query, doc("A sentence of some words that says nothing. " * 20)) is not None
    assert found(query, doc("Nothing. " * 20)) is None
