"""Finding placeholders in a text, and values in a document of plain data. What a value becomes on paper is decided in base/template.py."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

SAFE_INTEGER = 2**53 - 1
_PLACEHOLDER = re.compile(r"\{\{[ \t]*([^\W\d]\w*(?:\.[\w-]+)*)[ \t]*(?:\|([^{}\r\n]*))?\}\}")
_OPENING = re.compile(r"\{\{(?:(?!\}\})[^\r\n]){0,40}(?:\}\})?")


class Blank(Struct, frozen=True):
    """One placeholder: the path it asks for, what stands there when that is empty, and how it was written, where."""

    path: str
    default: str
    written: str
    start: int


Piece = str | Blank


@lru_cache(maxsize=512)
def pieces(text: str) -> tuple[Piece, ...]:
    """The text in order: what is sent as it stands, and the blanks between. Values are never looked through again."""
    found: list[Piece] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        found += [text[end : match.start()]] if match.start() > end else []
        found.append(Blank(match[1], (match[2] or "").strip(), match[0], match.start()))
        end = match.end()
    return (*found, text[end:]) if end < len(text) else tuple(found)


def left_over(text: str) -> list[str]:
    """What begins like a placeholder and is none."""
    return [match[0] for piece in pieces(text) if isinstance(piece, str) for match in _OPENING.finditer(piece)]


def value(document: Mapping[str, Any], path: str) -> Any:
    """What stands at a path: keys of mappings and places of lists, nothing else. None where there is nothing."""
    found: Any = document
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, Sequence) and not isinstance(found, str | bytes) and part.isascii() and part.isdigit() and len(part) < 6:
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return None
    return found


def words(found: Any, default: str = "") -> str:
    """A value as text: a list of single values with commas, anything deeper as JSON, what is missing or no number as the default."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if found is None or found == "" or (isinstance(found, float) and not math.isfinite(found)):
        return clean(default)
    if isinstance(found, str | int | float):
        return clean(str(found))
    if isinstance(found, Sequence) and not any(isinstance(one, Mapping | list | tuple) for one in found):
        return ", ".join(words(one) for one in found) or clean(default)
    return as_json(found)


def as_json(found: Any) -> str:
    """A value as JSON that every reader takes: integers that a double cannot hold as text, no NaN, no half of a surrogate pair."""
    return _escaped(json.dumps(_plain(found), ensure_ascii=False, allow_nan=False))


def in_string(text: str) -> str:
    """A text as it stands between the quotes of a JSON string."""
    return _escaped(json.dumps(clean(text), ensure_ascii=False)[1:-1])


def clean(text: str) -> str:
    """Without halves of surrogate pairs, which no encoding carries."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(text: str) -> str:
    """Two line ends are allowed in JSON and were not in JavaScript; some receivers still read the one as the other. DEL is for terminals."""
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x7f", "\\u007f")


def _plain(found: Any) -> Any:
    if isinstance(found, Mapping):
        return {clean(str(key)): _plain(one) for key, one in found.items()}
    if isinstance(found, str):
        return clean(found)
    if isinstance(found, Sequence) and not isinstance(found, bytes):
        return [_plain(one) for one in found]
    if found is None or isinstance(found, bool):
        return found
    if isinstance(found, int):
        return found if abs(found) <= SAFE_INTEGER else str(found)
    if isinstance(found, float):
        return found if math.isfinite(found) else None
    return str(found)
