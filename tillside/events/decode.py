"""From the wire to JSON: base64 as real clients write it, three character sets, and a strict reader of exact numbers."""

import json
from decimal import Decimal
from typing import Final, Literal, NoReturn

import msgspec
import pybase64
from msgspec import Struct

from tillside.base.errors import TooLarge, Undecodable
from tillside.events import limits
from tillside.events.notes import Notes

Charset = Literal["utf-8", "cesu-8", "latin-1"]

_BOM: Final = b"\xef\xbb\xbf"
_DROPPED: Final = {ord(sign): None for sign in " \t\r\n\v\f\\="}
_ALPHABET: Final = str.maketrans("-_", "+/")
_NUL: Final = b"\\u0000"
_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)


class Decoded(Struct, frozen=True):
    """The text of a body as UTF-8, and the character set it came in."""

    text: bytes
    charset: Charset


def decode_field(value: str, *, limit_bytes: int, field: str = "h") -> Decoded:
    """Decode `h` or `hs` (contract 1.3). Raises TooLarge beyond `limit_bytes` of text, Undecodable if it is no base64.

    1. White space and backslashes go (Android breaks lines, JSON escapes slashes); URL-safe base64 and missing padding pass.
    2. Bytes become text as UTF-8, else CESU-8 (the hosted tracker), else Latin-1 (plain ``btoa``).
    """
    if len(value) * 3 // 4 > limit_bytes * 2:  # twice, for Android's line breaks; measured exactly below
        _too_large(field, limit_bytes)
    body = _base64(value, field)
    if len(body) > limit_bytes:
        _too_large(field, limit_bytes)
    return to_text(body)


def to_text(body: bytes) -> Decoded:
    """Bytes as text: UTF-8, else CESU-8, else Latin-1. Never fails; a byte order mark is dropped."""
    body = body.removeprefix(_BOM)
    try:
        body.decode()
        return Decoded(body, "utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return Decoded(body.decode("latin-1").encode(), "latin-1")
    return Decoded(_paired(text).encode(), "cesu-8")


def parse_json(text: bytes, *, depth: int = limits.DEPTH, notes: Notes | None = None) -> object:
    """Read strict JSON; numbers with a point or exponent come as Decimal, exactly as written, integers as int of any size.

    NaN and Infinity are refused, of duplicate keys the last counts. NUL is removed from strings and half surrogate pairs become
    U+FFFD, both as corrections in `notes`. Raises Undecodable (not JSON) or TooLarge (nested deeper than `depth`).
    """
    text = text.removeprefix(_BOM)
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise _too_deep(depth) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError):
        return _parse_slowly(text, depth, notes)
    if _NUL in text:
        value = _mended(value, notes)
    if text.count(b"[") + text.count(b"{") > depth:
        check_depth(value, depth)
    return value


def check_depth(value: object, depth: int) -> None:
    """Raise TooLarge if objects and lists are nested deeper than `depth`."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise _too_deep(depth)


def _base64(value: str, field: str) -> bytes:
    try:
        return pybase64.b64decode(value, validate=True)
    except ValueError:
        pass
    bare = value.translate(_DROPPED).translate(_ALPHABET)
    try:
        return pybase64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        hint = "Send base64 of the JSON text."
        if value.lstrip()[:1] in ("{", "["):
            hint = "This is plain JSON. Send it base64-encoded."
        elif "%" in value:
            hint = "Send the base64 text itself, without percent-encoding."
        raise Undecodable(f"{field} is not base64.", field=field, hint=hint) from None


def _parse_slowly(text: bytes, depth: int, notes: Notes | None) -> object:
    """What the fast parser refuses: half surrogate pairs and numbers out of its range are read, all else is refused here too."""
    try:
        value = json.loads(text.decode(), parse_float=_decimal, parse_constant=_no_constant)
    except RecursionError:
        raise _too_deep(depth) from None
    except UnicodeDecodeError as error:
        raise Undecodable("The text is not UTF-8.", hint=f"The first wrong byte is at position {error.start}.") from None
    except json.JSONDecodeError as error:
        raise Undecodable("The text is not JSON.", hint=f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except (ValueError, ArithmeticError) as error:
        raise Undecodable("The text is not JSON.", hint="A number in it is too long, or not a number.") from error
    check_depth(value, depth)
    return _mended(value, notes)


def _decimal(literal: str) -> Decimal:
    return Decimal(literal)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _mended(value: object, notes: Notes | None) -> object:
    """Strings without NUL and without half surrogate pairs; says so once per event."""
    mended: list[str] = []
    result = _mend(value, "", mended)
    if mended and notes is not None:
        notes.corrected(mended[0], "Characters no text may hold (NUL, half a surrogate pair) removed or replaced")
    return result


def _mend(value: object, path: str, mended: list[str]) -> object:
    if isinstance(value, str):
        fit = _paired(value.replace("\0", ""))
        if fit != value:
            mended.append(path)
        return fit
    if isinstance(value, dict):
        return {_mend(key, path, mended): _mend(inner, limits.at(path, key), mended) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mend(inner, f"{path}[{index}]", mended) for index, inner in enumerate(value)]
    return value


def _paired(text: str) -> str:
    """Surrogate halves that belong together joined, lone ones as U+FFFD."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _too_deep(depth: int) -> TooLarge:
    return TooLarge(f"Nested deeper than {depth} levels.", hint="Send a flatter structure.")


def _too_large(field: str, limit_bytes: int) -> NoReturn:
    raise TooLarge(f"{field} holds more than {limit_bytes} bytes.", field=field, hint="Send fewer events per request.")
