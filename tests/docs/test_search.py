"""docs/search.md says the truth: its commands can be typed, and the index is asked what it says."""

from __future__ import annotations

import re
import shlex

import pytest
from typer.main import get_command

from claimwatch.cli.app import app
from claimwatch.config.lexicons import builtin_concepts
from claimwatch.search import question
from domain.keys import HasAll
from storage.key_query import askable
from tests.docs.markdown import ROOT, blocks, rows

TEXT = (ROOT / "docs" / "search.md").read_text(encoding="utf-8")
COMMANDS = [line for one in blocks(TEXT) if one.info == ("sh",) for line in one.body.splitlines()]
#: Each query of the table, and what the index is asked for it.
ASKED = {row[0].strip("`"): row[1] for part in re.split(r"\n\n", TEXT) for row in rows(part)[1:]}


@pytest.mark.parametrize("line", COMMANDS)
def test_command_can_be_typed(line: str) -> None:
    program, *words = shlex.split(line)
    command = get_command(app)
    context = command.make_context(program, list(words), resilient_parsing=False)

    assert program == "claimwatch"
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]  # only groups have them
        context = command.make_context(command.name, list(words), parent=context)
    for query in (context.params.get("text"), context.params.get("query")):
        assert query is None or question(query, builtin_concepts())


@pytest.mark.parametrize(("query", "said"), ASKED.items())
def test_query_of_the_table_asks_the_index_what_it_says(query: str, said: str) -> None:
    asked = askable(question(query, builtin_concepts()).keys)

    assert (asked is None) == said.startswith("every article")
    assert isinstance(asked, HasAll) == ("both" in said)


def test_the_table_is_found() -> None:
    assert len(ASKED) == 6
