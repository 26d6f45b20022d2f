"""`claimwatch query explain`: what a person sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimwatch.cli.app import app
from claimwatch.config.lexicons import builtin_concepts
from domain.errors import UsageError


def explain(*arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    done = CliRunner().invoke(app, ["query", "explain", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_an_explanation_shows_tree_forms_keys_and_findings() -> None:
    code, shown = explain("SENT(подарок~ NEAR/8 OR2) OR подарок~", "--lang", "ru")

    assert code == 0
    assert shown.startswith(
        "query  SENT(подарок~ NEAR/8 OR2) OR подарок~\n"
        "\n"
        "any of\n"
        "├─ within one sentence\n"
        "│  └─ NEAR/8: at most 8 words between\n"
        "│     ├─ подарок~  in any form\n"
        "│     └─ OR2\n"
        "└─ подарок~  in any form\n"
        "\n"
        "forms\n"
        "  ru  подарок~  подарок, подарка, "
    )
    assert "\nan article needs\n  ru  " in shown


def test_a_finding_is_shown_with_its_place() -> None:
    code, shown = explain("border NOT border", "--lang", "en")

    assert code == 1
    assert "\nlook at\n  line 1, column 8: error: 'border' is wanted and excluded" in shown


def test_the_machine_form_has_everything() -> None:
    code, shown = explain("border the", "--lang", "en", "--format", "json")

    row = json.loads(shown)
    assert code == 0
    assert set(row) == {"query", "tree", "forms", "required", "findings"}
    assert row["tree"] == {
        "words": "all of",
        "parts": [{"words": "border", "parts": []}, {"words": "the", "parts": []}],
    }
    assert row["required"] == {"en": {"all": [{"any": ["border"]}, {"any": ["the"]}]}}


def test_a_wrong_query_is_wrong_usage_with_a_caret() -> None:
    with pytest.raises(UsageError) as caught:
        explain("land or sea")

    assert str(caught.value).splitlines()[1:] == ["land or sea", "     ^"]


def test_a_wrong_language_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="did you mean 'kk'"):
        explain("land", "--lang", "kz")


def test_long_lists_are_cut() -> None:
    _, shown = explain(" OR ".join(f"word{number}" for number in range(100)), "--lang", "en")

    assert "└─ … and 80 more" in shown
    assert max(map(len, shown.splitlines()[1:])) < 320


def test_concepts_of_a_configuration_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("concepts: {steppe: {en: [prairie]}}\nwatches: []\n", encoding="utf-8")
    config = tmp_path / "claimwatch.yaml"
    config.write_text("watches: [w.yaml]\n", encoding="utf-8")

    code, shown = explain("@steppe", "--lang", "en", "--config", str(config))

    assert code == 0
    assert "@steppe\n└─ en: prairie\n" in shown


def test_packaged_concepts_and_states_can_be_named() -> None:
    code, shown = explain("geo:KZ", "--lang", "kk")

    assert code == 0
    assert "└─ kk: any of\n   ├─ Қазақстан" in shown
    assert len(builtin_concepts().states) > 190
