"""What somebody has to look at, for those who manage targets: once for each target and occasion, not once for each call.

An alert ends by itself when its cause does (the breaker closes, what was given up is sent again, the target is on again), and when somebody
says that it was dealt with. The same one is not shown more than once within `PERIOD`, but none is lost: it is shown when that has gone by.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

Kind = Literal["disabled", "refused", "held_back", "given_up"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The worst first: the desk switched the target off; its credentials are refused; the breaker keeps its calls back; calls were given up."""
PERIOD = stamps.HOUR
_RAISE = """
insert into target_alert (workspace_id, target_id, kind, since, from_at, done_at, done_by)
select workspace_id, id, :kind, :at, :at, null, '' from target where workspace_id = :w and id = :id and state <> 'removed'
on conflict (workspace_id, target_id, kind) do update set since = excluded.since, done_at = null, done_by = '',
  from_at = case when target_alert.from_at + :rest > excluded.from_at then target_alert.from_at + :rest else excluded.from_at end
where target_alert.done_at is not null
"""
_END = """
update target_alert set done_at = :at, done_by = :by where workspace_id = :w and target_id = :id and kind in {list:kinds} and done_at is null
"""
_GIVEN_UP = """from call where call.workspace_id = target_alert.workspace_id and call.target_id = target_alert.target_id
    and call.state = 'dead' and call.state <> 'done' and call.settled_at >= target_alert.since and call.cause_kind <> 'test'"""
_SENT_AGAIN = f"""
update target_alert set done_at = :at
where workspace_id = :w and target_id = :id and kind = 'given_up' and done_at is null and not exists (select 1 {_GIVEN_UP})
"""
_FORGOTTEN = f"""
update target_alert set done_at = :at where kind = 'given_up' and done_at is null and not exists (select 1 {_GIVEN_UP})
"""
_OPEN = """
select target.id, target.name, target.reason, target_alert.kind, target_alert.since
from target_alert cross join target
where target_alert.workspace_id = :w and target_alert.done_at is null and target_alert.from_at <= :at
  and target.workspace_id = target_alert.workspace_id and target.id = target_alert.target_id and target.state <> 'removed'
order by target_alert.from_at desc, target.id, target_alert.kind limit 1000
"""
_COUNT = """
select count(distinct target_id) from target_alert where workspace_id = :w and done_at is null and from_at <= :at
"""
_CALLS = """
select count(*) from (select 1 from call where workspace_id = :w and target_id = :id and state = 'dead' and state <> 'done'
  and settled_at >= :since and cause_kind <> 'test' order by position desc limit 1001) as found
"""


class Alert(Struct, frozen=True):
    """What one target asks of somebody. `kinds`: the worst first; `since`: when the oldest of them began; `given_up`: calls given up since
    then, at most 1,001; `reason`: why the desk switched it off."""

    target_id: str
    name: str
    kinds: tuple[Kind, ...]
    since: int
    given_up: int = 0
    reason: str = ""

    def has(self, kind: Kind) -> bool:
        return kind in self.kinds


async def raise_all(tx: Transaction, found: Iterable[tuple[int, str, Kind]], *, at: int) -> None:
    """Raise these (workspace, target, kind), each once; nothing for one that is raised already, or for a target that is gone."""
    for workspace_id, target_id, kind in sorted(set(found)):
        rest = 0 if kind == "disabled" else PERIOD
        if await tx.run(_RAISE, kind=kind, at=at, w=workspace_id, id=target_id, rest=rest):
            _tell(tx, workspace_id, target_id, "target.alerted", kinds=[kind])


async def end(tx: Transaction, workspace_id: int, target_id: str, kinds: Sequence[Kind] = KINDS, *, at: int, by: Actor | None = None) -> None:
    """Their cause is gone, or somebody (`by`) saw to it."""
    if await tx.run(_END, at=at, by=by.id if by else "", w=workspace_id, id=target_id, kinds=list(kinds)):
        _tell(tx, workspace_id, target_id, "target.alert_done", kinds=kinds, by=by)


async def sent_again(tx: Transaction, workspace_id: int, target_id: str, *, at: int) -> None:
    """Calls of a target were put in the queue again: when none is left that was given up, that alert has ended."""
    if await tx.run(_SENT_AGAIN, at=at, w=workspace_id, id=target_id):
        _tell(tx, workspace_id, target_id, "target.alert_done", kinds=["given_up"])


async def tidy(tx: Transaction, *, at: int) -> None:
    """End those whose calls the log has forgotten."""
    await tx.run(_FORGOTTEN, at=at)


async def count(store: Database, workspace_id: int, *, at: int) -> int:
    """How many targets ask for somebody."""
    row = await store.one(_COUNT, w=workspace_id, at=at)
    return int(row[0]) if row else 0


async def every(store: Database, workspace_id: int, *, at: int) -> list[Alert]:
    """What is to be looked at, one for each target, the newest first."""
    rows: dict[str, list[tuple[str, str, Kind, int]]] = {}
    for target_id, name, reason, kind, since in await store.read(_OPEN, w=workspace_id, at=at):
        rows.setdefault(target_id, []).append((name, reason, kind, since))
    found = []
    for target_id, listed in rows.items():
        kinds = tuple(kind for kind in KINDS if kind in {kind for _, _, kind, _ in listed})
        since = next((since for _, _, kind, since in listed if kind == "given_up"), None)
        calls = await store.one(_CALLS, w=workspace_id, id=target_id, since=since) if since is not None else None
        name, reason, *_ = listed[0]
        found.append(Alert(target_id, name, kinds, min(since for *_, since in listed), int(calls[0]) if calls else 0, reason))
    return found


def _tell(tx: Transaction, workspace_id: int, target_id: str, kind: str, *, kinds: Sequence[Kind], by: Actor | None = None) -> None:
    told: dict[str, object] = {"kinds": kinds}
    if by:
        told["by"] = {"kind": by.kind, "id": by.id, "name": by.name}
    activity.record(tx, workspace_id, kind, target_id, detail=msgspec.json.encode(told).decode())
