"""Collects every Problem of every file before anything is refused."""

from __future__ import annotations

from pathlib import Path

from domain.errors import ConfigError, Problem


class Report:
    """The problems found so far, each place and message once, in the order of files and lines."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._files: dict[Path, None] = {}

    def add(self, file: str, message: str, *, line: int = 0, column: int = 0, excerpt: str = "") -> None:
        """Note one problem; line and column count from 1, 0 means the whole file."""
        problem = Problem(file=file, line=line, column=column, message=message, excerpt=excerpt)
        self._problems[problem] = None

    def read(self, path: Path) -> None:
        """Note a file or folder of the user's whose content counts, whether it is there or not."""
        self._files[path] = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file and folder noted by ``read``."""
        return tuple(self._files)

    def places(self, file: str) -> frozenset[tuple[int, int]]:
        """Line and column of every problem of a file so far."""
        return frozenset((problem.line, problem.column) for problem in self._problems if problem.file == file)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """File by file as the files were first met, then by line and column."""
        files = list(dict.fromkeys(problem.file for problem in self._problems))
        return tuple(sorted(self._problems, key=lambda one: (files.index(one.file), one.line, one.column)))

    def raise_if_any(self) -> None:
        """Refuse when something is wrong.

        Raises:
            ConfigError: with every problem noted so far.
        """
        if self._problems:
            raise ConfigError(self.problems)
