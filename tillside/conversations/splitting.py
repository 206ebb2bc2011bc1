"""One conversation that is two: from one message on, it goes on as a conversation of its own."""

from tillside.agents.actor import Actor
from tillside.base.errors import Refused
from tillside.conversations import conversation as conversations
from tillside.conversations import message, opening, recounting, trail
from tillside.conversations.conversation import Conversation
from tillside.conversations.opening import Opening
from tillside.conversations.trail import Undo
from tillside.storage.database import Transaction

_FROM = """
select id from message where workspace_id = :w and conversation_id = :id and at >= :at order by at limit 100000
"""
_BEFORE = "select 1 from message where workspace_id = :w and conversation_id = :id and at < :at limit 1"


async def split(tx: Transaction, conversation: Conversation, message_id: str, *, subject: str, by: Actor) -> Conversation:
    """The new conversation, with that message and all after it. Raises Refused when nothing would stay behind."""
    held = await conversations.hold(tx, conversation)
    first = await message.by_id(tx, held.workspace_id, message_id)
    given = {"w": held.workspace_id, "id": held.id, "at": first.at}
    if first.conversation_id != held.id or await tx.one(_BEFORE, **given) is None:
        raise Refused("Nothing would stay behind.", field="message", hint="Choose a later message.")
    moved = [row[0] for row in await tx.read(_FROM, **given)]
    start = Opening(
        channel=held.channel,
        subject=subject or held.subject,
        source=held.source,
        profile_id=held.profile_id,
        connector_id=held.connector_id,
        priority=held.priority,
        assignee_id=held.assignee_id,
        team_id=held.team_id,
    )
    made = await opening.open(tx, held.workspace_id, start, by=by)
    await recounting.move(tx, held.workspace_id, moved, made, moved_from=held.id)
    made = await recounting.recount(tx, made)
    rest = await recounting.recount(tx, held)
    await trail.record(tx, rest, "split", by=by, undo=Undo(split=made.id), number=made.number, into=made.id)
    return made
