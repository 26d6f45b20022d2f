"""The key stream of an article, and what an index keeps of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.articles import TEXT_FIELDS
from domain.keys import KeyStream
from matching.text.inflect import LANGUAGES
from matching.text.keys import index_keys, key_stream, word_keys
from matching.text.normalize import normalize
from matching.text.tokens import LONGEST_WORD, tokenize
from tests.unit.matching.articles import article

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
MIXED_TEXT = st.text(st.sampled_from("жерің Zemlyaземля's領土آۋە'1.,\u202e\u200f\ud800\u0301əi\n。"), max_size=40)
LANGUAGE = st.sampled_from((*LANGUAGES, "zh", "und"))


def test_tokens_carry_their_surface_and_the_keys_of_the_language() -> None:
    stream = key_stream(article("Землями Казахстана"), "ru")

    assert [token.keys for token in stream.fields["text"]] == [
        ("землями", "ru:земля"),
        ("казахстана", "ru:казахстан"),
    ]


@pytest.mark.parametrize("language", ["zh", "de", "und"])
def test_a_language_without_inflection_has_surfaces_alone(language: str) -> None:
    stream = key_stream(article("Land 領土"), language)

    assert [token.keys for token in stream.fields["text"]] == [("land",), ("领",), ("土",)]


def test_a_title_is_one_sentence() -> None:
    stream = key_stream(article("One. Two.\nThree.", title="No! Never. Why?", lead="Four. Five"), "en")

    assert stream.sentences == {"title": (0,), "lead": (0, 1), "text": (0, 1, 2)}
    assert stream.paragraphs == {"title": (0,), "lead": (0,), "text": (0, 2)}


def test_an_empty_field_has_no_sentence() -> None:
    stream = key_stream(article(), "en")

    assert stream.sentences == stream.paragraphs == dict.fromkeys(TEXT_FIELDS, ())


def test_keys_are_those_of_mended_homoglyphs() -> None:
    (token,) = key_stream(article("əлемдi"), "kk").fields["text"]

    assert token.keys[0] == "әлемді"
    assert "kk:әлем" in token.keys


@pytest.mark.parametrize("text", ["қазақстанның", "qazaqstannyń", "qazaqstannyñ", "قازاقستاننىڭ"])
def test_kazakh_is_one_language_in_all_its_scripts(text: str) -> None:
    (token,) = key_stream(article(text), "kk").fields["text"]

    assert {"kk:қазақстан", "kk:qazaqstan", "kk:قازاقستان"} & set(token.keys)


def test_the_index_keeps_every_key_and_pairs_of_characters() -> None:
    stream = key_stream(article("领·土, 国 Lands", title="lands"), "en")
    claimed = KeyStream(fields=stream.fields, claims=(frozenset({"claim.type=gift"}),))

    keys = index_keys(claimed)

    assert keys == tuple(
        sorted({"claim.type=gift", "en:land", "lands", "en:领", "en:土", "en:国"} | set("领土国") | {"领土", "土国"})
    )


def test_a_word_without_end_is_neither_inflected_nor_remembered() -> None:
    (token,) = key_stream(article("ж" * (LONGEST_WORD + 1)), "kk").fields["text"]

    assert token.keys == ("ж" * (LONGEST_WORD + 1),)


@settings(deadline=None)  # the first example loads a dictionary
@given(ANY_TEXT | MIXED_TEXT, LANGUAGE)
def test_keys_are_made_of_the_surface_that_the_offsets_show(text: str, language: str) -> None:
    for token in key_stream(article(text), language).fields["text"]:
        shown = tokenize(text[token.start : token.end])
        assert token.keys[0] in "".join(each.keys[0] for each in shown)
        assert 0 <= token.start < token.end <= len(text)


@settings(deadline=None)  # the first example loads a dictionary
@given(MIXED_TEXT, LANGUAGE)
def test_folded_text_gives_the_same_keys(text: str, language: str) -> None:
    keys_of = word_keys(language)

    once = [token.keys for token in tokenize(text, keys_of)]
    twice = [token.keys for token in tokenize(normalize(text).text, keys_of)]

    assert twice == once


@settings(deadline=None)  # the first example loads a dictionary
@given(MIXED_TEXT)
def test_a_folded_surface_stays_as_it_is(text: str) -> None:
    surfaces = [token.keys[0] for token in tokenize(text)]

    assert [[token.keys[0] for token in tokenize(one)] for one in surfaces] == [[one] for one in surfaces]


@pytest.mark.parametrize(
    "piece", ["жерлеріміздің ", "领土。", "'s ", "\u202eқ\u200f ", "\ud800.", "a\u0301b ", "ъіўь", "мeм"]
)
def test_a_long_text_of_anything_is_read(piece: str) -> None:
    text = piece * (200_000 // len(piece)) + ". Land"

    stream = key_stream(article(text), "kk")

    last = stream.fields["text"][-1]
    assert (text[last.start : last.end], last.keys[0]) == ("Land", "land")
    assert stream.sentences["text"][-1] == len(stream.fields["text"]) - 1
