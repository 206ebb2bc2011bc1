"""How numbers, money and times are written for people. Pure: what the clock and the workspace say is given."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tillside.base import stamps
from tillside.base.days import day as day
from tillside.events.amounts import MINUS as MINUS
from tillside.events.amounts import money as money


def number(value: int | float) -> str:
    """Thousands set apart, real minus sign: ``number(-1204)`` is "−1,204"."""
    return f"{value:,}".replace("-", MINUS)


def plural(count: int, one: str, many: str | None = None) -> str:
    """``plural(1, "order")`` is "1 order", ``plural(1204, "order")`` "1,204 orders"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def moment(at: int, zone: str, now: int | None = None) -> str:
    """A moment as briefly as it stays clear: 09:44 today, 19 Nov this year, 12 Mar 2025 before."""
    here, today = _local(at, zone), _local(stamps.now() if now is None else now, zone)
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return f"{here.day} {here:%b}" if here.year == today.year else f"{here.day} {here:%b %Y}"


def soon(at: int, zone: str, now: int | None = None) -> str:
    """A moment to come, with its time of day: 09:44 today, Tue 24 Nov, 09:00 on another day."""
    here, today = _local(at, zone), _local(stamps.now() if now is None else now, zone)
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%a} {here.day} {here:%b}, {here:%H:%M}"


def size(count: int) -> str:
    """Bytes for people: 12 KB, 3.4 MB."""
    return f"{max(1, round(count / 1000))} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def clock(at: int, zone: str) -> str:
    """The time of day to the second, for lists of one day: 09:44:07."""
    return f"{_local(at, zone):%H:%M:%S}"


def minute(at: int, zone: str) -> str:
    """The time of day, where the day is said already: 09:44."""
    return f"{_local(at, zone):%H:%M}"


def stamp(at: int, zone: str, now: int | None = None) -> str:
    """A moment in a list that goes back some days: 09:44:07 today, 19 Nov, 09:44 before."""
    here, today = _local(at, zone), _local(stamps.now() if now is None else now, zone)
    return clock(at, zone) if here.date() == today.date() else f"{moment(at, zone, now)}, {minute(at, zone)}"


def percent(share: float) -> str:
    """``percent(0.976)`` is "97.6 %"; whole ones without a decimal."""
    said = f"{share * 100:.1f}".removesuffix(".0")
    return f"{said} %"


def exact(at: int, zone: str) -> str:
    """The whole moment with its zone, for titles: 19 Nov 2026, 09:44:07 CET."""
    here = _local(at, zone)
    return f"{here.day} {here:%b %Y, %H:%M:%S %Z}"


def field(at: int, zone: str) -> str:
    """The moment as a field for day and time holds it: 2026-11-24T09:00."""
    return f"{_local(at, zone):%Y-%m-%dT%H:%M}"


def iso(at: int) -> str:
    """The moment for machines, UTC."""
    return datetime.fromtimestamp(at / stamps.SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def wait(span: int) -> str:
    """How long: 40 s, 58 min, 1 h 12, 3 d."""
    seconds = max(span, 0) // stamps.SECOND
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest:02}" if rest else f"{hours} h"
    return f"{hours // 24} d"


def initials(name: str) -> str:
    """At most two letters to stand in a face: first and last word."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper()


def tint(thing: str) -> str:
    """The tint of a face, from its id: always the same one for the same person."""
    return "abcdefg"[sum(thing.encode()) % 7]


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / stamps.SECOND, ZoneInfo(zone))
