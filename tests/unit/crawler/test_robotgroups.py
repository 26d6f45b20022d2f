"""Of a robots.txt, only the groups that speak to us are parsed; what they say stays the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from crawler.robotgroups import our_groups

LINES = (
    "User-agent: *", "User-agent: other", "user agent Claimwatch", "USER-AGENT : claimwatch # us", "User-agent:",
    "User-agent: claim*", "Disallow: /a", "disalow /b", "Allow: /a/b", "Disallow:", "Crawl-delay: 9", "# nothing",
    "", "Sitemap: https://x.example/map", "Host: x.example", "no directive at all", "Disallow: /a#b", "  Allow : /b/c ",
)  # fmt: skip
PAGES = ("/a", "/a/b", "/b", "/b/c", "/c")


def test_groups_for_others_are_left_out() -> None:
    text = "User-agent: other\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\nSitemap: x\nUser-agent: third\nDisallow: /c"

    assert our_groups(text, "claimwatch").splitlines() == ["User-agent: *", "Disallow: /b"]


def test_a_group_of_several_agents_is_ours_if_one_is() -> None:
    text = "User-agent: other\nUser-agent: ClaimWatch\nUser-agent: third\nDisallow: /a\nCrawl-delay: 5"

    assert our_groups(text, "claimwatch").splitlines() == ["User-agent: claimwatch", "Disallow: /a", "Crawl-delay: 5"]


@pytest.mark.parametrize("between", ["Sitemap: https://x.example/map", "Noindex: /x", "# words", "", "words"])
def test_lines_that_are_no_rules_do_not_part_a_group(between: str) -> None:
    text = f"User-agent: *\n{between}\nUser-agent: other\nDisallow: /a"

    assert our_groups(text, "claimwatch").splitlines() == ["User-agent: *", "Disallow: /a"]


def test_rules_before_any_agent_are_nobodys() -> None:
    assert our_groups("Disallow: /\nAllow: /a", "claimwatch") == ""


def test_our_name_with_a_version_is_our_name() -> None:
    assert our_groups("User-agent: claimwatch/1.0\nDisallow: /", "claimwatch").startswith("User-agent: claimwatch\n")


@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_the_parser_finds_the_same_in_what_is_left(lines: list[str]) -> None:
    text = "\n".join(lines)
    whole, cut = Protego.parse(text), Protego.parse(our_groups(text, "claimwatch"))

    for page in PAGES:
        url = f"https://x.example{page}"
        assert cut.can_fetch(url, "claimwatch") == whole.can_fetch(url, "claimwatch")
    assert cut.crawl_delay("claimwatch") == whole.crawl_delay("claimwatch")
