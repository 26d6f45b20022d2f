"""Longer words of Chinese and Japanese within which a name is no name: 发展中国家 holds 中国."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from matching.query.ast import Phrase, Position
from matching.query.terms import Step, steps

#: The place of a term within a longer word, in tokens, and what the tokens of that are.
Blocker = tuple[int, tuple[Step, ...]]


def blockers(sequence: Sequence[Step], words: Iterable[str]) -> tuple[Blocker, ...]:
    """What blocks a term that is a variant: longer words that hold it.

    Args:
        sequence: what the tokens of the term are; only a run of unspaced characters is ever blocked.
        words: what the concept blocks, beside the words of ``lexicons/blockers.txt``.
    """
    if not sequence or not all(step.unspaced for step in sequence):
        return ()
    run = [step.keys for step in sequence]
    longer = (*_built_in(), *map(_cut, words))
    found = ((place, cut) for cut in longer if len(cut) > len(run) for place in _places(run, cut))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1 << 12)
def _cut(word: str) -> tuple[Step, ...]:
    return steps(Phrase(text=word, at=Position(1, 1)), "zh")


def _places(run: Sequence[frozenset[str]], cut: Sequence[Step]) -> Iterator[int]:
    keys = [step.keys for step in cut]
    return (place for place in range(len(keys) - len(run) + 1) if keys[place : place + len(run)] == run)


@cache
def _built_in() -> tuple[tuple[Step, ...], ...]:
    lines = files("matching").joinpath("lexicons/blockers.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_cut(line) for line in lines if line and not line.startswith("#"))
