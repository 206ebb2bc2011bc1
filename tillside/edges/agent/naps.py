"""Times people mean by few words: later today, tomorrow at nine, Monday. In the workspace's own time zone. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.edges.agent import format

Nap = tuple[str, str, int]
"""The key that chooses it, its words, the moment in microseconds."""
_MORNING = time(9, 0)


def offered(zone: str, now: int | None = None) -> list[Nap]:
    """Later today (three hours on, at the latest at eight in the evening), tomorrow, Monday."""
    at = stamps.now() if now is None else now
    here = datetime.fromtimestamp(at / stamps.SECOND, ZoneInfo(zone))
    later = min(here + timedelta(hours=3), here.replace(hour=20, minute=0, second=0, microsecond=0)).replace(second=0, microsecond=0)
    tomorrow = _at_nine(here + timedelta(days=1))
    monday = _at_nine(here + timedelta(days=7 - here.weekday()))
    found = [("2", f"Tomorrow, {_said(tomorrow)}", _micro(tomorrow)), ("3", f"Monday, {_said(monday)}", _micro(monday))]
    if later > here + timedelta(minutes=30):
        found.insert(0, ("1", f"Later today, {later:%H:%M}", _micro(later)))
    return found


def until_answered(zone: str, now: int | None = None) -> tuple[str, int]:
    """How long one waits for an answer by default: three days, at nine."""
    here = datetime.fromtimestamp((stamps.now() if now is None else now) / stamps.SECOND, ZoneInfo(zone))
    at = _at_nine(here + timedelta(days=3))
    return f"{at:%A} {at:%H:%M}", _micro(at)


def typed(said: str, zone: str) -> int:
    """``2026-11-24T09:00`` as people type it, on the workspace's clock. Raises Refused."""
    try:
        return _micro(datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone)))
    except ValueError as error:
        raise Refused("That is not a day and time.", field="moment", hint="Choose both in the field.") from error


def briefly(until: int, zone: str) -> str:
    """Until when something sleeps, for a row: 0 is until a reply."""
    return f"until {format.soon(until, zone)}" if until else "until a reply"


def _at_nine(day: datetime) -> datetime:
    return datetime.combine(day.date(), _MORNING, day.tzinfo)


def _said(day: datetime) -> str:
    return f"{day:%a} {day.day} {day:%b}, {day:%H:%M}"


def _micro(moment: datetime) -> int:
    return int(moment.timestamp()) * stamps.SECOND
