"""What is allowed in a query and yet most likely a mistake, with its place and the mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from domain.watches import ANY_LANGUAGE
from matching.query.ast import (
    And,
    AtLeast,
    Concept,
    Filter,
    Form,
    Geo,
    InField,
    Node,
    Not,
    Or,
    Phrase,
    Position,
    Regex,
    Weighted,
    Within,
    Word,
)
from matching.query.concepts import Concepts, ConceptWords
from matching.query.regex import LEAST_LITERAL, has_literal
from matching.query.render import render
from matching.query.vocabulary import LEAST_PREFIX
from matching.query.walk import parts, place, walk
from matching.text.inflect import Inflection
from matching.text.inflect import inflection as built_in
from matching.text.language import primary
from matching.text.tokens import is_unspaced, tokenize

#: More findings than this help nobody.
MOST_FINDINGS = 100

#: Filters of which a document has one value, so that two of them contradict each other.
_SINGLE = ("lang", "outlet", "country")


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # the query, or a part of it, can never be met
    WARNING = "warning"  # it means something, but hardly what was meant


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to look at again."""

    severity: Severity
    at: Position
    message: str


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What a query is looked at with."""

    #: Primary languages of the articles that will be read.
    languages: tuple[str, ...]
    concepts: Concepts = field(default_factory=Concepts)
    #: The inflection of a language, None for one that has none.
    inflection: Callable[[str], Inflection | None] = built_in
    #: Language to its most frequent words, folded.
    frequent: Mapping[str, AbstractSet[str]] = field(default_factory=dict)


def lint(node: Node, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Everything worth telling about a query.

    Args:
        node: as ``parse`` gives it, its concepts not resolved.
        knowledge: languages, concepts, inflections and frequent words.

    Returns:
        The first findings, in the order of their places.
    """
    found = [finding for one in walk(node) for look in _LOOKS for finding in look(one, knowledge)]
    found += _too_frequent(node, knowledge)
    distinct = sorted(set(found), key=lambda finding: (finding.at, finding.message))
    return tuple(distinct[:MOST_FINDINGS])


def _warning(message: str, at: Position) -> Finding:
    return Finding(severity=Severity.WARNING, at=at, message=message)


def _error(message: str, at: Position) -> Finding:
    return Finding(severity=Severity.ERROR, at=at, message=message)


def _short_prefix(node: Node, _: Knowledge) -> Iterator[Finding]:
    if isinstance(node, Word) and node.form is Form.PREFIX:
        tokens = tokenize(node.text)
        if len(tokens) == 1 and len(tokens[0].keys[0]) == LEAST_PREFIX:
            yield _warning(f"{render(node)} is short and meets very many words: write more letters", node.at)
        elif all(is_unspaced(token.keys[0]) for token in tokens):
            yield _warning(f"{render(node)} needs no *: such characters are found wherever they stand", node.at)


def _loose_regex(node: Node, _: Knowledge) -> Iterator[Finding]:
    if isinstance(node, Regex) and not has_literal(node.pattern):
        yield _warning(
            f"/{node.pattern}/ has no {LEAST_LITERAL} letters in a row that every match holds: "
            "no index can find it, so it costs time",
            node.at,
        )


def _unknown_words(node: Node, knowledge: Knowledge) -> Iterator[Finding]:
    if not isinstance(node, Word | Phrase) or node.form is not Form.INFLECTED:
        return
    words = [token.keys[0] for token in tokenize(node.text) if not is_unspaced(token.keys[0])]
    if not words:
        yield _warning(f"{render(node)}: words of this script have no forms, ~ changes nothing", node.at)
        return
    inflections = [known for one in knowledge.languages if (known := knowledge.inflection(one)) is not None]
    if not inflections:
        listed = ", ".join(knowledge.languages)
        yield _warning(f"{render(node)}: no forms are known in {listed}, ~ changes nothing", node.at)
    for word in words if inflections else ():
        if not any(known.knows(word) for known in inflections):
            listed = ", ".join(known.language for known in inflections)
            yield _warning(f"'{word}' is no word that is known in {listed}: its forms are guessed", node.at)


def _speechless(node: Node, knowledge: Knowledge) -> Iterator[Finding]:
    """Concepts and states without words in a language that is read."""
    words = _words_of(node, knowledge.concepts)
    if words is None or words.variants.get(ANY_LANGUAGE):
        return
    missing = [language for language in knowledge.languages if not words.variants.get(language)]
    if missing:
        at = place(node)
        yield _warning(f"{render(node)} has no words in {', '.join(missing)}: it is never met there", at)


def _words_of(node: Node, concepts: Concepts) -> ConceptWords | None:
    if isinstance(node, Concept) and node.name in concepts.named:
        return concepts.words_of(node.name)
    return concepts.states.get(node.code) if isinstance(node, Geo) else None


def _repeated(node: Node, _: Knowledge) -> Iterator[Finding]:
    if not isinstance(node, And | Or | AtLeast):
        return
    seen: dict[str, Node] = {}
    for part in node.parts:
        first = seen.setdefault(_same(part), part)
        if first is not part:
            yield _warning(f"'{_short(part)}' is there already, in {_where(place(first))}", place(part))


def _same(node: Node) -> str:
    """Equal for parts that mean the same."""
    if isinstance(node, Word | Phrase) and node.form is not Form.EXACT:
        return f"{node.form} {' '.join(token.keys[0] for token in tokenize(node.text))}"
    return render(node)


def _contradictory(node: Node, _: Knowledge) -> Iterator[Finding]:
    if not isinstance(node, And):
        return
    wanted = {_same(part) for part in node.parts}
    for part in node.parts:
        if isinstance(part, Not) and _same(part.part) in wanted:
            yield _error(f"'{_short(part.part)}' is wanted and excluded: this can never be met", part.at)
    yield from _exclusive([part for part in node.parts if isinstance(part, Filter) and part.name in _SINGLE])


def _exclusive(filters: Sequence[Filter]) -> Iterator[Finding]:
    """Filters of one name that leave nothing together."""
    left: dict[str, Filter] = {}
    for one in filters:
        before = left.setdefault(one.name, one)
        common = tuple(value for value in before.values if value in set(one.values))
        if not common:
            values = ", ".join(dict.fromkeys((*before.values, *one.values)))
            message = f"no article is {_short(before)} and {_short(one)}: this can never be met"
            yield _error(f"{message}; write {one.name}:[{values}]", one.at)
            return
        left[one.name] = replace(before, values=common)


def _unread_language(node: Node, knowledge: Knowledge) -> Iterator[Finding]:
    if not isinstance(node, Filter) or node.name != "lang":
        return
    if not {primary(value) for value in node.values} & {*knowledge.languages}:
        yield _error(f"{render(node)} is never met: only {', '.join(knowledge.languages)} are read", node.at)


def _fields_apart(node: Node, _: Knowledge) -> Iterator[Finding]:
    if not isinstance(node, InField):
        return
    for one in walk(node.part):
        if isinstance(one, InField) and (one.field == "title") != (node.field == "title"):
            yield _error(f"{one.field}: within {node.field}: is never met: no word stands in both", one.at)


def _small_near(node: Node, _: Knowledge) -> Iterator[Finding]:
    if not isinstance(node, And):
        return
    for part in node.parts[1:-1]:
        if isinstance(part, Word) and part.form is Form.FOLDED and part.text.casefold() in {"near", "onear"}:
            yield _warning(f"'{part.text}' is taken for a word: did you mean {part.text.upper()}?", part.at)


_Look = Callable[[Node, Knowledge], Iterator[Finding]]
_LOOKS: tuple[_Look, ...] = (
    _short_prefix,
    _loose_regex,
    _unknown_words,
    _speechless,
    _repeated,
    _contradictory,
    _unread_language,
    _fields_apart,
    _small_near,
)


def _too_frequent(node: Node, knowledge: Knowledge) -> Iterator[Finding]:
    """Terms that alone are enough to meet the query, and stand in nearly every article."""
    vocabularies = [_Vocabulary(language, knowledge) for language in knowledge.languages]
    for term in _enough(node):
        for vocabulary in vocabularies:
            if vocabulary.has(term):
                yield _warning(
                    f"'{render(term)}' alone is enough to meet the query, and it is one of the most frequent words "
                    f"of {vocabulary.language}: ask for something beside it",
                    term.at,
                )


def _enough(node: Node) -> Iterator[Word | Phrase]:
    """The terms each of which meets the query by itself."""
    if isinstance(node, Word | Phrase):
        yield node
    elif isinstance(node, And):
        wanted = [part for part in node.parts if not isinstance(part, Not | Filter)]
        if len(wanted) == 1:
            yield from _enough(wanted[0])
    elif isinstance(node, Or | Within | InField | Weighted) or (isinstance(node, AtLeast) and node.count == 1):
        for part in parts(node):
            yield from _enough(part)


class _Vocabulary:
    """The most frequent words of a language, and the keys of their forms."""

    def __init__(self, language: str, knowledge: Knowledge) -> None:
        self.language = language
        self._words = knowledge.frequent.get(language, frozenset())
        self._inflection = knowledge.inflection(language)

    @cached_property
    def _keys(self) -> AbstractSet[str]:
        known = self._inflection
        return {key for word in self._words for key in known.keys_of(word)} if known else set()

    def has(self, term: Word | Phrase) -> bool:
        """Is the term met by one of these words?"""
        surfaces = [token.keys[0] for token in tokenize(term.text)]
        joined = "".join(surfaces)
        if len(surfaces) > 1 and not all(map(is_unspaced, surfaces)):
            return False
        if term.form is Form.PREFIX:
            return any(word.startswith(joined) for word in self._words)
        if term.form is Form.INFLECTED and self._inflection is not None and not is_unspaced(joined):
            return not self._inflection.keys_for(joined).isdisjoint(self._keys)
        return joined in self._words and (term.form is not Form.EXACT or term.text == joined)


def _short(node: Node) -> str:
    text = render(node)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _where(at: Position) -> str:
    return f"column {at.column}" if at.line == 1 else f"line {at.line}, column {at.column}"


def worst(findings: Sequence[Finding]) -> Severity | None:
    """The gravest severity among them; None without findings."""
    if not findings:
        return None
    return Severity.ERROR if any(one.severity is Severity.ERROR for one in findings) else Severity.WARNING
