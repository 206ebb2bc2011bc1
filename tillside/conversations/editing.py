"""What a conversation is about: its subject, its fields, the orders it speaks of, how the customer rated it."""

from typing import Any

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import fields, trail
from tillside.conversations.conversation import Conversation
from tillside.conversations.opening import subject_of
from tillside.conversations.trail import Undo
from tillside.storage.database import Database, Transaction

_LONGEST_COMMENT = 5_000
_LINKS = """
with wanted(id) as {list:ids}
select conversation_order.conversation_id, conversation_order.order_id from wanted cross join conversation_order
where conversation_order.workspace_id = :w and conversation_order.conversation_id = wanted.id
order by conversation_order.conversation_id, conversation_order.at, conversation_order.order_id limit 5000
"""


async def rename(tx: Transaction, conversation: Conversation, subject: str, *, by: Actor) -> Conversation:
    held = await conversations.hold(tx, conversation)
    return await trail.changed(tx, held, "renamed", {"subject": subject_of(subject)}, by=by, subject=subject_of(subject))


async def set_fields(tx: Transaction, conversation: Conversation, said: dict[str, Any], *, by: Actor) -> Conversation:
    """Set these fields; None or "" empties one. The others stay. Raises Refused with the field."""
    checked = await fields.checked(tx, conversation.workspace_id, said)
    held = await conversations.hold(tx, conversation)
    now = {**held.fields, **checked}
    filled = {key: value for key, value in now.items() if value is not None}
    return await trail.changed(tx, held, "filled", {"fields": filled}, by=by, fields=sorted(checked))


async def link_order(tx: Transaction, conversation: Conversation, order_id: str, *, by: Actor) -> Conversation:
    """Link an order: from now on each message keeps the version the order had when it was written. Raises Unknown."""
    row = await tx.one("select name from orders where workspace_id = :w and id = :id", w=conversation.workspace_id, id=order_id)
    if row is None:
        raise Unknown("There is no such order here.")
    held = await conversations.hold(tx, conversation)
    changed = await tx.run(
        "insert into conversation_order (workspace_id, conversation_id, order_id, at) values (:w, :id, :order, :at) on conflict do nothing",
        w=held.workspace_id,
        id=held.id,
        order=order_id,
        at=stamps.now(),
    )
    if not changed:
        return held
    new = await conversations.save(tx, held)
    await trail.record(tx, new, "order_linked", by=by, undo=Undo(unlink=[order_id]), order=order_id, name=row[0])
    return new


async def unlink_order(tx: Transaction, conversation: Conversation, order_id: str, *, by: Actor) -> Conversation:
    held = await conversations.hold(tx, conversation)
    changed = await tx.run(
        "delete from conversation_order where workspace_id = :w and conversation_id = :id and order_id = :order",
        w=held.workspace_id,
        id=held.id,
        order=order_id,
    )
    if not changed:
        return held
    new = await conversations.save(tx, held)
    await trail.record(tx, new, "order_unlinked", by=by, undo=Undo(orders=[order_id]), order=order_id)
    return new


async def orders(store: Database | Transaction, workspace_id: int, conversation_ids: list[str]) -> dict[str, list[str]]:
    """Conversation id → the ids of its orders, the first linked first."""
    found: dict[str, list[str]] = {}
    for conversation_id, order_id in await store.read(_LINKS, w=workspace_id, ids=conversation_ids):
        found.setdefault(conversation_id, []).append(order_id)
    return found


async def rate(tx: Transaction, conversation: Conversation, score: int, *, comment: str = "", by: Actor) -> Conversation:
    """The customer says how it was: 1 to 5. A second rating replaces the first. Raises Refused."""
    if score not in range(1, 6):
        raise Refused("A rating is 1 to 5.", field="rating", hint="Use 5 for the best.")
    said = comment.replace("\0", "").strip()[:_LONGEST_COMMENT]
    held = await conversations.hold(tx, conversation)
    if not conversations.differs(held, rating=score, rating_comment=said):
        return held
    at = stamps.now()
    asked = held.rating_asked_at or at
    new = await conversations.save(tx, held, rating=score, rating_comment=said, rated_at=at, rating_asked_at=asked)
    await trail.record(tx, new, "rated", by=by, audience="all", score=score, comment=said)
    return new


async def ask_rating(tx: Transaction, conversation: Conversation) -> Conversation:
    """Write down that the customer was asked, once."""
    held = await conversations.hold(tx, conversation)
    return held if held.rating_asked_at is not None else await conversations.save(tx, held, rating_asked_at=stamps.now())
