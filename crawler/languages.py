"""Language tags as publishers write them, brought to BCP 47 shape; whether they are true, matching decides."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?"
    r"(?:[-_][A-Za-z0-9]{5,8})*(?:[.@].*)?"
)


def language_tag(declared: str | None) -> str | None:
    """``ru``, ``kk-Latn``, ``zh-CN`` from what was declared, such as ``ru_RU.utf8``; None where it is no tag."""
    match = _TAG.fullmatch((declared or "").strip())
    if match is None:
        return None
    language, script, region = match.groups()
    parts = [language.lower(), (script or "").title(), (region or "").upper()]
    return "-".join(part for part in parts if part)
