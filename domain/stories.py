"""Story: the articles that report one happening, across outlets and languages."""

from __future__ import annotations

from domain.ids import stable_id


def story_id(content_hash: str, article_id: str) -> str:
    """The id of a story that begins with an article of these words.

    Made from the words alone, so that two articles asking at once get the same; an article without
    words (an empty hash) begins a story of its own.
    """
    return stable_id("sto", content_hash or article_id)
