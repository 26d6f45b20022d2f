"""The gazetteer of states."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.codes import COUNTRIES
from matching.document import Document
from matching.engine import Engine, Rule
from matching.gazetteer.states import Kind, State, states
from matching.places import Places
from matching.query.ast import Position, Variants, Word
from matching.query.parse import parse
from matching.query.terms import identity
from matching.query.walk import is_place
from matching.statewords import StateWords
from matching.text.keys import key_stream
from tests.unit.matching.articles import article

LANGUAGES = ("en", "ru", "kk", "zh")
#: The states whose land is spoken of most; all others have at least their names.
WELL_KNOWN = """
    AF AL AM AR AZ BA BD BG BN BT BY CA CN CY CZ DE DK EE EG EH ES FI FK FR GB GE GL GR GY HR HU ID IL IN IQ IR IT JO JP
    KG KH KP KR KZ LA LB LK LT LV MA MD ME MK MM MN MY NO NP PH PK PL PS RO RS RU SA SE SI SK SY TH TJ TL TM TR TW UA US
    UZ VE VN XK
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    """A rule for each state, named by it."""
    made = Engine()
    for code, words in StateWords().items():
        by_language = {
            language: parse(f"({states()[code].query(language)})") for language in words.variants if language != "uk"
        }
        node = Variants(label=code, by_language=by_language, blocked=words.blocked, at=Position(1, 1))
        made.add(made.compile(Rule(id=code, queries={"*": node})))
    return made


def named(engine: Engine, text: str, language: str) -> set[str]:
    page = article(text)
    document = Document(texts={"text": text}, stream=key_stream(page, language), language=language)
    return {result.rule_id for result in engine.run(Places(document))}


def terms(state: State) -> Iterator[tuple[str, str]]:
    for language, kinds in state.terms.items():
        for listed in kinds.values():
            yield from ((language, term) for term in listed)


def test_every_country_is_there_and_nothing_else() -> None:
    assert set(states()) == COUNTRIES


def test_the_file_is_what_the_script_makes_of_its_sources() -> None:
    root = Path(__file__).parents[3]

    done = subprocess.run(
        [sys.executable, "scripts/build-states", "--check"], cwd=root, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_every_term_is_one_that_may_stand_beside_near() -> None:
    wrong = [term for state in states().values() for _, term in terms(state) if not is_place(parse(term))]

    assert wrong == []


def test_every_state_has_a_name_in_each_language_and_a_label() -> None:
    nameless = [
        (state.id, language)
        for state in states().values()
        for language in (*LANGUAGES, "uk")
        if not state.terms.get(language, {}).get(Kind.NAME)
    ]

    assert nameless == []
    assert all(state.label for state in states().values())


@pytest.mark.parametrize("code", WELL_KNOWN.split())
def test_a_well_known_state_has_capital_and_adjective_in_each_language(code: str) -> None:
    state = states()[code]

    lacking = [language for language in LANGUAGES if not state.terms[language].get(Kind.CAPITAL)]
    lacking += [language for language in ("en", "ru", "kk") if not state.terms[language].get(Kind.ADJECTIVE)]

    assert lacking == []


def test_no_term_is_of_two_states() -> None:
    of: dict[tuple[str, str], set[str]] = defaultdict(set)
    for state in states().values():
        for language, term in terms(state):
            node = parse(term)
            of[language, identity(node) if isinstance(node, Word) else term].add(state.id)

    assert {term: codes for term, codes in of.items() if len(codes) > 1} == {}


def test_a_blocked_word_holds_a_term_of_its_state() -> None:
    from matching.text.inflect.zh import simplify  # noqa: PLC0415  # loads a dictionary, for this test only

    idle = [
        (state.id, word)
        for state in states().values()
        for word in state.blocked.get("zh", ())
        if not any(
            simplify(term) in simplify(word)
            for kinds in [state.terms["zh"]]
            for all_ in kinds.values()
            for term in all_
        )
    ]

    assert idle == []


def test_a_query_may_ask_for_some_kinds_only() -> None:
    assert states()["KZ"].query("ru", Kind.CAPITAL) == "Астана~ OR Нур-Султан~"


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        ("en", "Kazakhstan's answer came late.", {"KZ"}),
        ("en", "The Kazakhs and two Russians met in Seoul.", {"KZ", "RU", "KR"}),
        ("en", "The Kremlin was silent; so was the White House.", {"RU", "US"}),
        ("en", "South Koreans voted.", {"KR"}),
        ("en", "Talks between Turkey and Chad", {"TR", "TD"}),
        ("ru", "В Южной Корее ждут россиянина из Астаны.", {"KR", "RU", "KZ"}),
        ("ru", "Заявление КНР и США", {"CN", "US"}),
        ("ru", "С Кубой и с Чадом подписали договор.", {"CU", "TD"}),
        ("ru", "Казахстанские власти ответили Пекину.", {"KZ", "CN"}),
        ("kk", "Ресейдің мәлімдемесіне Ақорда жауап берді.", {"RU", "KZ"}),
        ("kk", "Қытайға барған қазақстандықтар Мәскеуден оралды.", {"CN", "KZ", "RU"}),
        ("kk", "Оңтүстік Кореяның елшісі", {"KR"}),
        ("zh", "哈萨克斯坦与俄罗斯", {"KZ", "RU"}),
        ("zh", "哈薩克與喬治亞的代表在臺北會面。", {"KZ", "GE", "TW"}),
        ("zh", "白俄罗斯和巴布亚新几内亚", {"BY", "PG"}),
    ],
)
def test_states_are_met_by_any_of_their_words(engine: Engine, language: str, text: str, codes: set[str]) -> None:
    assert named(engine, text, language) == codes


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "He had a chad on his desk, and they ate turkey with polish."),
        ("ru", "Два куба взяли перу того, кто мали."),
        ("ru", "Банковая карта и угарный чад"),
        ("kk", "Ғана деген сөз бар."),
        ("zh", "发展中国家的经验"),
        ("zh", "上海地区的内蒙古族人看了发展中方案"),
        ("zh", "今日方案完美方便"),
        ("zh", "这里加班的人去了沿海地区"),
    ],
)
def test_other_words_are_no_states(engine: Engine, language: str, text: str) -> None:
    assert named(engine, text, language) == set()


@pytest.mark.parametrize("code", ["TW", "XK", "PS", "EH", "FK"])
def test_where_names_are_disputed_both_are_there(code: str) -> None:
    names = {language: len(states()[code].terms[language][Kind.NAME]) for language in ("en", "ru")}

    assert min(names.values()) >= 2, names
