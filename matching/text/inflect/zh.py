"""Chinese does not inflect: it has two ways of writing, and both become the simplified one.

Character for character, so that places stay: what OpenCC's ``t2s`` makes of a single character. The ways of
Taiwan and Hong Kong to name a thing (哈薩克 for 哈萨克斯坦) are other words and belong into lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from opencc import OpenCC

_HAN = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x33480))


def simplify(text: str) -> str:
    """The text with each traditional character as its simplified one; of the same length."""
    return text.translate(_table())


@cache
def _table() -> Mapping[int, str]:
    characters = [chr(code) for first, end in _HAN for code in range(first, end)]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    return {ord(one): other for one, other in pairs if one != other and len(other) == 1}
