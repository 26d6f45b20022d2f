"""A query that is wrong is refused with its place and the mend, in plain words."""

from __future__ import annotations

import pytest

from domain.errors import QueryError
from matching.query.parse import parse


def refusal(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value


SYNTAX = [
    ("", 1, "empty"),
    (" \n # x", 1, "empty"),
    ("OR a", 1, "a term before it"),
    ("a OR", 5, "ends here, where a term after OR"),
    ("a OR   # no more", 5, "ends here"),
    ("a OR OR b", 6, "missing between OR and OR"),
    ("a NOT OR b", 7, "write a AND NOT b"),
    ("NOT NOT a", 5, "cancel"),
    ("(a OR)", 6, "a term after OR is expected before ')'"),
    ("(OR a)", 2, "OR needs a term before it"),
    ("a OR ()", 7, "nothing between these brackets"),
    ("a)", 2, "closes nothing"),
    ("[a)", 3, "the [ in line 1, column 1 is still open"),
    ("(a OR b", 1, "never closed"),
    ('title:("territorial claim" AND', 7, "never closed"),
    ("lang:[ru", 6, "this [ is never closed"),
    ('a OR "abc', 6, "quote is never closed"),
    ("«abc”", 1, "quote is never closed"),
    ("a /abc", 3, "never closed by another /"),
    ("a, b", 2, "write [a, b]"),
    ("[a,]", 4, "missing between the comma and ']'"),
    ("[,a]", 2, "missing before the comma"),
    ("SENT a", 6, "SENT needs brackets"),
    ("ATLEAST/2 a", 11, "its parts in brackets"),
    ("title:", 7, "a term after title:"),
    ("title: OR b", 8, "a term after title: is expected before 'OR'"),
]

OPERATORS = [
    ("a or b", 3, "did you mean OR?"),
    ("a And b", 3, "did you mean AND?"),
    ("not a", 1, "did you mean NOT?"),
    ("a not b", 3, "did you mean NOT?"),
    ("a near/3 b", 3, "did you mean NEAR/3?"),
    ("atleast/2(a, b)", 1, "did you mean ATLEAST/2?"),
    ("sent(a)", 1, "did you mean SENT?"),
    ("a ОR b", 3, "letters of another script"),
    ("a ＡＮＤ b", 3, "letters of another script"),
    ("a NEAR/ b", 3, "NEAR/ needs a whole number"),
    ("a ONEAR/x b", 3, "a ONEAR/5 b"),
    ("a NEAR/0 b", 3, 'write "a b"'),
    ("a NEAR/101 b", 3, "at most 100"),
    ("a NEAR/9999999 b", 3, "whole number"),
    ("ATLEAST(a, b)", 1, "ATLEAST/2(a, b, c)"),
    ("ATLEAST/0(a)", 1, "always met"),
    ("ATLEAST/5(a, b, c)", 1, "only 3 part(s)"),
    ("a | b", 3, "did you mean OR?"),
    ("a && b", 3, "did you mean AND?"),
    ("-word", 1, "did you mean NOT word?"),
    ("a −b", 3, "did you mean NOT b?"),
    ("a !b", 3, "did you mean NOT b?"),
    ("+a", 1, "all required"),
]

TERMS = [
    ("*abc", 1, "never before it"),
    ("te*t", 3, "no wildcard within a word"),
    ("ab*", 1, "at least 3 letters"),
    ("north-kaz*", 1, "* takes one word"),
    ('"a b"*', 6, "not after a phrase"),
    ('"a b"~3', 7, "a NEAR/3 b"),
    ("word~2", 6, "any form of the word"),
    ("x~y", 2, "~ ends a word"),
    ("a ~", 3, "directly behind a word"),
    ("wom?n", 1, "no wildcard"),
    ("'a b'", 1, "double quotes"),
    ('""', 1, "no letter or digit"),
    ("a OR …", 6, "no letter or digit"),
    ("_", 1, "no letter or digit"),
    ("a\x00b", 2, "U+0000"),
    ("a\ud800", 2, "U+D800"),
    ("@", 1, "@name"),
    ("@a.b", 1, "@name"),
    ("/ab[/", 1, "cannot be used"),
    ("//", 1, "is empty"),
    ("/a(?=b)cde/", 1, "cannot be used"),
    ("/abc/i", 6, "no flags"),
    (f"/{'a' * 1001}/", 1, "at most 1000"),
    ("/a.b/", 1, "3 letters in a row"),
    ("title:(/a.b/)^2", 8, "3 letters in a row"),
    ("a^", 2, "plain number"),
    ("a^0", 2, "small weight"),
    ("a^-1", 2, "plain number"),
    ("a^1e9", 2, "plain number"),
    ("a^1001", 2, "from 0.001 to 1000"),
    ("^2", 1, "directly behind a term"),
    ("a^2^3", 4, "once"),
    ("claim()^2", 1, "have none"),
]

FIELDS = [
    ("titel:x", 1, "did you mean title:?"),
    ("source:x", 1, "did you mean outlet:?"),
    ("foo:bar", 1, "there are title:"),
    ("lang:ru,kk", 8, "lang:[ru, kk]"),
    ("lang:(ru OR kk)", 6, "square brackets"),
    ("lang:[ru kk]", 10, "comma is missing"),
    ("lang:", 6, "lang:ru"),
    ("lang:rus", 6, "did you mean ru?"),
    ("lang:kz", 6, "did you mean kk?"),
    ("country:UK", 9, "did you mean GB?"),
    ("country:Kazakhstan", 9, "two letters"),
    ("geo:Russia", 5, "there is no state Russia"),
    ("geo:SU", 5, "did you mean x-ussr?"),
    ('author:" "', 8, "needs a value"),
]

CLAIMS = [
    ("claim(tipe=gift)", 7, "did you mean type?"),
    ("claim(land OR territory)", 12, "a claim has no land"),
    ("claim(type=gft)", 7, "did you mean gift?"),
    ("claim(type=war)", 7, "there are explicit_claim"),
    ("claim(stance=asert)", 7, "did you mean assert?"),
    ("claim(voice=loud)", 7, "there are direct"),
    ("claim(authority=legislater)", 7, "did you mean legislator?"),
    ("claim(challenger=Russia)", 7, "there is no state Russia"),
    ("claim(score>=3)", 7, "from 0 to 1"),
    ("claim(type>=gift)", 7, "no more and less"),
    ("claim(authority>=[media, party])", 7, "one value"),
    ("claim(type)", 11, "type=..."),
    ("claim(type=)", 12, "a value is expected"),
    ("claim(type==gift)", 11, "did you mean =?"),
    ("claim(type:gift)", 11, "did you mean =?"),
    ("claim(score>0.5)", 12, "did you mean >=?"),
    ("claim(type=gift target=KZ)", 17, "parted by commas"),
    ("claim(type=gift,)", 17, "missing between the comma"),
    ("claim(type=gift", 6, "never closed"),
    ('claim("a")', 7, "type=gift"),
]

MEANINGS = [
    ("NOT a", 1, "NOT needs a term beside it"),
    ("a OR NOT b", 6, "NOT needs a term beside it"),
    ("a SENT(NOT b)", 8, "NOT needs a term beside it"),
    ("a AND (NOT b OR c)", 8, "NOT needs a term beside it"),
    ("ATLEAST/1(a, NOT b)", 14, "NOT needs a term beside it"),
    ("a NOT (NOT b)", 8, "take both away"),
    ("(a AND b) NEAR c", 11, "write a NEAR c AND b NEAR c"),
    ("a NEAR/2 (b AND NOT c)", 3, "not AND"),
    ("a NEAR (NOT b)", 3, "write a AND NOT a NEAR b"),
    ("a NEAR NOT b", 8, "a AND NOT (a NEAR b)"),
    ("SENT(a) NEAR b", 9, "write SENT(a NEAR b)"),
    ("title:a NEAR b", 9, "write title:(a NEAR b)"),
    ("lang:ru NEAR b", 9, "write lang:ru AND b"),
    ("(a OR title:b) NEAR c", 16, "put it outside"),
    ("a NEAR " * 60 + "a", 416, "nested more than 50"),
    ("(" * 51 + "a" + ")" * 51, 51, "more than 50 brackets deep"),
]


@pytest.mark.parametrize(("text", "column", "said"), [*SYNTAX, *OPERATORS, *TERMS, *FIELDS, *CLAIMS, *MEANINGS])
def test_a_wrong_query_is_refused_with_place_and_mend(text: str, column: int, said: str) -> None:
    error = refusal(text)

    assert said in error.message
    assert error.column == column


def test_the_caret_stands_under_the_place() -> None:
    error = refusal("land\nAND titel:x")

    assert error.report == (
        "line 2, column 5: there is no field titel:; did you mean title:? (to look for the text itself, quote it)\n"
        "AND titel:x\n"
        "    ^"
    )


def test_the_caret_counts_the_columns_of_a_terminal() -> None:
    assert refusal("领土\t（a").excerpt == "领土 （a\n     ^"


def test_a_long_line_is_shown_around_its_place() -> None:
    shown, caret = refusal("a " * 200 + "OR OR " + "b " * 200).excerpt.split("\n")

    assert len(shown) < 140
    assert shown[caret.index("^") :].startswith("OR b")
    assert (shown[0], shown[-1]) == ("…", "…")


def test_nothing_unseen_is_shown() -> None:
    assert refusal("a\x1b[2J").excerpt == "a\ufffd[2J\n ^"
