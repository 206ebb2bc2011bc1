"""What stands in a blank of a rule, read: words, a number, how long; or the problem with it and its fix. Pure."""

from decimal import Decimal, InvalidOperation
from typing import Final

from tillside.edges.agent.rule_form import Row, Said

UNITS: Final = {"minute": 1, "hour": 60, "day": 1440}
_LONGEST_MINUTES: Final = 60 * 24 * 365


class Problem(Exception):
    """What is wrong with a row and how it is mended; `blank`: in which of its blanks, "" for all."""

    def __init__(self, message: str, hint: str, blank: str = "") -> None:
        super().__init__(message)
        self.message, self.hint, self.blank = message, hint, blank


Problems = dict[str, Problem]
"""By the row they stand beside: ``when-0``, ``if-0-1``, ``do-2``; or ``name``, ``when``, ``steps``."""


def words(said: str) -> list[str]:
    return [word.strip() for word in said.split(",") if word.strip()]


def number(said: str) -> Decimal:
    """A number as people write it: 200, 12.50, 12,50."""
    try:
        found = Decimal(said.strip().replace(",", ".", 1) if said.count(",") == 1 and "." not in said else said.strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > 10**12:
        raise Problem("This is not a number.", "Use digits, such as 200 or 12.50.", "value")
    return found


def minutes(row: Row) -> int:
    """An amount with its unit. Raises Problem."""
    said, unit = row.one("amount").strip(), UNITS.get(row.one("unit"), 1)
    if not said.isdecimal() or not 0 < int(said[:9]) * unit <= _LONGEST_MINUTES:
        raise Problem("How long is not clear.", "Use a whole number, at most a year.", "amount")
    return int(said) * unit


def span(amount: int | None) -> Said:
    """Minutes in the largest unit that fits."""
    if amount is None:
        return {}
    unit = next((name for name, size in reversed(UNITS.items()) if amount % size == 0), "minute")
    return {"moment": ("after",), "amount": (str(amount // UNITS[unit]),), "unit": (unit,)}
