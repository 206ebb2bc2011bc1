"""Points in time as shops write them: milliseconds, seconds, digits in a string, ISO 8601, mail dates. Inside: µs UTC."""

from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, NamedTuple

from tillside.events.limits import at
from tillside.events.notes import Notes

MILLISECONDS_FROM: Final = 10**11  # smaller numbers are seconds (contract 1.4): 1973 in ms, the year 5138 in s
MICROSECONDS_FROM: Final = 10**14
LATEST: Final = 253_402_300_799_999_999  # the last µs of the year 9999
DAY: Final = 86_400_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(NamedTuple):
    """A time read from text: µs UTC, and what had to be assumed to read it ("" if nothing)."""

    micros: int
    remark: str


def read(value: object, notes: Notes, path: str, key: str) -> int | None:
    """µs UTC, or None: without a note for ``""``, null, 0 and false, which mean *unknown*; with a warning for what is no time."""
    if type(value) is int and MILLISECONDS_FROM <= value < MICROSECONDS_FROM:
        return value * 1000
    if not value:
        return None
    moment = _moment(value)
    if moment is None or not 0 <= moment.micros <= LATEST:
        notes.warning(at(path, key), "Not a time: left out", fix="Send milliseconds since 1970, or ISO 8601 with an offset.")
        return None
    if moment.remark:
        notes.corrected(at(path, key), moment.remark, got=value, read=iso(moment.micros))
    return moment.micros


def iso(micros: int) -> str:
    """A time for people, ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(micros // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(value: object) -> Moment | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, str):
        return _text(value)
    return None


def _number(value: int | float | Decimal) -> Moment | None:
    if not 0 < value < LATEST:
        return None
    if value < MILLISECONDS_FROM:
        return Moment(_whole(value, 1_000_000), "seconds → ms")
    if value < MICROSECONDS_FROM:
        return Moment(_whole(value, 1000), "")
    return Moment(int(value), "µs → ms")


def _whole(value: int | float | Decimal, scale: int) -> int:
    return value * scale if isinstance(value, int) else int(Decimal(str(value)) * scale)


@lru_cache(maxsize=4096)
def _text(value: str) -> Moment | None:
    text = value.strip()
    if not text or len(text) > 64:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        moment = _number(Decimal(text))
        return moment and Moment(moment.micros, f"text → number, {moment.remark}".removesuffix(", "))
    return _iso(text) or _mail_date(text)


def _iso(text: str) -> Moment | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        return Moment(_micros(when.replace(tzinfo=UTC)), "no offset: read as UTC")
    return Moment(_micros(when), "")


def _mail_date(text: str) -> Moment | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return Moment(_micros(when if when.tzinfo else when.replace(tzinfo=UTC)), "mail date → ISO 8601")


def _micros(when: datetime) -> int:
    span = when - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
