"""Ukrainian: simplemma's dictionary."""

from __future__ import annotations

from matching.text.inflect import Inflection
from matching.text.inflect.lemmas import DictionaryInflection


def load() -> Inflection:
    """The inflection of Ukrainian."""
    return DictionaryInflection("uk")
