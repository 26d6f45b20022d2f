"""Read a query: words and "quoted phrases" with OR between them.

Operators are upper case. What later releases will understand (AND, NOT, NEAR, ``~``, ``*``, fields,
concepts, ``claim(...)``) is refused with its name, never silently taken for a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from domain.errors import QueryError
from matching.query.ast import Or, Phrase, Query, Term, Word
from matching.text.tokens import tokenize

_QUOTES = '"“”„«»「」'
_LEXEME = re.compile(rf"[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?P<closed>[{_QUOTES}]?)|(?P<bare>[^\s{_QUOTES}]+)")
_KNOWN = 'this release knows words, "quoted phrases" and OR'
_RESERVED_WORD = re.compile(r"(?:AND|NOT|O?NEAR(?:/\w*)?)$|(?:SENT|PARA|ATLEAST/\w*)(?=\()")
_RESERVED_SIGN = re.compile(r"[~*:()\[\]@=^]|^[-/]")
_LOWER_OPERATOR = re.compile(r"(?:or|and|not|o?near/\w*)$", re.IGNORECASE)


@dataclass(frozen=True)
class _Lexeme:
    text: str
    column: int
    quoted: bool = False

    @property
    def is_or(self) -> bool:
        return self.text == "OR" and not self.quoted


def parse(text: str) -> Query:
    """Read one query; line breaks are blanks.

    Args:
        text: ``term OR term ...``, where a term is a word or a phrase in quotes.

    Raises:
        QueryError: it cannot be understood; the message names the mend, the column is in ``text``.
    """
    lexemes = [_lexeme(match) for match in _LEXEME.finditer(text)]
    if not lexemes:
        raise QueryError("the query is empty: write at least one word or quoted phrase")
    terms: list[Term] = []
    for index, lexeme in enumerate(lexemes):
        if lexeme.is_or != bool(index % 2):
            raise _misplaced(lexemes, index)
        if not lexeme.is_or:
            terms.append(_term(lexeme))
    if lexemes[-1].is_or:
        raise QueryError("OR needs a term after it", column=lexemes[-1].column)
    return terms[0] if len(terms) == 1 else Or(terms=tuple(terms))


def _lexeme(match: re.Match[str]) -> _Lexeme:
    column = match.start() + 1
    if match["bare"] is None:
        if not match["closed"]:
            raise QueryError("this quote is never closed: put a quote mark after the phrase", column=column)
        _refuse_signs_in_phrase(match["phrase"], column + 1)
        return _Lexeme(match["phrase"], column, quoted=True)
    if match["bare"] != "OR":
        _refuse_reserved(match["bare"], column)
    return _Lexeme(match["bare"], column)


def _refuse_reserved(word: str, column: int) -> None:
    if reserved := _RESERVED_WORD.match(word):
        raise QueryError(f"{reserved.group()} is not known yet: {_KNOWN}", column=column)
    if _LOWER_OPERATOR.match(word):
        raise QueryError(
            f'operators are written in capitals ({word.upper()}); to look for the word itself, quote it: "{word}"',
            column=column,
        )
    if word.startswith("claim("):
        raise QueryError(f"claim(...) is not known yet: {_KNOWN}", column=column)
    if sign := _RESERVED_SIGN.search(word):
        raise QueryError(
            f"{sign.group()!r} is kept for later: {_KNOWN}; quote the word if the sign is part of it",
            column=column + sign.start(),
        )


def _refuse_signs_in_phrase(phrase: str, column: int) -> None:
    if sign := re.search(r"\w[~*]", phrase):
        raise QueryError(
            f"{sign.group()[-1]!r} has no meaning within quotes: write each form of the word as a phrase of its own",
            column=column + sign.end() - 1,
        )


def _term(lexeme: _Lexeme) -> Term:
    if not tokenize(lexeme.text):
        raise QueryError(f'"{lexeme.text}" holds no letter or digit to look for', column=lexeme.column)
    make = Phrase if lexeme.quoted else Word
    return make(text=lexeme.text, column=lexeme.column)


def _misplaced(lexemes: Sequence[_Lexeme], index: int) -> QueryError:
    """An OR where a term should be, or a term where an OR should be."""
    lexeme = lexemes[index]
    if lexeme.is_or:
        return QueryError(f"OR needs a term {'before it' if index == 0 else 'on each side'}", column=lexeme.column)
    if lexemes[index - 1].quoted or lexeme.quoted:
        mend = "write OR between them"
    else:
        words = [word.text for word in takewhile(_is_bare_word, lexemes[index - 1 :])]
        mend = f'quote them as a phrase, "{" ".join(words)}", or write {" OR ".join(words)}'
    return QueryError(f"terms stand beside each other: {mend}", column=lexeme.column)


def _is_bare_word(lexeme: _Lexeme) -> bool:
    return not lexeme.quoted and not lexeme.is_or
