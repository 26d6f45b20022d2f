"""Write a query's tree as text again, in its plainest form; reading that gives the same tree."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

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
    Regex,
    Scope,
    Variants,
    Weighted,
    Within,
    Word,
)
from matching.query.lexer import FAMILIES

SIGNS = {Form.FOLDED: "", Form.INFLECTED: "~", Form.EXACT: "=", Form.PREFIX: "*"}
_CLOSING = {"«": "»", "「": "」"}
SCOPES = {Scope.SENTENCE: "SENT", Scope.PARAGRAPH: "PARA"}


class _Binding(IntEnum):
    """How tightly a node holds its parts; a looser one within a tighter one needs brackets."""

    ANY = 0
    ALL = 1
    NOT = 2
    NEAR = 3
    PART = 4
    ITEM = 5


def render(node: Node) -> str:
    """The text of a query; a concept that was resolved is written by its name again.

    Args:
        node: as ``parse`` makes it: parts of an Or are no Or, parts of an And no And.
    """
    return _render(node, _Binding.ANY)


def operator_of(node: Near) -> str:
    """``NEAR``, ``ONEAR/5``."""
    name = "ONEAR" if node.ordered else "NEAR"
    return name if node.distance is None else f"{name}/{node.distance}"


def number(value: float) -> str:
    """A weight as it is written."""
    return str(int(value)) if value == int(value) else repr(value)


def condition(one: Condition) -> str:
    """A condition of a claim as it is written."""
    return f"{one.name}{one.operator}{_values(one.values)}"


def _render(node: Node, around: _Binding) -> str:
    binding, write = _WRITERS[type(node)]
    text = write(node)
    return f"({text})" if binding < around else text


def _quoted(text: str) -> str:
    family = next(one for one in FAMILIES if not set(one) & set(text))
    opening, closing = family[0], _CLOSING.get(family[0], family[0])
    return f"{opening}{text}{closing}"


def _values(values: tuple[str, ...]) -> str:
    written = [value if _is_plain(value) else _quoted(value) for value in values]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _is_plain(value: str) -> bool:
    return bool(value) and not any(
        char.isspace() or char in '()[],"“”„‟〝〞＂«»「」『』（）［］，、#' for char in value
    )


def _joined(parts: tuple[Node, ...], by: str, around: _Binding) -> str:
    return by.join(_render(part, around) for part in parts)


def _near(node: Near) -> str:
    return f"{_render(node.left, _Binding.NEAR)} {operator_of(node)} {_render(node.right, _Binding.PART)}"


def _claim(node: Claim) -> str:
    return f"claim({', '.join(map(condition, node.conditions))})"


_Writer = Callable[..., str]
_WRITERS: dict[type, tuple[_Binding, _Writer]] = {
    Word: (_Binding.ITEM, lambda node: node.text + SIGNS[node.form]),
    Phrase: (_Binding.ITEM, lambda node: _quoted(node.text) + SIGNS[node.form]),
    Regex: (_Binding.ITEM, lambda node: f"/{node.pattern}/"),
    Concept: (_Binding.ITEM, lambda node: f"@{node.name}"),
    Geo: (_Binding.ITEM, lambda node: f"geo:{node.code}"),
    Variants: (_Binding.ITEM, lambda node: node.label),
    Claim: (_Binding.ITEM, _claim),
    Filter: (_Binding.ITEM, lambda node: f"{node.name}:{_values(node.values)}"),
    And: (_Binding.ALL, lambda node: _joined(node.parts, " AND ", _Binding.NOT)),
    Or: (_Binding.ANY, lambda node: _joined(node.parts, " OR ", _Binding.ALL)),
    Not: (_Binding.NOT, lambda node: f"NOT {_render(node.part, _Binding.NEAR)}"),
    Near: (_Binding.NEAR, _near),
    Within: (_Binding.ITEM, lambda node: f"{SCOPES[node.scope]}({_render(node.part, _Binding.ANY)})"),
    AtLeast: (_Binding.ITEM, lambda node: f"ATLEAST/{node.count}({_joined(node.parts, ', ', _Binding.ANY)})"),
    InField: (_Binding.PART, lambda node: f"{node.field}:{_render(node.part, _Binding.PART)}"),
    Weighted: (_Binding.PART, lambda node: f"{_render(node.part, _Binding.ITEM)}^{number(node.weight)}"),
}
