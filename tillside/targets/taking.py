"""Which calls are due, and who has one in hand: the claims of senders, several of which may work on one store."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from tillside.base import stamps
from tillside.storage.database import Database, Row, Transaction
from tillside.targets import calls
from tillside.targets.calls import Call, State
from tillside.targets.health import Health

LEASE = 60 * stamps.SECOND
"""How long a sender has a call in hand; four times what a call may take."""
LOST = "The desk stopped while it was being sent, so nobody knows whether it was received."
_LANES = """
select target.workspace_id, target.id, target.version, target.state, health.failing_since, health.opened_at, health.probe_at,
  coalesce(health.probes, 0), coalesce(health.refused, 0)
from target left join target_health as health on health.workspace_id = target.workspace_id and health.target_id = target.id
where exists (select 1 from call where call.workspace_id = target.workspace_id and call.target_id = target.id
  and call.due_at is not null and call.due_at <= :at)
order by target.workspace_id, target.id limit :count
"""
_DUE = """
select id from call where workspace_id = :w and target_id = :target and due_at is not null and due_at <= :at
order by due_at, position limit :count
"""
_HOLD = f"""
select {calls.COLUMNS} from call where workspace_id = :w and id in {{list:ids}} and due_at is not null and due_at <= :at
order by position limit 2000 {{lock}}
"""
_TAKE = """
update call set state = :state, holder = :holder, due_at = :until, attempts = :attempts where workspace_id = :w and id = :id
"""
_LAUNCH = """
update call set state = 'sending', due_at = :until where workspace_id = :w and id = :id and state = 'held' and holder = :holder
"""
_MOST_LANES = 5_000


class Lane(Struct, frozen=True):
    """A target for which something is due."""

    workspace_id: int
    target_id: str
    version: int
    state: str
    health: Health


async def lanes(store: Database, *, at: int) -> list[Lane]:
    """The targets for which something is due."""
    rows = await store.read(_LANES, at=at, count=_MOST_LANES)
    return [Lane(w, target_id, version, state, Health(*health)) for w, target_id, version, state, *health in rows]


async def due(store: Database, lane: Lane, *, at: int, count: int) -> list[str]:
    """The calls of one lane that are due, in their order."""
    return [row[0] for row in await store.read(_DUE, w=lane.workspace_id, target=lane.target_id, at=at, count=count)]


async def hold(tx: Transaction, workspace_id: int, ids: Sequence[str], *, holder: str, at: int) -> tuple[list[Call], list[Call]]:
    """Take these calls, but those somebody else took: the taken ones in their order, and those whose sender died in a doubt that may
    not be repeated. A call that may be repeated is `sending` from here on; one to be tried once waits for `launch`."""
    found = [calls.from_row(row) for row in await tx.read(_HOLD, w=workspace_id, ids=list(ids), at=at)]
    lost = [one for one in found if one.state == "sending" and one.is_for_once]
    taken = [
        replace(one, state=_taken(one), holder=holder, due_at=at + LEASE, attempts=one.attempts + 1)
        for one in found
        if one.state in calls.OPEN and not (one.state == "sending" and one.is_for_once)
    ]
    await tx.many(_TAKE, [_row(one) for one in taken])
    return taken, lost


async def launch(tx: Transaction, call: Call, *, at: int) -> bool:
    """Write down that from now on the far side may have it. False: somebody else holds it, so leave it alone."""
    return await tx.run(_LAUNCH, until=at + LEASE, w=call.workspace_id, id=call.id, holder=call.holder) > 0


def _taken(call: Call) -> State:
    return "held" if call.is_for_once else "sending"


def _row(call: Call) -> Row:
    return (call.state, call.holder, call.due_at, call.attempts, call.workspace_id, call.id)
