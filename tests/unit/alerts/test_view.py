from __future__ import annotations

import pytest

from alerts.view import minute, safe_link, view_of
from domain.matches import Decision
from tests.unit.alerts.samples import NOW, alert, quote


def marked(text: str, context: str) -> list[str]:
    (view,) = view_of(alert(quotes=(quote(text, context),))).quotes
    assert "".join(piece.text for piece in view.pieces) == context
    return [piece.text for piece in view.pieces if piece.marked]


def test_the_words_met_are_marked() -> None:
    assert marked("подарком", "стала большим подарком державы") == ["подарком"]


def test_words_met_apart_are_marked_apart() -> None:
    assert marked("земля … подарком", "эта земля стала подарком") == ["земля", "подарком"]


def test_a_word_is_not_marked_inside_a_longer_one() -> None:
    assert marked("дар", "государство приняло дар") == ["дар"]


def test_a_word_that_stands_only_inside_another_is_marked_there() -> None:
    assert marked("Kazakh", "#Kazakhstan") == ["Kazakh"]


def test_chinese_words_are_marked_without_borders() -> None:
    assert marked("领土", "这片领土自古属于我们") == ["领土"]


def test_words_that_are_not_there_mark_nothing() -> None:
    assert marked("совсем другое", "здесь этого нет") == []


def test_an_empty_quote_marks_nothing() -> None:
    assert marked("", "здесь этого нет") == []


def test_signs_in_the_words_are_no_pattern() -> None:
    assert marked("(a+b)*", "он сказал (a+b)* дважды") == ["(a+b)*"]


@pytest.mark.parametrize(
    "url",
    [
        "https://v.example/efir/77?a=1&b=2#c",
        "http://v.example:8080/",
        "https://пример.example/новости/земля",
        "https://[2001:db8::1]/x",
    ],
)
def test_a_web_address_is_a_link(url: str) -> None:
    assert safe_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//v.example/",
        "https://",
        "https://bank.example@evil.example/",
        "https://v.example/\u202egpj.exe",
        'https://v.example/"onclick="x',
        "https://v.example/a b",
        "https://v.example/\r\nX: y",
        "http://[broken/",
        "https://v.example/" + "x" * 5000,
    ],
)
def test_anything_else_is_no_link(url: str) -> None:
    assert safe_link(url) is None


def test_a_view_names_outlet_language_and_times() -> None:
    view = view_of(alert())

    assert view.source == "Вестник Пример (RU)"
    assert (view.language, view.host) == ("Russian", "v.example")
    assert (view.published, view.first_seen) == ("2026-11-23 11:38 UTC", "2026-11-23 11:52 UTC")


def test_what_is_not_known_is_left_out() -> None:
    view = view_of(alert(outlet_name=None, country="KZ", language="und", author=None, published_at=None))

    assert (view.source, view.language, view.language_tag, view.author) == ("KZ", "", "", "")
    assert view.published == "unknown"


@pytest.mark.parametrize(("language", "shown"), [("kk-Arab", "Kazakh"), ("zh-Hant", "Chinese"), ("uz", "uz")])
def test_languages_have_english_names(language: str, shown: str) -> None:
    assert view_of(alert(language=language)).language == shown


def test_a_language_that_is_no_tag_is_not_shown() -> None:
    assert view_of(alert(language='ru" onload="x')).language_tag == ""


def test_a_title_that_is_missing_is_replaced() -> None:
    assert view_of(alert(title=" \r\n")).title == "v.example"
    assert view_of(alert(title="", url="")).title == "(without a title)"


def test_a_monstrous_title_is_shortened() -> None:
    assert len(view_of(alert(title="слово " * 2000)).title) <= 300


def test_every_decision_has_a_reason_in_words() -> None:
    assert all(view_of(alert(reason=each)).reason for each in Decision)


def test_minutes_are_in_utc() -> None:
    assert minute(NOW) == "2026-11-23 11:52 UTC"
