"""Sending a stretch of the past again, in the order in which it was placed: after a receiver was down, or lost what it had."""

from collections.abc import Sequence

import msgspec

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction
from tillside.targets import alerts
from tillside.targets.calls import State
from tillside.targets.target import Target

MOST = 50_000
USUAL: tuple[State, ...] = ("dead", "failed")
CHOICES: tuple[State, ...] = ("dead", "failed", "cancelled", "done")
_CHOSEN = """
select id from call where workspace_id = :w and target_id = :target and created_at >= :since and created_at <= :until
  and state in {list:states} and cause_kind <> 'test' order by position limit :count
"""
_COUNT = """
select count(*) from (select 1 from call where workspace_id = :w and target_id = :target and created_at >= :since and created_at <= :until
  and state in {list:states} and cause_kind <> 'test' order by position limit :count) as chosen
"""
_QUEUE = """
update call set state = 'waiting', due_at = null, settled_at = null, holder = '', earlier = attempts, since = :at, reason = ''
where workspace_id = :w and target_id = :target and id in {list:ids} and settled_at is not null
"""
_BEHIND = """
update call set due_at = null
where workspace_id = :w and target_id = :target and settled_at is null and state = 'waiting' and due_at is not null
  and exists (select 1 from call as before where before.workspace_id = call.workspace_id and before.target_id = call.target_id
    and before.order_key = call.order_key and before.settled_at is null and before.position < call.position)
"""
_FIRST = """
update call set due_at = :at
where workspace_id = :w and target_id = :target and settled_at is null and state = 'waiting' and due_at is null
  and not exists (select 1 from call as before where before.workspace_id = call.workspace_id and before.target_id = call.target_id
    and before.order_key = call.order_key and before.settled_at is null
    and (before.position < call.position or before.state <> 'waiting'))
"""


async def count(store: Database, target: Target, *, since: int, until: int, states: Sequence[State] = USUAL) -> int:
    """How many calls a replay would send again, at most `MOST`."""
    row = await store.one(_COUNT, w=target.workspace_id, target=target.id, since=since, until=until, states=list(states), count=MOST)
    return int(row[0]) if row else 0


async def replay(tx: Transaction, target: Target, *, since: int, until: int, states: Sequence[State] = USUAL, by: Actor) -> int:
    """Put the calls placed between two times (µs) in the queue again, under their own ids; how many. Those of one conversation keep their
    order, also against what waits already. Raises Refused when the target is off, or for what cannot be sent again."""
    if not target.is_on:
        raise Refused(f"{target.name} is not on.", field="target", hint="Turn it on first.")
    if not set(states) <= set(CHOICES):
        raise Refused("These calls cannot be sent again.", field="states", hint=f"Choose among {', '.join(CHOICES)}.")
    given = {"w": target.workspace_id, "target": target.id}
    rows = await tx.read(_CHOSEN, **given, since=since, until=until, states=list(states), count=MOST)
    at = stamps.now()
    changed = await tx.run(_QUEUE, **given, ids=[row[0] for row in rows], at=at)
    await tx.run(_BEHIND, **given)
    await tx.run(_FIRST, **given, at=at)
    await alerts.sent_again(tx, target.workspace_id, target.id, at=at)
    told = {"calls": changed, "since": since, "until": until, "by": {"kind": by.kind, "id": by.id, "name": by.name}}
    activity.record(tx, target.workspace_id, "target.replayed", target.id, detail=msgspec.json.encode(told).decode())
    return changed
