"""Templates without logic: placeholders like `{{ticket.customer.name}}` or `{{order.id|none}}`, filled so that no value leaves its place.

No attribute is read and nothing is called: a path is looked up in a document of plain values, and an unknown one is empty. What `check`
let pass has a readable body whatever the values are; base/template_check.py says why.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from tillside.base import placeholders, template_check
from tillside.base.errors import Refused, TooLarge
from tillside.base.placeholders import Blank, Piece

Kind = Literal["json", "form", "xml", "url", "header", "text", "none"]

LONGEST_TEMPLATE = 64 * 1024
LONGEST_FILLED = 1024 * 1024
_IN_A_FORM = "=&%+*-._~!$'(),;:@/?"
_MARKS = {'"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_STEPS = re.compile(r"(?<=/)(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
_QUOTE = re.compile(r'\\.|"', re.DOTALL)


def check(text: str, kind: Kind, known: Iterable[str] | None = None, *, field: str = "body") -> list[str]:
    """What people should know of before they save, such as names nobody knows; `known` may hold `order.*` for everything below.

    Raises Refused(field, hint) with line and column where filling could ever give a body nobody can read. An empty template sends nothing
    and is fine. A URL's host is checked elsewhere (`outbound.check_url`); here, that no placeholder stands in it.
    """
    if len(text) > LONGEST_TEMPLATE:
        raise Refused(f"The template is longer than {LONGEST_TEMPLATE // 1024} KB.", field=field, hint="Send less, or send ids.")
    if text.strip() and kind != "none":
        template_check.prove(text, kind, field)
    problems = [f"{shown} is not a placeholder and is sent as it stands." for shown in placeholders.left_over(text)]
    if known is not None:
        listed = set(known)
        problems += [f"{path} is not known; it will be empty." for path in names(text) if not _is_known(path, listed)]
    return problems


def fill(text: str, values: Mapping[str, Any], kind: Kind) -> str:
    """The text with every placeholder replaced, each value escaped for its place. An unknown or empty one gives its default, or nothing.

    Inside quotes of a JSON template a value is text; standing alone it is a JSON value: number, truth, null, list or object. Elsewhere a list
    is its members with commas. Raises TooLarge(field="body") beyond 1 MB.
    """
    if kind == "none" or not text.strip():
        return ""
    filled: list[str] = []
    size = 0
    for piece, is_quoted in _set(text, kind):
        filled.append(_literal(piece, kind) if isinstance(piece, str) else _value(piece, values, kind, is_quoted=is_quoted))
        size += len(filled[-1])
        if size > LONGEST_FILLED:
            raise TooLarge(
                "Filled in, the template is longer than 1 MB.", field="body", hint="Take out a long placeholder, such as the message."
            )
    return _whole("".join(filled), kind)


def names(text: str) -> list[str]:
    """The paths a template asks for, each once, in their order."""
    return list(dict.fromkeys(piece.path for piece in placeholders.pieces(text) if isinstance(piece, Blank)))


@lru_cache(maxsize=512)
def _set(text: str, kind: Kind) -> tuple[tuple[Piece, bool], ...]:
    """The pieces, each with whether it begins inside the quotes of a JSON string."""
    found: list[tuple[Piece, bool]] = []
    is_quoted = False
    for piece in placeholders.pieces(text):
        found.append((piece, is_quoted))
        if kind == "json" and isinstance(piece, str):
            is_quoted ^= sum(mark[0] == '"' for mark in _QUOTE.finditer(piece)) % 2 == 1
    return tuple(found)


def _literal(text: str, kind: Kind) -> str:
    if kind == "form":
        return quote_plus(placeholders.clean(re.sub(r"[\r\n]+[ \t]*", "", text)), safe=_IN_A_FORM)
    return placeholders.clean(text)


def _value(blank: Blank, values: Mapping[str, Any], kind: Kind, *, is_quoted: bool) -> str:
    found = placeholders.value(values, blank.path)
    if kind == "json" and not is_quoted:
        return _alone(found, blank.default)
    text = placeholders.words(found, blank.default)
    match kind:
        case "json":
            return placeholders.in_string(text)
        case "form":
            return quote_plus(text, safe="")
        case "url":
            return quote(text, safe="")
        case "xml":
            return escape(_NOT_XML.sub("\ufffd", text), _MARKS)
        case "header":
            return _CONTROL.sub(" ", text)
        case _:
            return text


def _alone(found: Any, default: str) -> str:
    if found is not None or not default:
        return placeholders.as_json(found)
    try:
        return placeholders.as_json(json.loads(default))
    except (ValueError, RecursionError):
        return placeholders.as_json(default)


def _whole(text: str, kind: Kind) -> str:
    """What can only be seen in the whole: a header is one line, and no value climbs up the path of a URL."""
    if kind == "header":
        return _CONTROL.sub(" ", text).strip()
    if kind == "url":
        path, mark, rest = text.partition("?")
        return _STEPS.sub("", path) + mark + rest
    return text.strip() if kind in ("xml", "form") else text


def _is_known(path: str, listed: set[str]) -> bool:
    parts = path.split(".")
    return path in listed or any(".".join(parts[:count]) + ".*" in listed for count in range(1, len(parts) + 1))
