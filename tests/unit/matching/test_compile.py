"""The index of terms."""

from __future__ import annotations

from matching.query.compile import TermIndex, labelled_terms
from matching.query.parse import parse
from matching.text.tokens import tokenize


def found(query: str, text: str) -> list[tuple[str, str]]:
    """Each place found, as (label, words that stand there)."""
    labels = labelled_terms(parse(query))
    index = TermIndex()
    names = {index.add(keys): label for keys, label in labels.items()}
    return [(names[term], text[start:end]) for term, start, end in index.find(text, tokenize(text))]


def test_a_word_is_met_whole_and_folded() -> None:
    assert found("ёлки", "Ёлки, елки и елкины") == [("ёлки", "Ёлки"), ("ёлки", "елки")]


def test_a_phrase_is_met_by_neighbours_only() -> None:
    text = "State border. The border of the state; STATE—BORDER"

    assert found('"state border"', text) == [("state border", "State border"), ("state border", "STATE—BORDER")]


def test_a_hyphen_makes_no_difference() -> None:
    assert found("nine-dash OR line", "the nine dash line and the nine-dash map") == [
        ("nine-dash", "nine dash"),
        ("line", "line"),
        ("nine-dash", "nine-dash"),
    ]


def test_a_chinese_term_is_met_as_a_substring() -> None:
    assert found("领土主张", "外交部回应领土主张。领土,主张") == [("领土主张", "领土主张")]


def test_terms_that_share_a_beginning_are_all_met() -> None:
    assert found('land OR "land claim" OR "land claim office"', "land claim office") == [
        ("land", "land"),
        ("land claim", "land claim"),
        ("land claim office", "land claim office"),
    ]


def test_equal_terms_are_one_with_the_first_spelling() -> None:
    assert list(labelled_terms(parse('Border OR BORDER OR "border"')).values()) == ["Border"]


def test_a_known_term_keeps_its_number() -> None:
    index = TermIndex()

    assert [index.add(("a",)), index.add(("a", "b")), index.add(("a",))] == [0, 1, 0]
    assert len(index) == 2
