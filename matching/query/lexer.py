"""Cut a query into the tokens of grammar.lark, and say what is no token, at its place.

Rules that live here:

* A word is what stands between blanks, quotes, brackets, commas, colons and the signs ``~ * = ^``; a slash,
  a hyphen, an apostrophe or a dot inside it belongs to it.
* Quotes of all kinds open and close a phrase: "“”„ close each other, «» and 「」 likewise.
* Full-width brackets, commas, colons and signs are what they look like; ``#`` before a word begins a comment.
* Operators are upper case. In small letters between terms, with a number, or with look-alikes of another
  script they are told, never silently taken for words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token

from matching.query import hints, vocabulary
from matching.query.source import Source, quoted

#: Brackets and parts nested deeper are refused.
MOST_DEPTH = 50

#: Quotes that close each other: what is within those of one family holds none of it.
FAMILIES = ('"“”„‟〝〞＂', "«»", "「」『』")
_QUOTE = "".join(FAMILIES)
_SIGNS = {"~": "~", "～": "~", "*": "*", "＊": "*", "=": "=", "＝": "="}
_OPENING, _CLOSING = "(（[［", ")）]］"
_COMMAS = ",，、"
#: Characters that nobody sees; at the edge of a word they are blanks.
_MARKS = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_ENDS = re.escape(_OPENING + _CLOSING + _COMMAS + _QUOTE) + r"\s"
_BREAKS = _ENDS + re.escape(":：^" + "".join(_SIGNS))

_FORBIDDEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SKIP = re.compile(rf"(?:[\s{_MARKS}]|#[^\n]*)*")
_PHRASES = "|".join(rf"[{family}][^{family}]*[{family}]?" for family in FAMILIES)
_TERM = re.compile(
    rf"(?P<field>[\w-]+[{_MARKS}]*[:：])|(?P<concept>@[^{_BREAKS}]*)|(?P<weight>\^[^{_ENDS}^]*)|(?P<phrase>{_PHRASES})"
    rf"|(?P<regex>/(?:[^/\\\n]|\\.)*(?P<closed>/?))|(?P<word>[^{_BREAKS}]+)|(?P<stray>.)"
)
_VALUE = re.compile(rf"(?P<phrase>{_PHRASES})|(?P<value>[^{_ENDS}]+)")
_CODE = re.compile(rf"(?P<value>[^{_ENDS}^]+)")
_CLAIM = re.compile(rf"(?P<compare>[<>=!≤≥≠:：＝]+)|(?P<name>[^{_ENDS}<>=!≤≥≠:：＝]+)|(?P<stray>.)")

_COMPARE = {"=": "=", "＝": "=", "!=": "!=", "≠": "!=", ">=": ">=", "≥": ">=", "<=": "<=", "≤": "<="}
_COMPARE_HINTS = {"==": "=", ":": "=", "：": "=", ">": ">=", "<": "<=", "<>": "!=", "=>": ">=", "=<": "<=", "!": "!="}
_OPERATORS = {"OR": "_OR", "AND": "_AND", "NOT": "NOT"}
_SCOPES = ("SENT", "PARA")
_NUMBERED = re.compile(r"(O?NEAR|ATLEAST)(?:/(.*))?", re.DOTALL)
#: Tokens after which a term has been said.
_SAID = frozenset(("WORD", "PHRASE", "REGEX", "CONCEPT", "VALUE", "WEIGHT", "_RPAR", "_RSQB"))


@dataclass(frozen=True, slots=True)
class _Bracket:
    """A bracket that is still open."""

    #: ``(``, ``[``, or of ``(``: ``claim``; of ``[``: ``values``.
    kind: str
    offset: int

    @property
    def sign(self) -> str:
        return "[" if self.kind in {"[", "values"} else "("


def scan(source: Source) -> Iterator[Token]:
    """The tokens of a query, in order.

    Raises:
        QueryError: something is no token, or a bracket or quote is not closed.
    """
    return _Scanner(source).tokens()


class _Scanner:
    """Reads one query from left to right."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        self._at = 0
        self._open: list[_Bracket] = []
        self._last = ""

    def tokens(self) -> Iterator[Token]:
        if found := _FORBIDDEN.search(self._text):
            code = f"U+{ord(found.group()):04X}"
            raise self._source.error(f"the character {code} has no place in a query: take it out", found.start())
        while self._skip() < len(self._text):
            token = self._next(self._at)
            self._last = token.type
            yield token
        if self._open:
            raise self._never_closed(self._open[-1])

    def _skip(self) -> int:
        skipped = _SKIP.match(self._text, self._at)
        self._at = skipped.end() if skipped else self._at
        return self._at

    def _next(self, start: int) -> Token:
        char = self._text[start]
        if char in _OPENING:
            return self._opened(start, char)
        if char in _CLOSING:
            return self._closed(start, char)
        if char in _COMMAS:
            return self._token("_COMMA", ",", start, start + 1)
        if self._last in {"FILTER", "GEO", "COMPARE"} or (self._open and self._open[-1].kind == "values"):
            return self._value(start)
        if self._open and self._open[-1].kind == "claim":
            return self._in_claim(start)
        return self._term(start)

    def _token(self, kind: str, value: str, start: int, end: int) -> Token:
        self._at = end
        place = self._source.position(start)
        return Token(kind, value, start_pos=start, line=place.line, column=place.column, end_pos=end)

    # Brackets

    def _opened(self, start: int, char: str) -> Token:
        squared = char in "[［"
        if self._last in {"FILTER", "GEO", "COMPARE"}:
            if not squared:
                raise self._source.error("several values stand in square brackets: [a, b]", start)
            kind = "values"
        else:
            kind = "[" if squared else "claim" if self._last == "CLAIM" else "("
        if len(self._open) == MOST_DEPTH:
            raise self._source.error(f"the query is nested more than {MOST_DEPTH} brackets deep", start)
        self._open.append(_Bracket(kind, start))
        return self._token("_LSQB" if squared else "_LPAR", char, start, start + 1)

    def _closed(self, start: int, char: str) -> Token:
        squared = char in "]］"
        sign = "[" if squared else "("
        if not self._open:
            raise self._source.error(f"this {char} closes nothing: there is no open {sign} before it", start)
        bracket = self._open[-1]
        if bracket.sign != sign:
            place = self._source.position(bracket.offset)
            where = f"the {bracket.sign} in line {place.line}, column {place.column}"
            raise self._source.error(f"this {char} does not fit: {where} is still open", start)
        self._open.pop()
        return self._token("_RSQB" if squared else "_RPAR", char, start, start + 1)

    def _never_closed(self, bracket: _Bracket) -> Exception:
        closing = "]" if bracket.sign == "[" else ")"
        return self._source.error(
            f"this {bracket.sign} is never closed: the query ends without its {closing}", bracket.offset
        )

    # Values of filters and claims

    def _value(self, start: int) -> Token:
        found = (_CODE if self._last == "GEO" else _VALUE).match(self._text, start)
        if found is None:
            raise self._source.error("a value is expected here", start)
        if found.lastgroup == "value":
            return self._token("VALUE", found.group(), start, found.end())
        text = self._inside(found, start)
        return self._token("VALUE", text, start, found.end())

    def _in_claim(self, start: int) -> Token:
        found = _CLAIM.match(self._text, start)
        if found is None or found.lastgroup == "stray":
            raise self._source.error("within claim(...) stand conditions such as type=gift, with commas between", start)
        if found.lastgroup == "name":
            return self._token("NAME", found.group(), start, found.end())
        sign = found.group()
        if sign not in _COMPARE:
            mend = _COMPARE_HINTS.get(sign)
            raise self._source.error(
                f"{quoted(sign)} compares nothing; there are = != >= <=" + (f"; did you mean {mend}?" if mend else ""),
                start,
            )
        return self._token("COMPARE", _COMPARE[sign], start, found.end())

    # Terms

    def _term(self, start: int) -> Token:
        found = _TERM.match(self._text, start)
        if found is None:
            raise self._stray(start)
        if found.lastgroup == "word":
            return self._word(start, found.end())
        if found.lastgroup == "phrase":
            text = self._inside(found, start)
            return self._signed("PHRASE", text, start, found.end())
        if found.lastgroup == "field":
            return self._field(found, start)
        if found.lastgroup == "regex":
            return self._regex(found, start)
        if found.lastgroup == "stray":
            raise self._stray(start)
        return self._token(str(found.lastgroup).upper(), found.group()[1:], start, found.end())

    def _inside(self, found: re.Match[str], start: int) -> str:
        """What stands within quotes."""
        text = found.group()
        family = next(family for family in FAMILIES if text[0] in family)
        if len(text) == 1 or text[-1] not in family:
            raise self._source.error(
                "this quote is never closed: the query ends without another quote mark of its kind", start
            )
        return text[1:-1]

    def _field(self, found: re.Match[str], start: int) -> Token:
        written = found.group()[:-1].rstrip(_MARKS)
        name = written.casefold()
        if name in vocabulary.FIELDS:
            return self._token("FIELD", vocabulary.FIELDS[name], start, found.end())
        if name in vocabulary.FILTERS:
            return self._token("FILTER", name, start, found.end())
        if name == vocabulary.GEO:
            return self._token("GEO", name, start, found.end())
        raise self._source.error(vocabulary.unknown_field(written), start)

    def _regex(self, found: re.Match[str], start: int) -> Token:
        end = found.end()
        if not found["closed"]:
            raise self._source.error(
                "this / begins a regular expression that is never closed by another / in its line", start
            )
        if end < len(self._text) and (self._text[end].isalnum() or self._text[end] in _SIGNS):
            raise self._source.error("a regular expression takes no flags: it never minds case", end)
        return self._token("REGEX", found.group()[1:-1], start, end)

    def _word(self, start: int, end: int) -> Token:
        written = self._text[start:end].rstrip(_MARKS)
        if end < len(self._text) and self._text[end] in _SIGNS:
            self._check_word(written, start)
            return self._signed("WORD", written, start, end)
        return self._operator(written, start, end) or self._plain(written, start, end)

    def _plain(self, written: str, start: int, end: int) -> Token:
        self._check_operator(written, start, end)
        self._check_word(written, start)
        return self._token("WORD", f"{written} ", start, end)

    def _signed(self, kind: str, text: str, start: int, end: int) -> Token:
        """A word or phrase with the sign after it, if there is one; the sign is the value's last character."""
        sign = _SIGNS.get(self._text[end], "") if end < len(self._text) else ""
        if not sign:
            return self._token(kind, f"{text} ", start, end)
        after = self._text[end + 1 : end + 2]
        if after.isdigit() and sign == "~":
            mend = "for words near each other write a NEAR/3 b" if kind == "PHRASE" else "word~ is any form of the word"
            raise self._source.error(f"~ takes no number: {mend}", end + 1)
        if kind == "PHRASE" and sign == "*":
            raise self._source.error("* stands after a single word, not after a phrase", end)
        if after and re.match(rf"[^{_ENDS}^{_MARKS}]", after):
            raise self._glued(sign, end)
        return self._token(kind, f"{text}{sign}", start, end + 1)

    def _glued(self, sign: str, offset: int) -> Exception:
        reason = "there is no wildcard within a word" if sign == "*" else f"{sign} ends a word"
        return self._source.error(f"{reason}: put a blank after the {sign}, or quote the text", offset)

    # Operators

    def _operator(self, written: str, start: int, end: int) -> Token | None:
        if written in _OPERATORS:
            return self._token(_OPERATORS[written], written, start, end)
        if written in _SCOPES:
            return self._token("SCOPE", written, start, end)
        if written == "claim" and self._called(end):
            return self._token("CLAIM", written, start, end)
        numbered = _NUMBERED.fullmatch(written)
        return self._numbered(numbered, start, end) if numbered else None

    def _numbered(self, found: re.Match[str], start: int, end: int) -> Token:
        name, number = found[1], found[2]
        atleast = name == "ATLEAST"
        if (number is None and atleast) or (number is not None and not re.fullmatch("[0-9]{1,6}", number)):
            example = "ATLEAST/2(a, b, c)" if atleast else f"a {name}/5 b"
            raise self._source.error(f"{name}/ needs a whole number, as in {example}", start)
        return self._token("ATLEAST" if atleast else "NEAR", found.group(), start, end)

    def _called(self, end: int) -> bool:
        """Does a round bracket open directly here?"""
        return self._text[end : end + 1] in ("(", "（")

    def _check_operator(self, written: str, start: int, end: int) -> None:
        between = (self._last in _SAID or written.upper() == "NOT") and self._term_follows(end)
        problem = hints.meant_operator(written, between=between, called=self._called(end))
        if problem:
            raise self._source.error(problem, start)

    def _term_follows(self, end: int) -> bool:
        skipped = _SKIP.match(self._text, end)
        place = skipped.end() if skipped else end
        return place < len(self._text) and self._text[place] not in _CLOSING + _COMMAS

    def _check_word(self, written: str, start: int) -> None:
        problem = hints.foreign_sign(written)
        if problem:
            raise self._source.error(problem, start)

    def _stray(self, start: int) -> Exception:
        char = self._text[start]
        sign = _SIGNS.get(char)
        if sign == "*":
            message = "* stands after the beginning of a word, never before it: territor*"
        elif sign:
            message = f"{sign} stands directly behind a word or phrase: word{sign}"
        else:
            message = f"{quoted(char)} has no meaning here: quote it if it is part of what you look for"
        return self._source.error(message, start)
