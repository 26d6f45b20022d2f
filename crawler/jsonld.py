"""Reads schema.org JSON-LD of news pages: what the publisher's own tools say about an article."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

#: Larger scripts are data, not a description.
MAX_SCRIPT_CHARS = 2_000_000
#: Nodes looked at in one page.
MAX_NODES = 2000

_ARTICLE_TYPES = ("newsarticle", "reportagenewsarticle", "article", "blogposting", "analysisnewsarticle",
    "opinionnewsarticle", "backgroundnewsarticle", "liveblogposting", "socialmediaposting")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ArticleData:
    """What JSON-LD says of the page's article; empty where it says nothing."""

    headline: str = ""
    author: str = ""
    published: str = ""
    language: str = ""
    body: str = ""
    url: str = ""


def article_data(scripts: Iterable[str]) -> ArticleData:
    """The first article among the page's ``application/ld+json`` scripts."""
    for node in _nodes(scripts):
        if any(kind in _ARTICLE_TYPES for kind in _types(node)):
            return ArticleData(
                headline=_text(node.get("headline")) or _text(node.get("name")),
                author=", ".join(_names(node.get("author"))),
                published=_text(node.get("datePublished")) or _text(node.get("dateCreated")),
                language=_text(node.get("inLanguage")),
                body=_text(node.get("articleBody")),
                url=_text(node.get("mainEntityOfPage")) or _text(node.get("url")),
            )
    return ArticleData()


def _nodes(scripts: Iterable[str]) -> Iterator[Mapping[str, object]]:
    """Every object of every script that can be read, outermost first."""
    queue: list[object] = [json_value(script) for script in scripts]
    for _ in range(MAX_NODES):
        if not queue:
            return
        value = queue.pop(0)
        if isinstance(value, list):
            queue.extend(value)
        elif isinstance(value, dict):
            yield value
            queue.extend(inner for inner in value.values() if isinstance(inner, (dict, list)))


def json_value(script: str) -> object:
    """The script's value, with raw newlines in strings let through; None where it is not JSON."""
    try:
        return json.loads(script, strict=False) if len(script) <= MAX_SCRIPT_CHARS else None
    except (ValueError, RecursionError):
        return None


def _types(node: Mapping[str, object]) -> list[str]:
    kinds = node.get("@type")
    return [str(kind).rsplit("/", 1)[-1].lower() for kind in (kinds if isinstance(kinds, list) else [kinds])]


def _text(value: object) -> str:
    """A text, the first text of a list, or the name or id of an object."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or value.get("@id")
    return value.strip() if isinstance(value, str) else ""


def _names(value: object) -> list[str]:
    """Names of one author or several."""
    authors = value if isinstance(value, list) else [value]
    return [name for author in authors[:20] if (name := _text(author)) and "://" not in name]
