"""The door for text: what no database can hold is replaced here, and nowhere else.

PostgreSQL refuses NUL, and no database encodes a lone surrogate. Each of them becomes U+FFFD, one
character for one character, so that the offsets of mentions still point at the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """The same text, of the same length, with U+FFFD for every NUL and lone surrogate."""
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def storable_json(value: Any) -> Any:
    """The same JSON value with every text in it made storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): storable_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable_json(item) for item in value]
    return value
