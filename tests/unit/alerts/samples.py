"""Articles, watches and alerts that the tests of this package share; all words are invented here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.alerts import Alert, AlertContent, Delivery, EmailChannel, Quote
from domain.articles import Article
from domain.matches import Decision, Hit, Mention
from domain.outlets import Outlet, Ownership
from domain.watches import Severity, Watch

NOW = datetime(2026, 11, 23, 11, 52, tzinfo=UTC)

TEXT = (
    "Вечерний эфир шёл спокойно, пока речь не зашла о соседях.\n"
    "Гость студии заявил, что территория Казахстана стала большим подарком соседней державы. "
    "Ведущий не стал спорить, но напомнил о договоре, который подписали ещё в девяностые годы, и сменил тему.\n"
    "Наутро другой гость пошёл дальше и потребовал вернуть северные области."
)

OUTLET = Outlet(
    id="vestnik", name="Вестник Пример", country="RU", languages=("ru",), ownership=Ownership.PRIVATE, host="v.example"
)
WATCH = Watch(id="kz-land", title="Claims on Kazakhstan", queries={"*": "x"}, severity=Severity.HIGH)
MAIL = EmailChannel(name="mail", host="mx.example", sender="alerts@sender.example", to=("a@r.example", "b@r.example"))


def article(**changes: Any) -> Article:
    base = Article(
        id="art-1",
        url="https://v.example/efir/77",
        outlet_id="vestnik",
        title="Снова слова о «подарке»",
        text=TEXT,
        author="Анна Примерова",
        published_at=NOW - timedelta(minutes=14),
        first_seen_at=NOW,
        language="ru",
        story_id="sto-1",
    )
    return replace(base, **changes)


def mention(words: str, *, within: str = TEXT, field: str = "text", term: str = "") -> Mention:
    start = within.index(words)
    return Mention(field=field, start=start, end=start + len(words), text=words, term=term or f"{words}~")


def hit(watch_id: str = "kz-land", *mentions: Mention) -> Hit:
    return Hit(watch_id=watch_id, score=2.0, mentions=mentions or (mention("территория Казахстана"),))


def quote(text: str, context: str, *, field: str = "text", term: str = "") -> Quote:
    return Quote(field=field, start=10, end=10 + len(text), text=text, term=term or f"{text}~", context=context)


def alert(**changes: Any) -> Alert:
    """An alert; names of AlertContent's fields go there, all others to the Alert."""
    content = AlertContent(
        watch_title="Claims on Kazakhstan",
        title="Снова слова о «подарке»",
        url="https://v.example/efir/77",
        outlet_name="Вестник Пример",
        country="RU",
        language="ru",
        author="Анна Примерова",
        published_at=NOW - timedelta(minutes=14),
        first_seen_at=NOW,
        quotes=(quote("большим подарком", "Гость сказал, что земля стала большим подарком державы."),),
    )
    base = Alert(
        id="alr-1",
        watch_id="kz-land",
        story_id="sto-1",
        article_id="art-1",
        severity=Severity.HIGH,
        reason=Decision.FIRST_IN_STORY,
        created_at=NOW,
        content=content,
    )
    inner = {name: changes.pop(name) for name in list(changes) if hasattr(content, name)}
    return replace(base, content=replace(content, **inner), **changes)


def delivery(**changes: Any) -> Delivery:
    base = Delivery(id="dlv-1", alert_id="alr-1", channel="mail", recipient="a@r.example", next_attempt_at=NOW)
    return replace(base, **changes)
