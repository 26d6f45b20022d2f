"""A running daemon takes the configuration that is on disk, if it is right, and keeps the old one if it is not."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from claimwatch.demo.child import Daemon
from tests.acceptance.office import PATIENCE_S, WATCH, Office
from tests.newsroom import Newsroom

#: One that the article of ``publish`` meets, and its concept.
LANTERNS = """\
  - id: lanterns
    title: Lanterns
    query: '@lantern NEAR/5 geo:KZ'
    tests: {match: ["The lanterns of Kazakhstan are lit"]}
concepts:
  lantern: {en: [lantern~]}
"""


def rewrite(file: Path, text: str) -> None:
    """Put a file in the place of another at once, as careful editors do."""
    draft = file.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def publish(newsroom: Newsroom, number: int, words: str) -> str:
    return newsroom.add_article(
        f"Evening report {number}",
        f"On evening {number} of the week people came to the square. {words} Nobody left before midnight.",
        f"The weather office counted {number} clear nights and expects as many again before the month is over.",
    )


def watches_met(office: Office, url: str, *, at_least: int) -> list[str]:
    """The watches that an article met, once they are so many."""
    rows = office.wait_for_rows("matches", lambda rows: sum(row["url"] == url for row in rows) >= at_least)
    return sorted(row["watch"] for row in rows if row["url"] == url)


def started(office: Office, *newsrooms: Newsroom) -> Daemon:
    office.configure(*newsrooms)
    daemon = office.daemon()
    assert daemon.wait_for_log(" started", timeout_s=PATIENCE_S), office.log_tail()
    return daemon


def test_watch_added_to_the_file_fires_on_the_next_article(office: Office, newsroom: Newsroom) -> None:
    daemon = started(office, newsroom)
    claim = publish(newsroom, 1, "They spoke of territorial claims, and of the lanterns of Kazakhstan.")
    before = watches_met(office, claim, at_least=1)

    rewrite(office.folder / "watches.yaml", WATCH + LANTERNS)
    assert daemon.wait_for_log("reloaded", timeout_s=PATIENCE_S), office.log_tail()
    lights = publish(newsroom, 2, "They spoke of territorial claims, and of a lantern in Kazakhstan.")

    assert before == ["claims"]
    assert watches_met(office, lights, at_least=2) == ["claims", "lanterns"]
    office.wait_for_news([claim, lights], daemon)


def test_wrong_watch_file_is_refused_the_old_one_keeps_firing_and_health_says_so(
    office: Office, newsroom: Newsroom
) -> None:
    daemon = started(office, newsroom)

    rewrite(office.folder / "watches.yaml", WATCH.replace("claims\"'", "claims\" AND'"))
    assert daemon.wait_for_log("reload_refused", timeout_s=PATIENCE_S), office.log_tail()
    (ill,) = office.ask("health")
    claim = publish(newsroom, 1, "They spoke of territorial claims.")
    office.wait_for_news([claim], daemon)
    rewrite(office.folder / "watches.yaml", WATCH)
    assert daemon.wait_for_log("reloaded", timeout_s=PATIENCE_S), office.log_tail()
    (well,) = office.ask("health")

    assert watches_met(office, claim, at_least=1) == ["claims"]
    assert "watches.yaml:4:" in ill["configuration_problem"]
    assert "AND" in ill["configuration_problem"]
    (problem,) = (one for one in ill["problems"] if "configuration" in one)
    assert problem.startswith("the configuration on disk is refused since ")
    assert (well["configuration_problem"], well["configuration_refused_at"]) == (None, None)


@pytest.mark.slow
def test_watch_that_fails_its_own_tests_is_refused_with_the_text_that_failed(
    office: Office, newsroom: Newsroom
) -> None:
    daemon = started(office, newsroom)

    rewrite(office.folder / "watches.yaml", WATCH + LANTERNS.replace("lanterns of", "lamps of"))
    assert daemon.wait_for_log("reload_refused", timeout_s=PATIENCE_S), office.log_tail()
    (ill,) = office.ask("health")
    claim = publish(newsroom, 1, "They spoke of territorial claims, and of the lanterns of Kazakhstan.")

    assert "The lamps of Kazakhstan are lit" in ill["configuration_problem"]
    assert watches_met(office, claim, at_least=1) == ["claims"]


@pytest.mark.slow
def test_signal_loads_the_configuration_at_once(office: Office, newsroom: Newsroom) -> None:
    daemon = started(office, newsroom)

    daemon.signal(signal.SIGHUP)

    assert daemon.wait_for_log("reloaded", timeout_s=PATIENCE_S), office.log_tail()
    assert daemon.running
    assert daemon.stop() == 0


@pytest.mark.slow
def test_outlet_added_to_the_file_is_polled_and_one_taken_out_is_not(office: Office, newsroom: Newsroom) -> None:
    with Newsroom(outlet="test-herald") as herald:
        herald.add_feed()
        office.configure(newsroom, herald)
        outlets = office.folder / "outlets.yaml"
        both = outlets.read_text(encoding="utf-8")
        second = both.index('  - id: "test-herald"')
        outlets.write_text(both[:second], encoding="utf-8")
        daemon = office.daemon()
        assert newsroom.wait_for("/feed.xml", times=1, timeout_s=PATIENCE_S)
        asked_before = herald.requests()

        rewrite(outlets, "outlets:\n" + both[second:])
        assert herald.wait_for("/feed.xml", times=1, timeout_s=PATIENCE_S), office.log_tail()
        asked = newsroom.count("/feed.xml")
        claim = publish(herald, 1, "They spoke of territorial claims.")
        office.wait_for_news([claim], daemon)

        assert asked_before == ()
        assert newsroom.count("/feed.xml") <= asked + 1
        assert {row["outlet"] for row in office.ask("matches")} == {"test-herald"}


@pytest.mark.slow
def test_channel_taken_out_while_deliveries_wait_leaves_them_dead_with_the_mend_in_words(
    office: Office, newsroom: Newsroom
) -> None:
    office.configure(newsroom)
    office.receiver.stop()
    publish(newsroom, 1, "They spoke of territorial claims.")
    daemon = office.daemon()
    office.wait_for_rows("deliveries", lambda rows: rows[0]["attempts"] >= 1, "--channel", "hook")

    lines = office.config.read_text(encoding="utf-8").splitlines()
    kept = [line.replace('"desk", "hook"', '"desk"') for line in lines if not line.startswith("  hook:")]
    rewrite(office.config, "\n".join(kept))
    assert daemon.wait_for_log("reloaded", timeout_s=PATIENCE_S), office.log_tail()
    with closing(sqlite3.connect(office.database)) as database, database:
        database.execute("UPDATE deliveries SET next_attempt_at = first_due_at")  # it may be minutes away
    (row,) = office.wait_for_rows("deliveries", lambda rows: rows[0]["state"] == "dead", "--channel", "hook")

    assert row["last_error"].startswith("the channel hook is not in the configuration: put it back, then run")


@pytest.mark.slow
def test_what_counts_only_from_the_start_is_said_to_need_one(office: Office, newsroom: Newsroom) -> None:
    daemon = started(office, newsroom)

    rewrite(office.config, office.config.read_text(encoding="utf-8").replace("demo@", "desk@"))

    assert daemon.wait_for_log("restart_needed", timeout_s=PATIENCE_S), office.log_tail()
    assert any("changed=network" in line or "network" in line for line in daemon.log_tail(5))


@pytest.mark.slow
def test_health_answers_while_the_config_file_names_a_file_that_is_not_there(
    office: Office, newsroom: Newsroom
) -> None:
    daemon = started(office, newsroom)

    (office.folder / "watches.yaml").unlink()
    assert daemon.wait_for_log("reload_refused", timeout_s=PATIENCE_S), office.log_tail()

    (ill,) = office.ask("health")
    assert "there is no file" in ill["configuration_problem"]
    assert ill["running"] is True
