"""Other ways of meeting articles with ``benchmarks.rules``: what one would write first, and what one could install.

Each is given the words of an article as we cut them, and only the rules of the article's language.
"""

from __future__ import annotations

import re
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from typing import Any

from benchmarks.rules import BenchRule, Term
from domain.keys import Token
from matching.text.tokens import tokenize

Hits = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An article, cut into words before any clock is started."""

    language: str
    #: The words, folded.
    text: str
    words: tuple[str, ...]
    #: Where each word begins in the text.
    starts: tuple[int, ...]
    #: What an index of ours would keep.
    keys: tuple[str, ...]


#: Between two fields: words of which no rule asks, more than any NEAR reaches over.
_BORDER = ("zzxborder",) * 10


def prepared(language: str, fields: Iterable[Sequence[Token]], keys: tuple[str, ...]) -> Prepared:
    """An article from our tokens; its fields lie so far apart that nothing is near across their borders."""
    words = tuple(word for tokens in fields for word in (*(token.keys[0] for token in tokens), *_BORDER))
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    return Prepared(language=language, text=" ".join(words), words=words, starts=tuple(starts[:-1]), keys=keys)


#: First and last place of what was found.
Span = tuple[int, int]


def near(left: Iterable[Span], right: Iterable[Span], most: int = 8) -> bool:
    """Are any two beside each other, with at most so many words between?"""
    return any(0 < max(two[0] - one[1], one[0] - two[1]) <= most + 1 for one, two in product(left, right))


def fires(rule: BenchRule, spans: Callable[[Term], Sequence[Span]]) -> bool:
    """Does the rule fire, with these spans of terms?"""
    if not spans(rule.needed) or (rule.unwanted is not None and spans(rule.unwanted)):
        return False
    left = [span for term in rule.left for span in spans(term)]
    return near(left, [span for term in rule.right for span in spans(term)]) if left else False


def by_language(rules: Iterable[BenchRule]) -> Mapping[str, list[BenchRule]]:
    """The rules of each language."""
    found: dict[str, list[BenchRule]] = {}
    for rule in rules:
        found.setdefault(rule.language, []).append(rule)
    return found


def loop(rules: Sequence[BenchRule]) -> Callable[[Prepared], Hits]:
    """Every rule in turn, over the places of each word."""
    known = by_language(rules)
    cut = {form: tuple(token.keys[0] for token in tokenize(form)) for form in _forms(rules)}

    def find(article: Prepared) -> Hits:
        positions: dict[str, list[int]] = {}
        for place, word in enumerate(article.words):
            positions.setdefault(word, []).append(place)

        def spans(term: Term) -> list[Span]:
            return [span for form in term.forms for span in _of_phrase(cut[form], positions, article.words)]

        return frozenset(rule.id for rule in known.get(article.language, ()) if fires(rule, spans))

    return find


def _forms(rules: Iterable[BenchRule]) -> set[str]:
    return {form for rule in rules for term in _terms(rule) for form in term.forms}


def _terms(rule: BenchRule) -> list[Term]:
    return [*rule.left, *rule.right, rule.needed, *((rule.unwanted,) if rule.unwanted else ())]


def _of_phrase(words: tuple[str, ...], positions: Mapping[str, list[int]], text: tuple[str, ...]) -> list[Span]:
    first, length = positions.get(words[0], []), len(words)
    if length == 1:
        return [(place, place) for place in first]
    return [(place, place + length - 1) for place in first if text[place : place + length] == words]


def regex_each(rules: Sequence[BenchRule]) -> Callable[[Prepared], Hits]:
    """One regular expression for each distinct term, searched once in each article of its language."""
    known = by_language(rules)
    patterns = {
        language: {term: _pattern(term) for rule in mine for term in _terms(rule)} for language, mine in known.items()
    }

    def find(article: Prepared) -> Hits:
        found = {
            term: [_span(article, match) for match in pattern.finditer(article.text)]
            for term, pattern in patterns.get(article.language, {}).items()
        }
        return frozenset(rule.id for rule in known.get(article.language, ()) if fires(rule, found.__getitem__))

    return find


def _span(article: Prepared, match: re.Match[str]) -> Span:
    return bisect_left(article.starts, match.start()), bisect_left(article.starts, match.end()) - 1


def _pattern(term: Term) -> re.Pattern[str]:
    spaced = (" ".join(token.keys[0] for token in tokenize(form)) for form in term.forms)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, spaced))})\b")


def full_text(rules: Sequence[BenchRule]) -> Callable[[Prepared], Hits]:
    """SQLite's FTS5 in memory: the article is its one row, each rule a query with a NEAR for each pair of forms."""
    known = {language: [(rule.id, _fts(rule)) for rule in mine] for language, mine in by_language(rules).items()}
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE article USING fts5(words)")

    def find(article: Prepared) -> Hits:
        database.execute("DELETE FROM article")
        database.execute("INSERT INTO article VALUES (?)", (article.text,))
        ask = "SELECT 1 FROM article WHERE article MATCH ?"
        asked = known.get(article.language, ())
        return frozenset(name for name, query in asked if database.execute(ask, (query,)).fetchone())

    return find


def _fts(rule: BenchRule) -> str:
    left, right = ([form for term in side for form in term.forms] for side in (rule.left, rule.right))
    pairs = " OR ".join(f"NEAR({_quoted(one)} {_quoted(other)}, 8)" for one, other in product(left, right))
    needed = " OR ".join(map(_quoted, rule.needed.forms))
    without = " OR ".join(map(_quoted, rule.unwanted.forms)) if rule.unwanted else ""
    return f"(({pairs}) AND ({needed}))" + (f" NOT ({without})" if without else "")


def _quoted(form: str) -> str:
    return f'"{" ".join(token.keys[0] for token in tokenize(form))}"'


def perq(rules: Sequence[BenchRule]) -> Callable[[Prepared], Hits] | None:
    """``perq``, where it is installed: it has no phrases, distances and NOT, so that it finds too much."""
    try:
        library: Any = import_module("perq")
    except ImportError:
        return None
    store = library.MemoryStore()
    library.index([library.Query(rule.id, _clauses(rule)) for rule in rules], store)
    matcher = library.QueryMatcher(store)

    def find(article: Prepared) -> Hits:
        return frozenset(matcher.matches(library.Document(article.keys)))

    return find


def _clauses(rule: BenchRule) -> list[tuple[str, ...]]:
    return [_alternatives(rule.left), _alternatives(rule.right), _alternatives((rule.needed,))]


def _alternatives(terms: Iterable[Term]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form.split()[-1] for term in terms for form in term.forms))
