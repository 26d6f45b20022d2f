"""What watches cost before any article: ``python -m benchmarks.children.compiling '{}'`` in a fresh process.

Reads queries from its standard input, one a line, as JSON ``[language, query]``; prints seconds of CPU for reading and
for compiling them, and by how many megabytes the process grew. The dictionaries are loaded before.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

from domain.errors import ConfigError, Problem
from domain.watches import Watch
from matching.concepts import Concepts
from matching.engine import Engine, Rule
from matching.reading import read

_PAGE_MB = 4096 / 1024**2


def _memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE_MB


def rule(name: str, language: str, query: str, concepts: Concepts) -> Rule:
    """One query as a rule.

    Raises:
        ConfigError: it cannot be read.
    """
    problems: list[Problem] = []
    reading = read(Watch(id=name, title=name, queries={language: query}), concepts, problems)
    if reading is None:
        raise ConfigError(problems)
    return reading.rule


def main() -> None:
    """Measure and print."""
    queries = [json.loads(line) for line in sys.stdin]
    engine, concepts = Engine(), Concepts()
    engine.compile(rule("first", "*", "word~ OR слово~", concepts))
    gc.collect()
    before = _memory_mb()
    parse_s = compile_s = 0.0
    for number, (language, query) in enumerate(queries):
        start = time.process_time()
        made = rule(str(number), language, query, concepts)
        parsed = time.process_time()
        engine.add(engine.compile(made))
        parse_s, compile_s = parse_s + parsed - start, compile_s + time.process_time() - parsed
    del queries
    gc.collect()
    told = {"parse_s": parse_s, "compile_s": compile_s, "memory_mb": _memory_mb() - before}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
