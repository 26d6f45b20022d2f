"""Say what a query means: its tree in words, the forms it looks for, the keys it needs, and what looks wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from domain.keys import HasAll, HasAny, KeyQuery
from domain.watches import ANY_LANGUAGE
from matching.query.ast import (
    And,
    AtLeast,
    Claim,
    Filter,
    Form,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Scope,
    Variants,
    Weighted,
    Within,
    Word,
)
from matching.query.lint import Finding, Knowledge, lint
from matching.query.parse import parse
from matching.query.render import condition, number, operator_of, render
from matching.query.resolve import resolve
from matching.query.walk import parts
from matching.text.inflect import Inflection
from matching.text.tokens import is_unspaced, tokenize

#: What an article of a language must have to meet a query; ``matching.query.required.required``.
Required = Callable[[Node, str], KeyQuery]

#: Forms are shown of so many words, the first ones.
MOST_INFLECTED = 200

_FORMS = {Form.INFLECTED: "in any form", Form.EXACT: "exactly so", Form.PREFIX: "and words that begin so"}
_SCOPES = {Scope.SENTENCE: "within one sentence", Scope.PARAGRAPH: "within one paragraph"}
_FILTERS = {
    "lang": "the language is",
    "outlet": "the outlet is",
    "country": "the outlet's country is",
    "author": "the author's name holds",
    "url": "the address holds",
}


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A part of a query in words, with the parts below it."""

    words: str
    parts: tuple[Branch, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Forms:
    """The forms that one inflected word is looked for by."""

    #: As written: ``земля~``.
    term: str
    language: str
    #: Is the word in the language's dictionary? Else its forms are guessed.
    known: bool
    #: The word itself first; not always all.
    forms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What a query means."""

    #: The query in its plainest form.
    query: str
    tree: Branch
    #: Of the first MOST_INFLECTED words.
    forms: tuple[Forms, ...]
    #: Language to what an article in it must have at the least; empty where that was not asked for.
    required: Mapping[str, KeyQuery]
    findings: tuple[Finding, ...]


def explain(text: str, knowledge: Knowledge, required: Required | None = None) -> Explanation:
    """Explain one query.

    Args:
        text: the query.
        knowledge: the languages to show, and what there is to know of them.
        required: tells the keys that are needed; without it they are left out.

    Raises:
        QueryError: it cannot be read, or names a concept that there is not.
    """
    node = parse(text)
    resolved = resolve(node, knowledge.concepts, text)
    return Explanation(
        query=render(node),
        tree=_branch(resolved, knowledge.languages),
        forms=tuple(_forms(resolved, knowledge)),
        required={language: required(resolved, language) for language in knowledge.languages} if required else {},
        findings=lint(node, knowledge),
    )


def keys_in_words(query: KeyQuery) -> str:
    """What an article must have, on one line."""
    if isinstance(query, HasAny):
        keys = sorted(query.keys)
        return keys[0] if len(keys) == 1 else f"any of {', '.join(keys)}" if keys else "what no article has"
    if not query.parts:
        return "anything" if isinstance(query, HasAll) else "what no article has"
    joint = " and " if isinstance(query, HasAll) else " or "
    return joint.join(f"({keys_in_words(part)})" for part in query.parts)


def _branch(node: Node, languages: tuple[str, ...]) -> Branch:
    words = _words(node)
    if isinstance(node, Variants):
        shown = [one for one in (*languages, ANY_LANGUAGE) if one in node.by_language]
        return Branch(
            words=words, parts=tuple(_variant(one, _branch(node.by_language[one], languages)) for one in shown)
        )
    return Branch(words=words, parts=tuple(_branch(part, languages) for part in parts(node)))


def _variant(language: str, branch: Branch) -> Branch:
    name = "other languages" if language == ANY_LANGUAGE else language
    return Branch(words=f"{name}: {branch.words}", parts=branch.parts)


def _words(node: Node) -> str:
    """One node in words, without its parts."""
    return _WORDS.get(type(node), render)(node)


def _term(node: Word | Phrase) -> str:
    return f"{render(node)}  {_FORMS[node.form]}" if node.form in _FORMS else render(node)


def _filter(node: Filter) -> str:
    return f"{_FILTERS[node.name]} {' or '.join(node.values)}"


def _claim(node: Claim) -> str:
    asked = " and ".join(map(condition, node.conditions))
    return f"a claim with {asked}" if asked else "any claim"


def _near(node: Near) -> str:
    reach = "4 words (12 characters in Chinese)" if node.distance is None else f"{node.distance} words"
    return f"{operator_of(node)}: at most {reach} between{', in this order' if node.ordered else ''}"


_WORDS: dict[type, Callable[..., str]] = {
    Word: _term,
    Phrase: _term,
    Regex: lambda node: f"/{node.pattern}/  a regular expression, whatever the case",
    Near: _near,
    Filter: _filter,
    Claim: _claim,
    AtLeast: lambda node: f"at least {node.count} of",
    And: lambda _: "all of",
    Or: lambda _: "any of",
    Not: lambda _: "not",
    Within: lambda node: _SCOPES[node.scope],
    InField: lambda node: f"in the {node.field}",
    Weighted: lambda node: f"each term counts {number(node.weight)}",
    Variants: lambda node: node.label,
}


def _forms(node: Node, knowledge: Knowledge) -> Iterator[Forms]:
    """The forms of each inflected word in the languages that know it; where none does, in all of them."""
    wanted: dict[str, dict[str, None]] = {}
    for word, languages in _inflected(node, knowledge.languages):
        wanted.setdefault(word, {}).update(dict.fromkeys(languages))
    for word, asked in islice(wanted.items(), MOST_INFLECTED):
        inflections = [known for one in asked if (known := knowledge.inflection(one)) is not None]
        knowing = [known for known in inflections if known.knows(word)]
        yield from (_of_word(word, known) for known in knowing or inflections)


def _inflected(node: Node, languages: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each word under ``~``, folded, with the languages it is inflected in."""
    if isinstance(node, Variants):
        for one, part in node.by_language.items():
            inner = tuple(language for language in languages if one in {language, ANY_LANGUAGE})
            yield from _inflected(part, inner) if inner else ()
        return
    if isinstance(node, Word | Phrase) and node.form is Form.INFLECTED:
        for token in tokenize(node.text):
            if not is_unspaced(token.keys[0]):
                yield token.keys[0], languages
    for part in parts(node):
        yield from _inflected(part, languages)


def _of_word(word: str, inflection: Inflection) -> Forms:
    return Forms(
        term=f"{word}~", language=inflection.language, known=inflection.knows(word), forms=inflection.forms(word)
    )
