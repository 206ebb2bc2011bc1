"""The channels conversations came in by: one row per shop and type, made when the first one arrives."""

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.storage.database import Database, Transaction

_COLUMNS = "workspace_id, id, connector_id, type, name, created_at, updated_at"
_ADD = """
insert into channel (workspace_id, id, connector_id, type, name, created_at, updated_at)
select :w, :id, id, :type, name, :at, :at from connector where workspace_id = :w and id = :connector
on conflict do nothing
"""


class Channel(Struct, frozen=True):
    """`name` is the shop's, as it was called then."""

    workspace_id: int
    id: str
    connector_id: str
    type: str
    name: str
    created_at: int
    updated_at: int


async def meet(tx: Transaction, workspace_id: int, connector_id: str, type: str) -> None:
    """A conversation came in here; the first one makes the channel."""
    known = await tx.one(
        "select 1 from channel where workspace_id = :w and connector_id = :connector and type = :type",
        w=workspace_id,
        connector=connector_id,
        type=type,
    )
    if known is None:
        await tx.run(_ADD, w=workspace_id, id=stamps.new_id("chn"), type=type, connector=connector_id, at=stamps.now())


async def every(database: Database, workspace_id: int) -> list[Channel]:
    rows = await database.read(f"select {_COLUMNS} from channel where workspace_id = :w order by id limit 1000", w=workspace_id)
    return [Channel(*row) for row in rows]


async def by_id(database: Database, workspace_id: int, channel_id: str) -> Channel:
    """Raises Unknown."""
    row = await database.one(f"select {_COLUMNS} from channel where workspace_id = :w and id = :id", w=workspace_id, id=channel_id)
    if row is None:
        raise Unknown("There is no such channel.")
    return Channel(*row)
