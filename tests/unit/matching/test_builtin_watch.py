"""The packaged watches and the concepts that they name."""

from __future__ import annotations

from collections import Counter
from importlib import resources

import pytest

from claimwatch.config.lexicons import builtin_concepts
from claimwatch.config.load import builtin_watches, load_watches
from domain.watches import Severity, Watch
from matching.matcher import Matcher
from matching.query.ast import Concept
from matching.query.parse import parse
from matching.query.walk import walk
from matching.text.language import identify
from tests.unit.matching.articles import article

LANGUAGES = ("en", "ru", "kk", "zh")
WATCHES = load_watches(str(builtin_watches())).watches


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """Making it tries all tests that stand in the watches."""
    return Matcher(WATCHES, builtin_concepts())


def fired(matcher: Matcher, text: str) -> set[str]:
    return {hit.watch_id for hit in matcher.analyze(article(text)).hits}


def test_the_pack_is_one_broad_watch_and_two_that_leave_it_what_it_finds() -> None:
    assert {watch.id: watch.severity for watch in WATCHES} == {
        "territorial-claims": Severity.HIGH,
        "claims-answered": Severity.MEDIUM,
        "territorial-disputes": Severity.LOW,
    }


@pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.id)
@pytest.mark.parametrize("kind", ["match", "no_match"])
def test_each_watch_is_tried_in_each_language_at_least_twice(watch: Watch, kind: str) -> None:
    languages = Counter(identify(sentence, None) for sentence in getattr(watch.tests, kind))

    assert [language for language in LANGUAGES if languages[language] < 2] == []


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
    assert "territorial-claims" in fired(matcher, text)


@pytest.mark.parametrize(
    "text",
    [
        "Кремль требует от соседей территориальных уступок? Депутат снова намекнул на территориальные притязания.",
        "О территориальных притязаниях соседей говорили и в Астане.",
        "Территориальными претензиями соседей занялся парламент.",
    ],
)
def test_any_form_of_a_word_will_do(matcher: Matcher, text: str) -> None:
    assert "territorial-claims" in fired(matcher, text)


def test_what_is_named_in_two_sentences_is_not_put_together(matcher: Matcher) -> None:
    text = "The territory of the park was closed. Children received a gift from the Russian embassy."

    assert fired(matcher, text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "India will send military aid to Afghanistan.",
        "Kazakh farmers protested against the sale of land to foreigners.",
        "The two countries signed a border treaty in 1998.",
        "Жители получили земельные участки под строительство жилья.",
        "Сборная Казахстана вернула подарок сопернику на своей территории.",
        "Шаруалар жерді шетелдіктерге сатуға қарсы шықты.",
        "两国于1998年签署了边界条约。",
    ],
)
def test_what_only_sounds_alike_is_no_claim(matcher: Matcher, text: str) -> None:
    assert fired(matcher, text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "The ambassador was summoned over a statement on Crimea. The deputy had voiced territorial claims.",
        "Стороны обсудили территориальный спор. Министр отверг территориальные претензии.",
    ],
)
def test_an_article_is_told_by_one_watch_only(matcher: Matcher, text: str) -> None:
    assert fired(matcher, text) == {"territorial-claims"}


def test_an_empty_page_is_no_claim(matcher: Matcher) -> None:
    assert fired(matcher, "") == set()


def test_every_concept_has_words_in_each_language() -> None:
    concepts = builtin_concepts()

    lacking = {
        name: missing
        for name in concepts.named
        if (missing := [one for one in LANGUAGES if not concepts.words_of(name).variants.get(one)])
    }

    assert lacking == {}


def test_the_concepts_of_the_watches_are_the_packaged_ones() -> None:
    asked = {
        node.name
        for watch in WATCHES
        for query in watch.queries.values()
        for node in walk(parse(query))
        if isinstance(node, Concept)
    }

    assert asked <= set(builtin_concepts().named)
    assert (resources.files("matching") / "lexicons" / "concepts.yaml").is_file()
