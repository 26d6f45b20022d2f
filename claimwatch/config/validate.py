"""Checks a tree against a model and turns pydantic's errors into sentences with a place.

A place that already has a problem (a value that YAML misread, say) gets no second one.

Keys and values that the design has but this release has not are named as such.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from claimwatch.config.fields import OWN_ERROR, SECRET_ERROR
from claimwatch.config.problems import Report
from claimwatch.config.yamlpos import ListNode, MapNode, Node, ScalarNode, data

#: Keys of the config file that a later release will have.
LATER_KEYS = frozenset({"web", "scheduler.requests_per_day"})
#: Values that a later release will have.
LATER_VALUES = frozenset({"digest", "procrastinate", "sitemap", "listing", "jsonlist", "telegram"})

Model = TypeVar("Model", bound=BaseModel)
_Path = Sequence[int | str]


def validate(model: type[Model], node: Node, file: str, report: Report) -> Model | None:
    """The tree as a model; None when it is wrong, and then the report says all that is."""
    try:
        return model.model_validate(data(node))
    except ValidationError as error:
        told = report.places(file)
        for detail in error.errors(include_url=False):
            place, message = _placed(model, node, detail)
            if (place.line, place.column) not in told:
                report.add(file, message, line=place.line, column=place.column)
        return None


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """``; did you mean 'x'?`` when a known word is near, else nothing."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def _placed(model: type[BaseModel], root: Node, detail: ErrorDetails) -> tuple[Node, str]:
    """Where an error of pydantic's is in the file, and its sentence."""
    path = _without_tag(detail["loc"])
    if detail["type"] == "union_tag_invalid":
        path = (*path, "kind")
    parent, node = _walk(root, path)
    if detail["type"] == "extra_forbidden":
        return _key_of(parent, str(path[-1])), _unknown(model, parent, path)
    if path and path[-1] == "[key]":
        node = _key_of(parent, str(path[-2]))
    return node, _sentence(detail, path, node)


def _without_tag(path: _Path) -> _Path:
    """The path in the file: pydantic puts a channel's kind after its name."""
    return (*path[:2], *path[3:]) if path[:1] == ("channels",) and len(path) > 2 and path[2] != "[key]" else path


def _walk(root: Node, path: _Path) -> tuple[Node, Node]:
    """The node at a path, or the deepest that exists, with the node around it."""
    around = node = root
    for step in path:
        child = _child(node, step)
        if child is None:
            return (node if step != "[key]" else around), node
        around, node = node, child
    return around, node


def _child(node: Node, step: int | str) -> Node | None:
    if isinstance(node, MapNode):
        return node.values.get(str(step))
    if isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None


def _key_of(parent: Node, key: str) -> Node:
    return parent.keys.get(key, parent) if isinstance(parent, MapNode) else parent


def _unknown(model: type[BaseModel], parent: Node, path: _Path) -> str:
    key = str(path[-1])
    if ".".join(map(str, path)) in LATER_KEYS:
        return f"'{key}' is not in this release"
    return f"unknown key '{key}'{did_you_mean(key, _known_keys(model, parent, path[:-1]))}"


def _known_keys(model: type[BaseModel], parent: Node, path: _Path) -> list[str]:
    """The keys that are allowed at a path."""
    found: Any = model
    for step in path:
        found = _inner(found, step)
    kind = data(parent.values["kind"]) if isinstance(parent, MapNode) and "kind" in parent.values else None
    return [
        field.alias or name
        for shape in _shapes(found)
        if kind is None or "kind" not in shape.model_fields or kind in _literals(shape.model_fields["kind"].annotation)
        for name, field in shape.model_fields.items()
    ]


def _inner(annotation: Any, step: int | str) -> Any:
    for shape in _shapes(annotation):
        for name, field in shape.model_fields.items():
            if step in {name, field.alias}:
                return field.annotation
    return annotation


def _shapes(annotation: Any) -> list[type[BaseModel]]:
    """Every model within an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [shape for part in getattr(annotation, "__args__", ()) for shape in _shapes(part)]


def _literals(annotation: Any) -> tuple[object, ...]:
    return tuple(getattr(annotation, "__args__", ()))


_LIST = "must be a list, such as [a, b]"
_MAP = "must be a mapping of keys to values"
_PLAIN: Mapping[str, str] = {
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "list_type": _LIST,
    "dict_type": _MAP,
    "model_type": _MAP,
    "model_attributes_type": _MAP,
    "too_short": "must not be empty",
    "union_tag_not_found": "'kind' is missing: one of console, email, webhook",
}


def _sentence(detail: ErrorDetails, path: _Path, node: Node) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(context, path, node)
    return _PLAIN.get(kind) or detail["msg"]


def _string(_context: Mapping[str, Any], _path: _Path, node: Node) -> str:
    if not isinstance(node, ScalarNode):
        return "must be a text"
    if node.value is None:
        return "must be a text, but nothing is given"
    read_as = str(node.value).lower() if isinstance(node.value, bool) else "a number"
    return f"must be a text, but YAML reads {node.text} as {read_as}: quote it"


def _one_of(context: Mapping[str, Any], path: _Path, node: Node) -> str:
    expected = str(context.get("expected") or context.get("expected_tags"))
    words = expected.replace("'", "").replace(" or ", ", ").split(", ")
    written = node.text if isinstance(node, ScalarNode) else ""
    if written in LATER_VALUES:
        return f"'{written}' is not in this release; it has {', '.join(words)}"
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return _string(context, path, node)
    return f"must be one of {', '.join(words)}{did_you_mean(written, words)}"


_SPECIAL: Mapping[str, Callable[[Mapping[str, Any], _Path, Node], str]] = {
    OWN_ERROR: lambda context, _path, _node: str(context["message"]),
    SECRET_ERROR: lambda context, _path, _node: str(context["message"]),
    "missing": lambda _context, path, _node: f"'{path[-1]}' is missing",
    "string_type": _string,
    "literal_error": _one_of,
    "union_tag_invalid": _one_of,
    "greater_than_equal": lambda context, _path, _node: f"must be at least {context['ge']:g}",
    "less_than_equal": lambda context, _path, _node: f"must be at most {context['le']:g}",
}
