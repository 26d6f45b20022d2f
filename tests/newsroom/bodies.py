"""Documents made to hurt whoever reads them, as bytes; ``tests.newsroom.hostile`` sends them."""

from __future__ import annotations

from collections.abc import Iterable

#: As deep as issue 3 asks for.
DEPTH = 200_000
#: An address that no policy allows and at which nothing listens.
NOWHERE = "http://127.0.0.1:9"

PARAGRAPH = "The assembly went on to the budget for roads and bridges, and the chair asked all speakers to be brief."


def feed(*items: str, prolog: str = "") -> bytes:
    """An RSS feed around the insides of items."""
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'{prolog}<rss version="2.0"><channel><title>Gazette</title>{body}</channel></rss>'.encode()


def item(url: str, title: str, rest: str = "") -> str:
    """The inside of an item."""
    return f"<title>{title}</title><link>{url}</link>{rest}"


def page(title: str, *paragraphs: str, head: str = "", rest: str = "") -> bytes:
    """An article page."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{body}</article>{rest}</body></html>"
    ).encode()


def billion_laughs(good: str) -> bytes:
    """Entities of entities, which inflate to gigabytes, beside a good item."""
    layers = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    return feed(good, item(f"{NOWHERE}/laugh", "&e9;"), prolog=f"<!DOCTYPE rss [<!ENTITY e0 'ha'>{layers}]>")


def quadratic_blowup(good: str) -> bytes:
    """One long entity named a hundred thousand times, which inflates to 5 GB, beside a good item."""
    prolog = f"<!DOCTYPE rss [<!ENTITY q '{'q' * 50_000}'>]>"
    return feed(good, item(f"{NOWHERE}/quadratic", "&q;" * 100_000), prolog=prolog)


def external_entities(good: str, targets: Iterable[str]) -> bytes:
    """Everything by which XML can ask for another document, for each of these addresses, beside a good item."""
    wanted = list(targets)
    declared = "".join(
        f'<!ENTITY x{n} SYSTEM "{target}"><!ENTITY % p{n} SYSTEM "{target}">%p{n};' for n, target in enumerate(wanted)
    )
    used = "".join(f"&x{n};" for n, _ in enumerate(wanted))
    prolog = (
        f'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{wanted[0]}"?>'
        f'<!DOCTYPE rss SYSTEM "{wanted[0]}" [{declared}]>'
    )
    included = f'<include xmlns="http://www.w3.org/2001/XInclude" href="{wanted[0]}" parse="text"/>'
    return feed(
        good, item(f"{NOWHERE}/external", f"a {used} b", f"<description>{used}</description>{included}"), prolog=prolog
    )


def external_page(title: str, paragraphs: Iterable[str], targets: Iterable[str]) -> bytes:
    """A good page that names other documents in every way that a browser would follow."""
    wanted = list(targets)
    head = "".join(
        f'<link rel="stylesheet" href="{target}"><script src="{target}"></script><base href="{target}">'
        f'<meta http-equiv="refresh" content="0; url={target}">'
        for target in wanted
    )
    rest = "".join(f'<img src="{target}"><iframe src="{target}"></iframe><object data="{target}">' for target in wanted)
    text = page(title, *paragraphs, head=head, rest=rest)
    entities = "".join(f'<!ENTITY x{n} SYSTEM "{target}">' for n, target in enumerate(wanted))
    return text.replace(b"<!DOCTYPE html>", f'<!DOCTYPE html SYSTEM "{wanted[0]}" [{entities}]>'.encode(), 1)


def many_entries(good: str, count: int = 100_000) -> bytes:
    """A feed under 8 MiB that lists so many pages, the good one first."""
    return feed(good, *(item(f"{NOWHERE}/{number}", f"t{number}") for number in range(count - 1)))


def author_blowup() -> bytes:
    """An author over whom feedparser's search for a mail address takes minutes."""
    return feed(f"<title>no link, so that feedparser is asked</title><author>{'a' * 400_000}</author>")


def nested_feed(good: str) -> bytes:
    """A good item and 200,000 tags inside one another."""
    return feed(good, item(f"{NOWHERE}/nested", "deep") + "<b>" * DEPTH)


def nested_page() -> bytes:
    """200,000 elements inside one another, with the text at their end."""
    return page("Deep", rest="<div>" * DEPTH + f"<p>{PARAGRAPH}</p>" + "</div>" * DEPTH)


def slow_page() -> bytes:
    """A page of 8 MB over which an extractor takes more than its time."""
    return page("Many", *["a b c"] * 650_000)


def stub() -> bytes:
    """A page that only a browser gets past."""
    return b"<html><head><script>document.cookie='pass=1';location.reload()</script></head><body></body></html>"


def captcha() -> bytes:
    """A page that asks for a person."""
    return (
        b"<!DOCTYPE html><html><head><title>Just a moment</title></head>"
        b"<body><form><h1>Are you a person?</h1></form></body></html>"
    )


def error_page() -> bytes:
    """What a broken shop says with status 200."""
    return b"<!DOCTYPE html><html><body><h1>Database error</h1><p>Could not connect to the database.</p></body></html>"
