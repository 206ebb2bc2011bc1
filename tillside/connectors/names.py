"""What the connected shops are called, for pages that only name them."""

from tillside.storage.database import Database


async def read(database: Database, workspace_id: int) -> dict[str, str]:
    """Connector id → name, in the order they were connected."""
    rows = await database.read(
        "select id, name from connector where workspace_id = :workspace_id order by created_at, id limit 500", workspace_id=workspace_id
    )
    return {row[0]: row[1] for row in rows}
