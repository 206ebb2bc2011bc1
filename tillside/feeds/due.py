"""The second loop: what waits for its time. A snooze, a reply to be sent later: each is a row with a time; the loop looks and does it.

Steps, so that they can be followed at night:
1. Every chore is asked to do what is due now, and tells how many rows it found.
2. While one of them finds a full batch, they are asked again at once.
3. Else the loop sleeps until the bell rings or a second has gone by, whichever is first, but never less than a tenth of a second.

Several processes may run it: a chore holds its row before it acts and looks again, so nothing is done twice.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from tillside.base import stamps
from tillside.base.errors import Busy
from tillside.feeds.hub import Hub
from tillside.storage.database import Database

BATCH = 100
_SLEEP_SECONDS = 1.0
_PAUSE_SECONDS = 0.1

logger = logging.getLogger(__name__)


class Chore(Protocol):
    """Do what is due at `at` (µs), at most `count` rows; return how many rows were found."""

    def __call__(self, store: Database, *, at: int, count: int) -> Awaitable[int]: ...


def hourly(chore: Chore) -> Chore:
    """A chore that has nothing to do most of the time, such as forgetting what is old: once it found less than it might, in an hour again."""
    next_at = 0

    async def now_and_then(store: Database, *, at: int, count: int) -> int:
        nonlocal next_at
        if at < next_at:
            return 0
        found = await chore(store, at=at, count=count)
        if found < count:
            next_at = at + stamps.HOUR
        return found

    return now_and_then


async def run(store: Database, bell: Hub, chores: Sequence[Chore], *, now: Callable[[], int] = stamps.now) -> None:
    """Until the bell stops."""
    with bell.listen() as ear:
        while not bell.stopping:
            found = [await _do(store, chore, now()) for chore in chores]
            if max(found, default=0) < BATCH:
                await bell.rest(_PAUSE_SECONDS)
                await ear.heard(_SLEEP_SECONDS)


async def _do(store: Database, chore: Chore, at: int) -> int:
    """One chore, once. A database that is away for a moment, or a row that fails, does not end the loop; it is looked at again."""
    try:
        return await chore(store, at=at, count=BATCH)
    except Busy:
        return 0
    except Exception:  # a fault in one row must not stop every snooze of the house; it is told and tried again
        logger.exception("what was due could not be done")
        return 0
