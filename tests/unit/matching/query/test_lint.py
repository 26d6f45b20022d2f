"""What is allowed and yet most likely a mistake is told."""

from __future__ import annotations

import time

import pytest

from claimwatch.config.lexicons import frequent_words
from matching.concepts import Concepts, read_concepts
from matching.query.lint import MOST_FINDINGS, Knowledge, Severity, lint, worst
from matching.query.parse import parse
from matching.text.inflect import LANGUAGES

NAMED, _ = read_concepts({"russia": {"en": ["Russia"], "ru": ["Россия~"]}, "all": {"*": ["RF"]}})
KNOWLEDGE = Knowledge(
    languages=("en", "ru", "kk", "zh"),
    concepts=Concepts(named=NAMED, states={"RU": NAMED["russia"]}),
    frequent=frequent_words(),
)


def told(query: str, *languages: str) -> list[tuple[str, int, str]]:
    """Severity, column and words of each finding."""
    known = Knowledge(
        languages=languages or KNOWLEDGE.languages, concepts=KNOWLEDGE.concepts, frequent=KNOWLEDGE.frequent
    )
    return [(one.severity.value, one.at.column, one.message) for one in lint(parse(query), known)]


FINDINGS = [
    ("ter* border", "warning", 1, "ter* is short"),
    ("领土* border", "warning", 1, "needs no *"),
    ("border /a.b/", "warning", 8, "no index can find it"),
    ("@russia border", "warning", 1, "has no words in kk, zh"),
    ("border geo:RU", "warning", 12, "geo:RU has no words in kk, zh"),
    ("border 领土~", "warning", 8, "~ changes nothing"),
    ("border OR border", "warning", 11, "'border' is there already, in column 1"),
    ('Border OR sea OR "border"', "warning", 18, "there already, in column 1"),
    ("ATLEAST/2(sea, border, sea)", "warning", 24, "there already"),
    ("border sea AND NOT border", "error", 16, "wanted and excluded"),
    ("border lang:ru lang:kk", "error", 16, "write lang:[ru, kk]"),
    ("border outlet:[a, b] outlet:c", "error", 22, "can never be met"),
    ("border lang:uk", "error", 8, "only en, ru, kk, zh are read"),
    ("title:(border text:sea)", "error", 15, "within title: is never met"),
    ("lead:title:sea", "error", 6, "within lead: is never met"),
    ("border near sea", "warning", 8, "did you mean NEAR?"),
    ("The", "warning", 1, "most frequent words of en"),
    ("border OR president", "warning", 11, "most frequent words of en"),
    ("title:[the^2]", "warning", 8, "most frequent words of en"),
    ("SENT(the lang:en NOT sea)", "warning", 6, "most frequent words of en"),
    ("ATLEAST/1(the, border)", "warning", 11, "most frequent words of en"),
    ("государства~", "warning", 1, "most frequent words of ru"),
    ("中国", "warning", 1, "most frequent words of zh"),
    ("мемлекеттік", "warning", 1, "most frequent words of kk"),
    ("gove*", "warning", 1, "most frequent words of en"),
]


@pytest.mark.parametrize(("query", "severity", "column", "said"), FINDINGS)
def test_a_likely_mistake_is_told_at_its_place(query: str, severity: str, column: int, said: str) -> None:
    (finding,) = [one for one in told(query) if said in one[2]]

    assert finding[:2] == (severity, column)


FINE = [
    "border",
    "the border",
    '"the border"',
    "the NEAR/3 border",
    "ATLEAST/2(the, border)",
    "territor* OR рубеж~ OR шекара~ OR 领土",
    "@all OR border",
    "border lang:[ru, kk] outlet:[a, b] outlet:b",
    "border NOT sea",
    "US= OR Border= OR BORDER=",
    "text:lead:border",
    "near border",
    "/territor(y|ial)/ OR border",
]


@pytest.mark.parametrize("query", FINE)
def test_what_is_meant_is_not_told(query: str) -> None:
    assert told(query) == []


def test_an_unknown_word_under_inflection_is_told() -> None:
    message = "'подерок' is no word that is known in en, ru: its forms are guessed"

    assert told("border подерок~ gift~", "en", "ru") == [("warning", 8, message)]
    assert told('border "красный подерок"~', "en", "ru") == [("warning", 8, message)]


def test_a_language_without_inflection_is_told() -> None:
    assert told("border~ sea", "zh") == [("warning", 1, "border~: no forms are known in zh, ~ changes nothing")]


def test_findings_come_in_the_order_of_their_places() -> None:
    assert [column for _, column, _ in told("ter* OR the OR ter*")] == [1, 9, 16, 16]


def test_the_worst_severity_is_told() -> None:
    assert worst(lint(parse("border"), KNOWLEDGE)) is None
    assert worst(lint(parse("the"), KNOWLEDGE)) is Severity.WARNING
    assert worst(lint(parse("the NOT the"), KNOWLEDGE)) is Severity.ERROR


def test_every_inflected_language_has_frequent_words() -> None:
    words = frequent_words()

    assert set(words) == {*LANGUAGES, "zh"}
    assert all(len(some) > 150 for some in words.values())


def test_a_large_query_is_looked_at_soon() -> None:
    many = " OR ".join(f"word{number}~" for number in range(3000))
    filters = "border " + "lang:ru " * 3000 + "lang:kk"
    began = time.process_time()

    findings = [*told(many, "en", "ru"), *told(filters)]

    assert time.process_time() - began < 10
    assert len(findings) == 2 * MOST_FINDINGS
