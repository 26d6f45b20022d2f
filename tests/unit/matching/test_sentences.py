"""Where sentences and paragraphs begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.text.sentences import paragraph_starts, sentence_starts
from matching.text.tokens import tokenize


def sentences(text: str) -> list[str]:
    """The first word of each sentence."""
    tokens = tokenize(text)
    starts = sentence_starts(text, tokens, paragraph_starts(text, tokens))
    return [text[tokens[first].start : tokens[first].end] for first in starts]


def paragraphs(text: str) -> list[str]:
    """The first word of each paragraph."""
    tokens = tokenize(text)
    return [text[tokens[first].start : tokens[first].end] for first in paragraph_starts(text, tokens)]


@pytest.mark.parametrize(
    ("text", "firsts"),
    [
        ("One ends. Two ends! Three? Four", ["One", "Two", "Three", "Four"]),
        ("Mr. Smith met Dr. Jones in the U.S. capital. They left.", ["Mr", "They"]),
        ("Article No. 5 says no. Others say yes.", ["Article", "Others"]),
        ("It grew 3.5 per cent to 2.700.000. Then it fell.", ["It", "Then"]),
        ("В. Никонов заявил об этом. Ю. В. Ушаков ответил.", ["В", "Ю"]),
        ("Договор 1998 г. действует. Это ст. 5 и т. д.", ["Договор", "Это"]),
        ("«Земля — подарок». Он ушёл. «Нет!» — сказал посол.", ["Земля", "Он", "Нет"]),
        ("“It is ours.” She left. ‘Why?’ he asked.", ["It", "She", "Why"]),
        ("Он замолчал… и ушёл. Потом… Всё.", ["Он", "Потом", "Всё"]),
        ("Бұл 2020 ж. болды. Қ. Тоқаев жауап берді.", ["Бұл", "Қ"]),
        ("Це 5 тис. гривень. Вул. Хрещатик, 1.", ["Це", "Вул"]),
        ("1. First item. 2 more.\n2. Second", ["1", "2", "2"]),
        ("领土属于中国。他说：“是的！”然后离开？完", ["领", "他", "然", "完"]),
        ("真的吗?他不知道", ["真", "他"]),
        ("对2.5亿人来说", ["对"]),
        ("هذه جملة. وهذه أخرى؟ نعم", ["هذه", "وهذه", "نعم"]),
        ("see example.com/a.b or read.me now", ["see"]),
        ("...", []),
        ("", []),
    ],
)
def test_sentences_begin_where_a_reader_sees_it(text: str, firsts: list[str]) -> None:
    assert sentences(text) == firsts


@pytest.mark.parametrize(
    ("text", "firsts"),
    [
        ("One line\nAnother line", ["One", "Another"]),
        ("A line that was wrapped\nby hand. Next", ["A"]),
        ("It ends here.\nlower case goes on", ["It", "lower"]),
        ("a title without a stop\n\nlower case", ["a", "lower"]),
        ("one\r\n \r\ntwo\u2029Three", ["one", "two", "Three"]),
        ("第一段\n第二段", ["第", "第"]),
        ("\n\n \n", []),
        ("\nOnly", ["Only"]),
    ],
)
def test_paragraphs_begin_at_line_breaks(text: str, firsts: list[str]) -> None:
    assert paragraphs(text) == firsts


@given(st.text(st.sampled_from("Ab. !?…\n\r。！「”)гВ1中\ud800\u202e\u0301"), max_size=60))
def test_beginnings_are_places_of_tokens(text: str) -> None:
    tokens = tokenize(text)
    paragraph = paragraph_starts(text, tokens)
    sentence = sentence_starts(text, tokens, paragraph)

    assert list(paragraph) == sorted(set(paragraph))
    assert list(sentence) == sorted(set(sentence))
    assert set(paragraph) <= set(sentence) <= set(range(len(tokens)))
    assert bool(tokens) == (0 in paragraph)


@pytest.mark.parametrize(
    "piece", [".", ". ", "!»", " ", "\n", "\n ", "\r\n", "。", "?」", "a.", "В. ", "1. ", "\u200f."]
)
def test_a_long_run_of_anything_takes_linear_time(piece: str) -> None:
    text = piece * (300_000 // len(piece)) + "\n\nEnd"

    assert paragraphs(text)[-1] == "End"
    assert sentences(text)[-1] == "End"
