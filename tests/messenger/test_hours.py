"""Whether somebody is there: a table of moments in the shop's own zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tillside.agents.hours import Presence, Span, Week, presence

OFFICE = Span("09:00", "18:00")
WEEK = Week(is_always=False, days=(OFFICE,) * 5 + (Span("10:00", "14:00"), None), free=("2026-12-25",))


def at(text: str, zone: str = "Europe/Madrid") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T09:00", Presence(True, until="18:00")),
        ("2026-11-23T08:59", Presence(False, start="09:00", start_day="0")),
        ("2026-11-23T18:00", Presence(False, start="09:00", start_day="1")),
        ("2026-11-28T14:30", Presence(False, start="09:00", start_day="Monday")),
        ("2026-12-24T19:00", Presence(False, start="10:00", start_day="Saturday")),
        ("2026-12-25T11:00", Presence(False, start="10:00", start_day="1")),
    ],
)
def test_the_week_says_who_is_there(moment: str, expected: Presence) -> None:
    assert presence(WEEK, "Europe/Madrid", at(moment)) == expected


def test_a_shop_that_is_always_there_and_one_that_never_is() -> None:
    assert presence(Week(), "UTC", at("2026-11-23T03:00")) == Presence(True)
    assert presence(Week(is_always=False), "UTC", at("2026-11-23T12:00")) == Presence(False)


def test_clocks_that_change_do_not_move_the_shop() -> None:
    assert presence(WEEK, "Europe/Madrid", at("2026-03-30T09:00")).is_open
    assert presence(WEEK, "Europe/Madrid", at("2026-10-26T09:00")).is_open
