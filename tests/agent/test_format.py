"""How numbers, money and times read."""

import pytest

from tillside.base import stamps
from tillside.edges.agent import format

NOW = 1_795_423_442_000_000  # Monday 23 November 2026, 09:44:02 in Oslo


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (128450, "EUR", "€1,284.50"),
        (-1850, "EUR", "−€18.50"),
        (0, "USD", "$0.00"),
        (1500, "JPY", "¥1,500"),
        (12345, "KWD", "KWD 12.345"),
        (995, "NOK", "NOK 9.95"),
        (-7, "NOK", "−NOK 0.07"),
        (4200, "PLN", "42.00 zł"),
        (10**17 + 1, "GBP", "£1,000,000,000,000,000.01"),
    ],
)
def test_money_has_its_symbol_and_a_real_minus(minor: int, currency: str, text: str) -> None:
    assert format.money(minor, currency) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (0, "09:44"),
        (9 * stamps.HOUR, "00:44"),
        (10 * stamps.HOUR, "22 Nov"),
        (30 * stamps.DAY, "24 Oct"),
        (400 * stamps.DAY, "19 Oct 2025"),
    ],
)
def test_a_moment_is_as_brief_as_it_stays_clear(ago: int, text: str) -> None:
    assert format.moment(NOW - ago, "Europe/Oslo", NOW) == text


def test_a_day_is_the_one_of_the_workspace() -> None:
    late = NOW - 10 * stamps.HOUR
    assert (format.day(late, "Europe/Oslo", NOW), format.day(late, "Asia/Tokyo", NOW)) == ("Yesterday", "Today")
    assert format.exact(NOW, "Europe/Oslo") == "23 Nov 2026, 09:44:02 CET"
    assert format.iso(NOW) == "2026-11-23T08:44:02Z"
    assert format.clock(NOW, "Europe/Oslo") == "09:44:02"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (58 * 60, "58 min"), (72 * 60, "1 h 12"), (3600, "1 h"), (3 * 86400, "3 d")]
)
def test_waits_are_said_in_their_unit(seconds: int, text: str) -> None:
    assert format.wait(seconds * stamps.SECOND) == text


def test_counts_agree_with_their_noun() -> None:
    assert [format.plural(count, "order") for count in (0, 1, 1204)] == ["0 orders", "1 order", "1,204 orders"]
    assert format.plural(2, "reply", "replies") == "2 replies"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ingrid Halvorsen-Bjørnstad", "IH"), ("mia", "M"), ("", ""), ("priya.r@example.com", "PE"), ("— Öz", "Ö")]
)
def test_faces_carry_two_letters_at_most(name: str, letters: str) -> None:
    assert format.initials(name) == letters
