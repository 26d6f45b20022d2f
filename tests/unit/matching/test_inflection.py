"""What is a form of what: tables written from grammar before the code, and what every language must keep to.

``inflection/<table>.forms.txt`` has a lemma and its forms a line, ``<table>.lookalikes.txt`` a lemma and words that
look like it and are other words. The tables are not to be bent to the code: a slip is counted, and the floors say
how many there may be.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.text.inflect import LANGUAGES, Inflection, inflection
from matching.text.tokens import tokenize

TABLES = Path(__file__).parent / "inflection"
#: Table, least pairs of each kind, least recall, most false matches. Ukrainian: two adjectives that simplemma's
#: dictionary gives to their noun.
FLOORS = [
    ("ru", 200, 0.98, 0.01),
    ("kk", 200, 0.98, 0.01),
    ("kk_latn", 50, 0.98, 0.01),
    ("kk_arab", 50, 0.98, 0.01),
    ("en", 50, 0.98, 0.01),
    ("uk", 50, 0.98, 0.03),
]
#: What the code gets wrong today. A slip that is mended leaves this list, a new one is a defect. The Kazakh lookalikes
#: are written as forms are: алу has "taking" (ала) and "will not take" (алмас), which are "motley" and "diamond" too.
SLIPS = {
    ("kk", "forms"): {("қазақ", "қазақша")},
    ("kk", "lookalikes"): {("алу", "ала"), ("алу", "алмас"), ("табу", "таба")},
    ("uk", "lookalikes"): {("подарунок", "подарунковий"), ("острів", "острівний")},
}
ANY_WORD = st.text(st.characters(codec=None, exclude_categories=()), min_size=1, max_size=12)
LIKELY_WORD = st.text(st.sampled_from("абеиклнрсты'іңғқүyǵıńsaeinged領جەرىنىڭ"), min_size=1, max_size=12)


def known(language: str) -> Inflection:
    found = inflection(language)
    assert found is not None
    return found


def folded(word: str) -> str:
    (token,) = tokenize(word)
    return token.keys[0]


def pairs(table: str, kind: str) -> list[tuple[str, str]]:
    lines = (TABLES / f"{table}.{kind}.txt").read_text("utf-8").splitlines()
    rows = (line.split(":") for line in lines if not line.startswith("#"))
    return list(dict.fromkeys((lemma, form) for lemma, forms in rows for form in forms.split()))


def meets(language: Inflection, word: str, form: str) -> bool:
    return not language.keys_for(folded(word)).isdisjoint(language.keys_of(folded(form)))


@pytest.mark.parametrize(("table", "least", "recall", "_false"), FLOORS)
def test_forms_are_met_by_their_word(table: str, least: int, recall: float, _false: float) -> None:
    language, forms = known(table[:2]), pairs(table, "forms")

    missed = [pair for pair in forms if not meets(language, *pair)]

    assert len(forms) >= least
    assert len(missed) <= (1 - recall) * len(forms), missed
    assert set(missed) == SLIPS.get((table, "forms"), set())


@pytest.mark.parametrize(("table", "least", "_recall", "false"), FLOORS)
def test_lookalikes_are_not_met(table: str, least: int, _recall: float, false: float) -> None:
    language, others = known(table[:2]), pairs(table, "lookalikes")

    met = [pair for pair in others if meets(language, *pair)]

    assert len(others) >= least
    assert len(met) <= false * len(others), met
    assert set(met) == SLIPS.get((table, "lookalikes"), set())


@pytest.mark.parametrize("table", [row[0] for row in FLOORS])
def test_every_word_is_a_form_of_itself(table: str) -> None:
    language = known(table[:2])

    words = {word for kind in ("forms", "lookalikes") for pair in pairs(table, kind) for word in pair}

    assert [word for word in words if not meets(language, word, word)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None)  # the first example loads a dictionary
@given(word=ANY_WORD | LIKELY_WORD)
def test_anything_that_is_a_token_is_a_form_of_itself(language: str, word: str) -> None:
    code = known(language)

    for token in tokenize(word):
        keys = code.keys_of(token.keys[0])
        assert not code.keys_for(token.keys[0]).isdisjoint(keys)
        assert all(key.startswith(f"{language}:") for key in keys)


@pytest.mark.parametrize(
    ("language", "word", "expected"),
    [
        ("en", "seize", {"seize", "seizes", "seized", "seizing"}),
        ("ru", "подарок", {"подарка", "подарками", "подарков"}),
        ("ru", "токаев", {"токаев", "токаева", "токаевым"}),
        ("kk", "аумақ", {"аумақ", "аумағы", "аумағымыз", "аумақтардан"}),
        ("kk", "халық", {"халқы", "халықтың", "халқымызға"}),
        ("kk", "қайтару", {"қайтарды", "қайтарып", "қайтармады", "қайтаруға"}),
        ("kk", "qaıtarý", {"qaitardy", "qaitaryp", "qaitaruga"}),
    ],
)
def test_forms_can_be_shown(language: str, word: str, expected: set[str]) -> None:
    forms = known(language).forms(word)

    assert forms[0] == word
    assert expected <= set(forms)
    assert len(forms) == len(set(forms))


@pytest.mark.parametrize(("language", "word"), [("en", "border"), ("ru", "землей"), ("kk", "жер"), ("uk", "київ")])
def test_a_word_of_the_dictionary_is_known(language: str, word: str) -> None:
    assert known(language).knows(word)


@pytest.mark.parametrize(("language", "word"), [("en", "bordr"), ("ru", "землйа"), ("kk", "2020"), ("uk", "земльа")])
def test_a_slip_of_the_pen_is_not_known(language: str, word: str) -> None:
    assert not known(language).knows(word)


@pytest.mark.parametrize(
    ("language", "word", "lemmas"),
    [
        ("ru", "стали", {"ru:стать", "ru:сталь"}),
        ("ru", "день", {"ru:день"}),
        ("en", "seized", {"en:seize"}),
        ("en", "left", {"en:left"}),
        ("kk", "жер", {"kk:жер", "kk:jer", "kk:جەر"}),
        ("kk", "reseı", {"kk:resei"}),
        ("kk", "ءتىل", {"kk:تىل"}),
    ],
)
def test_a_word_means_itself_or_all_that_it_may_be_a_form_of(language: str, word: str, lemmas: set[str]) -> None:
    assert known(language).keys_for(word) == lemmas


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("облысы", "облысында"),
        ("министрлігі", "министрлігінің"),
        ("оқу", "оқиды"),
        ("қою", "қояды"),
        ("қорқу", "қорықты"),
        ("ол", "оның"),
        ("мемлекет", "мемлекеттiң"),
        ("әлем", "əлемде"),
    ],
)
def test_kazakh_of_a_special_kind_is_met(word: str, form: str) -> None:
    assert meets(known("kk"), word, form)


@pytest.mark.parametrize(("word", "form"), [("гана", "ғана"), ("сөз", "соз"), ("шекара", "shekaralyq"), ("дау", "тап")])
def test_skeletons_are_for_latin_script_only(word: str, form: str) -> None:
    assert not meets(known("kk"), word, form)


@pytest.mark.parametrize("language", ["zh", "de", "", "kk-Latn", "../en"])
def test_a_language_without_inflection_has_none(language: str) -> None:
    assert inflection(language) is None


def test_languages_are_loaded_once() -> None:
    assert all(inflection(language) is inflection(language) for language in LANGUAGES)
    assert [known(language).language for language in LANGUAGES] == list(LANGUAGES)


def test_every_table_is_read() -> None:
    assert {path.name for path in TABLES.glob("*.txt")} == {
        f"{row[0]}.{kind}.txt" for row in FLOORS for kind in ("forms", "lookalikes")
    }
