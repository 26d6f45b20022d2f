"""The port KeyIndex: what the keys of articles find, page by page, on every store."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.articles import PageState
from domain.keys import ANYTHING, HasAll, HasAny, HasSome, KeyQuery
from domain.outcomes import Reread
from domain.views import ArticleFilter
from storage.database import Database
from storage.key_query import LONGEST_KEY, MOST_BYTES
from storage.stores import Stores
from tests.contract.conftest import AnyStores
from tests.contract.samples import NOW, after, article, match, plain, told
from tests.fakes.keys import meets

#: Keys that a tokenizer of its own mind would cut, fold, drop or join.
HOSTILE = (
    "ru:земля", "земля", "Земля", "en:don't", "don't", "don", "a.b", "a", "b", "3.14", "3", "领土", "领", "土", "土领",
    "claim.challenger=RU", "claim.challenger=KZ", "claim.score=0.8", "u.s", "ё", "е", "é", "e", "e\u0301", "ﬁ",
    "x y", "x\u00a0y", "x\u3000y", "x\u2028y", "x\ty", "'", '"', "\\", "%", "%25", "%%", ":", "::", "*a", "a*b", "AND",
    "or", "NOT", "near", "(", ")", "()", "a|b", "a&b", "!a", "-a", "a-b", "+", "^", "{a}", "a:b", "kk:қала", "қала",
    "العربية", "\u200f", "🇰🇿", "🇰", "\x01", "\x7f", "\ufffd", "null", "NULL", "w" * LONGEST_KEY, "\U0010ffff", "<->",
)  # fmt: skip


def any_of(*keys: str) -> HasAny:
    return HasAny(keys=frozenset(keys))


def store(stores: AnyStores, name: str, keys: Iterable[str], **changes: Any) -> None:
    stores.articles.record_article(plain(article(name, **changes), keys=tuple(keys)))


def found(stores: AnyStores, query: KeyQuery, filter: ArticleFilter | None = None, limit: int = 200) -> list[str]:
    """The names of all candidates, over all pages."""
    names: list[str] = []
    before = None
    while True:
        page = stores.keys.candidates(query, filter or ArticleFilter(), before=before, limit=limit)
        names += [one.id.removeprefix("art-") for one in page.articles]
        if page.before is None:
            return names
        before = page.before


def test_article_is_found_by_any_key_of_its_own(stores: AnyStores) -> None:
    store(stores, "a", ["ru:земля", "земля"])

    assert found(stores, any_of("ru:земля", "never")) == ["a"]
    assert found(stores, any_of("never")) == []
    assert found(stores, any_of()) == []


def test_all_and_some_ask_for_all_and_for_some(stores: AnyStores) -> None:
    store(stores, "ab", ["a", "b"])
    store(stores, "bc", ["b", "c"], first_seen_at=after(-5))

    assert found(stores, HasAll(parts=(any_of("a"), any_of("b")))) == ["ab"]
    assert found(stores, HasSome(parts=(any_of("a"), any_of("c")))) == ["ab", "bc"]
    assert found(stores, HasAll(parts=(any_of("b"), HasSome(parts=(any_of("c"), HasAll(parts=(any_of("z"),))))))) == [
        "bc"
    ]
    assert found(stores, HasSome(parts=())) == []


def test_anything_finds_every_article(stores: AnyStores) -> None:
    store(stores, "a", ["a"])
    store(stores, "b", [], first_seen_at=after(-5))

    assert found(stores, ANYTHING) == ["a", "b"]
    assert found(stores, HasAll(parts=(ANYTHING, any_of("a")))) == ["a"]
    assert found(stores, HasSome(parts=(ANYTHING, any_of("a")))) == ["a", "b"]


def test_key_with_an_asterisk_stands_for_all_that_begin_so(stores: AnyStores) -> None:
    store(stores, "a", ["territory", "ru:территория"])

    assert found(stores, any_of("ter*")) == ["a"]
    assert found(stores, any_of("ru:терр*", "x")) == ["a"]
    assert found(stores, any_of("tar*")) == []


def test_hostile_key_finds_its_article_and_no_other(stores: AnyStores) -> None:
    for number, key in enumerate(HOSTILE):
        store(stores, str(number), [key], first_seen_at=after(-number))

    given = {key: [HOSTILE[int(name)] for name in found(stores, any_of(key))] for key in HOSTILE}

    wrong = {key: names for key, names in given.items() if {one.casefold() for one in names} != {key.casefold()}}
    assert not wrong
    assert all(key in names for key, names in given.items())


def test_key_that_no_database_can_hold_is_found_all_the_same(stores: AnyStores) -> None:
    store(stores, "a", ["a\0b", "\ud800"])

    assert found(stores, any_of("a\0b")) == ["a"]
    assert found(stores, any_of("\ud800")) == ["a"]


def test_very_long_key_is_found(stores: AnyStores) -> None:
    store(stores, "a", ["w" * 100_000, "и" * 5_000])

    assert found(stores, HasAll(parts=(any_of("w" * 100_000), any_of("и" * 5_000)))) == ["a"]


def test_article_with_more_keys_than_can_be_indexed_is_always_found(stores: AnyStores) -> None:
    store(stores, "huge", [f"{number:012d}" for number in range(MOST_BYTES // 12)])
    store(stores, "older", ["a"], first_seen_at=after(-5))
    store(stores, "newer", ["a"], first_seen_at=after(5))

    assert found(stores, any_of(f"{7:012d}")) == ["huge"]
    if isinstance(stores, Stores):
        assert found(stores, any_of("a"), limit=1) == ["newer", "huge", "older"]


def test_newest_published_come_first_and_where_unknown_first_seen_counts(stores: AnyStores) -> None:
    store(stores, "old", ["a"], published_at=after(-9000), first_seen_at=after(100))
    store(stores, "seen", ["a"], published_at=None, first_seen_at=after(-100))
    store(stores, "new", ["a"], published_at=after(-50))
    store(stores, "ancient", ["a"], published_at=datetime(1913, 5, 1, tzinfo=UTC))
    store(stores, "future", ["a"], published_at=datetime(9998, 5, 1, tzinfo=UTC))

    for query in (any_of("a"), ANYTHING):
        assert found(stores, query) == ["future", "new", "seen", "old", "ancient"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_show_every_article_once(stores: AnyStores, limit: int) -> None:
    names = [f"n{number}" for number in range(9)]
    for number, name in enumerate(names):
        store(stores, name, ["a"], first_seen_at=after(-(number // 3)))

    for query in (any_of("a"), ANYTHING):
        pages = found(stores, query, limit=limit)

        assert sorted(pages) == names
        assert [names.index(name) // 3 for name in pages] == sorted(names.index(name) // 3 for name in names)


def test_pages_stay_whole_when_newer_articles_come_between(stores: AnyStores) -> None:
    for number in range(4):
        store(stores, f"n{number}", ["a"], first_seen_at=after(-number))
    first = stores.keys.candidates(any_of("a"), ArticleFilter(), limit=2)

    store(stores, "late", ["a"], first_seen_at=after(50))
    second = stores.keys.candidates(any_of("a"), ArticleFilter(), before=first.before, limit=3)

    assert [one.id for one in first.articles + second.articles] == ["art-n0", "art-n1", "art-n2", "art-n3"]
    assert second.before is None


def test_dates_are_kept_to_the_second(stores: AnyStores) -> None:
    for number in range(4):
        store(stores, f"n{number}", ["a"], published_at=after(number))

    between = ArticleFilter(since=after(1), until=after(3))

    assert found(stores, any_of("a"), between) == ["n2", "n1"]
    assert found(stores, ANYTHING, between, limit=1) == ["n2", "n1"]


def test_filter_selects_languages_and_outlets(stores: AnyStores) -> None:
    store(stores, "kk", ["a"], language="kk", outlet_id="one")
    store(stores, "arab", ["a"], language="kk-Arab", outlet_id="two", first_seen_at=after(-1))
    store(stores, "kkk", ["a"], language="kkk", outlet_id=None, first_seen_at=after(-2))

    for query in (any_of("a"), ANYTHING):
        assert found(stores, query, ArticleFilter(languages=("kk",))) == ["kk", "arab"]
        assert found(stores, query, ArticleFilter(languages=("kk-Arab", "kkk"))) == ["arab", "kkk"]
        assert found(stores, query, ArticleFilter(outlets=("two", "three"))) == ["arab"]
        assert found(stores, query, ArticleFilter(languages=("kk",), outlets=("two",))) == ["arab"]


def test_full_article_is_found_by_its_new_keys_only(stores: AnyStores) -> None:
    store(stores, "a", ["lead"], page=PageState.REFUSED)
    store(stores, "a", ["whole"], page=PageState.FULL, published_at=after(-60))

    assert found(stores, any_of("lead")) == []
    assert found(stores, any_of("whole")) == ["a"]
    assert found(stores, ANYTHING, ArticleFilter(until=after(-59))) == ["a"]


def test_known_article_keeps_its_keys(stores: AnyStores) -> None:
    store(stores, "a", ["first"])
    store(stores, "a", ["second"])

    assert found(stores, any_of("first")) == ["a"]
    assert found(stores, any_of("second")) == []


def test_too_large_a_query_gives_more_and_not_fewer(stores: AnyStores) -> None:
    store(stores, "a", ["a"])

    many = HasAll(parts=(any_of("a"), any_of(*(f"w{number}" for number in range(50_000)))))

    if isinstance(stores, Stores):
        assert found(stores, many) == ["a"]


def test_query_of_many_keys_is_answered(stores: AnyStores) -> None:
    store(stores, "a", ["w15000", "b"])

    many = HasAll(parts=(any_of("b"), any_of(*(f"w{number}" for number in range(18_000)))))

    assert found(stores, many) == ["a"]


def test_deep_query_is_answered(stores: AnyStores) -> None:
    store(stores, "a", ["a"])
    query: KeyQuery = any_of("a")
    for number in range(60):
        query = HasSome(parts=(HasAll(parts=(query, any_of("a"))), any_of(f"z{number}")))

    assert found(stores, query) == ["a"]


def test_stale_articles_are_listed_by_id_and_counted(stores: AnyStores) -> None:
    for name, version in (("a", "1"), ("b", "2"), ("c", "0"), ("d", "1")):
        store(stores, name, ["a"], analyzer_version=version)

    first = stores.keys.stale("2", limit=2)
    second = stores.keys.stale("2", after=first[-1].id, limit=2)

    assert [one.id for one in first + second] == ["art-a", "art-c", "art-d"]
    assert stores.keys.count_stale("2") == 3


def reread(name: str, **changes: Any) -> Reread:
    whole = Reread(
        article_id=f"art-{name}", content_hash=f"hash-{name}", language="ru", keys=("new",), analyzer_version="2"
    )
    return replace(whole, **changes)


def test_reindex_stores_keys_language_and_version(stores: AnyStores) -> None:
    store(stores, "a", ["old"])

    assert stores.keys.reindex([reread("a")]) == 1

    stored = stores.articles.article("art-a")
    assert stored == replace(article("a"), language="ru", analyzer_version="2")
    assert found(stores, any_of("old")) == []
    assert found(stores, any_of("new"), ArticleFilter(languages=("ru",))) == ["a"]
    assert stores.keys.stale("2") == ()


def test_reindex_leaves_an_article_alone_that_changed_meanwhile(stores: AnyStores) -> None:
    store(stores, "a", ["old"])

    assert stores.keys.reindex([reread("a", content_hash="other"), reread("gone")]) == 0

    assert found(stores, any_of("old")) == ["a"]
    assert stores.articles.article("art-a") == article("a")


def test_match_keeps_the_version_of_its_watch_until_the_text_moves(stores: AnyStores) -> None:
    first = told("a", matches=(match("a", watch_version="v1"),))
    stores.articles.record_article(replace(first, article=replace(first.article, page=PageState.REFUSED)))

    stores.articles.record_article(told("a", matches=(match("a", watch_version="v2"),)))
    stores.articles.record_article(told("a", matches=(match("a", watch_version="v3"),)))

    details = stores.articles.details("art-a")
    assert details is not None
    assert [one.watch_version for one in details.matches] == ["v2"]


def test_keys_go_with_their_article(database: Database) -> None:
    stores = Stores.over(database)
    store(stores, "a", ["a"])
    store(stores, "b", ["a"], first_seen_at=after(-1))

    with database.transaction() as connection:
        connection.execute(text("DELETE FROM articles WHERE id = 'art-a'"))

    assert found(stores, any_of("a")) == ["b"]
    if database.dialect == "sqlite":
        with database.transaction() as connection:
            connection.execute(text("INSERT INTO key_index (key_index) VALUES ('integrity-check')"))


_KEYS = st.sampled_from(["a", "b", "ab", "en:ab", "领", "领土", "don't"])
_QUERIES = st.recursive(
    st.builds(HasAny, keys=st.frozensets(_KEYS | st.sampled_from(["a*", "en:*", "领*"]), max_size=3)),
    lambda parts: (
        st.builds(HasAll, parts=st.lists(parts, max_size=3).map(tuple))
        | st.builds(HasSome, parts=st.lists(parts, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=_QUERIES, limit=st.integers(1, 5))
def test_index_finds_what_the_keys_meet(database: Database, query: KeyQuery, limit: int) -> None:
    stores = Stores.over(database)
    sets = [
        frozenset(keys) for keys in ((), "a", "b", ("ab", "en:ab"), ("领土", "领"), ("don't", "a"), ("a", "b", "领"))
    ]
    for number, keys in enumerate(sets):
        store(stores, str(number), keys, first_seen_at=after(-number))

    names = found(stores, query, limit=limit)

    assert names == [str(number) for number, keys in enumerate(sets) if meets(keys, query)]


def test_moments_without_a_zone_are_refused(stores: AnyStores) -> None:
    with pytest.raises(ValueError, match="naive"):
        stores.keys.candidates(ANYTHING, ArticleFilter(since=NOW.replace(tzinfo=None)))


def test_articles_that_would_share_a_place_do_not_disturb_each_other(stores: AnyStores) -> None:
    slots: dict[int, str] = {}
    first, second = next(
        (slots[slot], name)
        for name in map(str, range(100_000))
        if slots.setdefault(slot := zlib.crc32(f"art-{name}".encode()) % 65_536, name) != name
    )
    store(stores, first, ["a"], page=PageState.REFUSED)
    store(stores, second, ["a"])

    store(stores, first, ["b"])

    assert sorted(found(stores, any_of("a", "b"), limit=1)) == sorted((first, second))
    assert found(stores, any_of("a")) == [second]
    assert found(stores, any_of("b")) == [first]


def test_finds_that_lie_far_apart_fill_one_page(stores: AnyStores) -> None:
    for number in range(50):
        store(stores, str(number), ["rare"] if number in (3, 49) else ["frequent"], first_seen_at=after(-number))

    page = stores.keys.candidates(any_of("rare"), ArticleFilter(), limit=2)

    assert [one.id for one in page.articles] == ["art-3", "art-49"]
    assert found(stores, any_of("frequent"), limit=2) == [str(number) for number in range(50) if number not in (3, 49)]
