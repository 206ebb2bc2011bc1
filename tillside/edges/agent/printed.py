"""JSON laid out line by line for reading, with the lines marked that intake had something to say about. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec
from msgspec import Struct

from tillside.events import limits

MOST_LINES = 1500
_LONGEST_TEXT = 2000
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


class Token(Struct, frozen=True):
    """A stretch of one kind: key, text, number, word, or nothing for punctuation."""

    kind: str
    text: str


class Line(Struct, frozen=True):
    """One line; `mark` is the level of the note about it (refused, corrected, warning), empty for none."""

    tokens: list[Token]
    mark: str


def lines(value: object, marks: Mapping[str, str]) -> list[Line]:
    """The value, two spaces a level. `marks`: path → level, paths as in the notes (``properties.items[1].price``)."""
    found: list[Line] = []
    for line in _value(value, marks, "", "", []):
        if len(found) == MOST_LINES:
            return [*found, Line([Token("quiet", "… and more, too long to be shown")], "")]
        found.append(line)
    return found


def _value(value: object, marks: Mapping[str, str], path: str, indent: str, lead: list[Token], end: str = "") -> Iterator[Line]:
    """The lines of one value: the first begins with `lead` (indent and key), the last ends with `end` (a comma)."""
    mark = marks.get(path, "") if path else ""
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    if not inner:
        yield Line([*lead, _scalar(value), Token("", end)], mark)
        return
    opened, closed = ("{", "}") if isinstance(value, dict) else ("[", "]")
    yield Line([*lead, Token("", opened)], mark)
    deeper = indent + "  "
    for place, (key, part) in enumerate(inner):
        comma = "," if place < len(inner) - 1 else ""
        if isinstance(key, str):
            start = [Token("", deeper), Token("key", _quoted(key)), Token("", ": ")]
            yield from _value(part, marks, limits.at(path, key), deeper, start, comma)
        else:
            yield from _value(part, marks, f"{path}[{key}]", deeper, [Token("", deeper)], comma)
    yield Line([Token("", indent + closed + end)], mark)


def _scalar(value: object) -> Token:
    if isinstance(value, str):
        return Token("text", _quoted(value))
    if isinstance(value, bool) or value is None:
        return Token("word", {True: "true", False: "false", None: "null"}[value])
    if isinstance(value, int | float | Decimal):
        return Token("number", str(value) if not isinstance(value, int) or value.bit_length() < 4096 else f"{value:x} (hexadecimal)")
    return Token("", _ENCODE(value).decode())


def _quoted(text: str) -> str:
    return _ENCODE(text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…").decode()
