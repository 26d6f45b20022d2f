"""Meeting articles with 10, 1,000 and 10,000 watches, beside what one would write first.

``matcher`` is ``matching.matcher.Matcher.analyze``, which also tells the language, hashes the words and
gives the exact places. ``in loop`` asks for every term of every watch whether it is ``in`` the folded text:
it finds words within words, so its hits agree for Chinese only. ``regex each`` searches one regular
expression a watch, with borders of words: its hits must be the matcher's. Folding is not in their times.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks import texts
from benchmarks.measure import Table, Took, median, repeated, run, took, within
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
    bounded: bool = True


def measure(*, quick: bool) -> Table:
    """Milliseconds of CPU for an article, by number of watches."""
    sizes, count, rounds = ((10, 1_000), 8, 1) if quick else ((10, 1_000, 10_000), 80, 5)
    written = [texts.text(number) for number in range(count)]
    articles = [texts.article(one) for one in written]
    table = Table("watches", "build_s", "cpu_ms_per_article", "articles", "hits_per_article", "hits_equal")
    _steps(table, articles, rounds)
    for size in sizes:
        interests = list(texts.interests(size))
        ours = _matcher(interests, articles)
        expected = [ours.find(number) for number in range(count)]
        for way in (ours, _in_loop(interests, articles), _regex_each(interests, articles)):
            time, done, found = _timed(way, count, rounds)
            agreeing = [n for n in range(done) if written[n].language in way.agrees]
            table.add(
                f"{way.name}, {size}",
                watches=size,
                build_s=way.build_s,
                cpu_ms_per_article=time.cpu_ms(done),
                articles=done,
                hits_per_article=sum(map(len, found)) / done,
                hits_equal=None if way is ours else all(found[n] == expected[n] for n in agreeing),
            )
    mean = sum(len(one.text) for one in articles) / count
    table.note(
        f"Articles of {mean:.0f} characters (mean), en, ru, kk and zh in turn; 3 terms a watch; CPU of one core."
    )
    table.note("hits equal: of `in loop` for Chinese articles only, of `regex each` for all.")
    return table


def _steps(table: Table, articles: Sequence[Article], rounds: int) -> None:
    """What every article costs whatever is watched."""
    nothing = Matcher(())
    whole = [" ".join((one.title, one.lead, one.text)) for one in articles]
    steps: dict[str, Callable[[], object]] = {
        "language only": lambda: [
            identify(text, one.declared_language) for text, one in zip(whole, articles, strict=True)
        ],
        "tokens only": lambda: [key_stream(one) for one in articles],
        "matcher, no watch": lambda: [nothing.analyze(one) for one in articles],
    }
    for name, work in steps.items():
        work()
        table.add(name, cpu_ms_per_article=repeated(work, rounds).cpu_ms(len(articles)), articles=len(articles))


def _timed(way: _Way, count: int, rounds: int) -> tuple[Took, int, list[Hits]]:
    """The median of all articles, or as many of them once as the time allows; and what was found."""
    found: list[Hits] = []

    def one(number: int) -> None:
        found.append(way.find(number))

    works = [partial(one, number) for number in range(count)]
    time, done = within(works, BUDGET_S if way.bounded else float("inf"))
    if done == count and time.cpu_s * rounds < BUDGET_S:
        again = (took(lambda: [work() for work in works]) for _ in range(rounds))
        time = median(again)
    return time, done, found[:done]


def _matcher(interests: Sequence[texts.Interest], articles: Sequence[Article]) -> _Way:
    made: list[Matcher] = []
    build = took(lambda: made.append(Matcher([one.watch for one in interests])))
    analyze = made[0].analyze
    return _Way(
        name="matcher",
        find=lambda number: frozenset(hit.watch_id for hit in analyze(articles[number]).hits),
        build_s=build.cpu_s,
        agrees=texts.LANGUAGES,
        bounded=False,
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
