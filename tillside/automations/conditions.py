"""Whether the conditions of a rule hold, and what was seen. Pure; it never raises, and no pattern is run that a user wrote.

Blocks are alternatives, the rows of a block hold together; no block at all holds always. What is missing is empty: it is not any word,
neither more nor less than any number, before or after no moment. An operator with "not" holds exactly where the one without it does not.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from tillside.base import stamps, words

Value = str | int | float | bool | list[str] | None
NEST = "::"
"""Parts the levels of a choice: ``Delivery::Late``."""
_MOST_LEAVES = 1_000
_LONGEST_SEEN = 200
_LONGEST_NUMBER = 60


class Condition(Struct, frozen=True, omit_defaults=True):
    """One row: what is looked at (a path into the document), how, and with what. `value`: a word or several, a number, a date, days."""

    path: str
    operator: str
    value: Value = None


class Row(Struct, frozen=True):
    """How one condition fared. `seen`: what stood there, in short; "" for nothing."""

    condition: Condition
    is_true: bool
    seen: str


class Verdict(Struct, frozen=True):
    """`blocks`: every row of every block, also of those that were not needed, so that "why not" is complete."""

    is_match: bool
    blocks: list[list[Row]]

    @property
    def rows(self) -> list[Row]:
        """The rows that tell why: those of the first block that held, else all."""
        held = next((rows for rows in self.blocks if all(row.is_true for row in rows)), None)
        return held if held is not None and self.is_match else [row for rows in self.blocks for row in rows]


class Sight:
    """A document as it is looked at: texts are folded once, however many rules ask. `at`: this moment (µs); `zone` tells days."""

    def __init__(self, document: dict[str, Any], *, at: int, zone: str = "UTC") -> None:
        self.document, self.at, self.zone = document, at, _zone(zone)
        self._leaves: dict[str, list[Any]] = {}
        self._texts: dict[str, list[str]] = {}

    def leaves(self, path: str) -> list[Any]:
        """What stands at a path: nothing, one thing, or several where the way leads through lists."""
        if path not in self._leaves:
            self._leaves[path] = _walk(self.document, path)
        return self._leaves[path]

    def texts(self, path: str) -> list[str]:
        """The same, folded; without what is empty."""
        if path not in self._texts:
            self._texts[path] = [text for text in (words.folded(_text(leaf)) for leaf in self.leaves(path)) if text]
        return self._texts[path]


def matches(blocks: Sequence[Sequence[Condition]], document: dict[str, Any], *, at: int, zone: str = "UTC") -> Verdict:
    """Whether the conditions hold for a document at a moment (µs)."""
    return judged(blocks, Sight(document, at=at, zone=zone))


def judged(blocks: Sequence[Sequence[Condition]], sight: Sight) -> Verdict:
    """The same for a document that several rules look at."""
    rows = [[Row(one, holds(one, sight), seen(one.path, sight)) for one in block] for block in blocks]
    return Verdict(not rows or any(all(row.is_true for row in block) for block in rows), rows)


def holds(condition: Condition, sight: Sight) -> bool:
    """One row. An operator there is not holds never."""
    asked = OPERATORS.get(condition.operator)
    return asked is not None and asked(condition, sight)


def seen(path: str, sight: Sight) -> str:
    """What stands at a path, for people."""
    said = ", ".join([text for text in (_text(leaf, _LONGEST_SEEN) for leaf in sight.leaves(path)[:20]) if text])
    said = " ".join(said[: 4 * _LONGEST_SEEN].split())
    return said if len(said) <= _LONGEST_SEEN else said[: _LONGEST_SEEN - 1] + "…"


def _walk(document: dict[str, Any], path: str) -> list[Any]:
    """Step by step; a key with dots in it is found as well, lists are walked through, emptiness is left out."""
    here: list[Any] = [document]
    parts = path.split(".")[:20]
    for place, part in enumerate(parts):
        rest = ".".join(parts[place:])
        ended = [one[rest] for one in here if isinstance(one, dict) and rest in one]
        if ended:
            return _flat(ended)
        here = [one[part] for one in _flat(here) if isinstance(one, dict) and part in one]
    return _flat(here)


def _flat(found: list[Any]) -> list[Any]:
    """Lists opened, one level after the other, up to a bound."""
    flat: list[Any] = []
    queue = list(reversed(found))
    while queue and len(flat) < _MOST_LEAVES:
        one = queue.pop()
        if isinstance(one, list | tuple):
            queue.extend(reversed(one[:_MOST_LEAVES]))
        elif one is not None and one != "" and one != {}:
            flat.append(one)
    return flat


def _text(leaf: Any, longest: int | None = None) -> str:
    if isinstance(leaf, str):
        return leaf if longest is None else leaf[: longest + 1]
    if isinstance(leaf, bool):
        return "yes" if leaf else "no"
    if isinstance(leaf, int | float | Decimal):
        number = _number(leaf)
        return "" if number is None else format(number.normalize(), "f")
    try:
        return msgspec.json.encode(leaf).decode()[:2_000]
    except (TypeError, ValueError, RecursionError):
        return ""


def _wanted(condition: Condition) -> list[str]:
    """The words of a condition, folded; without empty ones."""
    value = condition.value
    said = value if isinstance(value, list) else [value]
    return [text for text in (words.folded(_text(one)) for one in said if one is not None) if text]


def _is(condition: Condition, sight: Sight) -> bool:
    wanted = set(_wanted(condition))
    return any(text in wanted for text in sight.texts(condition.path))


def _contains(condition: Condition, sight: Sight) -> bool:
    wanted = _wanted(condition)
    return any(word in text for text in sight.texts(condition.path) for word in wanted)


def _starts(condition: Condition, sight: Sight) -> bool:
    wanted = tuple(_wanted(condition))
    return any(text.startswith(wanted) for text in sight.texts(condition.path))


def _ends(condition: Condition, sight: Sight) -> bool:
    wanted = tuple(_wanted(condition))
    return any(text.endswith(wanted) for text in sight.texts(condition.path))


def _is_under(condition: Condition, sight: Sight) -> bool:
    """A choice itself, or any of the choices below it."""
    wanted = _wanted(condition)
    return any(text == word or text.startswith(word + NEST) for text in sight.texts(condition.path) for word in wanted)


def _has_all(condition: Condition, sight: Sight) -> bool:
    return set(_wanted(condition)) <= set(sight.texts(condition.path))


def _is_empty(condition: Condition, sight: Sight) -> bool:
    return not sight.texts(condition.path)


def _is_true(condition: Condition, sight: Sight) -> bool:
    return any(leaf is True or (isinstance(leaf, str) and leaf.strip().lower() in ("true", "yes")) for leaf in sight.leaves(condition.path))


def _compared(how: Callable[[Decimal, Decimal], bool]) -> "Operator":
    def asked(condition: Condition, sight: Sight) -> bool:
        limit = _number(condition.value)
        if limit is None:
            return False
        return any(how(number, limit) for number in map(_number, sight.leaves(condition.path)) if number is not None)

    return asked


def _number(value: Any) -> Decimal | None:
    """An exact number; None for what is none, or not a finite one of a size that means anything."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, int) and value.bit_length() > 3 * _LONGEST_NUMBER:
        return None
    text = value.strip() if isinstance(value, str) else str(value)
    if not 0 < len(text) <= _LONGEST_NUMBER:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and -50 < number.adjusted() < 50 else None


def _before(condition: Condition, sight: Sight) -> bool:
    limit = moment(condition.value, sight.zone)
    return limit is not None and any(at < limit for at in _moments(condition, sight))


def _after(condition: Condition, sight: Sight) -> bool:
    limit = moment(condition.value, sight.zone)
    return limit is not None and any(at >= limit for at in _moments(condition, sight))


def _within(condition: Condition, sight: Sight) -> bool:
    days = _number(condition.value)
    if days is None:
        return False
    return any(sight.at - int(days * stamps.DAY) <= at <= sight.at for at in _moments(condition, sight))


def _moments(condition: Condition, sight: Sight) -> list[int]:
    return [at for at in (moment(leaf, sight.zone) for leaf in sight.leaves(condition.path)) if at is not None]


def moment(value: Any, zone: ZoneInfo) -> int | None:
    """A time in microseconds: of an ISO 8601 text, whose days begin at midnight in a zone; or of a number of µs, ms or s since 1970."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        number = _number(value)
        if number is None or not 0 <= number < 10**17:
            return None
        return int(number * (1 if number >= 10**14 else 1_000 if number >= 10**11 else 1_000_000))
    if not isinstance(value, str) or not 8 <= len(value) <= 40:
        return None
    try:
        said = datetime.fromisoformat(value.strip())
        there = said if said.tzinfo else said.replace(tzinfo=zone)
        return int((there.astimezone(UTC) - _EPOCH).total_seconds() * 1_000_000)
    except (ValueError, OverflowError):
        return None


_EPOCH = datetime.combine(date(1970, 1, 1), time(), UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


Operator = Callable[[Condition, Sight], bool]


def _not(asked: Operator) -> Operator:
    return lambda condition, sight: not asked(condition, sight)


_equals = _compared(lambda number, limit: number == limit)
OPERATORS: dict[str, Operator] = {
    "is": _is,
    "is_not": _not(_is),
    "contains": _contains,
    "contains_not": _not(_contains),
    "starts_with": _starts,
    "ends_with": _ends,
    "is_empty": _is_empty,
    "is_not_empty": _not(_is_empty),
    "is_under": _is_under,
    "is_not_under": _not(_is_under),
    "has_any": _is,
    "has_none": _not(_is),
    "has_all": _has_all,
    "equals": _equals,
    "differs": _not(_equals),
    "less": _compared(lambda number, limit: number < limit),
    "at_most": _compared(lambda number, limit: number <= limit),
    "more": _compared(lambda number, limit: number > limit),
    "at_least": _compared(lambda number, limit: number >= limit),
    "is_true": _is_true,
    "is_false": _not(_is_true),
    "before": _before,
    "after": _after,
    "within_days": _within,
    "not_within_days": _not(_within),
}
"""Every operator by its word; vocabulary.py says how people call it, for which kinds of value, and what it takes."""
NEGATIONS = {
    "is": "is_not",
    "contains": "contains_not",
    "is_empty": "is_not_empty",
    "is_under": "is_not_under",
    "has_any": "has_none",
    "equals": "differs",
    "is_true": "is_false",
    "within_days": "not_within_days",
}
"""Each operator with the one that holds exactly where it does not."""
