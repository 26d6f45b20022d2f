"""Every YAML example in the documentation loads, as the file that its fence names.

The fence says kind and file: ``yaml config claimwatch.yaml``, ``yaml watches watches/borders.yaml``.
The examples of one document are laid side by side, so that a config finds the files it names.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from claimwatch.config.load import load_settings
from claimwatch.config.settings import Settings
from matching.matcher import Matcher
from tests.docs.markdown import ROOT, Block, blocks, documents

KINDS = {"config", "watches", "outlets"}


def yaml_blocks(document: Path) -> list[Block]:
    return [block for block in blocks(document.read_text(encoding="utf-8")) if block.info[:1] == ("yaml",)]


DOCUMENTS = [document for document in documents() if yaml_blocks(document)]


def load(folder: Path, block: Block) -> Settings:
    """Load one example: a config as it is, other files through a config that names them."""
    kind, name = block.info[1], block.info[2]
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(block.body, encoding="utf-8")
    if kind != "config":
        target = folder / "wrapper.yaml"
        target.write_text(f"{kind}: [builtin, {name}]\n", encoding="utf-8")
    return load_settings(str(target), environ={})


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """One for all examples: the built-in watches, which most of them keep, are compiled once."""
    return Matcher(())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_example_loads(document: Path, tmp_path: Path, matcher: Matcher) -> None:
    examples = yaml_blocks(document)

    for block in sorted(examples, key=lambda one: one.info[1:2] == ("config",)):
        settings = load(tmp_path, block)
        matcher.update(settings.watches, settings.concepts)

    assert examples


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_example_names_its_kind_and_file(document: Path) -> None:
    unnamed = [b.info for b in yaml_blocks(document) if len(b.info) != 3 or b.info[1] not in KINDS]

    assert unnamed == []


def test_readme_example_says_what_it_means(tmp_path: Path) -> None:
    examples = yaml_blocks(ROOT / "README.md")

    *_, settings = [load(tmp_path, block) for block in sorted(examples, key=lambda one: one.info[1] == "config")]

    assert "example-herald" in {outlet.id for outlet in settings.outlets}
    assert "border-treaties" in {watch.id for watch in settings.watches}
    assert set(settings.channels) == {"console", "desk", "chat"}
    assert [route.to for route in settings.routes] == [("console",), ("desk",), ("chat",)]
