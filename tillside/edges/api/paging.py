"""Numbered pages as the contract has them (2.1): 1-based, absolute addresses of the next and the one before, an empty one after the last."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.edges.api.call import Call, Parameter

MOST = 100
PARAMETERS = (
    Parameter("page", "1-based; the page after the last is empty.", "integer"),
    Parameter("per_page", f"At most {MOST}.", "integer"),
    Parameter("limit", "Also accepted for per_page.", "integer"),
)
_DEEPEST = 1_000_000


class Page(Struct, frozen=True):
    """Which part of a list."""

    number: int
    size: int

    @property
    def skip(self) -> int:
        return (self.number - 1) * self.size


def asked(call: Call, usual: int) -> Page:
    """The page a call asks for. Raises Refused for what is no page."""
    size = integer(call, "per_page", integer(call, "limit", usual, least=1), least=1)
    number = integer(call, "page", 1, least=1)
    if number * size > _DEEPEST:
        raise Refused("page: no list goes that far.", field="page", hint="Narrow the list by dates, or read /v1/events.")
    return Page(number, min(size, MOST))


def ends(call: Call, page: Page, count: int, path: str) -> dict[str, Any]:
    """`count`, `next_page` and `previous_page` of an answer."""

    def at(number: int) -> str:
        return f"{call.desk.public_url}{path}?{urlencode({**call.query, 'page': number, 'per_page': page.size})}"

    last = max(1, -(-count // page.size))
    return {
        "count": count,
        "next_page": at(page.number + 1) if page.number < last else None,
        "previous_page": at(min(page.number - 1, last)) if page.number > 1 else None,
    }


def cut(listed: list[Any], page: Page) -> list[Any]:
    return listed[page.skip : page.skip + page.size]


def integer(call: Call, name: str, usual: int, *, least: int = 0) -> int:
    """A whole number among the parameters. Raises Refused."""
    said = call.query.get(name, "")
    if said == "":
        return usual
    if not said.isascii() or not said.isdigit() or len(said) > 18 or int(said) < least:
        raise Refused(f"{name}: {said[:40]} is not a number from {least}.", field=name, hint="Send a whole number.")
    return int(said)


def moment(said: str, name: str, *, ends_day: bool = False) -> int:
    """A date or an ISO time as microseconds; a bare date begins, or with `ends_day` ends, its day in UTC. Raises Refused."""
    try:
        if len(said) == 10:
            day = datetime.combine(date.fromisoformat(said), datetime.min.time(), UTC)
            return _microseconds(day + timedelta(days=1) if ends_day else day)
        if said.isascii() and said.isdigit() and len(said) <= 16:
            return int(said) * (1_000 if len(said) > 11 else stamps.SECOND)
        at = datetime.fromisoformat(said.replace(" ", "+"))
        return _microseconds(at if at.tzinfo else at.replace(tzinfo=UTC)) + (1_000 if ends_day else 0)
    except (ValueError, OverflowError) as error:
        raise Refused(f"{name}: {said[:40]} is not a date.", field=name, hint="Send it like 2026-05-01 or 2026-05-01T08:00:00Z.") from error


def _microseconds(at: datetime) -> int:
    return int(at.timestamp()) * stamps.SECOND + at.microsecond
