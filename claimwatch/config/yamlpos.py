"""YAML to a tree that knows line and column of every key and value; plain data only.

Built from PyYAML's events, not by recursion, so that no depth of brackets can exhaust the stack.
Anchors, aliases, tags and a second document are refused: they are not needed here, and an alias
bomb cannot exist without them. What YAML 1.1 reads otherwise than people mean (``12:30:00`` as
45000, a key ``no`` as false) is refused with the mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from claimwatch.config.problems import Report

#: Deepest nesting; no file of ours needs a third of it.
MAX_DEPTH = 32

#: Stands for every item or every value in a path given to `scalars_at`.
EACH = "*"

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTRUCTOR = yaml.constructor.SafeConstructor()
_resolve: Any = yaml.resolver.Resolver().resolve
_NO_ANCHORS = "anchors (&) and aliases (*) are not used here; quote a text that begins with & or *"
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, kw_only=True)
class ScalarNode:
    """One value; ``text`` is what is written, ``value`` what YAML 1.1 makes of it."""

    line: int
    column: int
    text: str
    value: str | int | float | bool | None
    #: None for a plain value, else the quote or block sign: ``'``, ``"``, ``|`` or ``>``.
    style: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListNode:
    """A list."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class MapNode:
    """A mapping; its keys are texts, the first of two equal ones counts."""

    line: int
    column: int
    keys: dict[str, ScalarNode] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)


Node = ScalarNode | ListNode | MapNode


def compose(text: str, file: str, report: Report) -> Node | None:
    """The tree of one YAML document.

    Args:
        text: the whole file.
        file: its name, for messages.
        report: gets the problems; a repeated key is noted and reading goes on.

    Returns:
        The tree, or None when the text is empty or cannot be read (the report says so).
    """
    builder = _Builder(file, report)
    forbidden = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if forbidden is not None:
        _report_character(text, file, forbidden.start(), report)
        return None
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.reader.ReaderError as error:  # libyaml counts bytes here, so the place is not told
        report.add(file, f"this is not YAML: {error.reason}")
    except yaml.MarkedYAMLError as error:
        _report_syntax(text, file, error, report)
    except _RefusedError:
        return None
    else:
        if builder.root is None:
            report.add(file, "the file is empty")
        return builder.root
    return None


def data(node: Node) -> object:
    """The tree as plain dicts, lists and values."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, ListNode):
        return [data(item) for item in node.items]
    return {key: data(value) for key, value in node.values.items()}


def at(node: Node, *path: str) -> Node | None:
    """The node under these keys, None where there is none."""
    for key in path:
        child = node.values.get(key) if isinstance(node, MapNode) else None
        if child is None:
            return None
        node = child
    return node


def scalars_at(node: Node | None, *path: str) -> Iterator[ScalarNode]:
    """Every text value under a path; EACH stands for any item or value. Other shapes are passed over."""
    if node is None:
        return
    if not path:
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            yield node
        return
    for child in _children(node, path[0]):
        yield from scalars_at(child, *path[1:])


def _children(node: Node, step: str) -> list[Node]:
    if isinstance(node, ListNode):
        return node.items if step == EACH else []
    if isinstance(node, MapNode):
        return list(node.values.values()) if step == EACH else [node.values[step]] if step in node.values else []
    return []


class _RefusedError(Exception):
    """The rest of the file cannot be read; the report says why."""


@dataclass(kw_only=True)
class _Open:
    """A list or mapping that is still being read, with the key that waits for its value."""

    node: ListNode | MapNode
    key: ScalarNode | None = None


class _Builder:
    """Builds the tree from parser events."""

    def __init__(self, file: str, report: Report) -> None:
        self.root: Node | None = None
        self._file = file
        self._report = report
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """One event, in order."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, "a second document (---) begins here; one file holds one document")
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()

    def _node(self, event: yaml.NodeEvent) -> None:
        if event.anchor is not None:
            self._refuse(event, _NO_ANCHORS)
        line, column = _begin(event)
        if isinstance(event, yaml.ScalarEvent):
            self._place(self._scalar(event, line, column))
            return
        assert isinstance(event, yaml.CollectionStartEvent)
        if not event.implicit:
            self._refuse(event, "tags (!) are not used here; quote a text that begins with !")
        if len(self._open) >= MAX_DEPTH:
            self._refuse(event, f"nested more than {MAX_DEPTH} levels deep")
        is_map = isinstance(event, yaml.MappingStartEvent)
        node: ListNode | MapNode = (MapNode if is_map else ListNode)(line=line, column=column)
        self._place(node)
        self._open.append(_Open(node=node))

    def _scalar(self, event: yaml.ScalarEvent, line: int, column: int) -> ScalarNode:
        if not any(event.implicit):
            self._refuse(event, "tags (!) are not used here; quote a text that begins with !")
        plain = event.implicit[0]
        if plain and _is_sexagesimal(event.value):
            self._note(line, column, "YAML reads digits with colons as one number in base 60: quote it")
        return ScalarNode(
            line=line,
            column=column,
            text=event.value,
            value=_value(event.value) if plain else event.value,
            style=event.style or None if not plain else None,
        )

    def _place(self, node: Node) -> None:
        """Put a finished or opened node where it belongs."""
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        is_key = isinstance(parent.node, MapNode) and parent.key is None
        if isinstance(node, ScalarNode) and node.value is None and not is_key:
            self._note(node.line, node.column, "nothing is given here: give a value, or take the key out")
        if isinstance(parent.node, ListNode):
            parent.node.items.append(node)
        elif parent.key is None:
            parent.key = self._key(node)
        else:
            self._pair(parent.node, parent.key, node)
            parent.key = None

    def _key(self, node: Node) -> ScalarNode:
        if not isinstance(node, ScalarNode):
            self._note(node.line, node.column, "a key must be a text, not a list or a mapping")
            raise _RefusedError
        if not isinstance(node.value, str):
            self._note(node.line, node.column, f"YAML does not read the key {node.text} as a text: quote it")
        return node

    def _pair(self, parent: MapNode, key: ScalarNode, value: Node) -> None:
        first = parent.keys.get(key.text)
        if first is not None:
            self._note(key.line, key.column, f"the key '{key.text}' is already given in line {first.line}")
            return
        parent.keys[key.text], parent.values[key.text] = key, value

    def _note(self, line: int, column: int, message: str) -> None:
        self._report.add(self._file, message, line=line, column=column)

    def _refuse(self, event: yaml.Event, message: str) -> NoReturn:
        self._note(*_begin(event), message)
        raise _RefusedError


def _begin(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None, "parser events know where they begin"
    return mark.line + 1, mark.column + 1


def _is_sexagesimal(text: str) -> bool:
    return ":" in text and _tag(text) in {"int", "float"}


def _tag(text: str) -> str:
    tag: str = _resolve(yaml.ScalarNode, text, (True, False))
    return tag.removeprefix(_TAG)


def _value(text: str) -> str | int | float | bool | None:
    """What a plain value means; numbers that Python cannot hold, dates and base 60 stay texts."""
    tag = _tag(text)
    makers: Mapping[str, Any] = {
        "null": _CONSTRUCTOR.construct_yaml_null,
        "bool": _CONSTRUCTOR.construct_yaml_bool,
        "int": _CONSTRUCTOR.construct_yaml_int,
        "float": _CONSTRUCTOR.construct_yaml_float,
    }
    if tag not in makers or ":" in text:
        return text
    try:
        value: int | float | bool | None = makers[tag](yaml.ScalarNode(_TAG + tag, text))
    except (ValueError, OverflowError):
        return text
    return value


def _report_syntax(text: str, file: str, error: yaml.MarkedYAMLError, report: Report) -> None:
    mark = error.problem_mark or error.context_mark
    assert mark is not None
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if line[mark.column : mark.column + 1] == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
        message = "a tab stands here; YAML wants spaces"
    elif error.context in {"while scanning an alias", "while scanning an anchor"}:
        message = _NO_ANCHORS
    else:
        context = f" {error.context}" if error.context else ""
        message = f"this is not YAML: {error.problem}{context}"
    report.add(file, message, line=mark.line + 1, column=mark.column + 1)


def _report_character(text: str, file: str, offset: int, report: Report) -> None:
    line, column = place_of(text, offset)
    report.add(file, f"the character U+{ord(text[offset]):04X} cannot stand in a YAML file", line=line, column=column)


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column, counted from 1, of a character of the text."""
    before = f"{text[:offset]}.".splitlines()
    return len(before), len(before[-1])
