"""Ways through the tree of a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matching.query.ast import (
    And,
    AtLeast,
    Claim,
    Concept,
    Filter,
    Geo,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Position,
    Regex,
    Variants,
    Weighted,
    Within,
    Word,
)


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order written; of Variants those of every language."""
    if isinstance(node, And | Or | AtLeast):
        return node.parts
    if isinstance(node, Not | Within | InField | Weighted):
        return (node.part,)
    if isinstance(node, Near):
        return node.left, node.right
    if isinstance(node, Variants):
        return tuple(node.by_language.values())
    return ()


def with_parts(node: Node, new: tuple[Node, ...]) -> Node:
    """The same node over other parts, as many as it had."""
    if isinstance(node, And | Or | AtLeast):
        return replace(node, parts=new)
    if isinstance(node, Not | Within | InField | Weighted):
        return replace(node, part=new[0])
    if isinstance(node, Near):
        return replace(node, left=new[0], right=new[1])
    if isinstance(node, Variants):
        return replace(node, by_language=dict(zip(node.by_language, new, strict=True)))
    return node


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order written."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(parts(one)))


def depth(node: Node) -> int:
    """How many nodes stand above each other at most; 1 for a leaf."""
    deepest = 0
    waiting = [(node, 1)]
    while waiting:
        one, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((part, level + 1) for part in parts(one))
    return deepest


def place(node: Node) -> Position:
    """Where a node begins; of those without a place of their own, where their first part does."""
    while isinstance(node, And | Or | Weighted):
        node = parts(node)[0]
    return node.at


def is_place(node: Node) -> bool:
    """Can it stand beside NEAR: a term, a concept, a Near, or any of such?"""
    if isinstance(node, Or | Weighted | Variants):
        return all(map(is_place, parts(node)))
    return isinstance(node, Word | Phrase | Regex | Concept | Geo | Near)


def is_negative(node: Node) -> bool:
    """Does it only exclude: a Not, or an And of nothing else?"""
    if isinstance(node, And):
        return all(map(is_negative, node.parts))
    return isinstance(node, Not)


def has_terms(node: Node) -> bool:
    """Is there anything in it that can be mentioned?"""
    return not all(isinstance(one, Claim | Filter) or parts(one) for one in walk(node))
