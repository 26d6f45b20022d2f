"""Outlets and watches from several layers: a later layer's entry replaces an earlier one of the same id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel

from claimwatch.config.files import Document
from claimwatch.config.models import OutletsFileShape, RemovalShape, WatchesFileShape
from claimwatch.config.problems import Report
from claimwatch.config.validate import did_you_mean, validate
from claimwatch.config.yamlpos import ListNode, Node, ScalarNode, at

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Listed(Generic[Shape]):
    """One entry that stands after all layers."""

    document: Document
    node: Node
    #: None when it is wrong; the report says why.
    shape: Shape | None


@dataclass(kw_only=True)
class Overlay(Generic[Shape]):
    """What stands after all layers."""

    #: By id, in the order of first mention.
    entries: dict[str, Listed[Shape]] = field(default_factory=dict)
    #: Ids that were removed by ``disabled: true``.
    removed: set[str] = field(default_factory=set)
    #: False when a file could not be read, so that nobody knows which ids it gives.
    complete: bool = True

    def problem(self, what: str, id: str) -> str | None:
        """Why this id cannot be used, None when it can."""
        if id in self.entries or not self.complete:
            return None
        if id in self.removed:
            return f"the {what} '{id}' is disabled"
        return f"there is no {what} '{id}'{did_you_mean(id, list(self.entries))}"


def overlay(
    layers: Sequence[Sequence[Document]], key: Literal["outlets", "watches"], shape: type[Shape], report: Report
) -> Overlay[Shape]:
    """Lay the layers over each other.

    Args:
        layers: each with its documents; within one layer an id may stand once.
        key: the top key of such files.
        shape: what an entry looks like.
        report: gets every problem.
    """
    layering = _Layering(shape, report)
    for layer in layers:
        seen: dict[str, str] = {}
        for document in layer:
            for node in _entries(document, key, report):
                layering.lay(document, node, seen)
    return layering.standing


def _entries(document: Document, key: str, report: Report) -> list[Node]:
    validate(OutletsFileShape if key == "outlets" else WatchesFileShape, document.root, document.file, report)
    listed = at(document.root, key)
    return listed.items if isinstance(listed, ListNode) else []


class _Layering(Generic[Shape]):
    """Lays entries over what stands so far."""

    def __init__(self, shape: type[Shape], report: Report) -> None:
        self.standing: Overlay[Shape] = Overlay()
        self._shape = shape
        self._report = report

    def lay(self, document: Document, node: Node, seen: dict[str, str]) -> None:
        """Check one entry and let it replace, add or remove.

        Args:
            document: where it stands.
            node: the entry.
            seen: the ids of this layer so far, with their places; the entry's is added.
        """
        removes = _value(at(node, "disabled")) is True
        shape: type[BaseModel] = RemovalShape if removes else self._shape
        model = validate(shape, node, document.file, self._report)
        id_node = at(node, "id")
        if not isinstance(id_node, ScalarNode) or not isinstance(id_node.value, str):
            return
        if id_node.text in seen:
            self._note(document, id_node, f"the id '{id_node.text}' is already given in {seen[id_node.text]}")
            return
        seen[id_node.text] = f"{document.file}:{id_node.line}"
        if removes:
            self._remove(document, id_node)
            return
        right = model if isinstance(model, self._shape) else None
        self.standing.entries[id_node.text] = Listed(document=document, node=node, shape=right)
        self.standing.removed.discard(id_node.text)

    def _remove(self, document: Document, id_node: ScalarNode) -> None:
        known = self.standing.entries
        if known.pop(id_node.text, None) is None:
            hint = did_you_mean(id_node.text, list(known))
            self._note(document, id_node, f"there is nothing called '{id_node.text}' to disable{hint}")
        self.standing.removed.add(id_node.text)

    def _note(self, document: Document, node: ScalarNode, message: str) -> None:
        self._report.add(document.file, message, line=node.line, column=node.column)


def _value(node: Node | None) -> object:
    return node.value if isinstance(node, ScalarNode) else None
