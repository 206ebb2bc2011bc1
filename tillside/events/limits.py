"""How large a statement may be, and the walk that carries values we do not interpret through unharmed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tillside.events.notes import Notes
from tillside.events.shapes import JSON, Facts

EVENT_BYTES: Final = 256 * 1024
BATCH_EVENTS: Final = 500
DEPTH: Final = 32
PROPERTIES: Final = 1_000
KEY_BYTES: Final = 256
ID_LENGTH: Final = 256
EXACT_INTEGER: Final = 2**53  # beyond it JavaScript, and many JSON readers, round


def at(path: str, key: str) -> str:
    """The path of `key` inside `path`, as the sender would write it."""
    return f"{path}.{key}" if path else key


def fits(source: Mapping[str, object], notes: Notes, path: str) -> bool:
    """Whether an object has at most PROPERTIES keys; refuses it otherwise."""
    if len(source) <= PROPERTIES:
        return True
    notes.refused(path, f"More than {PROPERTIES} properties", got=len(source), fix="Send fewer properties, or a list.")
    return False


def key_fits(key: str, notes: Notes, path: str) -> bool:
    """Whether a property's name is at most KEY_BYTES of UTF-8; refuses it otherwise."""
    if len(key) * 4 <= KEY_BYTES or len(key.encode("utf-8", "replace")) <= KEY_BYTES:
        return True
    notes.refused(at(path, key[:40] + "…"), f"A property name longer than {KEY_BYTES} bytes", got=key, fix="Shorten the name.")
    return False


def clean(value: object, notes: Notes, path: str, depth: int = DEPTH) -> JSON:
    """A value carried through as it is: limits checked, integers beyond 2^53 and numbers beyond a double kept exactly as text."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -EXACT_INTEGER <= value <= EXACT_INTEGER else _as_text(value, notes, path)
    if isinstance(value, float | Decimal):
        near = float(value)
        return near if near - near == 0 else _as_text(value, notes, path)
    if depth <= 0:
        notes.refused(path[:200], f"Nested deeper than {DEPTH} levels", fix="Send a flatter structure.")
        return None
    if isinstance(value, dict):
        return clean_object(value, notes, path, depth)
    if isinstance(value, list):
        return [clean(entry, notes, f"{path}[{index}]", depth - 1) for index, entry in enumerate(value)]
    return str(value)


def clean_object(source: Mapping[str, object], notes: Notes, path: str, depth: int = DEPTH) -> Facts:
    """An object carried through as it is, under the limits of `clean`."""
    if not fits(source, notes, path):
        return {}
    kept: Facts = {}
    for key, value in source.items():
        if key_fits(key, notes, path):
            kept[key] = value if type(value) is str else clean(value, notes, at(path, key), depth - 1)
    return kept


def _as_text(value: int | float | Decimal, notes: Notes, path: str) -> str:
    if isinstance(value, int) and value.bit_length() > 8192:  # str() of a longer one costs quadratic time, or raises
        notes.refused(path, "An integer of more than 2,400 digits", fix="Send it as text.")
        return ""
    notes.corrected(path, "Too large to be an exact number: kept as text", got=value, read=str(value))
    return str(value)
