"""Time and ids. Times are integer microseconds, UTC; ids are a prefix and 26 characters that sort by time."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from hashlib import blake2b

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_HIGH, _LOW = tuple(range(40, -1, -10)), tuple(range(70, -1, -10))

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


_told: ContextVar[int | None] = ContextVar("told", default=None)


def now() -> int:
    """This moment in microseconds since 1970, UTC."""
    told = _told.get()
    return time.time_ns() // 1000 if told is None else told


@contextmanager
def as_of(at: int) -> Iterator[None]:
    """Whatever is done within was done at `at`: for telling what happened before this desk was there, by the verbs that do it now."""
    before = _told.set(at)
    try:
        yield
    finally:
        _told.reset(before)


def new_id(prefix: str, at: int | None = None) -> str:
    """A fresh id such as ``con_01k…``: 48 bits of milliseconds, then 80 random bits, laid out as in UUID version 7."""
    return f"{prefix}_{_moment((now() if at is None else at) // 1000)}{_spell(secrets.randbits(80), _LOW)}"


def derived_id(prefix: str, at: int, *origin: int | str) -> str:
    """The id of a thing first seen in one log entry: the same entry gives the same id, so a replay rebuilds equal rows."""
    digest = blake2b("/".join(map(str, origin)).encode(), digest_size=10).digest()
    low = int.from_bytes(digest, "big")
    return f"{prefix}_{_moment(at // 1000)}{_spell(low, _LOW)}"


def token(prefix: str = "") -> str:
    """A secret of 256 random bits that grants access by being held."""
    return prefix + secrets.token_urlsafe(32)


@lru_cache(maxsize=256)
def _moment(milliseconds: int) -> str:
    """The first ten letters: many ids are of one moment."""
    return _spell(milliseconds, _HIGH)


def _spell(number: int, shifts: tuple[int, ...]) -> str:
    """Ten bits in two letters, as often as there are shifts."""
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in shifts])
