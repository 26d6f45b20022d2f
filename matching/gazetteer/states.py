"""States by what newspapers call them: names, adjectives, demonyms, capitals and seats of government.

``states.tsv`` holds them; scripts/build-states makes it of Unicode's CLDR and ``states.yaml``, where the
words are explained. Names are words that are looked for, side by side where they are disputed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_OR = " OR "
_LABEL, _BLOCK = "label", "block"


class Kind(StrEnum):
    """What a term is of its state."""

    NAME = "name"
    ADJECTIVE = "adjective"
    PEOPLE = "people"
    CAPITAL = "capital"
    #: What stands for its government: Kremlin, Ақорда.
    SEAT = "seat"


@dataclass(frozen=True, kw_only=True)
class State:
    """One state; its terms are written as in a query (``Россия~``, ``"South Korea"``, ``РФ=``)."""

    #: ISO 3166-1 alpha-2, or XK.
    id: str
    #: Its English name, to be shown.
    label: str
    #: Primary language, then kind, to the terms; a kind without terms is absent.
    terms: Mapping[str, Mapping[Kind, tuple[str, ...]]]
    #: Primary language to longer words within which no term of the state stands.
    blocked: Mapping[str, tuple[str, ...]]

    def query(self, language: str, *kinds: Kind) -> str:
        """A query that any of the terms meets.

        Args:
            language: one of ``terms``.
            kinds: those that count; none means all.
        """
        known = self.terms[language]
        return _OR.join(term for kind in kinds or Kind for term in known.get(kind, ()))


@cache
def states() -> Mapping[str, State]:
    """All states by their ids, in the order of these."""
    lines = files("matching").joinpath("gazetteer/states.tsv").read_text(encoding="utf-8").splitlines()
    rows: dict[str, list[list[str]]] = {}
    for line in lines:
        if not line.startswith("#"):
            state, *cells = line.split("\t")
            rows.setdefault(state, []).append(cells)
    return {state: _state(state, cells) for state, cells in rows.items()}


def _state(state: str, rows: list[list[str]]) -> State:
    labels = [value for _, kind, value in rows if kind == _LABEL]
    terms: dict[str, dict[Kind, tuple[str, ...]]] = {}
    for language, kind, value in _of_terms(rows):
        terms.setdefault(language, {})[Kind(kind)] = tuple(value.split(_OR))
    blocked = {language: tuple(value.split()) for language, kind, value in rows if kind == _BLOCK}
    return State(id=state, label=labels[0], terms=terms, blocked=blocked)


def _of_terms(rows: list[list[str]]) -> Iterator[list[str]]:
    return (row for row in rows if row[1] not in {_LABEL, _BLOCK})
