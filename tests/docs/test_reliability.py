"""docs/reliability.md names tests that exist, and leaves no invariant without one."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, rows

PAGE = ROOT / "docs" / "reliability.md"
INVARIANTS = ("I1", "I2", "I3", "I4", "I5", "I6", "I7")

_NAMED = re.compile(r"`(?P<file>tests/[\w/]+\.py)(?:::(?P<test>\w+))?`")


def named() -> set[tuple[str, str | None]]:
    """Every test and file of tests that the page names."""
    return {(name["file"], name["test"]) for name in _NAMED.finditer(PAGE.read_text("utf-8"))}


@cache
def functions(file: Path) -> frozenset[str]:
    """The functions and classes of a module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = ast.parse(file.read_text("utf-8"))
    made = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
            if isinstance(target, ast.Name)}  # fmt: skip
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds)) | made


def fault_rows() -> list[tuple[str, ...]]:
    """The rows of the fault tables: fault, how injected, what held, tests."""
    return [cells for cells in rows(PAGE.read_text("utf-8")) if len(cells) == 4 and "`tests/" in cells[3]]


def test_page_names_tests_that_exist() -> None:
    missing = [
        f"{file}::{test}"
        for file, test in sorted(named(), key=str)
        if not (ROOT / file).exists() or (test is not None and test not in functions(ROOT / file))
    ]

    assert missing == []


def test_page_has_a_fault_table() -> None:
    assert len(fault_rows()) >= 60


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_invariant_is_held_by_named_tests(invariant: str) -> None:
    held = [cells for cells in rows(PAGE.read_text("utf-8")) if cells[0].strip("*") == invariant]

    assert held
    assert all("`tests/" in cells[-1] for cells in held)
