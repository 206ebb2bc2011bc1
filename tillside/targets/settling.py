"""How calls went, written down: many at a time in one transaction, since a thousand a second would each wait for the disk.

What a settled call does besides (a mapping of its answer) stands in a transaction with that call alone, so that its failure is its own.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tillside.base.errors import Busy
from tillside.conversations import conversation as conversations
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction
from tillside.targets import alerts, attempts, calls, figures, health, mapping, schedule, taking
from tillside.targets import target as targets
from tillside.targets.attempts import Attempt
from tillside.targets.calls import Call
from tillside.targets.health import Health
from tillside.targets.mapping import Drawn
from tillside.targets.outcomes import Outcome
from tillside.targets.target import Target

_MOST = 200
_REST_SECONDS = 0.5
_MINE = """
select id, holder, state from call where workspace_id = :w and id in {list:ids} order by position limit 1000 {lock}
"""
_SETTLE = """
update call set state = :state, due_at = :due, settled_at = :settled, holder = '', status = :status, answered = :answered, reason = :reason
where workspace_id = :w and id = :id
"""
_WAITING = f"""
select {calls.COLUMNS} from call where workspace_id = :w and id in {{list:ids}} and due_at is not null and due_at <= :at
order by position limit 1000 {{lock}}
"""
HOPELESS = "Nothing has gone well for five days, so it was disabled. Turn it on again when it works, then send again what is missing."

logger = logging.getLogger(__name__)


class Settled(Struct, frozen=True):
    """One call with how it went. `health`: how its target is doing now, if that changed; `drawn`: what was read out of the answer."""

    call: Call
    target: Target
    outcome: Outcome
    attempt: Attempt | None
    at: int
    health: Health | None = None
    drawn: Drawn | None = None

    @property
    def is_alone(self) -> bool:
        return self.drawn is not None and self.outcome.end == "done"


class Settler:
    """Collects what happened while the last transaction was on its way, and writes it in the next one."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._waiting: list[tuple[Settled, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, store: Database, one: Settled) -> None:
        """Back when it is written. While the store is away, it is tried until the claim ends."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(store))
        await done

    async def _write_all(self, store: Database) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            for group in ([pair for pair in batch if not pair[0].is_alone], *[[pair] for pair in batch if pair[0].is_alone]):
                if group:
                    await self._written(store, [one for one, _ in group])
            for _, done in batch:
                if not done.done():
                    done.set_result(None)

    async def _written(self, store: Database, listed: Sequence[Settled]) -> None:
        try:
            await self._persist(store, listed)
        except Busy:
            logger.warning("the store was away for so long that %s calls are sent again", len(listed))
        except Exception:  # one call nobody foresaw must not take the others with it
            if len(listed) > 1:
                for one in listed:
                    await self._written(store, [one])
                return
            logger.exception("how a call went could not be written")
            if listed[0].is_alone:
                await self._written(store, [replace(listed[0], drawn=None)])

    async def _persist(self, store: Database, listed: Sequence[Settled]) -> None:
        until = self._now() + taking.LEASE
        while True:
            try:
                async with store.write(urgent=False) as tx:
                    return await settle(tx, listed)
            except Busy:
                if self._now() >= until:
                    raise
                await asyncio.sleep(_REST_SECONDS)


async def settle(tx: Transaction, listed: Sequence[Settled]) -> None:
    """Write these outcomes, but of calls that are somebody else's by now. A conversation is held before its call, as `calls.place` does."""
    for one in listed:
        if one.is_alone and one.call.conversation_id:
            await conversations.hold(tx, await conversations.by_id(tx, one.call.workspace_id, one.call.conversation_id))
    mine = await _mine(tx, [one.call for one in listed])
    ours = [replace(one, call=_after(one)) for one in listed if one.call.id in mine]
    await tx.many(_SETTLE, [_row(one.call) for one in ours])
    await attempts.write(tx, [one.attempt for one in ours if one.attempt is not None])
    await _line_up(tx, ours)
    for one in ours:
        figures.count(tx, one.call, took_ms=one.attempt.took_ms if one.attempt and one.attempt.status else None, at=one.at)
        if not one.call.is_open:
            calls.settled(tx, one.call)
        else:
            calls.delayed(tx, one.call)
        if one.is_alone and one.drawn is not None:
            with activity.marked(tx, for_rule=one.call.by.id if one.call.by.kind == "rule" else ""):
                await mapping.apply(tx, one.call, one.target, one.drawn, at=one.at)
    await _keep_health(tx, ours)
    await _alert(tx, [one.call for one in ours])


async def lose(tx: Transaction, lost: Sequence[Call], *, at: int) -> None:
    """Calls whose sender died in a doubt that may not be repeated (taking.py): they are dead."""
    dead = [replace(one, state="dead", due_at=None, settled_at=at, reason=f"{taking.LOST} Perhaps it was received.") for one in lost]
    await finish(tx, dead, at=at)


async def finish(tx: Transaction, over: Sequence[Call], *, at: int) -> None:
    """Calls that ended without a try: written, their lanes moved on, everybody told."""
    await tx.many(_SETTLE, [_row(one) for one in over])
    for one in over:
        await calls.line_up(tx, one, at=at)
        calls.settled(tx, one)
    await _alert(tx, over)


async def drop(tx: Transaction, workspace_id: int, ids: Sequence[str], *, reason: str, at: int) -> None:
    """Calls that wait for a target that does not take any: they are dead, unless a sender has them in hand."""
    rows = await tx.read(_WAITING, w=workspace_id, ids=list(ids), at=at)
    found = [calls.from_row(row) for row in rows]
    dead = [replace(one, state="dead", due_at=None, settled_at=at, reason=reason) for one in found]
    await finish(tx, dead, at=at)


def _after(one: Settled) -> Call:
    """The call as it stands after this try."""
    call, outcome, at = one.call, one.outcome, one.at
    told = replace(call, status=outcome.status, answered=outcome.status // 100, reason=outcome.reason, holder="")
    if outcome.end != "waiting":
        return replace(told, state=outcome.end, due_at=None, settled_at=at)
    due = schedule.next_try(call.id, call.attempts - call.earlier, at=at, asked=outcome.asked)
    if due is None:
        tries = call.attempts - call.earlier
        return replace(told, state="dead", due_at=None, settled_at=at, reason=f"Given up after {tries} tries. {outcome.reason}")
    return replace(told, state="waiting", due_at=due)


async def _mine(tx: Transaction, listed: Sequence[Call]) -> set[str]:
    """Those that are still ours, kept from others until the transaction ends."""
    found: set[str] = set()
    for workspace_id in sorted({one.workspace_id for one in listed}):
        holders = {one.id: one.holder for one in listed if one.workspace_id == workspace_id}
        rows = await tx.read(_MINE, w=workspace_id, ids=sorted(holders))
        found |= {row[0] for row in rows if row[1] == holders[row[0]] and row[2] in ("held", "sending")}
    return found


async def _line_up(tx: Transaction, ours: Sequence[Settled]) -> None:
    """The next of each lane of a conversation may go; calls without such a lane have nobody behind them."""
    lanes = {(one.call.workspace_id, one.call.target_id, one.call.order_key): one.at for one in ours if one.call.order_key != one.call.id}
    await tx.many(calls.PUT_BEHIND, sorted(lanes))
    await tx.many(calls.NEXT_UP, [(at, w, target, key) for (w, target, key), at in sorted(lanes.items())])


async def _keep_health(tx: Transaction, ours: Sequence[Settled]) -> None:
    latest = {(one.call.workspace_id, one.call.target_id): one for one in ours if one.health is not None}
    for (workspace_id, target_id), one in sorted(latest.items()):
        assert one.health is not None
        await health.keep(tx, workspace_id, target_id, one.health)
        await _compare(tx, workspace_id, target_id, one.health, at=one.at)
    gone = {one.target.id: one.target for one in ours if one.outcome.disables}
    for target in gone.values():
        await targets.turn(tx, target, "disabled", reason="It answered 410: it is gone for good.")
    for one in ours:
        if one.health is not None and one.health.is_hopeless(one.at) and one.target.id not in gone:
            gone[one.target.id] = one.target
            await targets.turn(tx, one.target, "disabled", reason=HOPELESS)


async def _compare(tx: Transaction, workspace_id: int, target_id: str, seen: Health, *, at: int) -> None:
    """The alerts of a target after its health changed."""
    said: dict[alerts.Kind, bool] = {"held_back": seen.is_open, "refused": seen.is_refused}
    await alerts.raise_all(tx, [(workspace_id, target_id, kind) for kind, is_so in said.items() if is_so], at=at)
    await alerts.end(tx, workspace_id, target_id, [kind for kind, is_so in said.items() if not is_so], at=at)


async def _alert(tx: Transaction, over: Sequence[Call]) -> None:
    """Calls that were given up, told once for each target."""
    first: dict[tuple[int, str], int] = {}
    for one in over:
        if calls.is_to_be_seen(one):
            key, at = (one.workspace_id, one.target_id), one.settled_at or 0
            first[key] = min(first.get(key, at), at)
    for (workspace_id, target_id), at in sorted(first.items()):
        await alerts.raise_all(tx, [(workspace_id, target_id, "given_up")], at=at)


def _row(call: Call) -> tuple[object, ...]:
    return (call.state, call.due_at, call.settled_at, call.status, call.answered, call.reason, call.workspace_id, call.id)
