"""Articles that these tests publish."""

from __future__ import annotations

from tests.newsroom import Newsroom


def publish_claim(newsroom: Newsroom, number: int) -> str:
    """An article that the watch meets, unlike every other by its number; returns its address."""
    return newsroom.add_article(
        f"Report {number}: a speaker stirs up an old quarrel",
        f"In session {number} of the assembly a speaker raised territorial claims against a neighbour of his country.",
        "The chair asked him to keep to the agenda, and the meeting went on to the budget for roads and bridges.",
        f"Observers counted {number} such speeches since the beginning of the year, most of them in the evening.",
    )


def publish_claims(newsroom: Newsroom, count: int) -> list[str]:
    """So many of them; returns their addresses."""
    return [publish_claim(newsroom, number) for number in range(1, count + 1)]


def publish_ordinary(newsroom: Newsroom) -> str:
    """An article that no watch meets; returns its address."""
    return newsroom.add_article(
        "Orchards bloom two weeks early",
        "Apple trees along the southern road came into bloom two weeks before the date noted last year.",
        "Growers fear a late frost and have begun to stack straw for smoke between the rows of trees.",
        "A fair for early vegetables opens on Saturday; buses will run from the station every half hour.",
    )
