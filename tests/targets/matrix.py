"""The failure matrix of receivers as a table: what one does, and what has to become of the call, its schedule, its target and its log."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal

from msgspec import Struct

from tests.support import behave
from tests.support.receiver import Behaviour
from tillside.targets import schedule

End = Literal["done", "dead", "retried", "disabled"]
TRIES = {"done": 1, "dead": 1, "retried": len(schedule.RESTS), "disabled": 6}
DAY = 86_400
KINDS = {
    "json": {"body": '{"ticket": "{{ticket.id}}", "n": {{order.total|0}}}'},
    "form": {"content": "form", "body": "ticket={{ticket.id}}\nname={{customer.name}}"},
    "get": {"method": "GET", "content": "none", "body": ""},
}
"""The three forms a call takes."""


class Row(Struct, frozen=True, kw_only=True):
    """`end`: retried means on the whole schedule and given up after it, disabled that its target was before.

    `asked`: seconds the receiver asked us to wait, as they are honoured;
    `is_asked_once`: by a date, which has gone by when it is tried again. `said`: a word of the log's reason; `hint`: whether the log says
    what to do; `slows`: the target gets fewer calls at once afterwards.
    """

    does: Behaviour
    end: End
    status: int = 0
    said: str = ""
    asked: int | None = None
    is_asked_once: bool = False
    hint: bool = False
    slows: bool = False
    disables: bool = False
    is_cut: bool = False


def answers() -> dict[str, Row]:
    """Receivers that are quick to say something, be it right or wrong."""
    return {**_successes(), **_refusals(), **_waits(), **_nonsense()}


def hanging() -> dict[str, Row]:
    """Receivers that hold on to a call until our own deadline ends it."""
    return {
        "never answers": Row(does=behave.silence, end="retried", said="No answer came within"),
        "a byte at a time, headers": Row(does=behave.slow_head(), end="retried", said="No answer came within"),
        "a byte at a time, body": Row(does=behave.slow_body(), end="done", status=200, said="did not end within", is_cut=True),
        "a byte at a time, body of a failure": Row(
            does=behave.slow_body(status=500), end="retried", status=500, said="did not end within", is_cut=True
        ),
    }


def patient() -> dict[str, Row]:
    """Receivers that ask for thirty years: a day is what they get, and after five days of nothing else the target is disabled."""
    rows = {}
    for status in (408, 425, 429, 503):
        rows[f"{status}, 10⁹ seconds"] = _row(
            status, "disabled", slows=status in (429, 503), retry_after="1000000000", asked=DAY, disables=True
        )
    return rows


def _successes() -> dict[str, Row]:
    plain = {str(status): Row(does=behave.answer(status), end="done", status=status) for status in (200, 201, 202, 204)}
    whole = {
        "HTTP/1.0": behave.old,
        "no length": behave.no_length,
        "chunks": behave.good_chunks,
        "100 first": behave.continue_first,
        "1,000 headers": behave.many_headers,
        "half close": behave.half_close,
        "gzip": behave.packed(b"{}", "gzip"),
        "two answers": behave.two_answers,
    }
    cut = {
        "endless": Row(does=behave.endless(), end="done", status=200, is_cut=True),
        "gzip bomb": Row(does=behave.bomb(megabytes=20), end="done", status=200, is_cut=True),
        "RST mid-body": Row(does=behave.reset_mid_body, end="done", status=200, is_cut=True, said="broke off"),
        "closed mid-body": Row(does=behave.close_mid_body, end="done", status=200, is_cut=True, said="broke off"),
        "bad chunks": Row(does=behave.bad_chunks, end="done", status=200, is_cut=True, said="broke off"),
    }
    return {**plain, **{name: Row(does=does, end="done", status=200) for name, does in whole.items()}, **cut}


def _refusals() -> dict[str, Row]:
    rows = {str(status): _row(status, "dead", hint=True) for status in (400, 404, 422)}
    rows["410"] = _row(410, "dead", hint=True, disables=True)
    rows |= {str(status): _row(status, "retried", hint=True) for status in (401, 403)}
    for status in (300, 301, 302, 303, 304, 307, 308):
        does = behave.redirect(status, "http://127.0.0.1/canary") if status != 304 else behave.answer(304)
        rows[str(status)] = Row(does=does, end="retried", status=status, said=f"answered {status}", hint=True)
    return rows


def _waits() -> dict[str, Row]:
    rows = {str(status): _row(status, "retried", slows=status in (429, 502, 503, 504)) for status in (408, 425, 429, 500, 502, 503, 504)}
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=1000), usegmt=True)
    for status in (408, 425, 429, 503):
        slows = status in (429, 503)
        rows[f"{status}, seconds"] = _row(status, "retried", slows=slows, retry_after="120", asked=120)
        rows[f"{status}, garbage"] = _row(status, "retried", slows=slows, retry_after="after lunch")
    rows["429, a date"] = _row(429, "retried", slows=True, retry_after=date, asked=1000, is_asked_once=True)
    rows["503, a date long ago"] = _row(503, "retried", slows=True, retry_after="Wed, 21 Oct 2015 07:28:00 GMT", asked=0)
    return rows


def _nonsense() -> dict[str, Row]:
    rows: dict[str, tuple[Behaviour, str]] = {
        "RST": (behave.reset_before, "before an answer came"),
        "hangs up": (behave.nothing, "before an answer came"),
        "1 MB header": (behave.huge_header, "longer than 64 KB"),
        "not HTTP": (behave.not_http, "not HTTP"),
        "HTTP/2 GOAWAY": (behave.going_away, "not HTTP"),
        "two lengths": (behave.two_lengths, "not HTTP"),
        "another protocol": (behave.switching, "not HTTP"),
        "100 without end": (behave.continue_storm, "preliminary"),
    }
    return {name: Row(does=does, end="retried", said=said) for name, (does, said) in rows.items()}


def _row(status: int, end: End, *, retry_after: str = "", asked: int | None = None, **more: bool) -> Row:
    does = behave.answer(status, retry_after=retry_after)
    return Row(does=does, end=end, status=status, said=f"answered {status}", asked=asked, **more)


def names(rows: Sequence[str]) -> list[str]:
    """As paths."""
    return [f"/row-{number}" for number, _ in enumerate(rows)]
