"""What happened lately in each workspace, read once and handed to everybody who listens: a thousand streams cost one reading.

Nothing is kept here that the table does not have. Whoever comes from further back reads the table until they have caught up.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tillside.base.errors import Busy
from tillside.feeds import activity
from tillside.feeds.activity import Activity
from tillside.feeds.hub import Hub
from tillside.storage.database import Database

KEPT = 2000
_AT_ONCE = 500
_REST_SECONDS = 0.005
"""After a reading, so that a burst becomes one."""
_AGAIN_SECONDS = 0.5
_IDLE_SECONDS = 60.0


class Tails:
    """One per store; a workspace has a tail while anybody listens to it."""

    def __init__(self, database: Database, bell: Hub) -> None:
        self._database, self._bell = database, bell
        self._tails: dict[int, _Tail] = {}

    @contextmanager
    def listen(self, workspace_id: int) -> Iterator["Ear"]:
        """Listen *before* the first reading, so that nothing falls between the reading and the waiting."""
        tail = self._tails.get(workspace_id)
        if tail is None or tail.is_over:
            tail = self._tails[workspace_id] = _Tail(self._database, self._bell, workspace_id)
        ear = Ear(tail)
        tail.ears.add(ear)
        try:
            yield ear
        finally:
            tail.ears.discard(ear)
            if not tail.ears:
                tail.end()
                if self._tails.get(workspace_id) is tail:
                    del self._tails[workspace_id]


class Ear:
    """One listener."""

    def __init__(self, tail: "_Tail") -> None:
        self._tail = tail
        self._event = asyncio.Event()

    async def after(self, position: int) -> list[Activity]:
        """What happened after a position, oldest first: out of memory where it reaches back so far. All of it, or at least 200."""
        return await self._tail.after(position)

    @property
    def is_over(self) -> bool:
        """The desk stops, or its tail broke: nothing new will be heard here."""
        return self._tail.is_over

    async def heard(self, seconds: float) -> bool:
        """Wait for something new, at most so long. What came since the last call counts."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        rang = self._event.is_set()
        self._event.clear()
        return rang

    def wake(self) -> None:
        self._event.set()


class _Tail:
    """1. Listen to the bell, then find the last position: from there on everything is kept. Whoever listened before looks again.
    2. Read what is new, keep it, wake everybody, rest a moment. 3. With nothing new, wait for the bell.
    """

    def __init__(self, database: Database, bell: Hub, workspace_id: int) -> None:
        self._database, self._bell, self._workspace_id = database, bell, workspace_id
        self.ears: set[Ear] = set()
        self._rows: deque[Activity] = deque()
        self._floor: int | None = None
        self._position = 0
        self._task = asyncio.create_task(self._follow())

    @property
    def is_over(self) -> bool:
        return self._task.done()

    def end(self) -> None:
        self._task.cancel()

    async def after(self, position: int) -> list[Activity]:
        if self._floor is None or position < self._floor:
            return await activity.after(self._database, self._workspace_id, position)
        found = []
        for one in reversed(self._rows):
            if one.position <= position:
                break
            found.append(one)
        return found[::-1]

    async def _follow(self) -> None:
        try:
            with self._bell.listen() as bell:
                while not self._bell.stopping:
                    if not await self._read():
                        await bell.heard(_IDLE_SECONDS)
        finally:
            self._wake()

    async def _read(self) -> bool:
        """Whether there may be more at once."""
        try:
            if self._floor is None:
                self._position = self._floor = await activity.last_position(self._database, self._workspace_id)
                self._wake()
                return True
            found = await activity.after(self._database, self._workspace_id, self._position, count=_AT_ONCE)
        except Busy:  # the store is away; listeners that read it themselves learn that too
            await asyncio.sleep(_AGAIN_SECONDS)
            return True
        if not found:
            return False
        self._rows.extend(found)
        self._position = found[-1].position
        while len(self._rows) > KEPT:
            self._floor = self._rows.popleft().position
        self._wake()
        await asyncio.sleep(_REST_SECONDS)
        return True

    def _wake(self) -> None:
        for ear in self.ears:
            ear.wake()
