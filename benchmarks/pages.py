"""Invented article pages in five layouts, and feeds, around the invented texts; what is the article is known.

The layouts are what news sites do: clean semantic markup, anonymous blocks, the same nested three deep (the
hardest), a page full of scripts and styles with promotions between the paragraphs, and old tables.
The frame names other articles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from benchmarks.texts import NOW, Text, draws
from claimwatch.demo.feeds import Feed, FeedItem, FeedKind, render_feed
from claimwatch.demo.markup import PageText, render_page

SITE = "The Invented Courier"


@dataclass(frozen=True, kw_only=True)
class MadePage:
    """A page and what a reader should find in it."""

    layout: str
    body: bytes
    #: The lead (where the layout prints it) and the paragraphs.
    expected: str


def page(of: Text, layout: str, *, others: Sequence[Text] = (), base: str = "https://courier.example") -> MadePage:
    """The page of a text.

    Args:
        of: what it says.
        layout: one of ``LAYOUTS``.
        others: articles that its frame names.
        base: the site's address, without a slash at the end.
    """
    markup = LAYOUTS[layout](of, others, base)
    shown = of.paragraphs if layout == "semantic" else (of.lead, *of.paragraphs)
    return MadePage(layout=layout, body=markup.encode(), expected="\n".join(shown))


def _semantic(of: Text, others: Sequence[Text], base: str) -> str:
    said = PageText(
        url=base + of.path,
        site_name=SITE,
        language=of.language,
        title=of.title,
        lead=of.lead,
        paragraphs=of.paragraphs,
        author="A. Writer",
        published_at=of.published_at,
        others=tuple((base + other.path, other.title) for other in others),
    )
    return render_page(said).decode()


def _blocks(of: Text, others: Sequence[Text], base: str, *, depth: int = 1) -> str:
    """No element says what it is; every paragraph is a div, in so many more."""
    opened, closed = '<div class="r">' * depth, "</div>" * depth
    wrapped = "".join(
        f'<div class="b{n}">{opened}{escape(part)}{closed}</div>' for n, part in enumerate((of.lead, *of.paragraphs))
    )
    cards = "".join(f'<div class="card"><a href="{base}{o.path}">{escape(o.title)}</a></div>' for o in others)
    top = "".join(f'<div class="m"><a href="/{n}/">{n}</a></div>' for n in range(12))
    body = (
        f'<div id="top">{top}</div><div id="w"><div class="h">{escape(of.title)}</div>{wrapped}</div>'
        f'<div id="more">{cards * 3}</div>'
    )
    return _document(of, body, base)


def _busy(of: Text, others: Sequence[Text], base: str) -> str:
    """Some 150 kB of scripts and styles, and a promotion after every second paragraph."""
    noise = draws("noise", of.number)
    script = "".join(f"var v{n}={noise.randrange(10**9)};function f{n}(a){{return a*v{n}}}\n" for n in range(1_300))
    style = "".join(f".k{n}{{margin:{n % 40}px;color:#{noise.randrange(16**6):06x}}}\n" for n in range(1_500))
    parts = []
    for n, part in enumerate((of.lead, *of.paragraphs)):
        parts.append(f'<p class="text k{n}">{escape(part)}</p>')
        if n % 2 and others:
            other = others[n % len(others)]
            parts.append(f'<aside class="promo"><a href="{base}{other.path}">{escape(other.title)}</a></aside>')
    links = "".join(f'<li><a href="{base}{o.path}">{escape(o.title)}</a></li>' for o in others) * 12
    body = (
        f"<style>{style}</style><nav><ul>{links}</ul></nav><main><article><h1>{escape(of.title)}</h1>"
        f"{''.join(parts)}</article></main><aside><ul>{links}</ul></aside><script>{script}</script>"
    )
    return _document(of, body, base)


def _tables(of: Text, others: Sequence[Text], base: str) -> str:
    """As pages were laid out before there was CSS: one paragraph element, lines broken by hand."""
    links = "<br>".join(f'<a href="{base}{o.path}">{escape(o.title)}</a>' for o in others)
    text = "<br><br>".join(map(escape, (of.lead, *of.paragraphs)))
    body = (
        f'<table width="980"><tr><td width="180" valign="top">{links}</td>'
        f"<td valign=top><h2>{escape(of.title)}</h2><p>{text}</p></td><td>{links}</td></tr></table>"
    )
    return _document(of, body, base)


def _document(of: Text, body: str, base: str) -> str:
    return (
        f'<!doctype html><html lang="{of.language}"><head><meta charset="utf-8"><title>{escape(of.title)}</title>'
        f'<link rel="canonical" href="{base}{of.path}">'
        f'<meta property="article:published_time" content="{of.published_at.isoformat()}"></head>'
        f"<body>{body}<footer><p>© {SITE}</p></footer></body></html>"
    )


LAYOUTS: dict[str, Callable[[Text, Sequence[Text], str], str]] = {
    "semantic": _semantic,
    "blocks": _blocks,
    "nested": partial(_blocks, depth=2),
    "busy": _busy,
    "tables": _tables,
}


def feed(listed: Sequence[Text], kind: FeedKind, *, base: str = "https://courier.example") -> bytes:
    """A feed that lists these texts."""
    head = Feed(
        title=SITE,
        home=f"{base}/",
        url=f"{base}/feed.xml",
        language=listed[0].language if listed else "en",
        kind=kind,
        updated_at=NOW,
    )
    items = [
        FeedItem(url=base + one.path, title=one.title, summary=one.lead, published_at=one.published_at)
        for one in listed
    ]
    return render_feed(head, items)
