"""What the demo prints: for people, at most 100 columns, wide characters aligned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from claimwatch.demo.feeds import FeedKind
from claimwatch.demo.newsroom import UNWELL, Newsroom
from claimwatch.demo.settings import ANALYST
from claimwatch.demo.stories import Expected, Story
from claimwatch.demo.verdict import Evidence, Row
from claimwatch.wording import count

WIDTH = 100
#: Stands between words that were met apart from each other.
_GAP = "…"
_FORMATS = {FeedKind.RSS: "RSS 2.0", FeedKind.ATOM: "Atom", FeedKind.JSON: "JSON Feed"}


def console_for(out: TextIO) -> Console:
    """A console that is 100 columns wide, or as wide as the terminal where that is less."""
    console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=False)
    console.width = min(WIDTH, console.width) if console.is_terminal else WIDTH
    return console


def print_opening(console: Console, newsroom: Newsroom) -> None:
    """What is being watched."""
    table = _table("outlet", "in", "language", "feed", "address")
    for house in newsroom.houses:
        unwell = UNWELL.get(house.id)
        feed = f"{_FORMATS[house.kind]}, {house.encoding}" if unwell is None else f"unwell: {unwell}"
        table.add_row(house.name, house.country, house.language, feed, newsroom.address(house.id))
    _section(console, "Watched: a newsroom on this machine, no network needed", table)


def print_findings(console: Console, evidence: Evidence, newsroom: Newsroom, now: datetime) -> None:
    """Everything that came of it.

    Args:
        now: aware UTC, for the age of articles.
    """
    _print_told(console, evidence, newsroom)
    _print_arrived(console, evidence)
    _print_untold(console, evidence, newsroom, now)
    _print_unwell(console, evidence)
    _print_feeds(console, evidence, newsroom)


def print_verdict(
    console: Console, evidence: Evidence, problems: Sequence[str], log: Sequence[str], took_s: float
) -> None:
    """The last line; before it what is wrong and the daemon's last words, if anything is."""
    if not problems:
        told = sum(story.expected is Expected.TOLD for story in evidence.stories)
        text = f"All of it arrived: {count(told, 'alert')}, each once by mail and once by webhook. {took_s:.1f} s"
        console.print(Text(f"✓ {text}", style="bold green"))
        return
    _section(console, "The daemon's last words", Text("\n".join(log) or "none"))
    _section(console, "Not as it should be", Text("\n".join(f"• {problem}" for problem in problems), style="red"))
    console.print(Text(f"✗ {count(len(problems), 'thing')} went wrong. {took_s:.1f} s", style="bold red"))


def _print_told(console: Console, evidence: Evidence, newsroom: Newsroom) -> None:
    names = {house.id: house.name for house in newsroom.houses}
    told = [story for story in evidence.stories if evidence.notices_of(story) or evidence.mails_of(story)]
    body = Table.grid(padding=(0, 1))
    body.add_column(width=2)
    body.add_column(overflow="fold")
    for story in told:
        body.add_row(Text(story.language, style="cyan"), _told(evidence, story, names[story.outlet]))
    _section(console, f"Found and told: {count(len(told), 'article')} matched", body)


def _told(evidence: Evidence, story: Story, outlet: str) -> Text:
    text = Text(story.title, style="bold")
    match = evidence.match_of(story)
    by = " and ".join(
        name for name, found in (("mail", evidence.mails_of(story)), ("webhook", evidence.notices_of(story))) if found
    )
    partial = "" if story.paragraphs else "; its page holds no text, title and summary were read"
    text.append(f"\n{outlet}, {story.published_at:%d %b %H:%M} UTC; told by {by}{partial}", style="not bold dim")
    text.append_text(_quote(evidence, story))
    if match is None:
        text.append("\nno match is stored for it", style="not bold red")
    text.append("\n")
    return text


def _quote(evidence: Evidence, story: Story) -> Text:
    """The sentence that the webhook quoted, with the words that were met between asterisks."""
    quotes = [quote for notice in evidence.notices_of(story) for quote in notice.payload["data"]["quotes"]]
    if not quotes:
        return Text()
    best = next((quote for quote in quotes if quote["field"] != "title"), quotes[0])
    context, met = (
        str(best["context"]).strip(),
        [part.strip() for part in str(best["text"]).split(_GAP) if part.strip()],
    )
    parts = re.split(f"({'|'.join(map(re.escape, met))})", context) if met else [context]
    marked = ((f"*{part}*", "bold yellow") if part in met else part for part in parts)
    return Text.assemble("\n“", *marked, "”", style="not bold")


def _print_arrived(console: Console, evidence: Evidence) -> None:
    body = Table.grid(padding=(0, 2))
    body.add_row(
        "by mail", f"{count(len(evidence.mails), 'message')} for {ANALYST}, text and HTML, no Message-ID twice"
    )
    refused = f"{len(evidence.refused)} refused" if evidence.refused else "every signature verified"
    body.add_row("by webhook", f"{count(len(evidence.notices), 'call')}, no webhook-id twice, {refused}")
    if evidence.mails:
        body.add_row("", Text(f"such as: {min(mail.subject for mail in evidence.mails)}", style="dim"))
    _section(console, "Arrived", body)


def _print_untold(console: Console, evidence: Evidence, newsroom: Newsroom, now: datetime) -> None:
    names = {house.id: house.name for house in newsroom.houses}
    table = _table("", "outlet", "title", "why")
    for story in sorted(evidence.stories, key=lambda one: (one.expected is Expected.ORDINARY, one.outlet)):
        if story.expected is not Expected.TOLD:
            why = _why(story, evidence.match_of(story), now) if newsroom.page_requests(story) else "was not read"
            table.add_row(story.language, names[story.outlet], story.title, why)
    _section(console, "Not told", table)


def _why(story: Story, match: Row | None, now: datetime) -> str:
    if match is None:
        return "no watch matched"
    age = f"published {(now - story.published_at).days} days ago"
    decision = str(match["decision"])
    return {"same_story": "the same words were told", "too_old": age}.get(decision, decision)


def _print_unwell(console: Console, evidence: Evidence) -> None:
    table = _table("outlet", "why it is unwell")
    for row in evidence.sources:
        if row["status"] != "healthy":
            table.add_row(row["outlet"], row["last_error"] or row["status"])
    _section(console, "Unwell sources", table)


def _print_feeds(console: Console, evidence: Evidence, newsroom: Newsroom) -> None:
    table = _table("outlet", "feed asked", "304 answers", "pages asked")
    for house in newsroom.houses:
        if house.id not in UNWELL:
            pages = sum(newsroom.page_requests(story) for story in newsroom.stories if story.outlet == house.id)
            asked, unchanged = newsroom.feed_requests(house.id), newsroom.not_modified(house.id)
            table.add_row(house.name, str(asked), str(unchanged), str(pages))
    survived = _survived(evidence)
    _section(console, "What the newsroom saw", Group(table, f"survived: {', '.join(survived)}") if survived else table)


def _survived(evidence: Evidence) -> list[str]:
    """What stood in the way of articles that were told all the same."""
    told = [story for story in evidence.stories if evidence.notices_of(story) or evidence.mails_of(story)]
    moved = sum(story.old_path is not None for story in told)
    slow = [story.delay_s for story in told if story.delay_s]
    redirected = f"{count(moved, 'page')} that had moved (a redirect)"
    waited = f"{count(len(slow), 'page')} that answered after {max(slow, default=0):g} s"
    return [words for number, words in ((moved, redirected), (len(slow), waited)) if number]


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _section(console: Console, title: str, body: RenderableType) -> None:
    console.print(Text(title, style="bold underline"))
    console.print(Padding(body, (0, 0, 0, 2), expand=False))
    console.print()
