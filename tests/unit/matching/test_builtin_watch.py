"""The packaged watch file."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from typing import Any

import pytest
import yaml

from domain.watches import Severity, Watch, WatchTests
from matching.matcher import Matcher
from matching.text.language import identify
from tests.unit.matching.articles import article


@pytest.fixture(scope="module")
def entry() -> Any:
    (only,) = yaml.safe_load((resources.files("matching") / "watches" / "builtin.yaml").read_text("utf-8"))["watches"]
    return only


@pytest.fixture(scope="module")
def matcher(entry: Any) -> Matcher:
    tests = WatchTests(match=tuple(entry["tests"]["match"]), no_match=tuple(entry["tests"]["no_match"]))
    return Matcher(
        [
            Watch(
                id=entry["id"],
                title=entry["title"],
                queries=entry["queries"],
                severity=Severity(entry["severity"]),
                threshold=float(entry["threshold"]),
                tests=tests,
            )
        ]
    )


@pytest.mark.parametrize("kind", ["match", "no_match"])
def test_each_language_is_tested_at_least_six_times(entry: Any, kind: str) -> None:
    languages = Counter(identify(sentence, None) for sentence in entry["tests"][kind])

    assert {language: languages[language] >= 6 for language in languages} == dict.fromkeys(
        ("en", "ru", "kk", "zh"), True
    )


def test_its_own_tests_hold(matcher: Matcher) -> None:
    assert matcher.analyze(article("The deputy repeated his territorial claims.")).hits


@pytest.mark.parametrize(
    "text",
    [
        "The lawmaker told viewers that the republic's territory was a great gift from Russia and the Soviet Union.",
        "В эфире он заявил, что территория Казахстана — это большой подарок со стороны России и Советского Союза.",
        "Депутаттың айтуынша, Қазақстан аумағы – Ресей мен Кеңес Одағының сыйы.",
        "文章标题是《哈萨克斯坦为何渴望回归中国》,作者称这片土地历史上属于中国。",
        "文章標題是《他們為何渴望回歸中國》,作者稱這片土地歷史上屬於中國。",
    ],
)
def test_the_founding_case_is_found_in_each_language(matcher: Matcher, text: str) -> None:
    assert matcher.analyze(article(text)).hits


def test_an_empty_page_is_no_claim(matcher: Matcher) -> None:
    assert not matcher.analyze(article()).hits
