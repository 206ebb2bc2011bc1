"""Files laid beside a conversation while its answer is being written: they stay there, as the draft does, until the message takes them."""

from tillside.conversations import attachments
from tillside.conversations.attachments import Attachment
from tillside.storage.database import Database, Transaction

_BESIDE = """
select id from attachment where workspace_id = :w and conversation_id = :conversation and by_id = :agent and message_id is null
order by id limit 20
"""


async def lay(tx: Transaction, attachment: Attachment, conversation_id: str) -> None:
    """This upload belongs to what is written here."""
    await tx.run(
        "update attachment set conversation_id = :conversation where workspace_id = :w and id = :id and message_id is null",
        conversation=conversation_id,
        w=attachment.workspace_id,
        id=attachment.id,
    )


async def drop(tx: Transaction, workspace_id: int, attachment_id: str, agent_id: str) -> None:
    """Leave an upload out again; only whoever laid it may. It is thrown away with the loose ones."""
    await tx.run(
        "update attachment set conversation_id = null where workspace_id = :w and id = :id and by_id = :agent and message_id is null",
        w=workspace_id,
        id=attachment_id,
        agent=agent_id,
    )


async def beside(database: Database, workspace_id: int, conversation_id: str, agent_id: str) -> list[Attachment]:
    """What an agent laid beside a conversation and has not sent."""
    rows = await database.read(_BESIDE, w=workspace_id, conversation=conversation_id, agent=agent_id)
    return [await attachments.by_id(database, workspace_id, row[0]) for row in rows]
