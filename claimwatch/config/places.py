"""Where in a file a character of a YAML value stands, whatever the style it is written in.

YAML folds lines and takes away indentation, but it leaves every character that is not blank, in order: so
the places are found by walking value and file side by side. Only behind an escape (``\\u0041`` within double
quotes) nobody can tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from claimwatch.config.yamlpos import ScalarNode


def place_in(text: str, node: ScalarNode, line: int, column: int) -> tuple[int, int] | None:
    """Line and column in the file of a place in a value.

    Args:
        text: the whole file.
        node: the value.
        line: of the value, counted from 1.
        column: in that line of the value, counted from 1; it may lie behind its last character.

    Returns:
        None where the value is written with escapes.
    """
    lines = node.text.split("\n")
    offset = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    written = _written(text, node)
    found: tuple[int, int] | None = None
    last = -1
    for index, character in enumerate(node.text[: offset + 1]):
        if character.isspace():
            continue
        at, seen = next(written, ((0, 0), ""))
        if seen != character:
            return None
        found, last = at, index
    if found is None:
        return node.line, node.column
    return found[0], found[1] + (offset - last if "\n" not in node.text[last:offset] else 1)


def _written(text: str, node: ScalarNode) -> Iterator[tuple[tuple[int, int], str]]:
    """The characters of the file from the beginning of a value on that are not blank, each with its place."""
    doubled = False
    for at, character in _characters(text, node):
        if character == "'" and node.style == "'" and not doubled:
            doubled = True  # a quote in single quotes is written twice
            continue
        if character == "\\" and node.style == '"':
            return
        doubled = False
        if not character.isspace():
            yield at, character


def _characters(text: str, node: ScalarNode) -> Iterator[tuple[tuple[int, int], str]]:
    lines = text.splitlines()
    first, skipped = (node.line, 0) if node.style in {"|", ">"} else (node.line - 1, node.column - 1)
    if node.style in {"'", '"'}:
        skipped += 1
    for number in range(first, len(lines)):
        for index in range(skipped, len(lines[number])):
            yield (number + 1, index + 1), lines[number][index]
        skipped = 0
