"""Reads stored articles again that another version of the analyser read, for the index of their keys."""

from __future__ import annotations

import time
from collections.abc import Callable

from domain.articles import Article
from domain.outcomes import Reread
from domain.ports import KeyIndex
from matching.matcher import ANALYZER_VERSION, Matcher

#: Articles in one transaction: a daemon beside us waits for no more.
_BATCH = 100
#: Seconds between two lines.
_SAY_EVERY_S = 5.0


def reindex(index: KeyIndex, *, say: Callable[[str], None]) -> int:
    """Read all that is stale, by rising id; broken off, the next run goes on.

    Args:
        index: where the articles are.
        say: gets a line now and then on how far it is.

    Returns:
        How many articles were read again.
    """
    matcher = Matcher(())
    total, done, after = index.count_stale(ANALYZER_VERSION), 0, ""
    next_line = time.monotonic() + _SAY_EVERY_S
    while batch := index.stale(ANALYZER_VERSION, after=after, limit=_BATCH):
        done += index.reindex([_reread(matcher, article) for article in batch])
        after = batch[-1].id
        if time.monotonic() >= next_line:
            say(f"{done:,} of {total:,} articles read again")
            next_line = time.monotonic() + _SAY_EVERY_S
    return done


def _reread(matcher: Matcher, article: Article) -> Reread:
    analysis = matcher.analyze(article)
    return Reread(
        article_id=article.id,
        content_hash=article.content_hash,
        language=analysis.language,
        keys=analysis.keys,
        analyzer_version=analysis.analyzer_version,
    )
