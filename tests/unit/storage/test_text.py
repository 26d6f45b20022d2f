"""The door for text keeps lengths, so that offsets hold."""

from __future__ import annotations

import pytest

from storage.text import storable, storable_json


@pytest.mark.parametrize("text", ["", "plain", "Қазақ жері", "领土", "🗺", "tab\tand\nline", "\ufffd"])
def test_storable_leaves_good_text_alone(text: str) -> None:
    assert storable(text) == text


@pytest.mark.parametrize("bad", [chr(0), chr(0xD800), chr(0xDBFF), chr(0xDC00), chr(0xDFFF)])
def test_storable_replaces_one_character_by_one(bad: str) -> None:
    assert storable(f"a{bad}{bad}b") == "a\ufffd\ufffdb"


def test_storable_json_cleans_every_text_at_any_depth() -> None:
    value = {"k\x00": [{"t": "a\ud800"}, ("b\x00",)], "n": 1, "none": None, "yes": True}

    assert storable_json(value) == {"k\ufffd": [{"t": "a\ufffd"}, ["b\ufffd"]], "n": 1, "none": None, "yes": True}
