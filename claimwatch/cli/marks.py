"""Highlights mentions: in colour on a terminal that has them, else between asterisks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.text import ELLIPSIS, cut_after, cut_before
from claimwatch.cli.output import safe, shown
from domain.articles import Article
from domain.matches import Mention

#: Code points of the words shown on each side of a mention.
AROUND = 60

_MOST_TERMS = 3


@dataclass(frozen=True)
class Marks:
    """What stands before and after a mention, and around the term that asked for it."""

    begin: str = "*"
    end: str = "*"
    term_begin: str = ""
    term_end: str = ""


PLAIN = Marks()
COLOURED = Marks("\x1b[1;33m", "\x1b[0m", "\x1b[2m", "\x1b[0m")


def colours() -> bool:
    """Is standard output a terminal whose owner wants colours?"""
    return sys.stdout.isatty() and not (os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb")


def marks() -> Marks:
    """Those for standard output."""
    return COLOURED if colours() else PLAIN


def in_context(article: Article, mention: Mention, marks: Marks = PLAIN, others: Iterable[Mention] = ()) -> str:
    """The marked words of a mention with the words around them, on one line; others that stand there are marked too."""
    text = article.field(mention.field)
    begin = cut_after(text, max(mention.start - AROUND, 0), ceiling=mention.start)
    finish = cut_before(text, min(mention.end + AROUND, len(text)), floor=mention.end)
    beside = (one for one in others if one.field == mention.field and begin <= one.start and one.end <= finish)
    pieces, done = [ELLIPSIS if begin > 0 else ""], begin
    for start, end, _ in _groups((mention, *beside)):
        pieces += [_line(text[done:start]), marks.begin, _line(text[start:end]), marks.end]
        done = end
    return "".join((*pieces, _line(text[done:finish]), ELLIPSIS if finish < len(text) else "")).strip()


def _line(text: str) -> str:
    """On one line; a blank at either end stays one."""
    words = shown(text) if text.strip() else ""
    return f"{' ' if text[:1].isspace() else ''}{words}{' ' if words and text[-1:].isspace() else ''}"


def marked(text: str, mentions: Iterable[Mention], marks: Marks) -> str:
    """A whole field with its mentions marked."""
    return _marked(text, _groups(mentions), marks, terms=False)


def with_terms(text: str, mentions: Iterable[Mention], marks: Marks) -> str:
    """A whole field with its mentions marked, each followed by the terms that asked for it in brackets.

    Where mentions overlap, the words between the first's beginning and the last's end are marked as one.
    """
    return _marked(text, _groups(mentions), marks, terms=True)


def _marked(text: str, groups: Sequence[tuple[int, int, Sequence[str]]], marks: Marks, *, terms: bool) -> str:
    pieces, done = [], 0
    for start, end, asking in groups:
        named = _named(asking, marks) if terms else ""
        pieces += [safe(text[done:start]), marks.begin, safe(text[start:end]), marks.end, named]
        done = end
    return "".join((*pieces, safe(text[done:])))


def _named(terms: Sequence[str], marks: Marks) -> str:
    more = f" +{len(terms) - _MOST_TERMS}" if len(terms) > _MOST_TERMS else ""
    return f"{marks.term_begin}[{', '.join(map(shown, terms[:_MOST_TERMS]))}{more}]{marks.term_end}"


def _groups(mentions: Iterable[Mention]) -> list[tuple[int, int, Sequence[str]]]:
    groups: list[tuple[int, int, list[str]]] = []
    for one in sorted(mentions, key=lambda mention: (mention.start, mention.end)):
        if groups and one.start < groups[-1][1]:
            start, end, terms = groups.pop()
            groups.append((start, max(end, one.end), [*terms, *([one.term] if one.term not in terms else [])]))
        else:
            groups.append((one.start, one.end, [one.term]))
    return list(groups)
