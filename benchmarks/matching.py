"""Meeting articles with 10, 1,000 and 10,000 watches, beside what one would write first.

``matcher`` is ``matching.matcher.Matcher.analyze``, which also tells the language, hashes the words and
gives the exact places. ``in loop`` asks for every term of every watch whether it is ``in`` the folded text:
it finds words within words, so its hits agree for Chinese only. ``regex each`` searches one regular
expression a watch, with borders of words: its hits must be the matcher's. Folding is not in their times.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks import texts
from benchmarks.measure import Table, Took, run, taking_turns, took, within
from domain.articles import TEXT_FIELDS, Article
from matching.matcher import Matcher
from matching.text.keys import key_stream
from matching.text.language import identify

#: CPU seconds for each naive way at each size, in all.
BUDGET_S = 4.0

Hits = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _Way:
    """One way of matching, ready for use."""

    name: str
    find: Callable[[int], Hits]
    build_s: float
    #: In which languages its hits are the matcher's.
    agrees: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """A way at one size, tried once on as many articles as the time allowed."""

    way: _Way
    watches: int
    found: Sequence[Hits]
    #: All articles that were done, once.
    once: Took
    hits_equal: bool | None

    @property
    def name(self) -> str:
        return f"{self.way.name}, {self.watches}"


def measure(*, quick: bool) -> Table:
    """Milliseconds of CPU for an article, by number of watches."""
    sizes, count, rounds = ((10, 1_000), 8, 1) if quick else ((10, 1_000, 10_000), 80, 5)
    written = [texts.text(number) for number in range(count)]
    articles = [texts.article(one) for one in written]
    trials = [trial for size in sizes for trial in _trials(size, written, articles)]
    works = _steps(articles)
    works |= {one.name: partial(_all, one.way.find, count) for one in trials if _is_short(one, count, rounds)}
    times = taking_turns(works, rounds)
    table = Table("watches", "build_s", "cpu_ms_per_article", "articles", "hits_per_article", "hits_equal")
    for name in _STEPS:
        table.add(name, cpu_ms_per_article=times[name].cpu_ms(count), articles=count)
    for one in trials:
        done = len(one.found)
        table.add(
            one.name,
            watches=one.watches,
            build_s=one.way.build_s,
            cpu_ms_per_article=times.get(one.name, one.once).cpu_ms(done),
            articles=done,
            hits_per_article=sum(map(len, one.found)) / done,
            hits_equal=one.hits_equal,
        )
    mean = sum(len(one.text) for one in articles) / count
    table.note(
        f"Articles of {mean:.0f} characters (mean), en, ru, kk and zh in turn; 3 terms a watch; CPU of one core."
    )
    table.note("hits equal: of `in loop` for Chinese articles only, of `regex each` for all.")
    return table


_STEPS = ("language only", "tokens only", "matcher, no watch")


def _steps(articles: Sequence[Article]) -> dict[str, Callable[[], object]]:
    """What every article costs whatever is watched."""
    nothing = Matcher(())
    whole = [(" ".join((one.title, one.lead, one.text)), one.declared_language) for one in articles]
    steps: tuple[Callable[[int], object], ...] = (
        lambda number: identify(*whole[number]),
        lambda number: key_stream(articles[number], articles[number].declared_language or "und"),
        lambda number: nothing.analyze(articles[number]),
    )
    return {name: partial(_all, step, len(articles)) for name, step in zip(_STEPS, steps, strict=True)}


def _trials(size: int, written: Sequence[texts.Text], articles: Sequence[Article]) -> Iterator[_Trial]:
    """Each way at this size, its hits beside the matcher's."""
    interests = list(texts.interests(size))
    ours = _matcher(interests, articles)
    expected = [ours.find(number) for number in range(len(articles))]
    for way in (ours, _in_loop(interests, articles), _regex_each(interests, articles)):
        found: list[Hits] = []
        once, done = within([partial(_keep, found, way.find, n) for n in range(len(articles))], BUDGET_S)
        agreeing = [n for n in range(done) if written[n].language in way.agrees]
        equal = None if way is ours else all(found[n] == expected[n] for n in agreeing)
        yield _Trial(way=way, watches=size, found=found, once=once, hits_equal=equal)


def _keep(found: list[Hits], find: Callable[[int], Hits], number: int) -> None:
    found.append(find(number))


def _is_short(trial: _Trial, count: int, rounds: int) -> bool:
    """Is there time to do it again and again?"""
    return len(trial.found) == count and trial.once.cpu_s * rounds < 4 * BUDGET_S


def _all(find: Callable[[int], object], count: int) -> None:
    """Nothing is kept: a heap full of results would slow whatever is measured."""
    for number in range(count):
        find(number)


def _matcher(interests: Sequence[texts.Interest], articles: Sequence[Article]) -> _Way:
    made: list[Matcher] = []
    build = took(lambda: made.append(Matcher([one.watch for one in interests])))
    analyze = made[0].analyze
    return _Way(
        name="matcher",
        find=lambda number: frozenset(hit.watch_id for hit in analyze(articles[number]).hits),
        build_s=build.cpu_s,
        agrees=texts.LANGUAGES,
    )


def _folded(articles: Sequence[Article]) -> list[str]:
    return ["\n".join(one.field(name) for name in TEXT_FIELDS).casefold() for one in articles]


def _in_loop(interests: Sequence[texts.Interest], articles: Sequence[Article]) -> _Way:
    folded = _folded(articles)
    terms = [(one.watch.id, [term.casefold() for term in one.terms]) for one in interests]

    def find(number: int) -> Hits:
        text = folded[number]
        return frozenset(watch for watch, wanted in terms if any(term in text for term in wanted))

    return _Way(name="in loop", find=find, build_s=0.0, agrees=("zh",))


def _regex_each(interests: Sequence[texts.Interest], articles: Sequence[Article]) -> _Way:
    folded = _folded(articles)
    patterns: list[tuple[str, re.Pattern[str]]] = []
    build = took(lambda: patterns.extend((one.watch.id, _pattern(one.terms)) for one in interests))

    def find(number: int) -> Hits:
        text = folded[number]
        return frozenset(watch for watch, pattern in patterns if pattern.search(text))

    return _Way(name="regex each", find=find, build_s=build.cpu_s, agrees=texts.LANGUAGES)


def _pattern(terms: Sequence[str]) -> re.Pattern[str]:
    """Words with borders and anything that is no word between them; Chinese as it stands."""
    if re.match("[\u4e00-\u9fff]", terms[0]):
        return re.compile("|".join(terms))
    spaced = (r"\W+".join(map(re.escape, term.casefold().split())) for term in terms)
    return re.compile(rf"\b(?:{'|'.join(spaced)})\b")


if __name__ == "__main__":
    sys.exit(run(measure, "matching"))
