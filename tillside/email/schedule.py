"""When a letter that was put off is tried again. Pure: the same letter and the same try give the same moment."""

from hashlib import blake2b

from tillside.base import stamps

RESTS = (30, 2 * 60, 10 * 60, 30 * 60, 60 * 60, 2 * 60 * 60, 4 * 60 * 60)
"""Seconds after the first, second … try; the last one again and again."""
GIVE_UP = 2 * stamps.DAY
SPREAD = 0.2
"""Each rest is up to a fifth longer or shorter, so that what failed together does not come again together."""


def next_try(message_id: str, attempts: int, *, since: int, at: int) -> int | None:
    """The moment of the next try after `attempts` of them, the last at `at`; None when it was tried for long enough."""
    if at - since >= GIVE_UP:
        return None
    rest = RESTS[min(max(attempts, 1), len(RESTS)) - 1] * stamps.SECOND
    number = int.from_bytes(blake2b(f"{message_id}/{attempts}".encode(), digest_size=4).digest())
    return at + int(rest * (1 - SPREAD + 2 * SPREAD * number / 0xFFFFFFFF))
