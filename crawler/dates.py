"""Reads the dates that feeds and pages write, into aware UTC; a date that cannot be believed is None.

A date without a zone is taken as UTC, for nobody knows better; being some hours off is less harm
than losing the date. Years before 1995 and moments more than two days ahead are not believed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from dateutil import parser as dateutil_parser  # type: ignore[import-untyped]

#: Nothing on the web was published before this.
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
#: How far a publisher's clock may run ahead.
MAX_AHEAD = timedelta(days=2)

_MAX_CHARS = 100
# Names that the standard library does not know, or of which news means one zone only.
_ZONES = {
    "MSK": "+0300", "MSD": "+0400", "EET": "+0200", "EEST": "+0300", "CET": "+0100", "CEST": "+0200",
    "WET": "+0000", "WEST": "+0100", "BST": "+0100", "HKT": "+0800", "SGT": "+0800", "JST": "+0900", "KST": "+0900",
}  # fmt: skip
_ZONE = re.compile(r"(?<=[\d ])(" + "|".join(_ZONES) + r")$")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Two dates that share no part: what a text leaves open differs between them.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2003, 2, 2))  # noqa: DTZ001 - only fill missing parts


def read_date(text: str | None, *, now: datetime) -> datetime | None:
    """A date as written by a publisher.

    Args:
        text: ISO 8601, RFC 822 with its common mistakes, or another full date; None where absent.
        now: aware UTC, to tell dates from the future.

    Returns:
        Aware UTC; None where the text is unreadable, incomplete or not believable.
    """
    moment = _moment(text or "")
    return None if moment is None else believable(moment, now=now)


def is_full_date(text: str) -> bool:
    """Does the text name a day of a year, be it believable or not? (``10:30`` and ``yesterday`` do not.)"""
    return _moment(text) is not None or _ISO_DAY.search(text) is not None


def _moment(text: str) -> datetime | None:
    text = _ZONE.sub(lambda zone: _ZONES[zone[1]], " ".join(text.split()))
    if not text or len(text) > _MAX_CHARS:
        return None
    moments = (read(text) for read in (_iso, _rfc822, _other))
    return next((moment for moment in moments if moment is not None), None)


def believable(moment: datetime, *, now: datetime) -> datetime | None:
    """The moment in UTC if an article can have appeared then, else None; naive means UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        moment = aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if EARLIEST <= moment <= now + MAX_AHEAD else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _rfc822(text: str) -> datetime | None:
    if not re.search(r"[A-Za-z]{3}", text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _other(text: str) -> datetime | None:
    """Whatever dateutil reads, if year, month and day are all in the text."""
    try:
        first, second = (dateutil_parser.parse(text, default=default, tzinfos=_no_zone) for default in _DEFAULTS)
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError):
        return None
    return first if first == second and isinstance(first, datetime) else None


def _no_zone(_name: str | None, offset: int | None) -> int:
    """Seconds east of UTC; a zone name that nobody knows counts as UTC."""
    return offset or 0
