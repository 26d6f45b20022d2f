from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from alerts import render
from alerts.view import TEST_WATCH_ID
from domain.watches import Severity
from tests.unit.alerts.samples import alert, quote

HOSTILE = 'Срочно\r\nBcc: all@x.example\x00 <script>alert("1")</script> \u202eзадом\u202c наперёд'
TONGUES = {
    "ru": ("Земля снова названа подарком", "подарком"),
    "kk": ("Қазақ жері ешкімнің сыйы емес", "сыйы"),
    "zh": ("节目称这片领土自古属于邻国", "领土"),
}


class Page(HTMLParser):
    """The elements and the visible text of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def links(self) -> set[str | None]:
        return {attributes.get("href") for tag, attributes in self.elements if tag == "a"}


def data(delivery_id: str = "dlv-1", **changes: Any) -> Any:
    return json.loads(render.payload(alert(**changes), delivery_id))


def test_a_subject_says_severity_watch_and_title() -> None:
    assert render.subject(alert()) == "[HIGH] Claims on Kazakhstan: Снова слова о «подарке»"


def test_a_subject_cannot_carry_a_header() -> None:
    line = render.subject(alert(title=HOSTILE, watch_title="a\r\nX-Bad: 1"))

    assert line.isprintable()
    assert "\u202e" not in line


def test_a_subject_of_a_monstrous_title_is_short() -> None:
    assert len(render.subject(alert(title="слово " * 2000, watch_title="x" * 500))) <= 180


@pytest.mark.parametrize("language", TONGUES)
def test_a_quote_keeps_its_language_and_script(language: str) -> None:
    context, word = TONGUES[language]
    told = alert(language=language, title=context, quotes=(quote(word, context),))

    assert context.replace(word, f"*{word}*") in render.text(told)
    assert f'lang="{language}"' in render.html(told)
    assert context in Page(render.html(told)).words
    assert json.loads(render.payload(told, "dlv-1"))["data"]["quotes"][0]["context"] == context


def test_text_says_what_matched_why_when_and_where() -> None:
    words = render.text(alert())

    for expected in (
        "HIGH | Claims on Kazakhstan",
        "Вестник Пример (RU) | Russian | Анна Примерова",
        "Published 2026-11-23 11:38 UTC, first seen 2026-11-23 11:52 UTC",
        "  > Гость сказал, что земля стала *большим подарком* державы.",
        "matched большим подарком~ in the text",
        "https://v.example/efir/77",
        "first report of this story on this watch",
        "alr-1",
    ):
        assert expected in words


def test_html_says_what_text_says() -> None:
    words = " ".join(Page(render.html(alert())).words.split())

    for expected in ("HIGH", "Claims on Kazakhstan", "Russian", "2026-11-23 11:38 UTC", "большим подарком", "alr-1"):
        assert expected in words


def test_html_loads_nothing_from_anywhere() -> None:
    page = Page(render.html(alert()))

    assert page.links() == {"https://v.example/efir/77"}
    assert not {"img", "script", "link", "iframe"} & {tag for tag, _ in page.elements}
    assert not re.search(r"url\(|@import", render.html(alert()))


def test_hostile_words_stay_words() -> None:
    told = alert(
        title=HOSTILE,
        author=HOSTILE,
        outlet_name=HOSTILE,
        watch_title=HOSTILE,
        quotes=(quote(HOSTILE, HOSTILE, term=HOSTILE),),
    )
    page = Page(render.html(told))

    assert "script" not in {tag for tag, _ in page.elements}
    assert '<script>alert("1")</script>' in page.words
    for output in (render.html(told), render.text(told), render.payload(told, "dlv-1").decode()):
        assert not re.search("[\x00\r\u202a-\u202e]", output)


def test_an_address_that_is_not_of_the_web_is_no_link() -> None:
    told = alert(url="javascript:alert(1)")

    assert Page(render.html(told)).links() == set()
    assert "javascript:" not in render.html(told) + render.text(told) + render.payload(told, "d").decode()


def test_an_article_without_its_page_says_so() -> None:
    assert "Only the title and summary could be read" in render.text(alert(partial=True))
    assert "Only the title and summary could be read" in render.html(alert(partial=True))


@pytest.mark.parametrize("severity", Severity)
def test_each_severity_is_named(severity: Severity) -> None:
    assert f">{severity.value.upper()}<" in render.html(alert(severity=severity))


def test_an_alert_without_anything_known_can_be_told() -> None:
    bare = alert(
        title="", url="", outlet_name=None, country=None, language="und", author=None, published_at=None, quotes=()
    )

    assert "Source unknown" in render.text(bare)
    assert "Source unknown" in render.html(bare)
    assert json.loads(render.payload(bare, "dlv-1"))["data"]["article"]["url"] is None


def test_a_test_says_that_it_is_one() -> None:
    told = alert(watch_id=TEST_WATCH_ID, url="")

    assert "This is a test of the channel" in render.text(told)
    assert "This is a test of the channel" in render.html(told)
    assert json.loads(render.payload(told, "dlv-1"))["type"] == "claimwatch.test.v1"


def test_a_payload_has_its_published_form() -> None:
    assert data() == {
        "type": "claimwatch.alert.v1",
        "timestamp": "2026-11-23T11:52:00Z",
        "data": {
            "alert_id": "alr-1",
            "delivery_id": "dlv-1",
            "watch": {"id": "kz-land", "title": "Claims on Kazakhstan"},
            "severity": "high",
            "reason": "first_in_story",
            "story_id": "sto-1",
            "article": {
                "id": "art-1",
                "title": "Снова слова о «подарке»",
                "url": "https://v.example/efir/77",
                "outlet": "Вестник Пример",
                "country": "RU",
                "language": "ru",
                "author": "Анна Примерова",
                "published_at": "2026-11-23T11:38:00Z",
                "first_seen_at": "2026-11-23T11:52:00Z",
                "partial": False,
            },
            "quotes": [
                {
                    "field": "text",
                    "start": 10,
                    "end": 26,
                    "text": "большим подарком",
                    "term": "большим подарком~",
                    "context": "Гость сказал, что земля стала большим подарком державы.",
                }
            ],
        },
    }


def test_the_same_delivery_is_the_same_bytes() -> None:
    first, second = (render.payload(alert(), "dlv-1") for _ in range(2))

    assert first == second
    assert render.html(alert()) == render.html(alert())
    assert render.text(alert()) == render.text(alert())


def test_the_keys_of_a_payload_are_sorted() -> None:
    event = data()

    assert list(event) == sorted(event)
    assert list(event["data"]["article"]) == sorted(event["data"]["article"])


def test_a_payload_stays_under_twenty_kilobytes() -> None:
    huge = "\\\U0001f30d" * 5000
    quotes = tuple(quote(huge, huge, term=huge) for _ in range(5))

    body = render.payload(
        alert(title=huge, author=huge, outlet_name=huge, quotes=quotes, url="https://v.example/" + "\u00e9" * 4000),
        "dlv-1",
    )

    assert len(body) < render.MAX_PAYLOAD
    assert json.loads(body)["data"]["article"]["url"].startswith("https://v.example/")


def test_half_a_surrogate_pair_spoils_nothing() -> None:
    told = alert(title="half \ud83d", quotes=(quote("\ud83d", "a \ud83d b"),))

    quoted = json.loads(render.payload(told, "dlv-1"))["data"]["quotes"]

    assert len(quoted) == 1
    assert b"half" in render.html(told).encode("utf-8")
