"""How a day is written for people, on a clock of their own. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tillside.base import stamps


def day(at: int, zone: str, now: int | None = None) -> str:
    """The day as a heading: Today, Yesterday, 19 Nov, 12 Mar 2025."""
    here, today = _local(at, zone), _local(stamps.now() if now is None else now, zone)
    away = (today.date() - here.date()).days
    if away in (0, 1):
        return ("Today", "Yesterday")[away]
    return f"{here.day} {here:%b}" if here.year == today.year else f"{here.day} {here:%b %Y}"


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / stamps.SECOND, ZoneInfo(zone))
