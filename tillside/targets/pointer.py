"""JSON pointers (RFC 6901): where something stands in an answer. Pure; no I/O."""

import re
from typing import Any

from tillside.base.errors import Refused

NOTHING = object()
"""What a pointer finds where there is nothing; null is something."""
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_ESCAPE = re.compile(r"~(?![01])")


def parts(pointer: str) -> list[str]:
    """``/orders/0/a~1b`` → ``["orders", "0", "a/b"]``; "" is the whole. Raises Refused where it is not written like a pointer."""
    if pointer == "":
        return []
    if not pointer.startswith("/") or _ESCAPE.search(pointer) or len(pointer) > 500:
        raise Refused(f"{pointer[:80]} is not a JSON pointer.", field="mapping", hint="Write it like /order/status or /items/0/name.")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def found(document: Any, pointer: str) -> Any:
    """What stands there, or NOTHING."""
    here = document
    for part in parts(pointer):
        if isinstance(here, dict):
            here = here.get(part, NOTHING)
        elif isinstance(here, list) and _INDEX.fullmatch(part) and int(part) < len(here):
            here = here[int(part)]
        else:
            return NOTHING
        if here is NOTHING:
            return NOTHING
    return here
