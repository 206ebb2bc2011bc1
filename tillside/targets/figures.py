"""How a target has been doing in figures: calls and answers counted by the hour, so that nobody counts a million rows for a page."""

from msgspec import Struct

from tillside.base import stamps
from tillside.storage.database import Database, Transaction
from tillside.targets.calls import Call

KEEP = 90 * stamps.DAY
DONE, FIRST, FAILED, DEAD, PACE = "done", "first", "failed", "dead", "pace:"
_STEP = 1.15
_ADD = """
insert into target_hour (workspace_id, target_id, hour, what, count) values (:w, :target, :hour, :what, :count)
on conflict (workspace_id, target_id, hour, what) do update set count = target_hour.count + excluded.count
"""
_SUM = """
select what, sum(count) from target_hour where workspace_id = :w and target_id = :target and hour > :since group by what order by what
"""
_SUMS = """
select target_id, what, sum(count) from target_hour where workspace_id = :w and target_id in {list:ids} and hour > :since
group by target_id, what order by target_id, what
"""
_OPEN = """
select due_at from call where workspace_id = :w and target_id = :target and settled_at is null
order by workspace_id, target_id, order_key, position limit 1001
"""
_NEXT = """
select due_at from call where workspace_id = :w and target_id = :target and due_at is not null order by due_at, position limit 1
"""
_GIVEN_UP = """
select 1 from call where workspace_id = :w and target_id = :target and state = 'dead' order by position limit 1001
"""
_ALL_OPEN = """
select target_id, count(*) from (select target_id from call where workspace_id = :w and settled_at is null limit 10000) as open
group by target_id order by target_id
"""
_ALL_GIVEN_UP = """
select target_id, count(*) from (select target_id from call where workspace_id = :w and state = 'dead' limit 10000) as dead
group by target_id order by target_id
"""


class Figures(Struct, frozen=True):
    """Of the last 24 hours: `done` calls, `first` of them at the first try, `failed` tries, `dead` calls; the median and the slowest answer
    in ms, by steps of a seventh. At this moment: `waiting` calls and when the next is tried, and `given_up` ones (both at most 1,001)."""

    done: int = 0
    first: int = 0
    failed: int = 0
    dead: int = 0
    median_ms: int | None = None
    slowest_ms: int | None = None
    waiting: int = 0
    next_at: int | None = None
    given_up: int = 0

    @property
    def first_share(self) -> float | None:
        """The share of calls that went well at the first try."""
        return self.first / (self.done + self.dead) if self.done + self.dead else None


def count(tx: Transaction, call: Call, *, took_ms: int | None, at: int) -> None:
    """Count one try of a call that is as it stands now. `took_ms` None: there was no answer."""
    said = []
    if took_ms is not None:
        said.append(f"{PACE}{_pace(took_ms):03}")
    if call.state == "done":
        said.append(DONE)
        if call.attempts - call.earlier == 1:
            said.append(FIRST)
    else:
        said.append(FAILED)
    if call.state in ("dead", "failed"):
        said.append(DEAD)
    for what in said:
        tx.add(_ADD, (call.workspace_id, call.target_id, at // stamps.HOUR, what), 1)


async def of_target(store: Database, workspace_id: int, target_id: str, *, at: int) -> Figures:
    """One target, with what waits at this moment."""
    given = {"w": workspace_id, "target": target_id}
    sums = {what: int(number) for what, number in await store.read(_SUM, **given, since=at // stamps.HOUR - 24)}
    waiting, given_up = await store.read(_OPEN, **given), await store.read(_GIVEN_UP, **given)
    following = await store.one(_NEXT, **given)
    return _figures(sums, waiting=len(waiting), next_at=following[0] if following else None, given_up=len(given_up))


async def of_targets(store: Database, workspace_id: int, target_ids: list[str], *, at: int) -> dict[str, Figures]:
    """The last 24 hours of several, for a list."""
    found: dict[str, dict[str, int]] = {}
    for target_id, what, number in await store.read(_SUMS, w=workspace_id, ids=target_ids, since=at // stamps.HOUR - 24):
        found.setdefault(target_id, {})[what] = int(number)
    return {target_id: _figures(found.get(target_id, {})) for target_id in target_ids}


async def now_of(store: Database, workspace_id: int) -> dict[str, tuple[int, int]]:
    """How many calls of each target wait and how many are given up, at this moment; both are counted up to 10,000 in all."""
    waiting = {target_id: int(number) for target_id, number in await store.read(_ALL_OPEN, w=workspace_id)}
    given_up = {target_id: int(number) for target_id, number in await store.read(_ALL_GIVEN_UP, w=workspace_id)}
    return {target_id: (waiting.get(target_id, 0), given_up.get(target_id, 0)) for target_id in waiting.keys() | given_up.keys()}


async def tidy(tx: Transaction, *, at: int) -> None:
    await tx.run("delete from target_hour where hour < :before", before=(at - KEEP) // stamps.HOUR)


def _figures(sums: dict[str, int], *, waiting: int = 0, next_at: int | None = None, given_up: int = 0) -> Figures:
    paces = [(int(what.removeprefix(PACE)), number) for what, number in sorted(sums.items()) if what.startswith(PACE)]
    return Figures(
        sums.get(DONE, 0),
        sums.get(FIRST, 0),
        sums.get(FAILED, 0),
        sums.get(DEAD, 0),
        _median(paces),
        _milliseconds(paces[-1][0]) if paces else None,
        waiting,
        next_at,
        given_up,
    )


def _median(paces: list[tuple[int, int]]) -> int | None:
    left = sum(number for _, number in paces) / 2
    for pace, number in paces:
        left -= number
        if left <= 0:
            return _milliseconds(pace)
    return None


def _pace(milliseconds: int) -> int:
    """Which step of a seventh each an answer falls in: few enough to count by."""
    pace, reached = 0, 1.0
    while reached < milliseconds and pace < 120:
        pace, reached = pace + 1, reached * _STEP
    return pace


def _milliseconds(pace: int) -> int:
    return round(_STEP**pace)
