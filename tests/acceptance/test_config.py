"""A wrong configuration is refused whole: every error with its place, and nothing starts."""

from __future__ import annotations

import re

import pytest

from claimwatch.demo.child import run_claimwatch
from tests.acceptance.office import Office
from tests.newsroom import Newsroom

WRONG = """\
database:
  url: "sqlite:///{folder}/claimwatch.db"
network:
  allow_privat: {{}}
outlets: ["{folder}/wrong-outlets.yaml"]
watches: ["{folder}/watches.yaml"]
channels:
  hook: {{kind: webhook, url: "ftp://example.org/", secret: "file:{folder}/webhook.secret"}}
routes:
  - to: [desk]
"""

WRONG_OUTLETS = """\
outlets:
  - id: test-gazette
    name: Test Gazette
    country: Kazakhstan
    host: news.example
    languages: [en]
    ownership: private
    sources:
      - {name: feed, url: "http://news.example/feed", every: soon}
"""

#: File, line and column of every mistake above.
PLACES = {
    ("claimwatch.yaml", 4, 3),
    ("claimwatch.yaml", 8, 30),
    ("claimwatch.yaml", 10, 10),
    ("wrong-outlets.yaml", 4, 14),
    ("wrong-outlets.yaml", 9, 62),
}


@pytest.mark.parametrize("verb", ["run", "check"])
def test_wrong_config_is_refused_with_the_place_of_every_error(office: Office, newsroom: Newsroom, verb: str) -> None:
    office.configure(newsroom)
    (office.folder / "wrong-outlets.yaml").write_text(WRONG_OUTLETS, encoding="utf-8")
    office.config.write_text(WRONG.format(folder=office.folder), encoding="utf-8")
    before = set(office.folder.iterdir())
    asked = run_claimwatch(verb, "--config", str(office.config), cwd=office.folder)
    places = re.findall(r"^(?:claimwatch: )?\S*?([\w-]+\.yaml):(\d+):(\d+): \S", asked.stderr, re.MULTILINE)

    assert asked.returncode == 2, asked.stderr
    assert {(name, int(line), int(column)) for name, line, column in places} == PLACES, asked.stderr
    assert "nothing was started" in asked.stderr
    assert set(office.folder.iterdir()) == before
    assert newsroom.requests() == ()


def test_config_that_is_not_there_is_wrong_usage(office: Office) -> None:
    asked = run_claimwatch("run", "--config", "nowhere.yaml", cwd=office.folder)

    assert asked.returncode == 2
    assert "nowhere.yaml" in asked.stderr
    assert list(office.folder.iterdir()) == []


def test_config_that_is_no_yaml_is_refused_with_its_place(office: Office) -> None:
    office.config.write_text("database: {url: [\n", encoding="utf-8")
    asked = run_claimwatch("run", "--config", str(office.config), cwd=office.folder)

    assert asked.returncode == 2
    assert re.search(r"claimwatch\.yaml:\d+:\d+: ", asked.stderr), asked.stderr
