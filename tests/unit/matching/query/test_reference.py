"""What queries mean: the definition, held to the examples of docs/queries.md and beyond."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.matches import Mention
from matching.concepts import Concepts, read_concepts
from matching.query.ast import Node
from matching.query.parse import parse
from matching.query.reference import MOST_MENTIONS, evaluate
from matching.query.resolve import resolve
from tests.unit.matching.query.documents import document, found, meet
from tests.unit.matching.query.nodes import nodes

FORMS = [
    ("border", "The Border, borders and BORDER-line", ["Border", "BORDER"]),
    ("ёлка", "Елка и ёлка", ["Елка", "ёлка"]),
    ("North-Kazakhstan", "north Kazakhstan, North–Kazakhstan", ["north Kazakhstan", "North–Kazakhstan"]),
    ("US=", "US and us", ["US"]),
    ("territor*", "territory and Territorial, terra", ["territory", "Territorial"]),
    ('"land claim"', "Land  claim; land, claim. claim land", ["Land  claim", "land, claim"]),
    ('"Land claim"=', "Land claim, land claim", ["Land claim"]),
    ("gift~", "gifts and gift, not gifted", ["gifts", "gift"]),
    ("/terr(a|itor)\\w*/", "Terra, territories, deterrent", ["Terra", "territories"]),
    ("/land[.] The/", "Land. The land", ["Land. The"]),
]


@pytest.mark.parametrize(("query", "text", "words"), FORMS)
def test_a_term_meets_its_form(query: str, text: str, words: list[str]) -> None:
    assert [word for word in found(query, document(text)) if word != "gifted"] == words


def test_a_word_is_inflected_in_the_language_of_the_document() -> None:
    russian = document("Он вернул все земли. На земле мир.", language="ru")
    kazakh = document("Қазақ жерін ешкім берген жоқ.", language="kk")

    assert found("земля~ OR жер~", russian) == ["земли", "земле"]
    assert found("земля~ OR жер~", kazakh) == ["жерін"]
    assert found('"каждая земля"~', document("о каждой земле", language="ru")) == ["каждой земле"]


def test_a_run_of_characters_is_met_wherever_it_stands() -> None:
    chinese = document("日本固有領土，領。土", language="zh")

    assert found("领土", chinese) == found("领土~", chinese) == found("领土*", chinese) == ["領土"]


LOGIC = [
    ("land border", "land and border", True),
    ("land border", "land only", False),
    ("land NOT border", "land only", True),
    ("land NOT border", "land and border", False),
    ("land OR border", "border", True),
    ("ATLEAST/2(land, border, state)", "state of the land", True),
    ("ATLEAST/2(land, border, state)", "land, land", False),
    ("land NEAR/2 border", "land of a border", True),
    ("land NEAR/2 border", "border of a land", True),
    ("land NEAR/2 border", "land of a new border", False),
    ("land ONEAR/2 border", "border of a land", False),
    ("land NEAR border", "land 1 2 3 4 border", True),
    ("land NEAR border", "land 1 2 3 4 5 border", False),
    ("land NEAR/3 border", "land. The border", True),
    ("land NEAR/3 land", "one land", False),
    ("(a NEAR/1 b) NEAR/1 c", "a b c", True),
    ('land NEAR/2 "land claim"', "land claim", False),
    ("SENT(land border)", "The land. A border.", False),
    ("SENT(land border)", "One. The land has a border.", True),
    ("SENT(land NOT border)", "The land. The land has a border.", True),
    ("SENT(land NOT border)", "The land has a border.", False),
    ("PARA(land border)", "The land. A border.", True),
    ("PARA(land border)", "The land.\n\nA border.", False),
    ('SENT("land border")', "The land. Border.", False),
]


@pytest.mark.parametrize(("query", "text", "met"), LOGIC)
def test_parts_are_joined_as_their_operator_says(query: str, text: str, met: bool) -> None:
    assert meet(query, document(text)).met == met


def test_near_counts_characters_where_they_are_the_words() -> None:
    text = "领土一二三四五六七八九十甲乙主张"

    assert meet("领土 NEAR 主张", document(text, language="zh")).met
    assert not meet("领土 NEAR 主张", document(text, language="en")).met
    assert not meet("领土 NEAR 主张", document(text.replace("甲", "甲丙"), language="zh")).met


def test_a_field_is_met_by_itself() -> None:
    news = document("text", title="title", lead="lead")

    assert [found(f"{name}:[title, lead, text]", news) for name in ("title", "lead", "text", "body")] == [
        ["title"], ["lead"], ["text"], ["text"],
    ]  # fmt: skip
    assert not meet("title:(title lead)", news).met


def test_the_lead_of_a_text_without_one_is_its_beginning() -> None:
    text = "word " * 80 + "after"

    assert len(text) == 405
    assert meet("lead:word", document(text)).met
    assert not meet("lead:after", document(text)).met
    assert not meet("lead:word", document(text, lead="lead")).met


FILTERS = [
    ("lang:kk-Latn", True),
    ("lang:[ru, en]", False),
    ("outlet:tass", True),
    ("outlet:tas", False),
    ("country:[kz, ru]", True),
    ("country:KZ", False),
    ('author:"ИВАН Пе"', True),
    ("author:Anna", False),
    ("url:Example.org/NEWS", True),
    ("url:example.com", False),
]


@pytest.mark.parametrize(("query", "met"), FILTERS)
def test_a_filter_asks_for_what_is_known_of_the_document(query: str, met: bool) -> None:
    about = document(
        "x",
        language="kk",
        outlet="tass",
        country="RU",
        author="Иван Петров",
        url="https://example.org/news/1",
    )

    assert meet(query, about).met == met


CLAIMS = [
    ("claim()", True),
    ("claim(type=gift)", True),
    ("claim(type=[gift, annexation], target=KZ)", True),
    ("claim(type=annexation, challenger=RU)", False),
    ("claim(type!=gift, type!=annexation)", False),
    ("claim(speaker_state!=RU)", True),
    ("claim(authority>=legislator)", True),
    ("claim(authority>=government)", False),
    ("claim(authority<=government)", True),
    ("claim(score>=0.8)", True),
    ("claim(score>=.81)", False),
    ("claim(score=0.80)", True),
    ("claim(recalled=false)", True),
    ("claim(recalled=true)", False),
]


@pytest.mark.parametrize(("query", "met"), CLAIMS)
def test_one_claim_meets_all_conditions(query: str, met: bool) -> None:
    gift = {
        "type": "gift",
        "challenger": "RU",
        "target": "KZ",
        "authority": "legislator",
        "score": "0.8",
        "recalled": "false",
    }
    other = {"type": "annexation", "challenger": "CN", "authority": "expert"}

    assert meet(query, document("x", claims=(gift, other))).met == met


def test_without_a_claim_no_claim_is_met() -> None:
    assert not meet("claim()", document("claim")).met


SCORES = [
    ("land", "land land", "", 1.0),
    ("land OR border", "land border", "", 2.0),
    ("land OR LAND", "land", "", 1.0),
    ('land OR "land"', "land", "", 1.0),
    ("land OR land~", "land", "", 2.0),
    ("land^3 OR border", "land border", "", 4.0),
    ("(land OR border^0.5)^3", "land border", "", 3.5),
    ("land^2 OR land^3", "land", "", 3.0),
    ("land", "land", "Land", 2.0),
    ("land^3 border", "border", "land", 7.0),
    ("lang:en", "land", "", 1.0),
    ("lang:en land", "land", "", 1.0),
    ("land NOT border", "land", "", 1.0),
    ("text:land", "land", "land", 1.0),
    ("land", "x", "", 0.0),
]


@pytest.mark.parametrize(("query", "text", "title", "score"), SCORES)
def test_each_distinct_term_scores_once_and_twice_in_the_title(query: str, text: str, title: str, score: float) -> None:
    assert meet(query, document(text, title=title)).score == score


def test_only_the_places_that_made_it_be_met_are_mentioned() -> None:
    text = document("Land here. Land near the border. Border there.")

    assert found("SENT(land border)", text) == ["Land", "border"]
    assert meet("land NEAR/3 border", text).mentions[0] == Mention(
        field="text", start=11, end=15, text="Land", term="land"
    )
    assert found("land AND NOT sea", text) == ["Land", "Land"]


def test_near_mentions_the_words_of_both_sides() -> None:
    text = document("Land of border claims, land. Far away from every border.")

    assert found("land NEAR/2 (border ONEAR/1 claims)", text) == ["Land", "border", "claims", "land"]


def test_the_first_mentions_are_kept() -> None:
    mentions = meet("land", document("land " * 60)).mentions

    assert len(mentions) == MOST_MENTIONS
    assert mentions[-1].start == 49 * 5


def concepts() -> Concepts:
    read, flaws = read_concepts(
        {
            "china": {"en": ["China"], "zh": ["中国"], "block": {"zh": ["中国队", "中国"]}},
            "sea": {"*": ["sea"], "ru": ["море~"]},
        }
    )
    assert not flaws
    return Concepts(named=read)


def resolved(query: str) -> Node:
    return resolve(parse(query), concepts())


@pytest.mark.parametrize(
    ("query", "text", "language", "words"),
    [
        ("@china", "China 中国", "en", ["China"]),
        ("@china", "China 中国", "zh", ["中国"]),
        ("@china", "China 中国", "ru", []),
        ("@sea", "sea моря", "ru", ["моря"]),
        ("@sea", "sea моря", "kk", ["sea"]),
        ("@china", "中国队胜, 发展中国家", "zh", []),
        ("@china", "中国队和中国", "zh", ["中国"]),
        ("中国", "中国队", "zh", ["中国"]),
        ("@china NEAR/2 sea", "China at sea", "en", ["China", "sea"]),
    ],
)
def test_a_concept_is_met_by_the_variants_of_the_language(
    query: str, text: str, language: str, words: list[str]
) -> None:
    result = evaluate(resolved(query), document(text, language=language))

    assert [mention.text for mention in result.mentions] == words
    assert result.met == bool(words)


TEXTS = st.lists(
    st.sampled_from(
        ["border", "land", "G20", "North-Kazakhstan", "земли", "жерін", "领土", "中国", "or", ". The", ",", "\n\n"]
    ),
    max_size=12,
).map(" ".join)


@settings(max_examples=60)
@given(nodes(), TEXTS, TEXTS)
def test_mentions_always_point_at_the_words_that_stand_there(node: Node, title: str, text: str) -> None:
    news = document(text, title=title)

    result = evaluate(node, news)

    assert all(news.texts[one.field][one.start : one.end] == one.text for one in result.mentions)
    assert (result.score > 0) == result.met
    assert result.met or not result.mentions
