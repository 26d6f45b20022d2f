"""Whatever becomes of a good configuration, it loads or is refused with places; nothing else is raised."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given

from claimwatch.config.load import load_settings
from domain.errors import ConfigError
from tests.fuzz.mutations import SOUP, fuzz, mutated, result_or

MAIN = b"""database: {url: "sqlite:///x.db"}
network: {contact: desk@a.example, allow_private: {crawl: ["127.0.0.2:8080"]}}
outlets: [o.yaml]
watches: [w.yaml]
channels:
  desk: {kind: console}
  mail: {kind: email, host: mx.a.example, port: 587, from: us@a.example, to: [you@a.example],
         username: us, password: env:PASSWORD}
  hook: {kind: webhook, url: "https://hook.a.example/x", secrets: [env:SECRET]}
routes:
  - {match: {severity: medium, languages: [ru, kk]}, to: [desk, mail]}
  - {to: [hook], max_age_days: 2}
retention: {polls_days: 30}
"""
OUTLETS = b"""outlets:
  - id: courier
    name: Steppe Courier
    country: KZ
    languages: [kk, ru]
    ownership: private
    host: courier.a.example
    sources:
      - {name: main, url: "https://courier.a.example/feed", every: 15m}
"""
WATCHES = """watches:
  - id: land
    title: Land
    queries: {ru: '"территориальные претензии" OR претензия', en: '"territorial claim"'}
    severity: high
    threshold: 2
    tests: {match: [A territorial claim was made.], no_match: [The harvest was good.]}
""".encode()
ENVIRON = {"PASSWORD": "p", "SECRET": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"}
FILES = {"claimwatch.yaml": MAIN, "o.yaml": OUTLETS, "w.yaml": WATCHES}
YAML_SOUP = (
    *SOUP, b"\n", b"\n  ", b"- ", b": ", b"*a", b"&a ", b"!!python/object:x ", b"|\n", b">\n", b"~", b"no", b".inf",
    b"0x", b"1:30", b"<<: ", b"? ", b"%YAML 9\n", b"---\n", b"env:", b"file:/dev/null", b"\t", b"KZ", b"x" * 300,
)  # fmt: skip


def _loaded(files: dict[str, bytes]) -> bool:
    """Did it load? Else it was refused in sentences that name a file of the person's."""
    with tempfile.TemporaryDirectory() as folder:
        for name, body in files.items():
            (Path(folder) / name).write_bytes(body)
        found = result_or(ConfigError, lambda: load_settings(f"{folder}/claimwatch.yaml", environ=ENVIRON))
    if not isinstance(found, ConfigError):
        return True
    assert found.problems
    for problem in found.problems:
        assert problem.file.endswith((".yaml", "null"))
        assert problem.message
        assert min(problem.line, problem.column) >= 0
    return False


@pytest.mark.parametrize("name", list(FILES))
@given(body=mutated(tuple(FILES.values()), YAML_SOUP))
@fuzz(60)
def test_a_mutated_file_loads_or_is_refused(name: str, body: bytes) -> None:
    _loaded({**FILES, name: body})


def test_the_files_load_as_they_are() -> None:
    assert _loaded(FILES)
