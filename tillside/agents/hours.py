"""Whether somebody is there: the week of a shop in its own time zone, its free days, and the sentence's facts for a shopper."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tillside.base.errors import Refused

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LOOK_AHEAD_DAYS = 30


class Span(Struct, frozen=True):
    """From one clock time to another of the same day: ``Span("09:00", "18:00")``; "24:00" is midnight."""

    start: str
    end: str


class Week(Struct, frozen=True):
    """`days`: seven spans or None, Monday first; `free`: dates such as 2026-12-25 on which nobody is there."""

    is_always: bool = True
    days: tuple[Span | None, ...] = (None,) * 7
    free: tuple[str, ...] = ()


class Presence(Struct, frozen=True):
    """`until` and `start` are clock times; `start_day` is "0" for today, "1" for tomorrow, else the weekday's English name."""

    is_open: bool
    until: str = ""
    start: str = ""
    start_day: str = ""


def presence(week: Week, zone: str, at: int) -> Presence:
    """Who is there at a moment (µs), by the week of a shop in this time zone."""
    if week.is_always:
        return Presence(is_open=True)
    here = datetime.fromtimestamp(at / 1_000_000, ZoneInfo(zone))
    clock = here.strftime("%H:%M")
    today = _span(week, here.date())
    if today is not None and today.start <= clock < today.end:
        return Presence(is_open=True, until=today.end)
    for ahead in range(_LOOK_AHEAD_DAYS):
        day = here.date() + timedelta(days=ahead)
        span = _span(week, day)
        if span is not None and (ahead or clock < span.start):
            return Presence(is_open=False, start=span.start, start_day=str(ahead) if ahead < 2 else DAYS[day.weekday()])
    return Presence(is_open=False)


def check(week: Week) -> None:
    """Raises Refused with the field, in the words of the settings pages."""
    if len(week.days) != len(DAYS):
        raise Refused("A week has seven days.", field="week")
    for day, span in zip(DAYS, week.days, strict=True):
        if span is not None and not (is_clock(span.start) and is_clock(span.end) and span.start < span.end):
            message = f"{day}: these are not two times of a day, one after the other."
            raise Refused(message, field="week", hint="Write them like 09:00 and 18:00.")
    for day in week.free:
        if not _is_date(day):
            raise Refused(f"{day} is not a day.", field="free", hint="Write days like 2026-12-25, one in a line.")


def is_clock(text: str) -> bool:
    """Whether this is a time of day: 00:00 to 24:00."""
    if text == "24:00":
        return True
    try:
        return len(text) == 5 and bool(time.fromisoformat(text) or True)
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _span(week: Week, day: date) -> Span | None:
    return None if day.isoformat() in week.free else week.days[day.weekday()]
