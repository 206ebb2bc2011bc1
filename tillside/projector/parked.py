"""Events that could not be worked in and were set aside: for people to look at and to send in again."""

from msgspec import Struct

from tillside.storage.database import Database


class Parked(Struct, frozen=True):
    """Why an event was set aside, and after how many tries."""

    event_id: int
    name: str
    error: str
    tries: int


async def one(database: Database, workspace_id: int, event_id: int) -> Parked | None:
    """The parked event; None when it was never parked, or settled since."""
    row = await database.one(
        "select event_id, name, error, tries from parked where workspace_id = :workspace_id and event_id = :event_id",
        workspace_id=workspace_id,
        event_id=event_id,
    )
    return Parked(*row) if row else None
