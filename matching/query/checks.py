"""What the grammar allows and the language does not: checked on the tree, where the places are known."""

from __future__ import annotations

from matching.query.ast import And, AtLeast, Claim, Filter, InField, Near, Node, Not, Regex, Weighted, Within
from matching.query.regex import LEAST_LITERAL, MOST_CHARACTERS, WrongPatternError, compiled, has_literal
from matching.query.render import render
from matching.query.source import Source
from matching.query.walk import depth, has_terms, is_negative, is_place, parts, place, walk

#: Nodes above each other; more are refused, so that no reader of the tree runs out of stack.
MOST_DEPTH = 50

#: Characters of a suggestion in a message.
_SUGGESTED = 100


def check(node: Node, source: Source) -> None:
    """Refuse a query that can mean nothing or costs too much.

    Raises:
        QueryError: at the place of the first thing that is wrong.
    """
    if depth(node) > MOST_DEPTH:
        raise source.error(
            f"the query is nested more than {MOST_DEPTH} levels deep, or chains so many NEAR", place(node)
        )
    if is_negative(node):
        raise _only_not(node, source)
    for one in walk(node):
        _check_node(one, source)
    alone = _alone(node)
    if isinstance(alone, Regex) and not has_literal(alone.pattern):
        raise source.error(
            f"a regular expression alone must hold {LEAST_LITERAL} letters in a row that every match has, "
            "or every article would have to be read for it: add some, or a word beside it",
            alone.at,
        )


def _check_node(node: Node, source: Source) -> None:
    if isinstance(node, Regex):
        _check_regex(node, source)
    elif isinstance(node, Near):
        for side in (node.left, node.right):
            if not is_place(side):
                raise source.error(_near_message(node, side), node.at)
    elif isinstance(node, Weighted) and not has_terms(node.part):
        raise source.error("a weight counts terms that are mentioned: claims and filters have none", place(node))
    if not isinstance(node, And):
        for part in parts(node):
            _check_positive(node, part, source)


def _check_positive(node: Node, part: Node, source: Source) -> None:
    if not is_negative(part):
        return
    if isinstance(node, Not):
        raise source.error("NOT of a NOT: take both away", place(part))
    raise _only_not(part, source)


def _only_not(node: Node, source: Source) -> Exception:
    while isinstance(node, And):
        node = node.parts[0]
    return source.error(
        "NOT needs a term beside it that must be there: a AND NOT b (in each branch of OR, and in each bracket)",
        place(node),
    )


def _check_regex(node: Regex, source: Source) -> None:
    if not node.pattern.strip():
        raise source.error("this regular expression is empty", node.at)
    if len(node.pattern) > MOST_CHARACTERS:
        raise source.error(f"a regular expression has at most {MOST_CHARACTERS} characters", node.at)
    try:
        compiled(node.pattern)
    except WrongPatternError as error:
        raise source.error(f"this regular expression cannot be used: {error}", node.at) from error


def _alone(node: Node) -> Node:
    """What a query is but for its weight, field and scope."""
    while isinstance(node, Weighted | InField | Within):
        node = node.part
    return node


def _near_message(near: Near, side: Node) -> str:
    names: dict[type, str] = {And: "AND", Not: "NOT", AtLeast: "ATLEAST", Claim: "claim(...)", Filter: "a filter"}
    what = next((name for kind, name in names.items() if isinstance(side, kind)), "")
    if isinstance(side, Within):
        what = "SENT and PARA"
    elif isinstance(side, InField):
        what = f"{side.field}:"
    said = f"NEAR joins words, phrases, concepts and lists of them{f', not {what}' if what else ''}"
    better = _better(near, side)
    text = render(better) if better is not None and not _still_wrong(better) else ""
    return f"{said}; write {text}" if 0 < len(text) <= _SUGGESTED else f"{said}; put it outside, with AND"


def _better(near: Near, side: Node) -> Node | None:
    """The same thing said with NEAR between places."""

    def joined(part: Node) -> Near:
        left, right = (part, near.right) if side is near.left else (near.left, part)
        return Near(left=left, right=right, distance=near.distance, ordered=near.ordered, at=near.at)

    other = near.right if side is near.left else near.left
    if isinstance(side, And):
        return And(parts=tuple(map(joined, side.parts)))
    if isinstance(side, Not):
        return And(parts=(other, Not(part=joined(side.part), at=side.at)))
    if isinstance(side, Within):
        return Within(scope=side.scope, part=joined(side.part), at=side.at)
    if isinstance(side, InField):
        return InField(field=side.field, part=joined(side.part), at=side.at)
    if isinstance(side, AtLeast | Claim | Filter):
        return And(parts=(side, other) if side is near.left else (other, side))
    return None


def _still_wrong(node: Node) -> bool:
    return any(isinstance(one, Near) and not (is_place(one.left) and is_place(one.right)) for one in walk(node))
