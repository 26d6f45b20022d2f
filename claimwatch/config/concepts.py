"""Concepts of watch files over the packaged ones: a later file's concept replaces one of the same name."""

from __future__ import annotations

from collections.abc import Sequence

from claimwatch.config.files import Document
from claimwatch.config.lexicons import builtin_concepts
from claimwatch.config.problems import Report
from claimwatch.config.yamlpos import ListNode, MapNode, Node, at, data
from matching.concepts import Concepts, ConceptWords, Flaw, read_concepts

#: The key of a watch file that holds concepts.
KEY = "concepts"


def overlay_concepts(layers: Sequence[Sequence[Document]], report: Report) -> Concepts:
    """The packaged concepts and states with what watch files say.

    Args:
        layers: each with its documents; within one layer a name may stand once.
        report: gets every problem.
    """
    known = builtin_concepts()
    named = dict(known.named)
    for layer in layers:
        seen: dict[str, str] = {}
        for document in layer:
            named |= _read(document, seen, report)
    return Concepts(named=named, states=known.states)


def _read(document: Document, seen: dict[str, str], report: Report) -> dict[str, ConceptWords]:
    """The concepts of one file; their names and places are added to those that the layer has."""
    listed = at(document.root, KEY)
    if not isinstance(listed, MapNode):
        return {}  # the model says so
    for name, key in listed.keys.items():
        if name in seen:
            message = f"the concept '{name}' is already given in {seen[name]}"
            report.add(document.file, message, line=key.line, column=key.column)
        seen.setdefault(name, f"{document.file}:{key.line}")
    concepts, flaws = read_concepts({name: data(node) for name, node in listed.values.items()})
    in_part = {flaw.path[0] for flaw in flaws if len(flaw.path) > 1}
    for flaw in flaws:
        if len(flaw.path) == 1 and flaw.path[0] in in_part:
            continue  # what is wrong with a part of it is why
        place = _place(listed, flaw)
        report.add(document.file, f"the concept is wrong: {flaw.message}", line=place.line, column=place.column)
    return concepts


def _place(listed: MapNode, flaw: Flaw) -> Node:
    """The value that a flaw is of; of a whole concept, its name."""
    node: Node = listed
    for step in flaw.path:
        if isinstance(node, MapNode) and str(step) in node.values:
            node = node.values[str(step)] if len(flaw.path) > 1 else node.keys[str(step)]
        elif isinstance(node, ListNode) and isinstance(step, int):
            node = node.items[step]
    return node
