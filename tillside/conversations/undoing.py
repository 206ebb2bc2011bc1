"""Taking a change back. It is possible while what it changed is still as it left it."""

from tillside.agents.actor import Actor
from tillside.base.errors import Conflict
from tillside.conversations import answering, editing, merging, tagging, trail
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.conversations.trail import Step
from tillside.storage.database import Transaction


async def undo(tx: Transaction, workspace_id: int, step_id: str, *, by: Actor) -> Conversation:
    """Take one change back. Raises Unknown; Conflict when it cannot be taken back any more, or something changed since."""
    step = await trail.one(tx, workspace_id, step_id)
    held = await conversations.hold(tx, await conversations.by_id(tx, workspace_id, step.conversation_id))
    await trail.settle(tx, step)
    return await _take_back(tx, held, step, by=by)


async def _take_back(tx: Transaction, held: Conversation, step: Step, *, by: Actor) -> Conversation:
    back = step.undo
    if back is None:
        raise Conflict("This change cannot be taken back.")
    if any(getattr(held, name) != value for name, value in back.after.items()):
        raise Conflict("The conversation was changed since.", hint="Change it by hand.")
    now = held
    if back.before:
        now = await conversations.save(tx, now, **back.before)
    if back.untag:
        now = await tagging.remove(tx, now, back.untag, by=by)
    for tag_id, given in back.tags:
        now = await tagging.put_back(tx, now, tag_id, given)
    for order_id in back.orders:
        now = await editing.link_order(tx, now, order_id, by=by)
    for order_id in back.unlink:
        now = await editing.unlink_order(tx, now, order_id, by=by)
    if back.merged:
        now = await merging.part(tx, held.workspace_id, back.merged, by=by)
    if back.split:
        now = await merging.merge(tx, await conversations.by_id(tx, held.workspace_id, back.split), now, by=by)
    if back.message:
        await answering.cancel(tx, held.workspace_id, back.message, by=by)
    audience = "all" if "state" in back.before else "agents"
    await trail.record(tx, now, "undone", by=by, audience=audience, what=step.kind, step=step.id)
    return now
