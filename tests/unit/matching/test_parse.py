"""The query language of this release."""

from __future__ import annotations

import pytest

from domain.errors import QueryError
from matching.query.ast import Or, Phrase, Word, terms
from matching.query.parse import parse


def test_a_word_alone_is_a_query() -> None:
    assert parse("border") == Word(text="border", column=1)


def test_terms_stand_in_the_order_written() -> None:
    query = parse('border OR "state border"\nOR 领土')

    assert query == Or(
        terms=(Word(text="border", column=1), Phrase(text="state border", column=11), Word(text="领土", column=29))
    )


@pytest.mark.parametrize("text", ['"a b"', "“a b”", "«a b»", "„a b“"])
def test_every_kind_of_quote_makes_a_phrase(text: str) -> None:
    assert terms(parse(text)) == (Phrase(text="a b", column=1),)


def test_a_quoted_operator_is_a_word_to_look_for() -> None:
    assert parse('"OR"') == Phrase(text="OR", column=1)


@pytest.mark.parametrize("text", ["North-Kazakhstan", "об’єкт", "G20", "andes", "order", "near"])
def test_an_ordinary_word_is_no_operator(text: str) -> None:
    assert parse(text) == Word(text=text, column=1)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 1, "empty"),
        (" \n ", 1, "empty"),
        ("territorial claim", 13, '"territorial claim"'),
        ("a b c OR d", 3, "a OR b OR c"),
        ('"a" "b"', 5, "write OR between"),
        ('a "b"', 3, "write OR between"),
        ("a or b", 3, "capitals"),
        ("a and b", 3, "capitals"),
        ("not a", 1, "capitals"),
        ("a near/3 b", 3, "NEAR/3"),
        ("a AND b", 3, "AND is not known yet"),
        ("NOT a", 1, "NOT is not known yet"),
        ("a NEAR/5 b", 3, "NEAR/5 is not known yet"),
        ("a ONEAR b", 3, "ONEAR is not known yet"),
        ("SENT(a)", 1, "SENT is not known yet"),
        ("claim(type=gift, target=KZ)", 1, "claim(...) is not known yet"),
        ("a OR land~", 10, "'~'"),
        ("territor*", 9, "'*'"),
        ("title:land", 6, "':'"),
        ("(a OR b)", 1, "'('"),
        ("@russia", 1, "'@'"),
        ("-land", 1, "'-'"),
        ("/land/", 1, "'/'"),
        ('"a b"~', 6, "'~'"),
        ('"territor* claim"', 10, "within quotes"),
        ('land OR "claim', 9, "never closed"),
        ('""', 1, "no letter or digit"),
        ("a OR …", 6, "no letter or digit"),
        ("OR a", 1, "before it"),
        ("a OR OR b", 6, "each side"),
        ("a OR", 3, "after it"),
    ],
)
def test_a_wrong_query_is_refused_with_place_and_mend(text: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)

    assert caught.value.column == column
    assert said in caught.value.message
