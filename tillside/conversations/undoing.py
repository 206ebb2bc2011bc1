"""Taking a change back. It is possible while what it changed is still as it left it.

What was done at once, such as by one application of a rule, is taken back at once: line by line, the last first, as far as each can be.
What cannot (a reply that has left, a call, what somebody changed since) stays, and is told.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from tillside.agents.actor import Actor
from tillside.base.errors import Conflict, DeskError
from tillside.conversations import answering, deliveries, editing, merging, tagging, trail
from tillside.conversations import conversation as conversations
from tillside.conversations import message as messages
from tillside.conversations.conversation import MAIL, Conversation
from tillside.conversations.message import Message
from tillside.conversations.trail import Step, Undo
from tillside.storage.database import Transaction

_THINGS = {
    "tagged": "the tags",
    "assigned": "the agent",
    "given": "the team",
    "prioritised": "the priority",
    "filled": "the fields",
    "closed": "the state",
    "reopened": "the state",
    "snoozed": "the state",
}


async def undo(tx: Transaction, workspace_id: int, step_id: str, *, by: Actor) -> Conversation:
    """Take one change back. Raises Unknown; Conflict when it cannot be taken back any more, or something changed since."""
    return (await take_back(tx, workspace_id, step_id, by=by))[0]


async def take_back(tx: Transaction, workspace_id: int, step_id: str, *, by: Actor) -> tuple[Conversation, list[str]]:
    """The same, with what of it stays, in words: a single change goes back whole or not at all."""
    step = await trail.one(tx, workspace_id, step_id)
    held = await conversations.hold(tx, await conversations.by_id(tx, workspace_id, step.conversation_id))
    await trail.settle(tx, step)
    if step.undo is None:
        raise Conflict("This change cannot be taken back.")
    if step.undo.is_whole:
        return await _all_of(tx, held, step, step.undo, by=by)
    now = await _revert(tx, held, step.undo, by=by)
    await _tell(tx, now, step, [step.undo], by=by)
    return now, []


async def bind(tx: Transaction, workspace_id: int, step_id: str, *, steps: Sequence[str], said: Sequence[str]) -> None:
    """Let a line stand for these lines and messages, which followed from it, if any of them can be taken back."""
    lines = [await trail.one(tx, workspace_id, one) for one in steps]
    words = [await messages.by_id(tx, workspace_id, one) for one in said]
    ways = await deliveries.of_messages(tx, workspace_id, list(said))
    if any(one.undo is not None for one in lines) or any(one.is_note or one.id in ways for one in words):
        await trail.bind(tx, workspace_id, step_id, Undo(steps=list(steps), said=list(said)))


async def _all_of(tx: Transaction, held: Conversation, step: Step, back: Undo, *, by: Actor) -> tuple[Conversation, list[str]]:
    now, taken, left, told = held, list[Undo](), list[str](), len(tx.notes)
    for line_id in reversed(back.steps):
        line = await trail.one(tx, held.workspace_id, line_id)
        if line.undo is None or line.undone_at is not None:
            left += _lasting(line)
            continue
        try:
            async with tx.attempt():
                await trail.settle(tx, line)
                now = await _revert(tx, now, line.undo, by=by)
            taken.append(line.undo)
        except DeskError:
            left.append(f"{_THINGS.get(line.kind, 'a change')}, changed since")
    for message_id in reversed(back.said):
        message = await messages.hold(tx, held.workspace_id, message_id)
        if message.removed_at is None and message.state != "cancelled":
            kept = await _kept(tx, now, message)
            left += [kept] if kept else []
            if not kept:
                there = await answering.remove(tx, message, by=by)
                now = there if there.id == now.id else now  # a merge may have moved it
                taken.append(Undo(message=message.id))
    if not taken:
        why = f": {', '.join(left)}" if left else ", or it was already"
        raise Conflict(f"Nothing of this can be taken back{why}.", hint="Change it by hand.")
    await _tell(tx, now, step, taken, by=by, name=step.actor.name, left=left, lines=noted(tx, now, told, "trail"))
    return now, left


def noted(tx: Transaction, talk: Conversation, since: int, what: str) -> list[str]:
    """What was noted of a conversation after so many notes of a transaction: ids of lines ("trail") or of messages ("message")."""
    said = [msgspec.json.decode(note.detail, type=dict[str, Any]) for note in tx.notes[since:] if note.detail and note.subject == talk.id]
    return [str(one[what]) for one in said if what in one and (what == "trail" or "trail" not in one)]


async def _kept(tx: Transaction, talk: Conversation, message: Message) -> str:
    """Why a message stays; "" for one that nobody else has seen, and never will."""
    way = (await deliveries.of_messages(tx, message.workspace_id, [message.id])).get(message.id)
    if message.is_note:
        is_back = way is None or await deliveries.withdraw(tx, message.workspace_id, message.id)
        return "" if is_back else f"what was forwarded to {message.via.get('to', ['somebody'])[0]}"
    is_back = way is not None and talk.channel in MAIL and await deliveries.withdraw(tx, message.workspace_id, message.id)
    return "" if is_back else "the reply, which was sent"


def _lasting(line: Step) -> list[str]:
    """What a line tells of that nobody can take back."""
    if line.kind == "target_called" and line.detail.get("cause") != "action":
        return [f"the call of {line.detail.get('name', 'another program')}"]
    if line.kind in ("action_proposed", "action_started"):
        return [f"the action {line.detail.get('action', '')}".strip()]
    return []


async def _revert(tx: Transaction, held: Conversation, back: Undo, *, by: Actor) -> Conversation:
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
    return now


async def _tell(
    tx: Transaction,
    now: Conversation,
    step: Step,
    taken: Sequence[Undo],
    *,
    by: Actor,
    name: str = "",
    left: Sequence[str] = (),
    lines: Sequence[str] = (),
) -> None:
    audience = "all" if any("state" in one.before for one in taken) else "agents"
    await trail.record(tx, now, "undone", by=by, audience=audience, what=step.kind, step=step.id, name=name, left=list(left), lines=list(lines))
