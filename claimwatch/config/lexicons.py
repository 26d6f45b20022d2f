"""The packaged lexicons that are YAML, read once: frequent words, and the built-in concepts.

A file of matching/lexicons with the key ``concepts`` holds concepts, as matching/concepts.py shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

import yaml

from domain.errors import ConfigError, Problem
from matching.concepts import Concepts, ConceptWords, read_concepts
from matching.statewords import StateWords

_FREQUENT = "frequent.yaml"


@cache
def frequent_words() -> Mapping[str, frozenset[str]]:
    """The most frequent words by language, folded."""
    (words,) = (content for name, content in _files() if name == _FREQUENT)
    return {language: frozenset(str(text).split()) for language, text in words.items()}


@cache
def builtin_concepts() -> Concepts:
    """The packaged concepts and states.

    Raises:
        ConfigError: a packaged concept is wrong.
    """
    named: dict[str, ConceptWords] = {}
    problems: list[Problem] = []
    for name, content in _files():
        found, flaws = read_concepts(content.get("concepts", {}))
        named |= found
        problems += (Problem(file=name, message=f"{'.'.join(map(str, one.path))}: {one.message}") for one in flaws)
    if problems:
        raise ConfigError(problems)
    return Concepts(named=named, states=StateWords())


def _files() -> Iterator[tuple[str, dict[str, dict[str, object]]]]:
    """Name and content of each packaged lexicon."""
    for file in sorted(resources.files("matching").joinpath("lexicons").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            yield file.name, yaml.safe_load(file.read_text(encoding="utf-8"))
