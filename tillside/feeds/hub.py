"""The bell: wakes whoever waits for a store to change, in this process or another. It carries no data; cursors read that."""

import asyncio
from contextlib import suppress

from tillside.base.errors import Busy
from tillside.storage.database import Database

_LOOK_SECONDS = 0.02
_REST_SECONDS = 0.5


class Hub:
    """One per store. Own commits ring at once; the commits of other processes are noticed within 20 ms, while anybody waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: set[asyncio.Event] = set()
        self._looking: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        database.on_commit.append(self.ring)

    def ring(self) -> None:
        """Wake everybody who waits."""
        for event in self._waiting:
            event.set()

    def listen(self) -> "Ear":
        """Begin to listen *before* reading, so that nothing falls between the reading and the waiting."""
        return Ear(self)

    def stop(self) -> None:
        """No more waiting: streams and followers end."""
        self._stopped.set()
        self.ring()
        if self._looking is not None:
            self._looking.cancel()

    @property
    def stopping(self) -> bool:
        return self._stopped.is_set()

    async def rest(self, seconds: float) -> None:
        """Let so long go by, whatever rings; less when the bell is stopped."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()

    def _join(self, event: asyncio.Event) -> None:
        self._waiting.add(event)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Look again and again; while the store is away, more slowly, and once it is back ring for whatever was missed."""
        known = await self._version()
        while self._waiting and not self.stopping:
            await asyncio.sleep(_REST_SECONDS if known is None else _LOOK_SECONDS)
            seen = await self._version()
            if seen != known:
                known = seen
                self.ring()

    async def _version(self) -> int | None:
        try:
            return await self._database.version()
        except Busy:
            return None


class Ear:
    """One listener; use it as a context."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._event = asyncio.Event()

    async def heard(self, seconds: float) -> bool:
        """Wait for a ring, at most so long. Rings since the last call count; several become one."""
        if self._hub.stopping:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        rang = self._event.is_set()
        self._event.clear()
        return rang

    def __enter__(self) -> "Ear":
        self._hub._join(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        self._hub._waiting.discard(self._event)
