"""Read a query: text to the tree of ast.py, by the grammar of grammar.lark.

Whatever the text, reading ends soon, either with a tree at most 50 nodes deep or with a QueryError.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedToken

from matching.query import messages, vocabulary
from matching.query.ast import (
    And,
    AtLeast,
    Claim,
    Concept,
    Condition,
    Filter,
    Form,
    Geo,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Position,
    Regex,
    Scope,
    Weighted,
    Within,
    Word,
)
from matching.query.checks import check
from matching.query.lexer import scan
from matching.query.source import Source, quoted
from matching.text.tokens import is_unspaced, tokenize

#: A query has at most so many characters.
MOST_CHARACTERS = 500_000

#: Enough to be sure of a token; whether rarer characters make one, only cutting tells.
_LETTER = re.compile("[A-Za-z0-9\u0410-\u044f\u4e00-\u9fff]")
_FORMS = {" ": Form.FOLDED, "~": Form.INFLECTED, "=": Form.EXACT, "*": Form.PREFIX}
_SCOPES = {"SENT": Scope.SENTENCE, "PARA": Scope.PARAGRAPH}


def parse(text: str) -> Node:
    """Read one query.

    Args:
        text: the query; several lines are one, and ``#`` begins a comment.

    Raises:
        QueryError: it cannot be understood, or can mean nothing; the message names the mend, and line,
            column and excerpt show the place, which lies within the text or directly after it.
    """
    source = Source(text)
    if len(text) > MOST_CHARACTERS:
        raise source.error(f"the query is longer than {MOST_CHARACTERS} characters: part it into several watches", 0)
    node = _read(source)
    check(node, source)
    return node


def _read(source: Source) -> Node:
    reader = _grammar().parse_interactive()
    before: Token | None = None
    token: Token | None = None
    try:
        for token in scan(source):
            reader.feed_token(token)
            before = token
        if before is None:
            raise source.error("the query is empty: write at least one word or quoted phrase", 0)
        end = source.position(before.end_pos or 0)
        token = Token(messages.END, "", line=end.line, column=end.column)
        return cast("Node", reader.feed_token(token))
    except UnexpectedToken as error:
        raise messages.misfit(source, before, error.token) from None
    except _WrongError as error:
        raise source.error(error.message, error.at) from None


class _WrongError(Exception):
    """A token that fits the grammar, but not the language."""

    def __init__(self, message: str, at: Position) -> None:
        self.message = message
        self.at = at
        super().__init__(message)


@cache
def _grammar() -> Lark:
    """The parser; it is fed with the tokens of lexer.scan, its own lexer knows none."""
    text = resources.files("matching.query").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, start="query", parser="lalr", lexer="basic", transformer=_Builder())


def _at(token: Token) -> Position:
    return Position(token.line or 1, token.column or 1)


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes the nodes, one method a rule of the grammar."""

    def word(self, token: Token) -> Node:
        text, form = token[:-1], _FORMS[token[-1]]
        _check_letters(text, token)
        if form is Form.PREFIX:
            _check_prefix(text, token)
        return Word(text=text, form=form, at=_at(token))

    def phrase(self, token: Token) -> Node:
        text, form = token[:-1], _FORMS[token[-1]]
        _check_letters(text, token)
        return Phrase(text=text, form=form, at=_at(token))

    def regex(self, token: Token) -> Node:
        return Regex(pattern=str(token), at=_at(token))

    def concept(self, token: Token) -> Node:
        if not all(part.isalnum() for part in re.split("[-_]", token)):
            raise _WrongError("a concept is written @name: letters, digits and _ directly after the @", _at(token))
        return Concept(name=token.lower(), at=_at(token))

    def geo(self, _: Token, *values: Token) -> Node:
        for value in values:
            _refuse(vocabulary.actor_problem(value), value)
        places = tuple(Geo(code=vocabulary.actor(value), at=_at(value)) for value in values)
        return places[0] if len(places) == 1 else Or(parts=places)

    def filter(self, token: Token, *values: Token) -> Node:
        for value in values:
            _refuse(vocabulary.filter_problem(token, value), value)
        known = tuple(vocabulary.filter_value(token, value) for value in values)
        return Filter(name=str(token), values=known, at=_at(token))

    def condition(self, name: Token, operator: Token, *values: Token) -> Condition:
        key = name.lower()
        _refuse(vocabulary.condition_problem(key, operator, tuple(values)), name)
        known = tuple(vocabulary.condition_value(key, value) for value in values)
        return Condition(name=key, operator=str(operator), values=known, at=_at(name))

    def claim(self, token: Token, *conditions: Condition | None) -> Node:
        return Claim(conditions=tuple(filter(None, conditions)), at=_at(token))

    def weighted(self, part: Node, token: Token) -> Node:
        if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", token):
            raise _WrongError("a weight is a plain number, as in word^2 or word^0.5", _at(token))
        weight = float(token)
        least, most = vocabulary.LEAST_WEIGHT, vocabulary.MOST_WEIGHT
        if not least <= weight <= most:
            hint = "; to leave a term out of the score, use a small weight" if weight == 0 else ""
            raise _WrongError(f"a weight is a number from {least:g} to {most:g}, not {token}{hint}", _at(token))
        return Weighted(part=part, weight=weight)

    def in_field(self, token: Token, part: Node) -> Node:
        return InField(field=str(token), part=part, at=_at(token))

    def within(self, token: Token, part: Node) -> Node:
        return Within(scope=_SCOPES[token], part=part, at=_at(token))

    def near(self, left: Node, token: Token, right: Node) -> Node:
        name, _, number = token.partition("/")
        distance = int(number) if number else None
        if distance is not None and distance > vocabulary.MOST_DISTANCE:
            most = vocabulary.MOST_DISTANCE
            raise _WrongError(f"{name} reaches at most {most} words: for more, use PARA(a AND b)", _at(token))
        if distance == 0:
            raise _WrongError(f'{name}/0 is a phrase: write "a b", or {name}/1 for one word between', _at(token))
        return Near(left=left, right=right, distance=distance, ordered=name == "ONEAR", at=_at(token))

    def at_least(self, token: Token, *parts: Node) -> Node:
        count = int(token.partition("/")[2])
        if count == 0:
            raise _WrongError(f"{token} is always met: ask for at least one", _at(token))
        if count > len(parts):
            raise _WrongError(f"{token} can never be met: it has only {len(parts)} part(s)", _at(token))
        return AtLeast(count=count, parts=parts, at=_at(token))

    def negation(self, token: Token, part: Node) -> Node:
        return Not(part=part, at=_at(token))

    def any_of(self, *parts: Node) -> Node:
        flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
        return flat[0] if len(flat) == 1 else Or(parts=flat)

    def all_of(self, *parts: Node) -> Node:
        return And(parts=tuple(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))))


def _refuse(problem: str | None, token: Token) -> None:
    if problem:
        raise _WrongError(problem, _at(token))


def _check_letters(text: str, token: Token) -> None:
    if not _LETTER.search(text) and not tokenize(text):
        raise _WrongError(f"{quoted(text)} holds no letter or digit to look for", _at(token))


def _check_prefix(text: str, token: Token) -> None:
    tokens = tokenize(text)
    if all(is_unspaced(one.keys[0]) for one in tokens):
        return
    if len(tokens) > 1:
        raise _WrongError(f"* takes one word: {quoted(text)} is several; quote them and leave the * away", _at(token))
    if len(tokens[0].keys[0]) < vocabulary.LEAST_PREFIX:
        least = vocabulary.LEAST_PREFIX
        raise _WrongError(f"{quoted(text + '*')} is too short: * needs at least {least} letters before it", _at(token))
