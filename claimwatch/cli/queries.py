"""Verbs about queries: query explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from claimwatch.cli.options import ConfigOption, settings_from
from claimwatch.cli.output import Format, safe, write_one
from domain.errors import QueryError, UsageError

if TYPE_CHECKING:
    from domain.keys import KeyQuery
    from matching.query.explain import Branch, Explanation, Forms
    from matching.query.lint import Finding

query = typer.Typer(help="Ask what a query means.", no_args_is_help=True, rich_markup_mode=None)

#: Languages shown where none is asked for.
LANGUAGES = ("en", "ru", "kk", "zh")

#: Parts below one branch, and forms of one word, that a terminal is shown.
_MOST_PARTS, _MOST_FORMS = 20, 24
_MOST_KEYS = 300


class ExplainFormat(StrEnum):
    """How an explanation is written."""

    TABLE = "table"
    JSON = "json"


@query.callback()
def _query() -> None:
    pass


@query.command()
def explain(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="The query, in quotes of the shell.")],
    lang: Annotated[
        list[str] | None,
        typer.Option("--lang", "-l", help=f"A language to show; may be repeated [default: {', '.join(LANGUAGES)}]."),
    ] = None,
    fmt: Annotated[ExplainFormat, typer.Option("--format", "-f", help="How to write it.")] = ExplainFormat.TABLE,
    config: ConfigOption = None,
) -> None:
    """Show what a query means: its tree, the forms of its words, the keys it needs, and what looks wrong.

    Exit code 2 when the query cannot be read, 1 when a part of it can never be met.
    """
    from claimwatch.config.lexicons import frequent_words  # noqa: PLC0415  heavy
    from matching.query.explain import explain as explained  # noqa: PLC0415  heavy
    from matching.query.lint import Knowledge, Severity, worst  # noqa: PLC0415
    from matching.query.required import required  # noqa: PLC0415

    languages = tuple(dict.fromkeys(map(_language, lang or LANGUAGES)))
    knowledge = Knowledge(languages=languages, concepts=settings_from(config).concepts, frequent=frequent_words())
    try:
        found = explained(text, knowledge, required)
    except QueryError as error:
        raise UsageError(safe(error.report)) from error
    if fmt is ExplainFormat.JSON:
        write_one(_row(found), fmt=Format.JSON)
    else:
        print("\n".join(map(safe, _lines(found))))
    raise typer.Exit(1 if worst(found.findings) is Severity.ERROR else 0)


def _language(tag: str) -> str:
    from claimwatch.config.codes import language_problem  # noqa: PLC0415
    from matching.text.language import primary  # noqa: PLC0415  heavy

    if problem := language_problem(tag):
        raise UsageError(f"--lang: {problem}")
    return primary(tag)


def _lines(found: Explanation) -> Iterator[str]:
    yield f"query  {found.query}"
    yield ""
    yield found.tree.words
    yield from _tree(found.tree.parts, "")
    if found.forms:
        yield "\nforms"
        yield from map(_forms_line, found.forms)
    if found.required:
        yield "\nan article needs"
        yield from (f"  {language}  {_cut(_keys(needed))}" for language, needed in found.required.items())
    if found.findings:
        yield "\nlook at"
        yield from map(_finding_line, found.findings)


def _tree(branches: Sequence[Branch], indent: str) -> Iterator[str]:
    shown, hidden = branches[:_MOST_PARTS], branches[_MOST_PARTS:]
    for number, branch in enumerate(shown, 1):
        last = number == len(shown) and not hidden
        yield f"{indent}{'└─' if last else '├─'} {branch.words}"
        yield from _tree(branch.parts, indent + ("   " if last else "│  "))
    if hidden:
        yield f"{indent}└─ … and {len(hidden)} more"


def _forms_line(found: Forms) -> str:
    more = len(found.forms) - _MOST_FORMS
    shown = ", ".join(found.forms[:_MOST_FORMS]) + (f" … and {more} more" if more > 0 else "")
    return f"  {found.language}  {found.term}  {shown}{'' if found.known else '  (guessed: the word is not known)'}"


def _finding_line(finding: Finding) -> str:
    return f"  line {finding.at.line}, column {finding.at.column}: {finding.severity.value}: {finding.message}"


def _keys(needed: KeyQuery) -> str:
    from matching.query.explain import keys_in_words  # noqa: PLC0415  heavy

    return keys_in_words(needed)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_KEYS else f"{text[: _MOST_KEYS - 1]}…"


def _row(found: Explanation) -> Mapping[str, object]:
    return {
        "query": found.query,
        "tree": asdict(found.tree),
        "forms": [asdict(forms) for forms in found.forms],
        "required": {language: _keys_row(needed) for language, needed in found.required.items()},
        "findings": [
            {
                "severity": finding.severity.value,
                "line": finding.at.line,
                "column": finding.at.column,
                "message": finding.message,
            }
            for finding in found.findings
        ],
    }


def _keys_row(needed: KeyQuery) -> object:
    """``{"any": [keys]}``, ``{"all": [...]}`` or ``{"some": [...]}``; all of nothing is met by every article."""
    from domain.keys import HasAll, HasAny  # noqa: PLC0415

    if isinstance(needed, HasAny):
        return {"any": sorted(needed.keys)}
    return {"all" if isinstance(needed, HasAll) else "some": [_keys_row(part) for part in needed.parts]}
