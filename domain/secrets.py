"""Secrets by reference: a config names where a secret is; it is read when used and never shown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from domain.errors import UsageError


@dataclass(frozen=True)
class Secret:
    """A reference to a secret, ``env:NAME`` or ``file:PATH``; safe to print, log and compare."""

    reference: str

    def reveal(self) -> str:
        """The secret itself, without surrounding white space.

        Raises:
            UsageError: the variable is not set, or the file cannot be read or is empty.
        """
        kind, _, place = self.reference.partition(":")
        value = os.environ.get(place, "") if kind == "env" else _read(place, self.reference)
        if not value.strip():
            raise UsageError(f"the secret {self.reference} is empty or not set")
        return value.strip()


def _read(place: str, reference: str) -> str:
    try:
        return Path(place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the secret {reference} cannot be read: {error}") from error
