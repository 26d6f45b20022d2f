"""What a query is made of; docs/queries.md says what each part means.

``matching.query.parse`` makes these from text, ``matching.query.resolve`` puts concepts and places in
their stead, ``matching.engine`` meets articles with them, and ``matching.query.reference`` says in the
slowest and plainest way what the meaning is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where something begins in the text of a query; both counted from 1."""

    line: int
    column: int


class Form(StrEnum):
    """Which forms of a word are meant."""

    FOLDED = "folded"  # word: the same but for case, width and look-alikes
    INFLECTED = "inflected"  # word~: any form of it in the document's language
    EXACT = "exact"  # word=: the same characters
    PREFIX = "prefix"  # word*: any word that begins so


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word; in Chinese and Japanese a run of characters, wherever it stands."""

    #: As written, without its sign.
    text: str
    form: Form = Form.FOLDED
    at: Position


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words in quotes: beside each other, in this order."""

    #: As written, without the quotes.
    text: str
    #: Of every word in it; never PREFIX.
    form: Form = Form.FOLDED
    at: Position


@dataclass(frozen=True, kw_only=True)
class Regex:
    """A regular expression of RE2, met by the original text of one field, without regard to case."""

    #: Without the slashes.
    pattern: str
    at: Position


@dataclass(frozen=True, kw_only=True)
class Concept:
    """``@name``: any of the variants that a concept has for the document's language."""

    name: str
    at: Position


@dataclass(frozen=True, kw_only=True)
class Geo:
    """``geo:RU``: a state by its names, adjectives, demonyms and capital, in the document's language."""

    #: Our actor id, in upper case: ISO 3166-1 alpha-2.
    code: str
    at: Position


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition of ``claim(...)``, such as ``authority>=legislator``."""

    name: str
    #: ``=``, ``!=``, ``>=`` or ``<=``; the last two for ``authority`` and ``score`` only.
    operator: str
    #: Several mean any of them.
    values: tuple[str, ...]
    at: Position


@dataclass(frozen=True, kw_only=True)
class Claim:
    """``claim(...)``: one claim of the document that meets all conditions; none at all means any claim."""

    conditions: tuple[Condition, ...] = ()
    at: Position


@dataclass(frozen=True, kw_only=True)
class Filter:
    """``lang:``, ``outlet:``, ``country:``, ``author:``, ``url:``: about the document, not its words."""

    name: str
    #: Several mean any of them.
    values: tuple[str, ...]
    at: Position


@dataclass(frozen=True, kw_only=True)
class And:
    """All of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Or:
    """Any of them; each that is met counts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Not:
    """Not this; it stands only beside a positive part of an And."""

    part: Node
    at: Position


@dataclass(frozen=True, kw_only=True)
class Near:
    """Both within a distance, in one field; a place of its own, from the first word to the last.

    The parts are places: terms, Or of places, Near, concepts. Never And, Not, Sentence and the like.
    """

    left: Node
    right: Node
    #: Most tokens between the two; None means 4, and 12 in documents in Chinese or Japanese.
    distance: int | None = None
    #: The left one comes first (ONEAR).
    ordered: bool = False
    at: Position


class Scope(StrEnum):
    """What must hold the whole of a part."""

    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, kw_only=True)
class Within:
    """``SENT(...)``, ``PARA(...)``: one sentence or paragraph by itself meets the part, a NOT in it too."""

    scope: Scope
    part: Node
    at: Position


@dataclass(frozen=True, kw_only=True)
class AtLeast:
    """``ATLEAST/2(a, b, c)``: so many of the parts."""

    count: int
    parts: tuple[Node, ...]
    at: Position


@dataclass(frozen=True, kw_only=True)
class InField:
    """``title:x``, ``lead:x``, ``text:x``: the field by itself meets the part."""

    #: title, lead or text.
    field: str
    part: Node
    at: Position


@dataclass(frozen=True, kw_only=True)
class Weighted:
    """``x^3``: each distinct term of it counts so much instead of 1."""

    part: Node
    weight: float


@dataclass(frozen=True, kw_only=True)
class Variants:
    """What a concept or place became: one part for each language; only the resolver makes it.

    The part of the document's language is met, else that of ``*``, else nothing.
    """

    #: As the query wrote it, ``@russia`` or ``geo:RU``.
    label: str
    #: Primary language or ``*`` to the part.
    by_language: Mapping[str, Node]
    #: Longer words that hold a variant and mean something else (发展中国家 holds 中国), by language.
    blocked: Mapping[str, tuple[str, ...]]
    at: Position


Term = Word | Phrase | Regex
Node = (
    Word
    | Phrase
    | Regex
    | Concept
    | Geo
    | Claim
    | Filter
    | And
    | Or
    | Not
    | Near
    | Within
    | AtLeast
    | InField
    | Weighted
    | Variants
)
