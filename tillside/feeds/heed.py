"""Followers of what happened: each thing is handled once, in the transaction that also moves the follower's cursor.

What they write is exactly once; what leaves the house they only write down, for a loop of what is due. Steps, for the night:
1. A follower that was never here begins at the end: what happened before it came is not its matter.
2. What happened after the cursor is read without a transaction; what does not concern it is passed over, the cursor moved now and then.
3. For each that does: hold the cursor's row, look whether another process was there first, handle it, move the cursor, commit.
4. What fails is tried again after a rest; after `TRIES` it is set aside with a line in the log and a note, and the rest goes on.
5. With nothing new, wait for the bell, at most a second.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Busy
from tillside.feeds import activity
from tillside.feeds.hub import Hub
from tillside.storage.database import Database, Transaction

TRIES = 5
SET_ASIDE = "follower.set_aside"
_AT_ONCE = 200
_IDLE_SECONDS = 1.0
_REST_SECONDS = 0.2
_PAUSE_SECONDS = 0.03
"""After a reading, so that a burst becomes one."""
_KEEP_PLACE = 30 * stamps.SECOND
"""How long what does not concern a follower may be passed over without a write."""
_BEGIN = """
insert into follower (name, position, holder, held_until) select :name, coalesce(max(position), 0), '', 0 from activity where true
on conflict (name) do nothing
"""
_AFTER = """
select workspace_id, position, kind, subject, audience, detail, at from activity where position > :after order by position limit :count
"""
_HOLD = "select position from follower where name = :name {lock}"
_MOVE = "update follower set position = :position where name = :name and position < :position"

logger = logging.getLogger(__name__)


class Happened(Struct, frozen=True):
    """One thing that happened, in any workspace; `detail` is a short JSON text, `at` in µs."""

    workspace_id: int
    position: int
    kind: str
    subject: str
    audience: str
    detail: str
    at: int

    @property
    def said(self) -> dict[str, object]:
        """The detail as it was written; {} where there is none."""
        return msgspec.json.decode(self.detail, type=dict[str, object]) if self.detail else {}


Handle = Callable[[Transaction, Happened], Awaitable[None]]
Cares = Callable[[Database, Happened], Awaitable[bool]]


async def _always(store: Database, one: Happened) -> bool:
    return True


class Heed:
    """A follower under a name. `kinds`: beginnings of the kinds it cares for, such as ``"message."``; `cares` looks closer, before a
    transaction is begun for it."""

    def __init__(self, name: str, kinds: Sequence[str], handle: Handle, *, cares: Cares = _always, now: Callable[[], int] = stamps.now) -> None:
        self.name, self._kinds, self._handle, self._cares, self._now = name, tuple(kinds), handle, cares, now
        self._place: int | None = None
        self._kept_at = 0
        self._tries: dict[int, int] = {}

    async def run(self, store: Database, bell: Hub) -> None:
        """Until the bell stops."""
        with bell.listen() as ear:
            while not bell.stopping:
                try:
                    count = await self.step(store)
                except Busy:
                    await bell.rest(_REST_SECONDS)
                    continue
                except Exception:
                    logger.exception("%s could not handle something that happened; it is tried again", self.name)
                    await bell.rest(_REST_SECONDS)
                    continue
                if count < _AT_ONCE:
                    await bell.rest(_PAUSE_SECONDS)
                if not count:
                    await ear.heard(_IDLE_SECONDS)

    async def step(self, store: Database) -> int:
        """Handle what is new, at most `_AT_ONCE`; how many rows were looked at."""
        if self._place is None:
            self._place = await self._begin(store)
        found = [Happened(*row) for row in await store.read(_AFTER, after=self._place, count=_AT_ONCE)]
        for one in found:
            if one.kind.startswith(self._kinds):
                await self._once(store, one)
            self._place = max(self._place, one.position)
        if found and (len(found) == _AT_ONCE or self._now() - self._kept_at > _KEEP_PLACE):
            await self._keep(store)
        return len(found)

    async def _begin(self, store: Database) -> int:
        async with store.write(urgent=False) as tx:
            await tx.run(_BEGIN, name=self.name)
            row = await tx.one(_HOLD, name=self.name)
        self._kept_at = self._now()
        return int(row[0]) if row else 0

    async def _once(self, store: Database, one: Happened) -> None:
        """Handle one thing and move the cursor, unless another process did."""
        try:
            if not await self._cares(store, one):
                return
            async with store.write(urgent=False) as tx:
                row = await tx.one(_HOLD, name=self.name)
                if row is not None and int(row[0]) < one.position:
                    await self._handle(tx, one)
                    await tx.run(_MOVE, name=self.name, position=one.position)
        except Busy:
            raise
        except Exception:
            tries = self._tries[one.position] = self._tries.get(one.position, 0) + 1
            if tries < TRIES:
                raise
            logger.exception("%s sets aside what happened at %s (%s)", self.name, one.position, one.kind)
            await self._set_aside(store, one)
        self._tries.pop(one.position, None)
        self._kept_at = self._now()

    async def _set_aside(self, store: Database, one: Happened) -> None:
        told = msgspec.json.encode({"follower": self.name, "position": one.position, "kind": one.kind}).decode()
        async with store.write(urgent=False) as tx:
            await tx.run(_MOVE, name=self.name, position=one.position)
            activity.record(tx, one.workspace_id, SET_ASIDE, one.subject, detail=told)

    async def _keep(self, store: Database) -> None:
        """Write the place down, so that a restart need not pass over the same things again."""
        async with store.write(urgent=False) as tx:
            await tx.run(_MOVE, name=self.name, position=self._place)
        self._kept_at = self._now()
