"""Says in plain words why a token does not fit where it stands."""

from __future__ import annotations

from lark import Token

from domain.errors import QueryError
from matching.query import vocabulary
from matching.query.ast import Position
from matching.query.source import Source, quoted

END = "$END"

_JOINING = frozenset(("_OR", "_AND", "NEAR"))
_OPERATORS = _JOINING | {"NOT"}
_STARTING = frozenset(
    ("WORD", "PHRASE", "REGEX", "CONCEPT", "GEO", "FILTER", "CLAIM", "SCOPE", "ATLEAST", "FIELD", "_LPAR", "_LSQB")
)
_WEIGHT = "a weight stands directly behind a term or bracket, once: word^2"
_COMMA = "a comma parts the members of a list: write [a, b] for any of them, a OR b, or a AND b"
_CALLS = {
    "SCOPE": "{0} needs brackets: {0}(a AND b); to look for the word itself, quote it",
    "ATLEAST": "{0} needs its parts in brackets: {0}(a, b, c)",
}


def misfit(source: Source, before: Token | None, token: Token) -> QueryError:
    """The error for a token that the grammar does not allow where it stands.

    Args:
        source: the query.
        before: the token before it, None at the beginning.
        token: the one that does not fit; its type is END where the query ends too early.
    """
    if before is None:
        return source.error(_at_beginning(token), _place(token))
    if token.type in {"NAME", "COMPARE", "VALUE"} or before.type in {"NAME", "COMPARE", "VALUE", "FILTER", "GEO"}:
        message = _in_values(before, token)
    elif before.type in _CALLS:
        message = _CALLS[before.type].format(str(before))
    elif token.type == END:
        message = f"the query ends here, where {_wanted_after(before)} is expected"
    else:
        message = _between(before, token)
    return source.error(message, _place(token))


def _written(token: Token) -> str:
    return quoted(token.rstrip())


def _place(token: Token) -> Position:
    return Position(token.line or 1, token.column or 1)


def _at_beginning(token: Token) -> str:
    if token.type in _JOINING:
        return f"{token} needs a term before it"
    if token.type == "WEIGHT":
        return _WEIGHT
    if token.type == "_COMMA":
        return _COMMA
    return f"a query cannot begin with {_written(token)}"


def _wanted_after(before: Token) -> str:
    if before.type in _OPERATORS:
        return f"a term after {before}"
    if before.type == "FIELD":
        return f"a term after {before}:"
    return "a term"


def _between(before: Token, token: Token) -> str:
    if token.type == "WEIGHT":
        return _WEIGHT
    if before.type == "NOT" == token.type:
        return "NOT NOT cancel each other: take both away"
    if before.type == "NEAR" and token.type == "NOT":
        return "NOT cannot be near: write a AND NOT (a NEAR b)"
    if before.type in _OPERATORS and token.type in _JOINING:
        return f"a term is missing between {before} and {token}" + (
            ": write a AND NOT b, not a NOT AND b" if before.type == "NOT" else ""
        )
    if before.type in _OPERATORS or before.type == "FIELD":
        return f"{_wanted_after(before)} is expected before {_written(token)}"
    return _at_bracket(before, token)


def _at_bracket(before: Token, token: Token) -> str:
    opening, closing = before.type in {"_LPAR", "_LSQB"}, token.type in {"_RPAR", "_RSQB"}
    if opening and closing:
        return "there is nothing between these brackets"
    if before.type == "_COMMA":
        return f"a term is missing between the comma and {_written(token)}"
    if token.type == "_COMMA":
        return "a term is missing before the comma" if opening else _COMMA
    if opening:
        return f"{token} needs a term before it within the bracket"
    return f"{_written(token)} does not fit here: a term, an operator or a closing bracket is expected"


def _in_values(before: Token, token: Token) -> str:
    """Within filters, places and claims."""
    if before.type in {"FILTER", "GEO"}:
        return f"{before}: needs a value directly after it, as in {_EXAMPLES[str(before)]}"
    if before.type == "NAME":
        problem = vocabulary.condition_problem(before.lower(), "=", ())
        return problem or f"{before} is compared with nothing: write {before}=..., or {before}!=..."
    if before.type == "COMPARE":
        return "a value is expected here, as in type=gift or type=[gift, annexation]"
    if token.type == "VALUE":
        return f"a comma is missing before {_written(token)}"
    if token.type in {"NAME", "COMPARE"}:
        return "conditions look like type=gift, and are parted by commas: claim(type=gift, target=KZ)"
    return _AFTER_VALUE.get(token.type) or f"{_written(token)} does not fit here, after a value"


_AFTER_VALUE = {"_COMMA": "several values stand in square brackets: lang:[ru, kk]", "WEIGHT": _WEIGHT}
_EXAMPLES = {
    "lang": "lang:ru or lang:[ru, kk]",
    "outlet": "outlet:tass",
    "country": "country:KZ",
    "author": 'author:"Ivan Petrov"',
    "url": "url:example.org/news",
    "geo": "geo:KZ",
}
