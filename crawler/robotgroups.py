"""Cuts a robots.txt down to the groups that speak to us, before it is parsed: most of a large one is for others.

Grouping is that of RFC 9309 section 2.2.1: agent lines that follow each other name one group, a rule ends
them, and lines that are neither (Sitemap, Host, anything unknown) do not part a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# The spellings are those that Protego forgives.
_AGENT = re.compile(r"user[- ]?agent(?:\s*:|\s|$)\s*(.*)", re.IGNORECASE)
_RULE = re.compile(
    r"(?:allow|dissallow|dissalow|disalow|diasllow|disallaw|disallow|crawl[- ]delay)(?:\s*:|\s|$)", re.IGNORECASE
)
_AFTER_NAME = re.compile(r"[/\s(]")


def our_groups(text: str, agent: str) -> str:
    """The groups for ``*`` and for names that are part of ours; which of them counts, the parser decides.

    Args:
        text: a robots.txt.
        agent: our product token, such as ``claimwatch``.
    """
    return "\n".join(_ours(text, agent.lower()))


def _ours(text: str, agent: str) -> Iterator[str]:
    ours, rules_began = False, False
    for whole_line in text.splitlines():
        line = whole_line.partition("#")[0].strip()
        named = _AGENT.match(line)
        if named is not None:
            ours, rules_began = ours and not rules_began, False
            name = _name(named[1])
            if name == "*" or (name and name in agent):
                ours = True
                yield f"User-agent: {name}"
        elif _RULE.match(line):
            rules_began = True
            if ours:
                yield line


def _name(value: str) -> str:
    """The product token of an agent line in lower case: without a version, and without stars around it."""
    value = value.lower()
    return value if value == "*" else _AFTER_NAME.split(value, maxsplit=1)[0].replace("*", "")
