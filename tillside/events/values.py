"""Readers of single property values: text, ids, counts, flags, addresses of people.

Each takes (value, notes, path, key) and returns the canonical value, None (no statement) or KEEP (not what it should be, and
to be kept with the custom properties as it was sent).
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias

from tillside.events import contact
from tillside.events.limits import EXACT_INTEGER, ID_LENGTH, at
from tillside.events.money import plain_text
from tillside.events.notes import Notes
from tillside.events.shapes import JSON

Reader: TypeAlias = Callable[[object, Notes, str, str], JSON]

KEEP: Final = "\x00keep"  # no text read from a shop can equal it: NUL is removed on the way in


def text(value: object, notes: Notes, path: str, key: str) -> JSON:
    """Free text; numbers are taken by their digits, an object or a list is kept as custom."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return digits(value)
    return _misplaced(value, "text", notes, path, key)


def identifier(value: object, notes: Notes, path: str, key: str) -> JSON:
    """An id, compared as an exact string: ``"000000101"`` is not ``"101"``. Whole numbers become their digits."""
    if type(value) is str and len(value) <= ID_LENGTH and value.isalnum():
        return value
    if isinstance(value, str):
        bare = value.strip()
        if bare != value and bare:
            notes.corrected(at(path, key), "White space around an id removed", got=value, read=bare)
        if len(bare) <= ID_LENGTH:
            return bare or None
    elif isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 512:
        return str(value)
    elif isinstance(value, float | Decimal) and (number := _number(value)) is not None and number == int(number):
        notes.corrected(at(path, key), "An id with decimals", got=value, read=int(number))
        return str(int(number))
    return _misplaced(value, f"an id: text of at most {ID_LENGTH} characters, or a whole number", notes, path, key)


def count(value: object, notes: Notes, path: str, key: str) -> JSON:
    """How many: a whole number, or a decimal where the shop sells by measure. Text is corrected or refused as amounts are."""
    if type(value) is int and -EXACT_INTEGER <= value <= EXACT_INTEGER:
        return value
    number = _number(value)
    if number is None:
        notes.refused(at(path, key), "Expected a number", got=value, fix="Send a plain number such as 2.")
        return None
    if isinstance(value, str):
        notes.corrected(at(path, key), "text → number", got=value, read=plain_text(number))
    return _simple(number)


def measure(value: object, notes: Notes, path: str, key: str) -> JSON:
    """A weight: as `count`, but text that is no number is kept as custom; it decides nothing."""
    if type(value) is int and -EXACT_INTEGER <= value <= EXACT_INTEGER:
        return value
    number = _number(value)
    if number is None:
        return _misplaced(value, "a number", notes, path, key)
    if isinstance(value, str):
        notes.corrected(at(path, key), "text → number", got=value, read=plain_text(number))
    return _simple(number)


def texts(value: object, notes: Notes, path: str, key: str) -> JSON:
    """A list of texts; a single text is a list of one. Blanks are left out."""
    if isinstance(value, str):
        return None if value.isspace() else [value]
    if type(value) is list and len(value) == 1 and type(value[0]) is str:
        return [value[0]] if value[0] else None
    if not isinstance(value, list) or any(isinstance(entry, dict | list) for entry in value):
        return _misplaced(value, "a list of texts", notes, path, key)
    said: list[JSON] = [text(entry, notes, path, key) for entry in value if entry is not None and entry != ""]
    return said or None


def flag(value: object, notes: Notes, path: str, key: str) -> JSON:
    """Yes or no; ``"true"``, ``"1"`` and 1 are corrected to yes, ``"false"``, ``"0"`` and 0 to no."""
    if isinstance(value, bool):
        return value
    meant = _FLAGS.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if meant is None:
        return _misplaced(value, "true or false", notes, path, key)
    notes.corrected(at(path, key), "Read as meant", got=value, read=meant)
    return meant


_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def email(value: object, notes: Notes, path: str, key: str) -> JSON:
    """An address, kept as written; one that cannot be an address stays as text and identifies nobody (with a correction)."""
    if isinstance(value, str) and contact.email(value) is None:
        if value.isspace():
            return None
        notes.corrected(at(path, key), "Not an email address: kept as text, identifies nobody", got=value)
    return text(value, notes, path, key)


def phone(value: object, notes: Notes, path: str, key: str) -> JSON:
    """A phone number, kept as written; a JSON number becomes its digits (with a correction)."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = digits(value)
        notes.corrected(at(path, key), "number → text", got=value, read=number)
        return number
    return text(value, notes, path, key)


def digits(value: int | float | Decimal) -> str:
    """A JSON number as plain digits: 9977090122.0 → ``"9977090122"``."""
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 8192 else hex(value)
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    return plain_text(number) if number.is_finite() and abs(number.adjusted()) <= 40 else str(value)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except (ArithmeticError, ValueError):
        return None
    return number if number.is_finite() and abs(number) <= EXACT_INTEGER and "_" not in str(value) else None


def _simple(number: Decimal) -> int | float:
    whole = int(number)
    return whole if whole == number else float(number)


def _misplaced(value: object, expected: str, notes: Notes, path: str, key: str) -> str:
    notes.corrected(at(path, key), f"Expected {expected}: kept as a custom property", got=value)
    return KEEP
