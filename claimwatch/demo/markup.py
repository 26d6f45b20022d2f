"""Article pages as news sites build them: the article between navigation, side columns and a footer.

What stands around the article names other articles of the site, so a reader that takes the side
column for the text finds claims in a football report.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the frame of a page says, in the site's language."""

    sections: tuple[str, ...]
    most_read: str
    related: str
    subscribe: str
    comments: str
    video: str


WORDS = {
    "en": Words(
        sections=("Politics", "World", "Economy", "Sport", "Opinion"),
        most_read="Most read",
        related="Read also",
        subscribe="Get the morning letter",
        comments="Comments are closed.",
        video="Your browser cannot play this recording.",
    ),
    "ru": Words(
        sections=("Политика", "Общество", "Экономика", "Спорт", "Мнения"),
        most_read="Самое читаемое",
        related="Читайте также",
        subscribe="Подпишитесь на утреннюю рассылку",
        comments="Комментарии закрыты.",
        video="Ваш браузер не воспроизводит видео.",
    ),
    "kk": Words(
        sections=("Саясат", "Қоғам", "Экономика", "Спорт", "Пікір"),
        most_read="Көп оқылғандар",
        related="Тағы оқыңыз",
        subscribe="Таңғы хатқа жазылыңыз",
        comments="Пікір қалдыру жабық.",
        video="Браузеріңіз бейнені көрсете алмайды.",
    ),
    "zh": Words(
        sections=("时政", "国际", "财经", "体育", "评论"),
        most_read="热门阅读",
        related="相关新闻",
        subscribe="订阅早报",
        comments="评论已关闭。",
        video="您的浏览器无法播放该视频。",
    ),
}


@dataclass(frozen=True, kw_only=True)
class PageText:
    """What an article page says."""

    url: str
    site_name: str
    language: str
    title: str
    lead: str
    paragraphs: tuple[str, ...]
    author: str
    published_at: datetime
    #: Address and title of other articles of the site.
    others: tuple[tuple[str, str], ...] = ()


def render_page(page: PageText) -> bytes:
    """The page in UTF-8; one without paragraphs has a player where the text would be."""
    words = WORDS[page.language]
    body = _article(page, words) if page.paragraphs else _player(page, words)
    return "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="{page.language}"><head>{_metadata(page)}</head>',
            f"<body>{_header(page, words)}<div class='columns'><main>{body}</main>{_side(page, words)}</div>",
            f"<footer><p>© {escape(page.site_name)}</p><p>An invented page of the claimwatch demo.</p></footer>",
            "</body></html>",
        ]
    ).encode()


def _metadata(page: PageText) -> str:
    properties = {
        "og:type": "article",
        "og:site_name": page.site_name,
        "og:title": page.title,
        "og:description": page.lead,
        "og:url": page.url,
        "article:published_time": page.published_at.isoformat(),
    }
    tags = [f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items()]
    return "".join(
        [
            '<meta charset="utf-8">',
            f"<title>{escape(page.title)} | {escape(page.site_name)}</title>",
            f'<link rel="canonical" href="{escape(page.url)}">',
            f'<meta name="description" content="{escape(page.lead)}">',
            *tags,
            f'<script type="application/ld+json">{_json_ld(page)}</script>',
        ]
    )


def _json_ld(page: PageText) -> str:
    document = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": page.title,
        "datePublished": page.published_at.isoformat(),
        "inLanguage": page.language,
        "author": {"@type": "Person", "name": page.author},
        "publisher": {"@type": "Organization", "name": page.site_name},
        "mainEntityOfPage": page.url,
    }
    return json.dumps(document, ensure_ascii=False).replace("</", "<\\/")


def _header(page: PageText, words: Words) -> str:
    sections = "".join(f'<li><a href="/{number}/">{name}</a></li>' for number, name in enumerate(words.sections))
    return f'<header><a class="logo" href="/">{escape(page.site_name)}</a><nav><ul>{sections}</ul></nav></header>'


def _article(page: PageText, words: Words) -> str:
    paragraphs = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in page.paragraphs)
    return (
        f"<article><h1>{escape(page.title)}</h1>{_byline(page)}"
        f'<div class="article-body">{paragraphs}</div>'
        f'<ul class="share"><li><a href="#mail">✉</a></li><li><a href="#link">⎘</a></li></ul></article>'
        f'<section class="related"><h2>{words.related}</h2>{_links(page.others[:3])}</section>'
        f'<section class="comments"><p>{words.comments}</p></section>'
    )


def _player(page: PageText, words: Words) -> str:
    return f'<video controls src="/video/{len(page.title)}.mp4">{words.video}</video>'


def _byline(page: PageText) -> str:
    moment = page.published_at
    return (
        f'<p class="byline"><span class="author" rel="author">{escape(page.author)}</span> '
        f'<time datetime="{moment.isoformat()}">{moment:%d.%m.%Y %H:%M}</time></p>'
    )


def _side(page: PageText, words: Words) -> str:
    return (
        f'<aside class="sidebar"><h2>{words.most_read}</h2>{_links(page.others)}'
        f'<form class="newsletter"><label>{words.subscribe}</label><input type="email"></form></aside>'
    )


def _links(others: Sequence[tuple[str, str]]) -> str:
    items = "".join(f'<li><a href="{escape(url)}">{escape(title)}</a></li>' for url, title in others)
    return f"<ul>{items}</ul>"
