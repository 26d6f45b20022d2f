"""Random queries and documents over a few words of four languages, so that they often meet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st

from domain.articles import Article
from domain.keys import KeyStream
from matching.document import Document
from matching.query.ast import (
    And,
    AtLeast,
    Claim,
    Condition,
    Filter,
    Form,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Position,
    Regex,
    Scope,
    Variants,
    Weighted,
    Within,
    Word,
)
from matching.text.keys import key_stream
from tests.unit.matching.articles import article

AT = Position(1, 1)
LANGUAGES = ("en", "ru", "kk", "zh")

#: What texts are made of: forms of few words, so that queries find them.
VOCABULARY = {
    "en": ("land", "Land", "lands", "landed", "gift", "gifts", "gave", "the", "THE", "North-Land", "landing"),
    "ru": ("земля", "земли", "Земле", "земляника", "подарок", "подарка", "Россия", "России", "РФ", "и"),
    "kk": ("жер", "жерін", "Жері", "сый", "сыйлық", "сыйлығы", "Ресей", "Ресейдің", "мен", "jer"),
    "zh": ("中国", "中國", "发展中国家", "发展", "领土", "領土", "国家", "中", "国", "俄罗斯", "白俄罗斯", "家"),
}
_BETWEEN = (" ", " ", " ", "  ", ", ", ". ", "! ", "\n", "\n\n", "-", "")
#: What queries ask for.
_WORDS = {
    "en": ("land", "Land", "gift", "the", "North-Land", "give"),
    "ru": ("земля", "земли", "подарок", "Россия", "РФ", "и"),
    "kk": ("жер", "сый", "сыйлық", "Ресей", "мен", "jer"),
    "zh": ("中国", "中", "领土", "領土", "国家", "俄罗斯", "国"),
}
_PHRASES = {
    "en": ("the land", "land gift", "North Land"),
    "ru": ("и земля", "земля подарок", "Россия и"),
    "kk": ("Ресей жер", "жер сый", "сыйлық мен"),
    "zh": ("中国 领土", "中国领土", "领土 中国", "发展"),
}
_PREFIXES = {"en": ("lan", "North-Lan", "the"), "ru": ("зем", "под"), "kk": ("жер", "сыйл"), "zh": ("中国", "领")}
_PATTERNS = {
    "en": ("lan.", "gift|gave", r"\bland\b", "t?he", "[ -]"),
    "ru": ("земл[яи]", "подар|рф", "[.]"),
    "kk": ("же.", "сый|рес"),
    "zh": ("中.", "国+"),
}
_FORMS = (Form.FOLDED, Form.FOLDED, Form.INFLECTED, Form.INFLECTED, Form.EXACT)
_CLAIM_KEYS = (
    "claim.type=gift",
    "claim.type=annexation",
    "claim.challenger=RU",
    "claim.authority=legislator",
    "claim.authority=media",
    "claim.score=0.5",
    "claim.recalled=true",
)


@cache
def texts(language: str, *, least: int = 0, most: int = 30) -> st.SearchStrategy[str]:
    """Words of a language, and a few of the others, with all that may stand between them."""
    others = [word for words in VOCABULARY.values() for word in words]
    between = ("", "", "", *_BETWEEN) if language == "zh" else _BETWEEN
    words = st.sampled_from((*VOCABULARY[language] * 12, *others))
    return st.lists(st.tuples(words, st.sampled_from(between)).map("".join), min_size=least, max_size=most).map("".join)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Node, Document]:
    """A query, and a document that is likely to hold some of its words."""
    language = draw(st.sampled_from(LANGUAGES))
    return draw(queries(language)), draw(documents(language))


@cache
@st.composite
def documents(draw: st.DrawFn, language: str) -> Document:
    """Short documents, some with claims."""
    page = article(
        draw(texts(language, least=5)) * draw(st.sampled_from((1, 1, 1, 4))),
        title=draw(texts(language, most=5)),
        lead=draw(st.one_of(st.just(""), texts(language, most=8))),
    )
    claims = draw(st.lists(st.frozensets(st.sampled_from(_CLAIM_KEYS), max_size=4), max_size=2))
    return document(page, language, claims)


def document(page: Article, language: str, claims: Sequence[frozenset[str]] = ()) -> Document:
    """An article as queries see it."""
    stream = key_stream(page, language)
    return Document(
        texts={"title": page.title, "lead": page.lead, "text": page.text},
        stream=KeyStream(
            fields=stream.fields, sentences=stream.sentences, paragraphs=stream.paragraphs, claims=tuple(claims)
        ),
        language=language,
        outlet_id="herald",
        country="KZ",
        author="Ivan IVANOV",
        url="https://herald.example/News/1",
    )


@cache
def terms(language: str) -> st.SearchStrategy[Node]:
    """Words, phrases, beginnings of words, expressions."""
    forms = st.sampled_from((Form.FOLDED, Form.FOLDED, Form.INFLECTED, Form.INFLECTED, Form.EXACT))
    words = st.builds(Word, text=st.sampled_from(_WORDS[language]), form=forms, at=st.just(AT))
    phrases = st.builds(Phrase, text=st.sampled_from(_PHRASES[language]), form=forms, at=st.just(AT))
    prefixes = st.builds(Word, text=st.sampled_from(_PREFIXES[language]), form=st.just(Form.PREFIX), at=st.just(AT))
    patterns = st.builds(Regex, pattern=st.sampled_from(_PATTERNS[language]), at=st.just(AT))
    return st.one_of(words, words, words, phrases, prefixes, patterns)


def _parts(below: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(below, min_size=2, max_size=3).map(tuple)


def _variants(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(
        Variants,
        label=st.just("@concept"),
        by_language=st.dictionaries(st.sampled_from((*LANGUAGES, "*")), below, max_size=3),
        blocked=st.dictionaries(
            st.sampled_from(("zh", "*")),
            st.lists(st.sampled_from(("中国家", "领土国")), max_size=2).map(tuple),
            max_size=2,
        ),
        at=st.just(AT),
    )


def _nears(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(
        Near,
        left=below,
        right=below,
        distance=st.sampled_from((None, 0, 1, 3, 8)),
        ordered=st.booleans(),
        at=st.just(AT),
    )


@cache
def places(language: str) -> st.SearchStrategy[Node]:
    """What may stand beside NEAR."""
    return st.recursive(
        terms(language),
        lambda below: st.one_of(
            st.builds(Or, parts=_parts(below)), _nears(below), _nears(below), _variants(below), _weighted(below)
        ),
        max_leaves=6,
    )


def _weighted(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(Weighted, part=below, weight=st.sampled_from((0.5, 2.0, 3.0)))


def _asked() -> st.SearchStrategy[Node]:
    """What is asked of the document."""
    filters = [
        Filter(name="lang", values=("ru", "kk-Latn"), at=AT),
        Filter(name="outlet", values=("herald", "x"), at=AT),
        Filter(name="country", values=("RU",), at=AT),
        Filter(name="author", values=("ivanov",), at=AT),
        Filter(name="url", values=("/news/", "/sport/"), at=AT),
    ]
    conditions = [
        Condition(name="type", operator="=", values=("gift", "annexation"), at=AT),
        Condition(name="type", operator="!=", values=("gift",), at=AT),
        Condition(name="authority", operator=">=", values=("regional",), at=AT),
        Condition(name="authority", operator="<=", values=("regional",), at=AT),
        Condition(name="score", operator=">=", values=("0.50",), at=AT),
        Condition(name="score", operator="=", values=("0.50",), at=AT),
    ]
    claims = st.lists(st.sampled_from(conditions), max_size=2).map(lambda found: Claim(conditions=tuple(found), at=AT))
    return st.one_of(st.sampled_from(filters), claims)


@cache
def queries(language: str) -> st.SearchStrategy[Node]:
    """Queries of every kind of part, more of them than a parser would let pass."""
    some = places(language)
    return st.recursive(st.one_of(some, some, some, some, _asked()), _above, max_leaves=8)


def _above(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(And, parts=_parts(below)),
        st.builds(And, parts=_parts(below)),
        st.builds(Or, parts=_parts(below)),
        st.builds(Not, part=below, at=st.just(AT)),
        st.builds(AtLeast, count=st.sampled_from((1, 2, 3)), parts=_parts(below), at=st.just(AT)),
        st.builds(Within, scope=st.sampled_from(tuple(Scope)), part=below, at=st.just(AT)),
        st.builds(InField, field=st.sampled_from(("title", "lead", "text")), part=below, at=st.just(AT)),
        _weighted(below),
        _variants(below),
    )
