"""Articles meet watches."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConfigError
from domain.matches import Hit, Mention
from domain.watches import Severity, WatchTests
from matching.concepts import Concepts, ConceptWords
from matching.engine import MOST_MENTIONS
from matching.matcher import ANALYZER_VERSION, Matcher
from matching.query.parse import parse
from matching.signatures import content_hash
from matching.text.tokens import tokenize
from tests.unit.matching.articles import article, watch


def fired(matcher: Matcher, text: str, **fields: str) -> list[str]:
    return [hit.watch_id for hit in matcher.analyze(article(text, **fields)).hits]


def test_a_hit_names_watch_score_and_places() -> None:
    matcher = Matcher([watch('border OR "land claim"')])

    analysis = matcher.analyze(article("A land  claim at the Border.", title="News"))

    assert analysis.hits == (
        Hit(
            watch_id="w",
            watch_version=matcher.versions["w"],
            score=2.0,
            mentions=(
                Mention(field="text", start=2, end=13, text="land  claim", term='"land claim"'),
                Mention(field="text", start=21, end=27, text="Border", term="border"),
            ),
        ),
    )
    assert analysis.analyzer_version == ANALYZER_VERSION


def test_an_article_without_terms_has_no_hits() -> None:
    assert fired(Matcher([watch()]), "Nothing of the kind.") == []


@pytest.mark.parametrize(
    ("title", "text", "score"),
    [
        ("", "border", 1.0),
        ("border", "", 2.0),
        ("border", "border border", 2.0),
        ("border", "land", 3.0),
        ("", "land border", 2.0),
    ],
)
def test_a_distinct_term_scores_one_and_in_the_title_two(title: str, text: str, score: float) -> None:
    (hit,) = Matcher([watch("border OR land")]).analyze(article(text, title=title)).hits

    assert hit.score == score


def test_a_watch_fires_at_its_threshold_and_not_below() -> None:
    matcher = Matcher([watch("border OR land", threshold=2.0)])

    assert fired(matcher, "the border the border") == []
    assert fired(matcher, "the border and the land") == ["w"]


def test_a_watch_with_threshold_zero_still_needs_a_term() -> None:
    assert fired(Matcher([watch(threshold=0.0)]), "nothing") == []


def test_exclude_silences_a_watch_in_any_language() -> None:
    matcher = Matcher([watch(exclude="football OR футбол")])

    assert fired(matcher, "the border and football") == []
    assert fired(matcher, "the border", title="футбол") == []
    assert fired(matcher, "the border") == ["w"]


def test_only_the_query_of_the_articles_language_counts() -> None:
    matcher = Matcher([dataclasses.replace(watch(), queries={"en": "border", "ru": "граница"})])

    assert fired(matcher, "The border is closed, граница as they say there") == ["w"]
    assert fired(matcher, "Сегодня на посту написано border и больше ничего") == []


def test_a_query_for_any_language_is_added_to_that_of_the_language() -> None:
    matcher = Matcher([dataclasses.replace(watch(), queries={"en": "border", "*": "КЗ OR border"})])

    (hit,) = matcher.analyze(article("The border of КЗ is closed until the morning")).hits

    assert [mention.term for mention in hit.mentions] == ["border", "КЗ"]
    assert hit.score == 2.0


def test_a_watch_for_some_languages_hears_no_others() -> None:
    matcher = Matcher([watch("border OR граница", languages=("en-GB",))])

    assert fired(matcher, "The border is closed until the morning") == ["w"]
    assert fired(matcher, "Сегодня граница закрыта до самого утра") == []


def test_a_watch_for_some_outlets_hears_no_others() -> None:
    matcher = Matcher([watch(outlets=("herald",))])

    assert fired(matcher, "border", outlet="herald") == ["w"]
    assert fired(matcher, "border", outlet="other") == []
    assert fired(matcher, "border") == []


def test_mentions_are_in_reading_order_through_the_fields() -> None:
    matcher = Matcher([watch("border OR land")])

    (hit,) = matcher.analyze(article("land, border", title="border", lead="land")).hits

    assert [(mention.field, mention.term) for mention in hit.mentions] == [
        ("title", "border"),
        ("lead", "land"),
        ("text", "land"),
        ("text", "border"),
    ]


def test_mentions_are_capped() -> None:
    (hit,) = Matcher([watch()]).analyze(article("border " * 500)).hits

    assert len(hit.mentions) == MOST_MENTIONS
    assert hit.mentions[-1].end == 7 * MOST_MENTIONS - 1


def test_hits_come_in_the_order_of_the_watches() -> None:
    matcher = Matcher([watch("land", id="first"), watch("border", id="second"), watch("border", id="third")])

    assert fired(matcher, "border land") == ["first", "second", "third"]


def test_the_language_is_decided_not_believed() -> None:
    page = dataclasses.replace(article("Елші сыртқы істер министрлігіне шақырылды."), declared_language="ru")

    assert Matcher([]).analyze(page).language == "kk"


def test_the_hash_is_of_title_and_text_or_lead() -> None:
    matcher = Matcher([])
    title, text, lead = tokenize("Title"), tokenize("Text"), tokenize("Lead")
    whole, part = article("Text", title="Title", lead="Lead"), article(title="Title", lead="Lead")

    assert matcher.analyze(whole).content_hash == content_hash(title, text)
    assert matcher.analyze(part).content_hash == content_hash(title, lead)


def test_an_empty_article_is_analysed() -> None:
    analysis = Matcher([watch()]).analyze(article())

    assert (analysis.language, analysis.hits, analysis.content_hash) == ("und", (), "")


def test_every_wrong_query_is_listed_with_its_place() -> None:
    watches = [
        watch("a )", id="first", origin="my/watches.yaml:4:5"),
        watch("land", id="second", exclude="(", origin=r"C:\watches.yaml:9:7"),
    ]

    with pytest.raises(ConfigError) as caught:
        Matcher(watches)

    first, second = caught.value.problems
    assert (first.file, first.line, first.column) == ("my/watches.yaml", 4, 5)
    assert first.message.startswith("watch first: query for *, column 3: ")
    assert (second.file, second.line, second.column) == (r"C:\watches.yaml", 9, 7)
    assert second.message.startswith("watch second: exclude, column 1: ")


@pytest.mark.parametrize(("origin", "file"), [("", "watches"), ("watches.yaml", "watches.yaml"), ("a:b:c", "a:b:c")])
def test_a_watch_without_a_place_is_named_by_its_file(origin: str, file: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Matcher([watch("", origin=origin)])

    assert (caught.value.problems[0].file, caught.value.problems[0].line) == (file, 0)


def test_every_failing_watch_test_is_listed() -> None:
    failing = watch(match=("The land is wide.", "The border is far."), no_match=("No border here.", "No land here."))

    with pytest.raises(ConfigError) as caught:
        Matcher([failing])

    assert [problem.message for problem in caught.value.problems] == [
        'watch w: its test "The land is wide.", read as en, does not match',
        'watch w: its test "No border here.", read as en, matches (border)',
    ]


def test_a_failing_watch_test_shows_what_was_found_in_it() -> None:
    with pytest.raises(ConfigError) as caught:
        Matcher([watch("border OR land", no_match=("The land has a border.",))])

    assert caught.value.problems[0].excerpt == "The »land« has a »border«."


def test_a_test_of_a_watch_with_one_language_is_read_in_it() -> None:
    only_kazakh = watch("шекара", language="kk", match=("шекара",))

    assert fired(Matcher([only_kazakh]), "Мемлекеттік шекара күшейтілген тәртіпте қорғалады.") == ["w"]


def test_a_test_of_a_watch_with_several_languages_is_read_in_its_own() -> None:
    both = dataclasses.replace(
        watch(match=("Граница сегодня закрыта",), no_match=("The word граница is Russian",)),
        queries={"en": "border", "ru": "граница"},
    )

    assert fired(Matcher([both]), "Граница сегодня закрыта") == ["w"]


def test_country_of_the_outlet_is_known() -> None:
    matcher = Matcher([watch("border country:KZ")], countries={"herald": "KZ", "times": "GB"})

    assert fired(matcher, "border", outlet="herald") == ["w"]
    assert fired(matcher, "border", outlet="times") == []


def test_analysis_has_the_keys_of_the_article() -> None:
    page = article("领土 and land", title="Border")

    assert set(Matcher([]).analyze(page).keys) >= {"领土", "领", "土", "land", "border"}


def concepts(**words: str) -> Concepts:
    return Concepts(named={name: ConceptWords(variants={"*": (parse(text),)}) for name, text in words.items()})


def test_concepts_are_what_they_are_said_to_be() -> None:
    matcher = Matcher([watch("@land")], concepts(land="land OR soil"))

    assert fired(matcher, "the soil") == ["w"]


def test_update_compiles_only_what_changed() -> None:
    first, second, third = (watch(text, id=text) for text in ("land", "border", "gift"))
    matcher = Matcher([first, second, third])
    before = dict(matcher._watched)

    matcher.update([third, dataclasses.replace(first, origin="moved.yaml:9:1"), watch("sea", id="sea")])

    assert fired(matcher, "land border gift sea") == ["gift", "land", "sea"]
    assert matcher._watched["land"] is before["land"]
    assert matcher._watched["gift"] is before["gift"]


def test_update_compiles_watches_whose_concepts_changed() -> None:
    watches = [watch("@land", id="land"), watch("@gift", id="gift"), watch("sea", id="sea")]
    matcher = Matcher(watches, concepts(land="land", gift="gift"))
    before, versions = dict(matcher._watched), dict(matcher.versions)

    matcher.update(watches, concepts(land="land OR soil", gift="gift"))

    assert fired(matcher, "soil gift") == ["land", "gift"]
    assert matcher._watched["gift"] is before["gift"]
    assert matcher.versions == versions | {"land": matcher.versions["land"]}
    assert matcher.versions["land"] != versions["land"]


def test_update_that_is_refused_changes_nothing() -> None:
    matcher = Matcher([watch("land", id="land")])

    with pytest.raises(ConfigError):
        matcher.update([watch("gift", id="gift"), watch("(", id="wrong")])

    assert fired(matcher, "land gift") == ["land"]


def test_replaced_watch_is_alone_compiled_and_keeps_its_place() -> None:
    matcher = Matcher([watch("land", id="first"), watch("land", id="second")])
    before = matcher._watched["second"]

    matcher.replace(watch("gift", id="first"))

    assert fired(matcher, "land gift") == ["first", "second"]
    assert fired(matcher, "land") == ["second"]
    assert matcher._watched["second"] is before


def test_replacement_that_is_refused_leaves_the_old_watch() -> None:
    matcher = Matcher([watch("land")])

    with pytest.raises(ConfigError):
        matcher.replace(watch("gift", match=("no such thing",)))

    assert fired(matcher, "land gift") == ["w"]


def test_removed_watch_is_gone() -> None:
    matcher = Matcher([watch("land", id="first"), watch("land", id="second")])

    matcher.remove("first")

    assert fired(matcher, "land") == ["second"]


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"title": "Another"}, True),
        ({"origin": "x.yaml:1:1"}, True),
        ({"tests": WatchTests(match=("border",))}, True),
        ({"threshold": 2.0}, False),
        ({"exclude": "football"}, False),
        ({"languages": ("en",)}, False),
        ({"outlets": ("herald",)}, False),
        ({"severity": Severity.HIGH}, False),
        ({"queries": {"en": "border"}}, False),
    ],
)
def test_version_is_of_what_decides_whether_a_watch_fires(changed: dict[str, Any], same: bool) -> None:
    old = watch("border")

    versions = [Matcher([one]).versions["w"] for one in (old, dataclasses.replace(old, **changed))]

    assert (versions[0] == versions[1]) is same


WORDS = ("land", "LAND", "claim", "’s", "ﬁeld", "Straße", "שלום", "أرض")
PIECES = st.sampled_from((*WORDS, *"领土·-. ёİ㎢한㍿🙂\n\u200b\u00ad\u0301\u202e\ud800\0"))


@given(st.lists(PIECES, max_size=25).map("".join), st.lists(PIECES, max_size=8).map("".join))
def test_a_mention_quotes_the_article(text: str, title: str) -> None:
    query = 'land OR claim OR field OR strasse OR 领土 OR 土 OR е OR i OR km2 OR 한 OR 株式 OR שלום OR "land claim"'
    page = article(text, title=title)

    for hit in Matcher([watch(query)]).analyze(page).hits:
        places = [(mention.field != "title", mention.start, mention.end) for mention in hit.mentions]
        assert places == sorted(places)
        for mention in hit.mentions:
            assert page.field(mention.field)[mention.start : mention.end] == mention.text != ""


@pytest.mark.parametrize("piece", ["a", "a\u0301", "\0", "\ud800", "\u202eא", "🙂\u200d", "领土", "border "])
def test_a_hostile_article_is_analysed(piece: str) -> None:
    page = article(piece * (20_000 // len(piece)) + " border", title=piece)

    assert fired(Matcher([watch("border OR 领土")]), page.text, title=page.title) == ["w"]
