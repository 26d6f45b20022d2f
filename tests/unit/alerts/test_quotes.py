from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.quotes import MAX_QUOTES, quotes_of
from domain.matches import Mention
from tests.unit.alerts.samples import TEXT, article, mention


def test_a_quote_begins_and_ends_with_its_sentence() -> None:
    (quote,) = quotes_of(article(), [mention("территория Казахстана")])

    assert quote.context == "Гость студии заявил, что территория Казахстана стала большим подарком соседней державы."


def test_a_quote_carries_the_place_and_the_words() -> None:
    (quote,) = quotes_of(article(), [mention("территория Казахстана", term="территория~ Казахстан~")])

    assert (quote.field, quote.text, quote.term) == ("text", "территория Казахстана", "территория~ Казахстан~")
    assert TEXT[quote.start : quote.end] == "территория Казахстана"


def test_mentions_that_overlap_are_one() -> None:
    both = [mention("территория Казахстана", term="a"), mention("Казахстана стала", term="b")]

    (quote,) = quotes_of(article(), both)

    assert (quote.text, quote.term) == ("территория Казахстана стала", "a … b")


def test_mentions_with_only_a_blank_between_are_one() -> None:
    (quote,) = quotes_of(article(), [mention("территория", term="a"), mention("Казахстана", term="b")])

    assert (quote.text, quote.term) == ("территория Казахстана", "a … b")


def test_mentions_close_together_share_a_quote() -> None:
    (quote,) = quotes_of(article(), [mention("подарком"), mention("Казахстана")])

    assert quote.text == "Казахстана … подарком"
    assert quote.term == "Казахстана~ … подарком~"


def test_mentions_of_two_paragraphs_are_two_quotes_in_reading_order() -> None:
    quotes = quotes_of(article(), [mention("северные области"), mention("Казахстана")])

    assert [quote.text for quote in quotes] == ["Казахстана", "северные области"]


def test_a_long_sentence_is_cut_between_words_and_shows_it() -> None:
    text = "слово " * 60 + "рубеж " + "слово " * 60

    (quote,) = quotes_of(article(text=text), [mention("рубеж", within=text)])

    assert quote.context.startswith("…слово ")
    assert quote.context.endswith(" слово…")
    assert 120 <= len(quote.context) <= 170


def test_chinese_is_cut_between_characters() -> None:
    text = "他在节目里反复谈到边界问题" * 20 + "这片领土自古属于我们" + "主持人没有回答观众的提问" * 20

    (quote,) = quotes_of(article(text=text, language="zh"), [mention("领土", within=text)])

    assert quote.context.startswith("…")
    assert quote.context.endswith("…")
    assert 150 <= len(quote.context) <= 164


def test_a_chinese_sentence_is_quoted_whole() -> None:
    text = "天气" * 60 + "。他说这片领土自古属于我们。" + "新闻" * 60

    (quote,) = quotes_of(article(text=text), [mention("领土", within=text)])

    assert quote.context == "他说这片领土自古属于我们。"


def test_an_abbreviation_does_not_end_a_sentence() -> None:
    text = "слово " * 30 + "Встреча прошла в г. Алматы, где граница названа спорной. " + "Слово " * 40

    (quote,) = quotes_of(article(text=text), [mention("граница", within=text)])

    assert "в г. Алматы, где граница" in quote.context


def test_room_that_one_side_does_not_need_goes_to_the_other() -> None:
    text = "Рубеж " + "слово " * 100

    (quote,) = quotes_of(article(text=text), [mention("Рубеж", within=text)])

    assert len(quote.context) > 140


def test_the_title_is_quoted_only_when_nothing_else_can_be() -> None:
    title = "Граница спорна"
    in_title = mention("Граница", within=title, field="title")

    with_body = quotes_of(article(title=title), [in_title, mention("Казахстана")])
    alone = quotes_of(article(title=title), [in_title])

    assert [quote.field for quote in with_body] == ["text"]
    assert [quote.context for quote in alone] == [title]


def test_at_most_five_quotes_are_chosen_those_with_most_terms_first() -> None:
    text = "\n".join([*(f"Абзац {n} про рубеж." for n in range(8)), "Последний про рубеж и землю."])
    mentions = [
        *(Mention(field="text", start=i, end=i + 5, text="рубеж", term="рубеж~") for i in _places(text, "рубеж")),
        mention("землю", within=text),
    ]

    quotes = quotes_of(article(text=text), mentions)

    assert len(quotes) == MAX_QUOTES
    assert [quote.context[:7] for quote in quotes] == ["Абзац 0", "Абзац 1", "Абзац 2", "Абзац 3", "Последн"]


def test_the_same_words_in_lead_and_text_are_quoted_once() -> None:
    lead = "Граница снова названа спорной."
    twice = [mention("Граница", within=lead, field="lead"), mention("Граница", within=lead)]

    assert [quote.field for quote in quotes_of(article(lead=lead, text=lead), twice)] == ["lead"]


def test_a_mention_of_a_whole_page_is_quoted_by_its_beginning() -> None:
    text = "очень длинное утверждение " * 100

    (quote,) = quotes_of(article(text=text), [mention(text.strip(), within=text)])

    assert len(quote.text) <= 320
    assert len(quote.context) <= 420
    assert quote.context.endswith("…")


def test_places_outside_the_text_are_left_out() -> None:
    lost = Mention(field="text", start=9_000, end=9_010, text="lost", term="lost~")

    assert quotes_of(article(), [lost]) == ()


@given(st.text("слово 中文.。!\n\u0301\ud83d\ude80 A", min_size=1, max_size=600), st.data())
def test_a_quote_always_holds_its_words_on_one_line(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, min(len(text), start + 40)))

    for quote in quotes_of(article(text=text), [Mention(field="text", start=start, end=end, text="", term="t")]):
        assert " ".join(text[start:end].split()) in quote.context
        assert "\n" not in quote.context
        assert len(quote.context) <= 260


def _places(text: str, word: str) -> list[int]:
    return [place for place in range(len(text)) if text.startswith(word, place)]
