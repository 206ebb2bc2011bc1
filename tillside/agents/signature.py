"""What stands under an agent's replies by e-mail."""

from tillside.storage.database import Database, Transaction

LONGEST = 2000


async def of(database: Database, workspace_id: int, agent_id: str) -> str:
    """Plain text; empty when there is none."""
    row = await database.one("select signature from agent where workspace_id = :w and id = :id", w=workspace_id, id=agent_id)
    return str(row[0]) if row else ""


async def keep(tx: Transaction, workspace_id: int, agent_id: str, text: str) -> None:
    said = text.replace("\0", "").replace("\r\n", "\n").strip()[:LONGEST]
    await tx.run("update agent set signature = :text where workspace_id = :w and id = :id", text=said, w=workspace_id, id=agent_id)
