"""What a receiver's answer means for a run: whether it worked, and the words to show. Pure; no I/O."""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from tillside.actions.action import Answer

_LONGEST = 500


class Outcome(Struct, frozen=True):
    """`result`: the shop's words where it worked; `reason`: why it did not."""

    state: Literal["done", "failed"]
    result: str = ""
    reason: str = ""


def outcome(answer: Answer, state: str, *, status: int | None, body: bytes, reason: str) -> Outcome:
    """2xx is success, unless the body says otherwise; the words are the body's where it has some.

    `state` of the call: only ``done`` arrived; `reason`: the desk's own words about a call that did not.
    """
    document = _read(body)
    words = _line(_at(document, answer.message))
    if state != "done" or status is None or not 200 <= status < 300:
        return Outcome("failed", reason=words or reason or (f"The shop answered {status}." if status else "The shop did not answer."))
    if str(_at(document, answer.status)).casefold() in {word.casefold() for word in answer.failed}:
        return Outcome("failed", reason=words or "The shop answered that it did not work.")
    return Outcome("done", result=words)


def _read(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # any text may stand in a body; without JSON only the status counts


def _at(document: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901); None where there is none."""
    if not pointer:
        return None
    value = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _line(value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())[:_LONGEST]
