"""Invented articles, watches and pages in four languages, made from word lists; equal numbers give equal texts.

The words are common ones in no meaningful order. Names of places are made of syllables: an article
speaks of a few of thousands, so that a watch on a name meets few articles, as watches do.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.articles import Article
from domain.ids import stable_id
from domain.watches import Watch

#: The instant at which every invented article was published, but for its number in minutes.
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

#: How many names of places each language has.
NAMES = 2500

#: In every fifth article; what ``land_watch`` looks for.
CLAIMS = {
    "en": "territory was a gift",
    "ru": "территория была подарком",
    "kk": "жері сыйлық болған",
    "zh": "领土是礼物",
}
LANGUAGES = tuple(CLAIMS)

_WORDS = {
    "en": (
        "the a of in on with after before council harbour bridge market winter report minister school road river "
        "valley farmer price budget meeting night station music garden letter number history border treaty north "
        "south morning worker factory train forest weather library museum doctor village city capital election "
        "paper voice question answer window teacher student summer spring glass stone water light roadmap bread "
        "says opened closed promised counted repaired visited wrote asked moved carried found signed"
    ),
    "ru": (
        "в на и с после перед совет гавань мост рынок зима доклад министр школа дорога река долина фермер цена "
        "бюджет встреча ночь станция музыка сад письмо число история граница договор север юг утро рабочий завод "
        "поезд лес погода библиотека музей врач деревня город столица выборы бумага голос вопрос ответ окно учитель "
        "ученик лето весна стекло камень вода свет хлеб сказал открыл закрыл обещал считал починил посетил написал "
        "спросил перевёз нашёл подписал"
    ),
    "kk": (
        "және мен үшін кейін бұрын кеңес көпір базар қыс баяндама министр мектеп жол өзен аңғар шаруа баға бюджет "
        "кездесу түн бекет музыка бақ хат сан тарих шекара шарт солтүстік оңтүстік таң жұмысшы зауыт пойыз орман "
        "кітапхана мұражай дәрігер ауыл қала астана сайлау қағаз дауыс сұрақ жауап терезе мұғалім оқушы "
        "жаз көктем шыны тас су жарық нан айтты ашты жапты уәде берді санады жөндеді барды жазды сұрады тапты"
    ),
    "zh": (
        "理事会 港口 桥梁 市场 冬天 报告 部长 学校 道路 河流 山谷 农民 价格 预算 会议 夜晚 车站 音乐 花园 信件 数字 "
        "历史 边界 条约 北方 南方 早晨 工人 工厂 火车 森林 天气 图书馆 博物馆 医生 村庄 城市 首都 选举 纸张 声音 "
        "问题 回答 窗户 老师 学生 夏天 春天 玻璃 石头 水 光 面包 表示 打开 关闭 承诺 计算 修理 "
        "访问 写道 询问 运送 发现 签署"
    ),
}
_SYLLABLES = {
    "en": "bar cor del fen gal hor kel lim mor nar pol quin ros sten tor vel wes yar zan dun",
    "ru": "бар вол гор дуб жар зел кам лес мор нов ост пол руч сос тул уст хол чер шум яр",
    "kk": "ақ бай жар қара көл сары тас тау шың өзек қой мұз бұл ай күн теңіз құм дала төбе үң",
    "zh": "阿 巴 卡 达 法 加 哈 科 拉 马 纳 帕 奇 萨 塔 瓦 雅 扎 宁 尔",
}
_STOPS = {"zh": ("，", "。"), "en": (", ", ". "), "ru": (", ", ". "), "kk": (", ", ". ")}


@dataclass(frozen=True, kw_only=True)
class Text:
    """One invented article."""

    number: int
    language: str
    title: str
    lead: str
    #: The body, the lead not among it.
    paragraphs: tuple[str, ...]
    #: Does it hold the language's claim?
    claims: bool

    @property
    def path(self) -> str:
        """Where its page stands."""
        return f"/articles/{self.number}"

    @property
    def published_at(self) -> datetime:
        """Aware UTC."""
        return NOW - timedelta(minutes=self.number % 10_000)


def draws(*facts: object) -> random.Random:
    """Repeatable draws, the same for the same facts."""
    return random.Random("/".join(map(str, facts)))  # noqa: S311 - texts, not secrets


def words(language: str) -> tuple[str, ...]:
    """The common words of a language."""
    return tuple(_WORDS[language].split())


def name(language: str, number: int) -> str:
    """The name of a place, one of ``NAMES``."""
    syllables = _SYLLABLES[language].split()
    count = len(syllables)
    parts = (number % count, number // count % count, (number // count**2 + number) % count)
    return "".join(syllables[part] for part in parts).capitalize()


def text(number: int, *, language: str | None = None, paragraphs: int = 8) -> Text:
    """The article of this number, by default in each language in turn; a paragraph has some 60 words."""
    language = language or LANGUAGES[number % len(LANGUAGES)]
    writer = _Writer(language, number)
    claims = number // len(LANGUAGES) % 5 == 0
    body = [writer.paragraph() for _ in range(paragraphs)]
    if claims:
        body[len(body) // 2] += writer.joined([CLAIMS[language]])
    return Text(
        number=number,
        language=language,
        title=writer.title(),
        lead=writer.sentence().strip(),
        paragraphs=tuple(paragraph.strip() for paragraph in body),
        claims=claims,
    )


class _Writer:
    """Writes the parts of one article, which speaks of six places."""

    def __init__(self, language: str, number: int) -> None:
        self._language = language
        self._draws = draws("article", language, number)
        self._words = words(language)
        self._names = [name(language, self._draws.randrange(NAMES)) for _ in range(6)]

    def title(self) -> str:
        return self._glue(self._some(6))

    def sentence(self) -> str:
        return self.joined([self._glue(self._some(self._draws.randint(5, 9))), self._glue(self._some(7))])

    def paragraph(self) -> str:
        return "".join(self.sentence() for _ in range(4))

    def joined(self, clauses: list[str]) -> str:
        comma, stop = _STOPS[self._language]
        whole = comma.join(clauses) + stop
        return whole[:1].upper() + whole[1:]

    def _some(self, count: int) -> list[str]:
        found = self._draws.choices(self._words, k=count)
        if self._draws.random() < 0.3:
            found[-1] = self._draws.choice(self._names)
        return found

    def _glue(self, parts: list[str]) -> str:
        return ("" if self._language == "zh" else " ").join(parts)


def article(of: Text) -> Article:
    """The text as an Article that nobody has read yet."""
    url = f"https://news{of.number % 300}.example{of.path}"
    return Article(
        id=stable_id("art", url),
        url=url,
        outlet_id=f"news{of.number % 300}",
        title=of.title,
        lead=of.lead,
        text="\n".join(of.paragraphs),
        published_at=of.published_at,
        first_seen_at=NOW,
        declared_language=of.language,
    )


@dataclass(frozen=True, kw_only=True)
class Interest:
    """A watch, and its terms as they were put into the query."""

    watch: Watch
    terms: tuple[str, ...]


def interests(count: int) -> Iterator[Interest]:
    """So many watches, each on a place by name, the place with a word before it, and three words in a row."""
    for number in range(count):
        language = LANGUAGES[number % len(LANGUAGES)]
        drawn = draws("watch", number)
        place = name(language, number // len(LANGUAGES))
        space = "" if language == "zh" else " "
        common = words(language)
        terms = (place, drawn.choice(common) + space + place, space.join(drawn.choices(common, k=3)))
        query = " OR ".join(f'"{term}"' for term in terms)
        yield Interest(watch=Watch(id=f"place-{number}", title=place, queries={"*": query}), terms=terms)


def land_watch() -> Watch:
    """The watch that every fifth article meets."""
    query = " OR ".join(f'"{claim}"' for claim in CLAIMS.values())
    return Watch(id="land", title="Land as a gift", queries={"*": query})
