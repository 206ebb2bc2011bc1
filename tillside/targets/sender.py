"""The sender: takes what is due, sends it, writes down how it went. One for each process; several may work on one store.

Steps of the loop, for the night:
1. The targets for which something is due, each a lane (lanes.py). A target that is off has its calls given up.
2. Each lane says how many more calls it may have out; so many are taken, in one transaction for all lanes.
3. Each call goes out in a task of its own; a lane that hangs fills its own places and nobody else's.
4. How calls went is written many at a time (settling.py), with what that does: the next try, the next of the conversation, the breaker.
5. The loop sleeps until the bell rings, a call ended, or a second has gone by.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tillside.base import stamps
from tillside.base.errors import Busy, Unknown
from tillside.base.outbound import Outbound
from tillside.base.vault import Vault
from tillside.feeds.hub import Hub
from tillside.storage.database import Database
from tillside.targets import mapping, outcomes, settling, taking
from tillside.targets import target as targets
from tillside.targets.attempts import Attempt
from tillside.targets.caller import Caller, Sent
from tillside.targets.calls import Call
from tillside.targets.lanes import Lane, Places
from tillside.targets.outcomes import Outcome
from tillside.targets.settling import Settled, Settler

_PAUSE_SECONDS = 0.02
_SLEEP_SECONDS = 1.0
_REST_SECONDS = 0.5
_LAST_SECONDS = 4.0
_READ_AGAIN = 60 * stamps.SECOND
"""Secrets are read again so often, so that one that was replaced stops signing soon after its time."""
_FORGET = 30 * stamps.MINUTE
OFF = "The target was {}. Turn it on and send it again if it is still meant."

logger = logging.getLogger(__name__)
Key = tuple[int, str]
Learn = Callable[[Call, dict[str, Any]], Awaitable[bool]]
"""Keeps what an answer says about the customer (learning.py)."""


class Sender:
    """`now` is the clock of schedules, leases and signatures; `stopping` says whether the desk is on its way down."""

    def __init__(
        self,
        store: Database,
        vault: Vault,
        outbound: Outbound,
        *,
        now: Callable[[], int] = stamps.now,
        stopping: Callable[[], bool] = lambda: False,
        places: Places | None = None,
        learn: Learn | None = None,
    ) -> None:
        self._store, self._now, self._stopping = store, now, stopping
        self._lanes: dict[Key, Lane] = {}
        self._places = places or Places(time.monotonic)
        self._caller = Caller(vault, outbound)
        self._learn = learn
        self._settler = Settler(now)
        self._out: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()

    async def run(self, bell: Hub) -> None:
        """Until the bell stops; then what is out has a moment to end."""
        with bell.listen() as ear:
            while not bell.stopping:
                try:
                    await self.look()
                except Busy:
                    await bell.rest(_REST_SECONDS)
                except Exception:  # the calls of the whole house must not stop for one row nobody foresaw
                    logger.exception("calls that were due could not be taken")
                    await bell.rest(_REST_SECONDS)
                await bell.rest(_PAUSE_SECONDS)
                await self._wait(asyncio.create_task(ear.heard(_SLEEP_SECONDS)))
        await self.end()

    async def send_due(self, store: Database | None = None, *, at: int | None = None, count: int = 0) -> int:
        """What is due now, and nothing else: taken, sent, and settled when this returns. How many calls that were."""
        taken = await self.look()
        while self._out:
            await asyncio.wait(set(self._out))
        return taken

    async def end(self) -> None:
        """Give what is out a moment, then cut it short: a call that may be repeated is repeated at the next start."""
        if self._out:
            await asyncio.wait(set(self._out), timeout=_LAST_SECONDS)
        for task in self._out:
            task.cancel()
        while self._out:
            await asyncio.wait(set(self._out))

    async def look(self) -> int:
        """Take what is due and may go, and set it going; how many calls that were."""
        if self._stopping():
            return 0
        at = self._now()
        ready = [(found, await self._lane(found, at)) for found in await taking.lanes(self._store, at=at)]
        for found, lane in ready:
            if lane is None or not lane.target.is_on:
                await self._give_up(found, "removed" if lane is None else lane.target.state, at)
        self._forget(at)
        going = [(found, lane) for found, lane in ready if lane is not None and lane.target.is_on]
        return await self._take(self._shared_out(going, at), at)

    def _shared_out(self, going: Sequence[tuple[taking.Lane, Lane]], at: int) -> list[tuple[taking.Lane, int]]:
        """How many calls of each lane may go: what the lane allows, as long as there are places for its kind."""
        left = dict(zip((False, True), self._places.free(self._lanes.values()), strict=True))
        shares = []
        turn = at // stamps.SECOND % max(len(going), 1)  # nobody is always the last
        for found, lane in [*going[turn:], *going[:turn]]:
            kind = self._places.is_slow(lane)
            share = min(lane.free(at), left[kind])
            if share:
                left[kind] -= share
                shares.append((found, share))
        return shares

    async def _take(self, shares: Sequence[tuple[taking.Lane, int]], at: int) -> int:
        listed = await asyncio.gather(*[taking.due(self._store, found, at=at, count=share) for found, share in shares])
        wanted: dict[int, list[str]] = {}
        for (found, _), ids in zip(shares, listed, strict=True):
            wanted.setdefault(found.workspace_id, []).extend(ids)
        if not any(wanted.values()):
            return 0
        held: list[Call] = []
        holder = stamps.token()[:24]
        async with self._store.write(urgent=False) as tx:
            for workspace_id, ids in sorted(wanted.items()):
                taken, lost = await taking.hold(tx, workspace_id, ids, holder=holder, at=at)
                await settling.lose(tx, lost, at=at)
                held += taken
        for call in held:
            lane = self._lanes[call.workspace_id, call.target_id]
            lane.out[call.id] = time.monotonic()
            task = asyncio.create_task(self._carry(call, lane))
            self._out.add(task)
            task.add_done_callback(self._back)
        return len(held)

    def _back(self, task: asyncio.Task[None]) -> None:
        self._out.discard(task)
        self._freed.set()
        if not task.cancelled() and task.exception() is not None:
            logger.error("a call could not be carried; it is taken again when its claim ends", exc_info=task.exception())

    async def _carry(self, call: Call, lane: Lane) -> None:
        """One call, from the claim to its outcome."""
        try:
            if call.state == "held":
                async with self._store.write(urgent=False) as tx:
                    if not await taking.launch(tx, call, at=self._now()):
                        return
            settled = await self._sent(call, lane)
            await self._learnt(settled)
            await asyncio.shield(self._settler.put(self._store, settled))
        finally:
            lane.out.pop(call.id, None)

    async def _learnt(self, settled: Settled) -> None:
        """Customer facts of the answer, before the call is settled: so that none is lost between the two."""
        if self._learn is None or not settled.is_alone or settled.drawn is None or not settled.drawn.customer:
            return
        until = self._now() + taking.LEASE // 2
        while self._now() < until:
            try:
                await self._learn(settled.call, settled.drawn.customer)
                return
            except Busy:
                await asyncio.sleep(_REST_SECONDS)
        logger.warning("what a target said about a customer could not be kept: the log was away")

    async def _sent(self, call: Call, lane: Lane) -> Settled:
        """Send it once; what came of it, whatever that was."""
        at, target = self._now(), lane.target
        try:
            sent = await self._caller.send(target, call.request, lane.unsealed, call_id=call.id, number=call.attempts, at=at)
        except asyncio.CancelledError:  # we are on our way down, and the answer will not be heard
            sent = Sent(0, call.request.headers)
        ended = self._now()
        outcome = outcomes.of(call, sent.answer, sent.failure, at=ended)
        is_news = lane.heard(outcome, took_ms=sent.took_ms, at=ended)
        return Settled(
            call,
            target,
            outcome,
            _attempt(call, outcome, sent, at=at),
            ended,
            lane.health if is_news or lane.health.is_hopeless(ended) else None,
            mapping.drawn(target, sent.answer) if sent.answer and outcome.end == "done" and call.conversation_id else None,
        )

    async def _lane(self, found: taking.Lane, at: int) -> Lane | None:
        """The lane of a target as it is now; None where it is gone."""
        key = (found.workspace_id, found.target_id)
        lane = self._lanes.get(key)
        if lane is not None and lane.target.version == found.version and at - lane.read_at < _READ_AGAIN:
            return lane
        try:
            target = await targets.by_id(self._store, *key)
        except Unknown:
            return None
        unsealed = await self._caller.unsealed(self._store, target, at=at)
        if lane is None:
            lane = self._lanes[key] = Lane(target, unsealed, found.health, read_at=at)
        lane.renew(target, unsealed, read_at=at)
        return lane

    def _forget(self, at: int) -> None:
        """Lanes nothing was due for in a long time."""
        for key in [key for key, lane in self._lanes.items() if not lane.out and at - lane.read_at > _FORGET]:
            del self._lanes[key]

    async def _give_up(self, found: taking.Lane, state: str, at: int) -> None:
        """A call that waits for a target that is off or gone is dead, and can be sent again by hand."""
        ids = await taking.due(self._store, found, at=at, count=100)
        async with self._store.write(urgent=False) as tx:
            await settling.drop(tx, found.workspace_id, ids, reason=OFF.format("turned off" if state == "off" else state), at=at)

    async def _wait(self, heard: asyncio.Task[bool]) -> None:
        freed = asyncio.create_task(self._freed.wait())
        await asyncio.wait({heard, freed}, return_when=asyncio.FIRST_COMPLETED)
        self._freed.clear()
        for task in (heard, freed):
            task.cancel()
        await asyncio.gather(heard, freed, return_exceptions=True)


def _attempt(call: Call, outcome: Outcome, sent: Sent, *, at: int) -> Attempt:
    return Attempt(
        call.workspace_id,
        call.id,
        call.attempts,
        at,
        sent.took_ms,
        outcome.status,
        sent.answer.problem if sent.answer else outcome.reason,
        outcome.hint,
        sent.shown,
        sent.back,
        sent.body,
        bool(sent.answer and sent.answer.is_cut),
    )
