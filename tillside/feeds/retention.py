"""What of the log has had its time: refused bodies by age and by size, accepted ones by age where the operator says so."""

from msgspec import Struct

from tillside.base import stamps
from tillside.base.settings import Settings
from tillside.storage.database import Database

_BATCH = 500
_OLD_REFUSED = """
select position, workspace_id from entry where kind = 'refused' and received_at < :before and position <= :reached
order by received_at, position limit :count
"""
_REFUSED_BYTES = "select coalesce(sum(size), 0) from entry where kind = 'refused'"
_FIRST_REFUSED = """
select position, workspace_id, size from entry where kind = 'refused' and position <= :reached order by received_at, position limit :count
"""
_FIRST_ACCEPTED = "select position, received_at from entry where kind <> 'refused' and position <= :reached order by position limit :count"


class Expired(Struct, frozen=True):
    """One entry whose time is over."""

    position: int
    workspace_id: int


async def refused(entries: Database, settings: Settings, *, at: int, reached: int) -> list[Expired]:
    """The next refused entries to go: too old, or the oldest beyond the room for them. None that the projector has not seen."""
    before = at - settings.refused_days * stamps.DAY
    old = await entries.read(_OLD_REFUSED, before=before, reached=reached, count=_BATCH)
    if old:
        return [Expired(position, workspace_id) for position, workspace_id in old]
    row = await entries.one(_REFUSED_BYTES)
    beyond = int(row[0]) - settings.refused_bytes if row else 0
    found: list[Expired] = []
    if beyond > 0:
        for position, workspace_id, size in await entries.read(_FIRST_REFUSED, reached=reached, count=_BATCH):
            if beyond <= 0:
                break
            found.append(Expired(position, workspace_id))
            beyond -= size
    return found


async def accepted(entries: Database, settings: Settings, *, at: int, reached: int) -> list[int]:
    """The positions of the next accepted entries to go; none while `log_days` is 0."""
    if settings.log_days <= 0:
        return []
    before = at - settings.log_days * stamps.DAY
    first = await entries.read(_FIRST_ACCEPTED, reached=reached, count=_BATCH)
    return [position for position, received_at in first if received_at < before]


async def drop(entries: Database, positions: list[int]) -> None:
    """Take entries out of the log for good; their positions are never given again."""
    async with entries.write(urgent=False) as tx:
        await tx.run("delete from entry where position in {ints:positions}", positions=positions)
