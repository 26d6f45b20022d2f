"""Turns what publishers call text into plain text: no markup, no control characters, one space between words."""

from __future__ import annotations

import html
import re

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html

#: How much markup is looked at for one character of text: a lead needs its first words only.
MARKUP_PER_CHAR = 8

# Not text at all: C0 and C1 controls but for tab, newline and the ones that fold to a newline,
# lone surrogates, non-characters, and the invisible fillers (soft hyphen, zero-width space,
# word joiner, byte order mark) that break words for a matcher. Zero-width joiners stay: they
# carry meaning in Arabic script.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u00ad\u200b\u2060\ufeff]"
)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:-]*(?:\s[^<>]*)?/?>|<!--")
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

_BLOCKS = (
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th",
    "tr", "ul",
)  # fmt: skip


def without_controls(text: str) -> str:
    """The text without characters that are no text; every kind of line end becomes a newline."""
    return _NOT_TEXT.sub("", _NEWLINES.sub("\n", text))


def one_line(text: str, limit: int) -> str:
    """Plain text on one line: whitespace folded, at most ``limit`` characters."""
    return " ".join(without_controls(text).split())[:limit].rstrip()


def paragraphs(text: str) -> str:
    """Plain text with one paragraph a line: whitespace folded inside, empty lines dropped."""
    lines = (" ".join(line.split()) for line in without_controls(text).split("\n"))
    return "\n".join(line for line in lines if line)


def plain(markup: str, limit: int) -> str:
    """The words of a title or summary, on one line, whatever mix of HTML and entities it is.

    Markup that was escaped once too often (``&lt;p&gt;``) is taken off as well.

    Args:
        markup: plain text, HTML, or HTML escaped inside HTML.
        limit: longest result in characters.
    """
    text = without_controls(markup[: limit * MARKUP_PER_CHAR])
    for _ in range(3):
        text = _without_tags(text) if _TAG.search(text) else html.unescape(text)
    return one_line(text, limit)


def _without_tags(markup: str) -> str:
    """The text between the tags; block elements part words, inline ones do not."""
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = lxml_html.document_fromstring(f"<div>{markup}</div>", parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return html.unescape(_TAG.sub(" ", markup))
    etree.strip_elements(tree, "script", "style", "template", with_tail=False)
    for element in tree.iter(*_BLOCKS):
        # a reference such as &#1; becomes a character that lxml reads but does not take back
        element.text = f" {without_controls(element.text or '')}"
        element.tail = f" {without_controls(element.tail or '')}"
    return str(tree.text_content())
