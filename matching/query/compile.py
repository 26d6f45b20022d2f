"""Terms of queries as an index that a document walks once, however many terms there are.

The index is a tree of keys. From every token of the document one walk goes as deep as some term agrees
with the text, so the work depends on the document, not on the number of terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.errors import QueryError
from domain.keys import Token
from matching.query.ast import Form, Node, Or, Phrase, Word
from matching.query.render import render
from matching.query.walk import place
from matching.text.tokens import tokenize, touching

#: The keys of a term in order; equal for terms that meet the same places.
TermKeys = tuple[str, ...]


def term_keys(term: Word | Phrase) -> TermKeys:
    """The keys that must stand beside each other for the term to be met."""
    return tuple(token.keys[0] for token in tokenize(term.text))


def labelled_terms(query: Node) -> dict[TermKeys, str]:
    """Each distinct term of a query, with the first spelling it is written in.

    Raises:
        QueryError: the query is more than words and phrases with OR between them.
    """
    labels: dict[TermKeys, str] = {}
    for term in query.parts if isinstance(query, Or) else (query,):
        if not isinstance(term, Word | Phrase) or term.form is not Form.FOLDED:
            at = place(term)
            message = f"this release matches words, phrases and OR only, not {render(term)[:60]}"
            raise QueryError(message, line=at.line, column=at.column)
        labels.setdefault(term_keys(term), term.text)
    return labels


class _Node:
    """A place in the tree: what may follow, and the number of the term that ends here."""

    __slots__ = ("children", "term")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.term: int | None = None


class TermIndex:
    """Numbers distinct terms and finds their places in a document."""

    def __init__(self) -> None:
        self._root = _Node()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, keys: TermKeys) -> int:
        """The number of this term, a new one (counted from 0) if it is unknown."""
        node = self._root
        for key in keys:
            child = node.children.get(key)
            if child is None:
                child = node.children[key] = _Node()
            node = child
        if node.term is None:
            node.term = self._size
            self._size += 1
        return node.term

    def find(self, text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int, int]]:
        """Every place of every term.

        Args:
            text: the field, as the tokens' offsets mean it.
            tokens: its tokens.

        Yields:
            Number of the term, start and end in code points of ``text``; by place, short terms first.
        """
        for index, token in enumerate(tokens):
            for key in token.keys:
                if child := self._root.children.get(key):
                    yield from _walk(child, text, tokens, index)


def _walk(node: _Node, text: str, tokens: Sequence[Token], first: int) -> Iterator[tuple[int, int, int]]:
    """The terms that begin at token ``first`` and go through ``node``."""
    reached = [(node, first)]
    while reached:
        node, last = reached.pop()
        if node.term is not None:
            yield node.term, tokens[first].start, tokens[last].end
        if node.children and last + 1 < len(tokens):
            following = tokens[last + 1]
            nodes = [child for key in following.keys if (child := node.children.get(key))]
            if nodes and touching(text, tokens[last], following):
                reached.extend((child, last + 1) for child in nodes)
