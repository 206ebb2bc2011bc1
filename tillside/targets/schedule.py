"""When a call is tried again. Pure: the same call and the same try give the same moment."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import blake2b

from tillside.base import stamps

RESTS = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
"""Seconds before the first, second … try: the example of the Standard Webhooks specification, three days and a bit."""
SPREAD = 0.1
"""Each rest is up to a tenth longer or shorter, so that what failed together does not come again together."""
LONGEST = stamps.DAY
"""How long a receiver may ask us to wait."""


def next_try(call_id: str, tries: int, *, at: int, asked: int | None = None) -> int | None:
    """The moment of the next try after `tries` of them, the last at `at`; None when that was the last one. `asked`: µs the receiver asked
    us to wait, which stands above the schedule."""
    if tries >= len(RESTS):
        return None
    if asked is not None:
        return at + min(max(asked, 0), LONGEST)
    number = int.from_bytes(blake2b(f"{call_id}/{tries}".encode(), digest_size=4).digest())
    return at + int(RESTS[max(tries, 1)] * stamps.SECOND * (1 - SPREAD + 2 * SPREAD * number / 0xFFFFFFFF))


def retry_after(said: str, *, at: int) -> int | None:
    """A Retry-After header in µs from `at`: seconds or an HTTP date (RFC 9110, 10.2.3), a day at most; None where it is neither."""
    text = said.strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(int(text[:12]) * stamps.SECOND, LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        wait = int(moment.timestamp() * stamps.SECOND) - at
    except (OverflowError, ValueError):
        return None
    return min(max(wait, 0), LONGEST)
