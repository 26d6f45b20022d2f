"""Whatever the bytes, a file loads or is refused with ConfigError."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimwatch.config.load import load_settings
from domain.errors import ConfigError

_WORDS = [
    *("outlets", "watches", "channels", "routes", "database", "network", "url", "kind", "to", "match", "id", "title"),
    *("query", "queries", "sources", "disabled", "headers", "secret", "email", "webhook", "console", "builtin", "en"),
    *("env:A", "file:x", "1s", "KZ", "postgresql://[", "http://[", "a@b", "[::1]:1", "sqlite:///", "\0", "\ud7ff"),
]
_SIGNS = [":", ": ", "- ", "\n", "\n  ", "{", "}", "[", "]", ",", "'", '"', "|\n", ">\n", "#", "*", "&", "!", "?", "\t"]
_ODD = [
    "~",
    "no",
    ".inf",
    "0x",
    "0b_",
    "1:30",
    "-._",
    "1e999",
    "<<",
    "=",
    "\x85",
    "\u2028",
    "\ufeff",
    "%YAML 9\n",
    "---\n",
]
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_WORDS) | st.text(max_size=5)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=6),
    max_leaves=20,
)


def _texts() -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from([*_WORDS, *_SIGNS, *_ODD]), max_size=40).map("".join).map(str.encode)


def _documents() -> st.SearchStrategy[bytes]:
    """JSON is YAML: well-formed files with anything in them."""
    return st.dictionaries(st.sampled_from(_WORDS), _TREES, max_size=6).map(lambda tree: json.dumps(tree).encode())


@pytest.mark.parametrize("name", ["claimwatch.yaml", "o.yaml", "w.yaml"])
@given(body=st.binary(max_size=200) | _texts() | _documents())
@settings(max_examples=60, deadline=None)
def test_any_bytes_load_or_are_refused(name: str, body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = {"claimwatch.yaml": b"outlets: [o.yaml]\nwatches: [w.yaml]", "o.yaml": b"outlets: []"}
        for each, content in {**files, "w.yaml": b"watches: []", name: body}.items():
            (Path(folder) / each).write_bytes(content)

        with contextlib.suppress(ConfigError):
            assert load_settings(f"{folder}/claimwatch.yaml", environ={}).origin
