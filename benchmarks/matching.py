"""Meeting articles of 800 words with 1,000, 10,000 and 100,000 rules, beside other ways of doing it.

Rules are ``(A OR B OR C) NEAR/8 (D OR E) AND F``, some terms inflected, some phrases, some rules with a NOT; see
``benchmarks.rules``. ``engine`` is ``matching.engine.Engine``: the time is what it takes beyond cutting the text
into words and keys, with all mentions. The others (``benchmarks.contenders``) only say which rules fire.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks import contenders, rules
from benchmarks.children.compiling import rule as our_rule
from benchmarks.children.start import ROOT
from benchmarks.contenders import Hits, Prepared
from benchmarks.measure import Table, median, run, taking_turns, took, within
from domain.articles import TEXT_FIELDS, Article
from matching.concepts import Concepts
from matching.document import Document
from matching.engine import Engine, Result
from matching.places import Places
from matching.text.keys import index_keys, key_stream
from matching.text.language import identify

#: CPU seconds for each other way at each size, in all.
BUDGET_S = 6.0

#: Beyond this many rules no other way than these is tried.
_TRIED = {"loop": 100_000, "perq": 100_000, "regex each term": 10_000, "FTS5": 10_000}
_WAYS: dict[str, Callable[[Sequence[rules.BenchRule]], Callable[[Prepared], Hits] | None]] = {
    "loop": contenders.loop,
    "regex each term": contenders.regex_each,
    "FTS5": contenders.full_text,
    "perq": contenders.perq,
}


@dataclass(frozen=True, kw_only=True)
class _Page:
    """An article in all the ways in which it is needed."""

    article: Article
    document: Document
    keys: tuple[str, ...]
    prepared: Prepared


def measure(*, quick: bool) -> Table:
    """Milliseconds of CPU for an article, by number of rules."""
    sizes, count, rounds = ((100, 1_000), 8, 1) if quick else ((1_000, 10_000, 100_000), 80, 7)
    pages = [_page(number) for number in range(count)]
    table = Table(
        "rules", "parse_s", "compile_s", "memory_mb", "cpu_ms_per_article", "candidates", "hits", "mentions",
        "same_hits_percent",
    )  # fmt: skip
    _add_steps(table, pages, rounds)
    for size in sizes:
        _add_size(table, rules.rules(size), pages, rounds)
    words = sum(len(page.prepared.words) for page in pages) / count
    table.note(
        f"{count} articles of {rules.WORDS} words ({words:.0f} tokens), en, ru, kk and zh in turn; CPU of one core."
    )
    table.note("candidates, hits and mentions are means of an article; memory is what a fresh process grew by.")
    table.note(
        "same hits: of all rules that the engine or a way found, those that both did; perq has no NEAR and no NOT."
    )
    table.note("perq takes part where it is installed; it is no dependency.")
    return table


def _page(number: int) -> _Page:
    article = rules.article(number)
    language = identify(f"{article.title}\n{article.text}", article.declared_language)
    stream = key_stream(article, language)
    keys = index_keys(stream)
    document = Document(
        texts={name: article.field(name) for name in TEXT_FIELDS}, stream=stream, language=language, url=article.url
    )
    fields = [stream.fields[name] for name in TEXT_FIELDS]
    return _Page(
        article=article,
        document=document,
        keys=keys,
        prepared=contenders.prepared(language, fields, keys),
    )


def _add_steps(table: Table, pages: Sequence[_Page], rounds: int) -> None:
    """What every article costs whatever is watched."""
    steps: dict[str, Callable[[_Page], object]] = {
        "language": lambda page: identify(f"{page.article.title}\n{page.article.text}", page.article.declared_language),
        "words and keys": lambda page: key_stream(page.article, page.document.language),
        "keys for the index": lambda page: index_keys(page.document.stream),
    }
    works = {name: partial(_all, step, pages) for name, step in steps.items()}
    for name, time in taking_turns(works, rounds).items():
        table.add(name, cpu_ms_per_article=time.cpu_ms(len(pages)))


def _add_size(table: Table, asked: Sequence[rules.BenchRule], pages: Sequence[_Page], rounds: int) -> None:
    """The engine and each other way with these rules."""
    size = len(asked)
    engine, concepts = Engine(), Concepts()
    for one in asked:
        engine.add(engine.compile(our_rule(one.id, one.asked_of, one.query, concepts)))
    found = [_results(engine, page) for page in pages]
    expected = [frozenset(result.rule_id for result in results) for results in found]
    # the many objects that stay are not looked through again whenever some come and go
    gc.collect()
    gc.freeze()
    times = taking_turns({"engine": partial(_all, partial(_results, engine), pages)}, rounds)
    cost = _compiling(asked)
    table.add(
        f"engine, {size}",
        rules=size,
        **cost,
        cpu_ms_per_article=times["engine"].cpu_ms(len(pages)),
        candidates=_mean([len(engine.candidates(Places(page.document, page.keys))) for page in pages]),
        hits=_mean(map(len, expected)),
        mentions=_mean([sum(len(result.mentions) for result in results) for results in found]),
    )
    table.add(f"engine, change one of {size}", rules=size, compile_s=_change(engine, asked))
    del engine, found
    for name in _WAYS:
        if size <= _TRIED[name]:
            _add_way(table, name, asked, pages, expected)
    gc.unfreeze()


def _results(engine: Engine, page: _Page) -> list[Result]:
    return engine.run(Places(page.document, page.keys))


def _add_way(
    table: Table, name: str, asked: Sequence[rules.BenchRule], pages: Sequence[_Page], expected: Sequence[Hits]
) -> None:
    make = _WAYS[name]
    made: list[Callable[[Prepared], Hits] | None] = []
    build = took(lambda: made.append(make(asked)))
    find = made[0]
    if find is None:
        return
    hits: list[Hits] = []
    time, done = within([partial(_keep, hits, find, page.prepared) for page in pages], BUDGET_S)
    both = sum(len(one & other) for one, other in zip(hits, expected, strict=False))
    either = sum(len(one | other) for one, other in zip(hits, expected, strict=False))
    table.add(
        f"{name}, {len(asked)}",
        rules=len(asked),
        compile_s=build.cpu_s,
        cpu_ms_per_article=time.cpu_ms(done),
        hits=_mean(map(len, hits)),
        same_hits_percent=100 * both / either if either else 100.0,
    )


def _compiling(asked: Sequence[rules.BenchRule]) -> dict[str, float]:
    """What these rules cost in a process of their own."""
    lines = "".join(json.dumps([one.asked_of, one.query]) + "\n" for one in asked)
    command = [sys.executable, "-m", "benchmarks.children.compiling"]
    done = subprocess.run(command, input=lines, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _change(engine: Engine, asked: Sequence[rules.BenchRule]) -> float:
    """Seconds of CPU to read one rule anew and to put it in the place of the old one: the median of some."""

    def change(one: rules.BenchRule) -> None:
        engine.add(engine.compile(our_rule(one.id, one.asked_of, one.query, Concepts())))

    return median(took(partial(change, one)) for one in asked[:: max(1, len(asked) // 50)]).cpu_s


def _keep(found: list[Hits], find: Callable[[Prepared], Hits], article: Prepared) -> None:
    found.append(find(article))


def _all(work: Callable[[_Page], object], pages: Sequence[_Page]) -> None:
    """Nothing is kept: a heap full of results would slow whatever is measured."""
    for page in pages:
        work(page)


def _mean(numbers: Iterable[int]) -> float:
    known = list(numbers)
    return sum(known) / len(known)


if __name__ == "__main__":
    sys.exit(run(measure, "matching"))
