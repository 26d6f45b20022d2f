"""docs/watches.md names every packaged watch and concept, and no other."""

from __future__ import annotations

import re

from claimwatch.config.lexicons import builtin_concepts
from claimwatch.config.load import builtin_watches, load_watches
from tests.docs.markdown import ROOT, rows

TABLES = rows((ROOT / "docs" / "watches.md").read_text(encoding="utf-8"))


def test_every_concept_is_listed() -> None:
    listed = {name for row in TABLES for name in re.findall(r"`@(\w+)`", row[0])}

    assert listed == set(builtin_concepts().named)


def test_every_watch_is_listed_with_its_severity() -> None:
    watches = load_watches(str(builtin_watches())).watches
    listed = {row[0].strip("`"): row[1] for row in TABLES if len(row) == 3 and row[0] != "id"}

    assert listed == {watch.id: watch.severity.value for watch in watches}
