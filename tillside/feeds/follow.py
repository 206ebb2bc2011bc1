"""The loop of a follower: read a batch of the log, handle it and move the cursor in one transaction, so every effect happens once."""

import asyncio
import logging
import os
import socket
import time
from typing import Any, NamedTuple, Protocol

from tillside.base import stamps
from tillside.base.errors import Busy
from tillside.feeds import log
from tillside.feeds.hub import Hub
from tillside.storage.database import Database, Transaction


class Work(Protocol):
    """What a follower does with a batch. `prepare` needs no database, so it runs while the batch before is being written; what it
    returns may be of more entries than are then handled."""

    async def prepare(self, entries: list[log.Entry]) -> Any: ...

    async def handle(self, tx: Transaction, entries: list[log.Entry], prepared: Any) -> None: ...


class Batch(NamedTuple):
    """Entries read ahead, with what was prepared of them."""

    entries: list[log.Entry]
    prepared: Any


class Elsewhere(Protocol):
    """Another process that reads and prepares, while there is more to do than this one can."""

    async def read(self, position: int, count: int, most_bytes: int) -> Batch | None:
        """The batch after a position; None when this process has to read it itself."""

    def told(self, *, is_behind: bool) -> None:
        """Hears after every batch whether more is waiting."""

    async def end(self) -> None: ...


_LEASE = 10 * stamps.SECOND
_BATCH_BYTES = 2 * 1024 * 1024
"""Entries are whole requests: 256 batches of 25 orders made one transaction of two seconds, so their size counts, not their number."""
_HOLD_SECONDS = 0.1
"""How long one batch may keep everybody else from writing; the number of its entries follows how long the last one took."""
_MANY = 64
"""So many waiting entries are a backlog: a projector that keeps up leaves fewer."""
_FEW = 8
_PACE_SECONDS = 0.08
"""A batch costs a dozen queries and writes the pages it shares with the last one again, however few entries it has. At 2,800 events a
second the desk's write-ahead log grew by about 16 MB a second with short rests (traced on a busy machine; docs/speed.md)."""
_GAP_SECONDS = 0.003
"""Between two large batches: room for a writer of another process, who looks about every 1.5 ms."""
_IDLE_SECONDS = 1.0
_BREATH_SECONDS = 0.02
"""After a look that found nothing: on PostgreSQL every commit of the desk rings the bell of the log as well."""
_REST_SECONDS = 0.2
_CLAIM = """
insert into follower (name, position, holder, held_until) values (:name, 0, :holder, :until)
on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
where follower.holder = excluded.holder or follower.held_until < :at
"""
_SEIZE = """
insert into follower (name, position, holder, held_until) values (:name, 0, :holder, :until)
on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
"""
_MOVE = "update follower set position = :position, held_until = :until where name = :name and holder = :holder"

logger = logging.getLogger(__name__)


class Lost(Exception):
    """Another process follows now."""


class Follower:
    """Follows the log under a name. One process at a time holds the name, by a lease it renews with every batch."""

    def __init__(
        self, name: str, *, entries: Database, desk: Database, bell: Hub, work: Work, batch: int = 512, elsewhere: Elsewhere | None = None
    ) -> None:
        self.name = name
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{id(self)}"
        self._log, self._desk, self._bell, self._work = entries, desk, bell, work
        self._batch, self._count = batch, min(batch, 2 * _MANY)
        self._elsewhere = elsewhere
        self._ahead: tuple[int, asyncio.Task[Batch]] | None = None
        self._singly = 0
        self._is_behind = False

    async def run(self) -> None:
        """Follow until the bell stops.

        1. Claim the lease; while somebody else holds it, rest and try again.
        2. Read the next entries after the cursor that stands in the database, and prepare them while the batch before is written.
        3. Handle them and move the cursor in one transaction. A failure rolls both back; then entries are taken one by one for a while,
           so that whoever handles them can tell which one it is and set it aside. While the store is away, wait for it.
        4. With nothing to read, wait for the bell, at most a second. While events keep coming, let some of them gather.
        """
        with self._bell.listen() as ear:
            while not self._bell.stopping:
                count = 0
                try:
                    count = await self.step() if await self.claim() else 0
                except Lost:
                    logger.info("%s is followed by another process now", self.name)
                except Busy as error:
                    logger.warning("%s waits: %s", self.name, error)
                    await asyncio.sleep(_REST_SECONDS)
                    continue
                except Exception:
                    logger.exception("%s could not handle a batch; it stays in the log and is tried again", self.name)
                    await asyncio.sleep(_REST_SECONDS)
                    continue
                if not count:
                    await self._bell.rest(_BREATH_SECONDS)
                    await ear.heard(_IDLE_SECONDS)
                elif count > _FEW and not self._is_behind:
                    await asyncio.sleep(_PACE_SECONDS)
        if self._ahead is not None:
            await asyncio.gather(self._ahead[1], return_exceptions=True)
        if self._elsewhere is not None:
            await self._elsewhere.end()
        await self.release()

    async def step(self, *, last: int | None = None) -> int:
        """Handle one batch, none of it beyond `last`; the number of its entries. The lease must be held."""
        batch = await self._take(await self.position())
        entries = [entry for entry in batch.entries if last is None or entry.position <= last]
        if not entries:
            await self._look_behind(0, 0)
            return 0
        if self._singly:
            entries = entries[:1]
            self._singly -= 1
        position, begun = entries[-1].position, time.monotonic()
        self._ahead = (position, asyncio.create_task(self._read(position)))
        try:
            async with self._desk.write(urgent=False) as tx:
                await self._work.handle(tx, entries, batch.prepared)
                until = stamps.now() + _LEASE
                if not await tx.run(_MOVE, name=self.name, holder=self.holder, position=position, until=until):
                    raise Lost
        except Busy:  # the store was away, which says nothing of any entry
            raise
        except Exception:
            self._singly = self._batch
            raise
        self._measure(len(entries), time.monotonic() - begun)
        await self._look_behind(len(entries), position)
        if self._is_behind:
            await asyncio.sleep(_GAP_SECONDS)
        return len(entries)

    async def _look_behind(self, count: int, position: int) -> None:
        """A backlog: as many wait as were just handled, and more than a few."""
        self._is_behind = count > _FEW and await log.last_position(self._log) - position >= max(count, _MANY)
        if self._elsewhere is not None:
            self._elsewhere.told(is_behind=self._is_behind)

    def _measure(self, count: int, seconds: float) -> None:
        """What the last batch took decides how many entries the next one may have."""
        fitting = max(1, int(count * _HOLD_SECONDS / max(seconds, 0.001)))
        self._count = min(self._batch, fitting, max(count, self._count) * 2)

    async def _take(self, position: int) -> Batch:
        """The batch after a position: the one read ahead, if it was read for this position and was not empty then."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            batch = await ahead[1]
            if ahead[0] == position and batch.entries:
                return batch
        return await self._read(position)

    async def _read(self, position: int) -> Batch:
        batch = await self._elsewhere.read(position, self._count, _BATCH_BYTES) if self._elsewhere is not None else None
        if batch is None:
            entries = await log.read(self._log, position, self._count, most_bytes=_BATCH_BYTES)
            batch = Batch(entries, await self._work.prepare(entries) if entries else None)
        return batch

    async def claim(self) -> bool:
        """Take or renew the lease; False while another process holds it."""
        at = stamps.now()
        row = await self._desk.one("select holder, held_until from follower where name = :name", name=self.name)
        if row and row[0] == self.holder and row[1] > at + _LEASE // 2:
            return True
        if row and row[0] != self.holder and row[1] >= at:
            return False
        async with self._desk.write(urgent=False) as tx:
            return await tx.run(_CLAIM, name=self.name, holder=self.holder, until=at + _LEASE, at=at) > 0

    async def seize(self, tx: Transaction) -> int:
        """Take the lease whoever holds it, for a replay; where the cursor stands. The holder's next batch fails and is rolled back.

        The lease comes first: a batch that is just being committed is waited for, and the cursor read after it.
        """
        await tx.run(_SEIZE, name=self.name, holder=self.holder, until=stamps.now() + _LEASE)
        return await position(tx, self.name)

    async def restart(self, tx: Transaction) -> None:
        """Seize the lease and set the cursor back to the beginning of the log."""
        await self.seize(tx)
        await tx.run("update follower set position = 0 where name = :name", name=self.name)

    async def hold(self) -> None:
        """Keep a seized lease alive until cancelled, while no batch renews it."""
        while True:
            await self.claim()
            await asyncio.sleep(_LEASE / stamps.SECOND / 5)

    async def release(self) -> None:
        """Give the lease back, so that the next process need not wait for it to run out."""
        async with self._desk.write() as tx:
            await tx.run("update follower set held_until = 0 where name = :name and holder = :holder", name=self.name, holder=self.holder)

    async def position(self) -> int:
        return await position(self._desk, self.name)


async def position(desk: Database | Transaction, name: str) -> int:
    """How far a follower has come; 0 when it never began."""
    row = await desk.one("select position from follower where name = :name", name=name)
    return int(row[0]) if row else 0


async def passed(desk: Database, bell: Hub, name: str, position: int, seconds: float) -> bool:
    """Wait until a follower has passed a position (read-your-writes); False when it has not within the time."""
    until = asyncio.get_running_loop().time() + seconds
    with bell.listen() as ear:
        while True:
            row = await desk.one("select position from follower where name = :name", name=name)
            if row and row[0] >= position:
                return True
            left = until - asyncio.get_running_loop().time()
            if left <= 0 or bell.stopping:
                return False
            await ear.heard(min(left, 0.25))
