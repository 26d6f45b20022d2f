"""The glossary and the code use the same words."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import domain
from tests.docs.markdown import ROOT, rows

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
NOW, LATER = TEXT.split("## Words of later releases")

#: The words of the design; each is in the glossary, in the part that the code decides.
WORDS = (
    "Outlet", "Source", "Poll", "Entry", "Article", "Revision", "Snapshot", "Watch", "Query", "Match", "Mention",
    "Route", "Channel", "Claim", "Challenger", "Target", "Stance", "Authority", "Actor", "Person", "Story", "Case",
    "Alert", "Delivery", "Attempt", "Transport", "Digest", "Lexicon", "Outbox", "Lease", "Job",
)  # fmt: skip


def words(text: str) -> dict[str, str]:
    """Word to the code that it names in the third column, empty where there is none."""
    return {
        row[0].strip("*"): row[2].strip("`") if len(row) > 3 else "" for row in rows(text) if row[0].startswith("**")
    }


def nouns_of_the_domain() -> set[str]:
    """Every public class of the domain."""
    modules = [importlib.import_module(f"domain.{one.name}") for one in pkgutil.iter_modules(domain.__path__)]
    return {
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    }


@pytest.mark.parametrize("word", WORDS)
def test_glossary_has_every_word_of_the_design(word: str) -> None:
    assert (word in words(NOW)) != (word in words(LATER))


def test_glossary_lists_as_present_what_the_code_has() -> None:
    assert set(WORDS) & nouns_of_the_domain() <= set(words(NOW))


@pytest.mark.parametrize(("word", "code"), words(NOW).items())
def test_glossary_names_code_that_exists(word: str, code: str) -> None:
    module_name, _, name = code.rpartition(".")
    holder = importlib.import_module(module_name)

    found = getattr(holder, name, None) or importlib.import_module(code)

    assert found.__doc__, word
