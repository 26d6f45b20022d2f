"""Pure: the passages of an article that an alert quotes, with the matched words in the middle.

Mentions that stand close together in one paragraph share a passage; its ``text`` is then the words
met with GAP between them. A passage begins and ends with a sentence where one is near, else between
words, and an ellipsis shows where it was cut. The title is quoted only when nothing else can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.text import ELLIPSIS, cut_after, cut_before
from domain.alerts import Quote
from domain.articles import Article
from domain.matches import Mention

#: Code points of a passage, roughly: a line and a half of a mail.
CONTEXT = 160
MAX_QUOTES = 5
#: Stands in a quote's text and term between words that were met apart from each other.
GAP = f" {ELLIPSIS} "

# Words around the mention on each side, however long the mention is.
_LEAST_ROOM = 40
# A mention longer than this is quoted by its beginning.
_LONGEST = 320
# A full stop ends a sentence only after a word of four letters: "г. Алматы" and "U.S. forces" go on.
_SENTENCE_END = re.compile(r"(?:\w{4}\.|[!?…])[\"»”’)\]]*(?=\s)|[。！？][”」』）]*")


@dataclass(frozen=True, kw_only=True)
class _Span:
    """A stretch of a field that was met, and the terms that met it."""

    start: int
    end: int
    terms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Passage:
    """Spans of one field that are quoted together."""

    field: str
    spans: tuple[_Span, ...]

    @property
    def start(self) -> int:
        return self.spans[0].start

    @property
    def end(self) -> int:
        return self.spans[-1].end

    @property
    def terms(self) -> tuple[str, ...]:
        return _distinct(term for span in self.spans for term in span.terms)


def quotes_of(article: Article, mentions: Sequence[Mention]) -> tuple[Quote, ...]:
    """At most five quotes in reading order; those where most different terms meet are preferred."""
    body = [quote for field in ("lead", "text") for quote in _field_quotes(article, field, mentions)]
    quotes = body or _field_quotes(article, "title", mentions)
    unlike = {quote.context: (place, weight, quote) for place, (weight, quote) in reversed(list(enumerate(quotes)))}
    best = sorted(unlike.values(), key=lambda each: (-each[1], each[0]))[:MAX_QUOTES]
    return tuple(quote for _, _, quote in sorted(best, key=lambda each: each[0]))


def _field_quotes(article: Article, field: str, mentions: Sequence[Mention]) -> list[tuple[int, Quote]]:
    text = article.field(field)
    spans = _spans(text, [mention for mention in mentions if mention.field == field])
    return [(len(passage.terms), _quote(text, passage)) for passage in _passages(text, field, spans)]


def _spans(text: str, mentions: Iterable[Mention]) -> list[_Span]:
    """The mentions in reading order; those that overlap or touch are one, and what lies outside is left out."""
    spans: list[_Span] = []
    for mention in sorted(mentions, key=lambda each: (each.start, -each.end)):
        span = _Span(start=max(mention.start, 0), end=min(mention.end, len(text)), terms=(mention.term,))
        if span.start >= span.end:
            continue
        if spans and _joined(text, spans[-1].end, span.start):
            last = spans.pop()
            terms = _distinct([*last.terms, *span.terms])
            span = _Span(start=last.start, end=max(last.end, span.end), terms=terms)
        spans.append(span)
    return spans


def _joined(text: str, end: int, start: int) -> bool:
    """Does nothing but blanks of one line stand between?"""
    between = text[end:start]
    return not between.strip() and "\n" not in between


def _passages(text: str, field: str, spans: Sequence[_Span]) -> list[_Passage]:
    passages: list[_Passage] = []
    for span in spans:
        last = passages[-1] if passages else None
        if last and span.end - last.start <= CONTEXT and "\n" not in text[last.end : span.start]:
            passages[-1] = _Passage(field=field, spans=(*last.spans, span))
        else:
            passages.append(_Passage(field=field, spans=(span,)))
    return passages


def _quote(text: str, passage: _Passage) -> Quote:
    met = GAP.join(_distinct(_head(text, span) for span in passage.spans))
    return Quote(
        field=passage.field,
        start=passage.start,
        end=passage.end,
        text=met,
        term=GAP.join(passage.terms),
        context=_context(text, passage.start, passage.end),
    )


def _head(text: str, span: _Span) -> str:
    if span.end - span.start <= _LONGEST:
        return text[span.start : span.end]
    return text[span.start : cut_before(text, span.start + _LONGEST, floor=span.start + 1)]


def _context(text: str, start: int, end: int) -> str:
    """The words around text[start:end], of the same paragraph, as one line."""
    shown = end if end - start <= _LONGEST else cut_before(text, start + _LONGEST, floor=start + 1)
    first = text.rfind("\n", 0, start) + 1
    last = shown if shown < end else _index(text, "\n", end)
    room = max(_LEAST_ROOM, (CONTEXT - (shown - start)) // 2)
    left, right = start - room, shown + room
    left, right = left - max(0, right - last), right + max(0, first - left)
    begin, cut_left = _begin(text, max(left, first), start, first)
    finish, cut_right = _finish(text, shown, min(right, last), last)
    inner = " ".join(text[begin:finish].split())
    return (ELLIPSIS if cut_left else "") + inner + (ELLIPSIS if cut_right or shown < end else "")


def _index(text: str, wanted: str, start: int) -> int:
    place = text.find(wanted, start)
    return len(text) if place < 0 else place


def _begin(text: str, low: int, start: int, first: int) -> tuple[int, bool]:
    """Where the passage begins, and whether something of its sentence is missing there."""
    if low == first:
        return first, False
    for sentence in _SENTENCE_END.finditer(text, low, start):
        if not _goes_on(text, sentence.end()):
            return sentence.end(), False
    return cut_after(text, low, ceiling=start), True


def _finish(text: str, end: int, high: int, last: int) -> tuple[int, bool]:
    if high == last:
        return last, False
    ends = [each.end() for each in _SENTENCE_END.finditer(text, end, high) if not _goes_on(text, each.end())]
    if ends:
        return ends[-1], False
    return cut_before(text, high, floor=end), True


def _goes_on(text: str, place: int) -> bool:
    """Does the sentence go on after what looked like its end: with a small letter or a digit?"""
    rest = text[place : place + 8].lstrip()
    return rest[:1].islower() or rest[:1].isdigit()


def _distinct(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
