"""Mentions are marked where they stand, and nothing that was written by others commands a terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from claimwatch.cli.marks import Marks, in_context, marked, with_terms
from domain.articles import Article
from domain.matches import Mention

MARKS = Marks("<", ">", "(", ")")


def mention(text: str, words: str, term: str = "t~", field: str = "text") -> Mention:
    start = text.index(words)
    return Mention(field=field, start=start, end=start + len(words), text=words, term=term)


def article(text: str) -> Article:
    return Article(id="art-1", url="https://a.example/1", text=text, first_seen_at=datetime(2026, 11, 23, tzinfo=UTC))


def test_every_mention_is_marked_and_names_its_term() -> None:
    text = "The land was a gift."

    shown = with_terms(text, [mention(text, "gift", "gift~"), mention(text, "land", "land")], MARKS)

    assert shown == "The <land>([land]) was a <gift>([gift~])."
    assert marked(text, [mention(text, "gift")], MARKS) == "The land was a <gift>."


def test_overlapping_mentions_are_marked_as_one_with_all_terms() -> None:
    text = "自古以来是领土"

    shown = with_terms(
        text, [mention(text, "自古", "a"), mention(text, "古以来", "b"), mention(text, "自古", "b")], MARKS
    )

    assert shown == "<自古以来>([a, b])是领土"


def test_many_terms_of_one_place_are_counted() -> None:
    shown = with_terms("land", [mention("land", "land", f"t{number}") for number in range(5)], MARKS)

    assert shown == "<land>([t0, t1, t2 +2])"


def test_marked_text_commands_no_terminal() -> None:
    text = "a \x1b[31mred\x1b[0m \x1b]0;title\x07 \u202eland"

    shown = with_terms(text, [mention(text, "[31mred", "\x1b[5mt")], MARKS)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\x07" not in shown


def test_context_marks_the_other_mentions_that_stand_in_it() -> None:
    text = f"gift {'far ' * 40}The\nland was a gift, again."
    near = Mention(field="text", start=text.rindex("gift"), end=text.rindex("gift") + 4, text="gift", term="g")

    shown = in_context(article(text), mention(text, "land"), MARKS, [near, mention(text, "gift")])

    assert shown.startswith("…")
    assert shown.endswith("far The <land> was a <gift>, again.")
    assert shown.count("<") == 2
