"""The table of all settings for the docs, generated from the models so that it cannot be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from claimwatch.config.duration import format_duration
from claimwatch.config.fields import Label
from claimwatch.config.models import ConfigShape, OutletShape, Shape, WatchShape

_ROOTS: tuple[tuple[str, type[Shape]], ...] = (
    ("", ConfigShape),
    ("outlets[].", OutletShape),
    ("watches[].", WatchShape),
)
_TITLES = ("The config file", "An outlets file", "A watches file")
_WORDS = {bool: "true or false", str: "text", int: "whole number", float: "number"}


def settings_table() -> str:
    """Markdown: one table for each kind of file, one row for each key."""
    return "\n".join(_table(title, prefix, shape) for title, (prefix, shape) in zip(_TITLES, _ROOTS, strict=True))


def _table(title: str, prefix: str, shape: type[BaseModel]) -> str:
    rows = "".join(f"|`{name}`|{kind}|{default}|{meaning}|\n" for name, kind, default, meaning in _rows(prefix, shape))
    return f"### {title}\n\n|key|type|default|meaning|\n|---|---|---|---|\n{rows}"


def _rows(prefix: str, shape: type[BaseModel]) -> Iterator[tuple[str, str, str, str]]:
    for name, field in shape.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = list(_inner(field.annotation, key))
        yield key, _kind(field), _default(field, is_section=bool(inner)), field.description or ""
        for inner_key, inner_shape in inner:
            yield from _rows(inner_key, inner_shape)


def _inner(annotation: Any, key: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models within an annotation, with the prefix of their keys."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = annotation.model_fields.get("kind") if key.endswith("NAME") else None
        yield (f"{key}({get_args(kind.annotation)[0]})." if kind else f"{key}."), annotation
        return
    suffix = {list: "[]", dict: ".NAME"}.get(get_origin(annotation), "")
    for part in get_args(annotation):
        yield from _inner(part, f"{key}{suffix}")


def _kind(field: FieldInfo) -> str:
    label = next((one.name for one in field.metadata if isinstance(one, Label)), None)
    return label or _name(field.annotation)


def _name(annotation: Any) -> str:
    """What people call a type; None beside it is left out."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return next((one.name for one in parts[1:] if isinstance(one, Label)), None) or _name(parts[0])
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin is list:
        return f"list of {_name(parts[0])}"
    if origin is dict:
        return f"mapping of {_name(parts[0])} to {_name(parts[1])}"
    kinds = [_name(part) for part in parts if part is not NoneType]
    return _WORDS.get(annotation) or " or ".join(dict.fromkeys(kinds)) or "section"


def _default(field: FieldInfo, *, is_section: bool) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or is_section:
        return ""
    if isinstance(value, float) and _kind(field) == "duration":
        return f"`{format_duration(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | dict):
        return f"`[{', '.join(value)}]`" if value else "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
