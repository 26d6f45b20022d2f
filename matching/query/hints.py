"""What people who know other query languages write, and what they should write here."""

from __future__ import annotations

import re
import unicodedata

OPERATORS = ("OR", "AND", "NOT")

_NUMBERED = re.compile(r"(?:O?NEAR|ATLEAST)/\d*")
_CALLED = re.compile(r"SENT|PARA|ATLEAST(?:/\d*)?")
_LOOK_ALIKES = str.maketrans("АЕОТРСНМКХВ", "AEOTPCHMKXB")
_FOREIGN = {"|": "OR", "||": "OR", "&": "AND", "&&": "AND", "!": "NOT", "+": "AND"}
_EXCLUDING = "-‐‑‒–—−!"
_SINGLE_QUOTES = "'‘’‚‹"


def meant_operator(written: str, *, between: bool, called: bool) -> str | None:
    """What is wrong with a word that is an operator but for its letters; None for an ordinary word.

    Args:
        written: the word; not an operator as it stands.
        between: terms stand before and after it.
        called: a round bracket opens directly after it.
    """
    latin = unicodedata.normalize("NFKC", written).translate(_LOOK_ALIKES)
    if latin != written and (latin in OPERATORS or _NUMBERED.fullmatch(latin)):
        return f"{latin} is written here with letters of another script: type it in Latin letters"
    upper = written.upper()
    if _NUMBERED.fullmatch(upper) or (between and upper in OPERATORS) or (called and _CALLED.fullmatch(upper)):
        return (
            f"operators are written in capitals: did you mean {upper}? To look for the word itself, "
            f'quote it: "{written}"'
        )
    return None


def foreign_sign(written: str) -> str | None:
    """What is wrong with a word that has signs of other query languages; None where there are none."""
    if written in _FOREIGN:
        return f"{written} is no operator here: did you mean {_FOREIGN[written]}?"
    first, rest = written[0], written[1:]
    if first in _EXCLUDING and rest[:1].isalnum():
        return f"{first} excludes nothing here: did you mean NOT {rest}?"
    if first == "+" and rest[:1].isalpha():
        return "+ is not needed: terms beside each other are all required"
    if first in _SINGLE_QUOTES and rest[:1].isalnum():
        return 'a phrase stands in double quotes: "…"'
    if "?" in written.rstrip("?"):
        return "? is no wildcard here: word~ is any form of a word, word* any word that begins so"
    return None
