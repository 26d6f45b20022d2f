"""No link of ours leads nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, anchors, documents, links


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_document_links_to_what_exists(document: Path) -> None:
    dead = [target for target in links(document.read_text(encoding="utf-8")) if not leads_somewhere(document, target)]

    assert dead == []


def leads_somewhere(document: Path, target: str) -> bool:
    if target.startswith("https://"):
        return True
    path, _, anchor = target.partition("#")
    found = (document.parent / path).resolve() if path else document
    if not found.exists() or not found.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(found.read_text(encoding="utf-8"))


@pytest.mark.parametrize("target", ["nowhere.md", "#no-such-heading", "http://plain.example/", "../../outside.md"])
def test_link_check_sees_a_dead_link(target: str) -> None:
    assert not leads_somewhere(ROOT / "README.md", target)


def test_every_document_of_docs_is_in_its_index() -> None:
    index = links((ROOT / "docs" / "README.md").read_text(encoding="utf-8"))

    missing = {path.name for path in (ROOT / "docs").glob("*.md")} - {*index, "README.md"}

    assert missing == set()
