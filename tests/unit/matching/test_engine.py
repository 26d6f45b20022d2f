"""Many rules in one engine: what is looked at, and what a change touches."""

from __future__ import annotations

from copy import deepcopy

from matching.document import Document
from matching.engine import Engine, Rule
from matching.places import Places
from matching.query.parse import parse
from tests.unit.matching.articles import article
from tests.unit.matching.queries import document


def rule(name: str, query: str, language: str = "*", **fields: object) -> Rule:
    settings: dict[str, object] = {"id": name, "queries": {language: parse(query)}, **fields}
    return Rule(**settings)  # type: ignore[arg-type]


def engine(*rules: Rule) -> Engine:
    made = Engine()
    for one in rules:
        made.add(made.compile(one))
    return made


def doc(text: str, language: str = "en") -> Document:
    return document(article(text), language)


def fired(of: Engine, text: str, language: str = "en") -> list[str]:
    return [result.rule_id for result in of.run(Places(doc(text, language)))]


def looked_at(of: Engine, text: str, language: str = "en") -> set[str]:
    return {unit.program.rule_id for unit in of.candidates(Places(doc(text, language)))}


def entries(of: Engine) -> dict[str, list[int]]:
    """Where every query is filed, by the identity of the objects."""
    return {key: [id(unit) for unit in units] for key, units in of._filed.items()}


def test_only_rules_whose_keys_are_there_are_looked_at() -> None:
    rules = engine(
        rule("both", "(territory OR sovereignty) AND annexation"),
        rule("phrase", '"great gift"'),
        rule("run", "领土争端"),
        rule("without", "lang:en"),
    )

    assert looked_at(rules, "territory annexation") == {"both", "without"}
    assert looked_at(rules, "gift territory great") == {"phrase", "without"}
    assert looked_at(rules, "annexation gift") == {"without"}
    assert looked_at(rules, "领土争执", "zh") == {"without"}
    assert looked_at(rules, "领土争端", "zh") == {"run", "without"}


def test_rules_of_other_languages_and_outlets_are_not_looked_at() -> None:
    rules = engine(
        rule("ru", "land", "ru"),
        rule("en", "land", "en"),
        rule("only kk", "land", languages=frozenset({"kk"})),
        rule("elsewhere", "land", outlets=frozenset({"times"})),
        rule("here", "land", outlets=frozenset({"herald"})),
    )

    assert looked_at(rules, "land") == {"en", "here"}


def test_beginnings_of_words_lead_to_their_rules() -> None:
    rules = engine(rule("long", "terr*"), rule("phrase", '"a" AND annex*'))

    assert looked_at(rules, "terror annex") == {"long"}
    assert fired(rules, "a terror, an annexation") == ["long", "phrase"]


def test_results_come_in_the_order_of_the_rules() -> None:
    rules = engine(*(rule(str(number), "land OR gift") for number in range(20)))

    assert fired(rules, "land gift") == [str(number) for number in range(20)]


def test_rule_fires_by_any_of_its_queries_and_counts_a_term_once() -> None:
    two = Rule(id="two", queries={"en": parse("land gift"), "*": parse("land^3 OR border")})

    (result,) = engine(two).run(Places(doc("land gift")))

    assert result.score == 4.0
    assert [mention.term for mention in result.mentions] == ["land", "gift"]


def test_excluded_words_silence_a_rule() -> None:
    rules = engine(rule("r", "land", exclude=parse("football NEAR/2 league")))

    assert fired(rules, "land and the football league") == []
    assert fired(rules, "land and football, and much later the league") == ["r"]


def test_adding_and_removing_a_rule_touches_no_entry_of_others() -> None:
    rules = engine(*(rule(str(number), f"word{number % 7} AND other{number}") for number in range(200)))
    before = deepcopy(entries(rules))

    rules.add(rules.compile(rule("new", "word3 AND unheard")))
    with_new = entries(rules)
    rules.remove("new")

    changed = {key for key in with_new if with_new[key] != before.get(key)}
    assert changed == {"unheard"}
    assert entries(rules) == before


def test_replaced_rule_keeps_its_place_and_loses_its_old_entries() -> None:
    rules = engine(rule("a", "land"), rule("b", "gift OR terr*"), rule("c", "land"))

    rules.add(rules.compile(rule("b", "border")))

    assert len(rules) == 3
    assert fired(rules, "land gift border territory") == ["a", "b", "c"]
    assert fired(rules, "gift territory") == []
    assert set(entries(rules)) == {"land", "border"}


def test_removed_rules_leave_nothing_behind() -> None:
    rules = engine(rule("a", "land terr*"), rule("b", "lang:en"), rule("c", "/land/"))

    for name in "abc":
        rules.remove(name)

    assert (len(rules), entries(rules), looked_at(rules, "land territory")) == (0, {}, set())
    assert not rules._compiler.leaves


def test_equal_terms_of_many_rules_are_one_object() -> None:
    rules = engine(*(rule(str(number), f"land~ AND word{number}") for number in range(50)))

    assert len(rules._compiler.leaves) == 51


def test_rules_are_filed_under_keys_that_few_others_ask_for() -> None:
    rules = engine(*(rule(str(number), f"territory AND annexation{number}") for number in range(30)))

    assert max(map(len, entries(rules).values())) <= 2
