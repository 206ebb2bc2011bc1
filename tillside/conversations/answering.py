"""What is said: by the customer, to the customer, among agents. What a message does to its conversation stands here.

A reply may wait: for ten seconds in which it can be taken back, or until a later time. While it waits only agents see it; when its time
comes `send_due` lets it go, and only then does the conversation count as answered.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from tillside.agents.actor import DESK, Actor
from tillside.base import rich_text, stamps
from tillside.base.errors import Conflict, NotAllowed
from tillside.conversations import conversation as conversations
from tillside.conversations import deliveries, drafts, states, trail
from tillside.conversations import message as messages
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message, Said
from tillside.conversations.trail import Undo
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

_WAITING = """
select id from message where workspace_id = :w and conversation_id = :id and state = 'waiting' and unless_answered = 1 order by at limit 50
"""
_DUE = "select workspace_id, id from message where state = 'waiting' and send_at <= :at order by send_at, workspace_id, id limit :count"
_LAST_LEFT = """
select text, kind from message where workspace_id = :w and conversation_id = :id and (kind = 'customer' or kind = 'agent')
  and state <> 'waiting' and state <> 'cancelled' and removed_at is null order by at desc limit 1
"""
_SEEN = """
update message set state = 'seen' where workspace_id = :w and conversation_id = :id and at <= :at and kind = 'agent'
  and (state = 'stored' or state = 'sent')
"""


async def hear(tx: Transaction, conversation: Conversation, words: Said, *, by: Actor) -> tuple[Conversation, Message]:
    """A customer writes. The conversation is open again and waits for an answer; replies meant for a silent customer do not go out."""
    held = await conversations.hold(tx, conversation)
    if not held.is_open:
        held = await states.reopen(tx, held, by=by, reason="customer wrote")
    for (message_id,) in await tx.read(_WAITING, w=held.workspace_id, id=held.id):
        await _cancel(tx, await messages.hold(tx, held.workspace_id, message_id), reason="the customer wrote first", by=DESK)
    message = await messages.write(tx, held, "customer", words, by=by)
    new = await conversations.save(tx, held, **_said(held, message), waiting_since=held.waiting_since or message.at)
    _tell(tx, message, "added", audience="all")
    return new, message


async def reply(
    tx: Transaction,
    conversation: Conversation,
    words: Said,
    *,
    by: Actor,
    delivers: bool = True,
    send_at: int | None = None,
    unless_answered: bool = False,
) -> tuple[Conversation, Message]:
    """Answer the customer, now or at `send_at` (µs). `unless_answered`: it does not go out when the customer writes before.

    `delivers` is False for what is only written down, since somebody else told the customer.
    """
    held = await conversations.hold(tx, conversation)
    is_later = send_at is not None and send_at > stamps.now()
    message = await messages.write(
        tx,
        held,
        "agent",
        words,
        by=by,
        state="waiting" if is_later else "stored",
        delivers=delivers,
        send_at=send_at,
        unless_answered=unless_answered,
    )
    if is_later:
        new = await conversations.save(tx, held, newest_at=message.at)
        await trail.record(tx, new, "reply_planned", by=by, undo=Undo(message=message.id), message=message.id, send_at=send_at)
        _tell(tx, message, "planned")
        return new, message
    return await _answered(tx, held, message), message


async def note(
    tx: Transaction, conversation: Conversation, words: Said, *, by: Actor, mentions: Sequence[str] = ()
) -> tuple[Conversation, Message]:
    """Write something only agents read; `mentions`: ids of agents who are to look at it. Unknown ones are passed over."""
    held = await conversations.hold(tx, conversation)
    message = await messages.write(tx, held, "note", words, by=by)
    new = await conversations.save(tx, held, newest_at=message.at, notes=held.notes + 1)
    known = await tx.read(
        "select id from agent where workspace_id = :w and id in {list:ids} and disabled_at is null order by id limit 100",
        w=held.workspace_id,
        ids=sorted(set(mentions)),
    )
    named = [row[0] for row in known if row[0] != by.id]
    await tx.many(
        "insert into mention (workspace_id, agent_id, message_id, conversation_id, at)"
        " values (:workspace_id, :agent_id, :message_id, :conversation_id, :at)",
        [(held.workspace_id, agent_id, message.id, held.id, message.at) for agent_id in named],
    )
    _tell(tx, message, "added", mentions=named)
    if named:
        called = {"agents": named, "conversation": new.id, "number": new.number, "by": by.name, "words": rich_text.line(words.text)}
        activity.record(tx, new.workspace_id, "mention.made", message.id, detail=msgspec.json.encode(called).decode())
    return new, message


async def forward(tx: Transaction, conversation: Conversation, words: Said, *, by: Actor) -> tuple[Conversation, Message]:
    """Send a message on by e-mail, to an address that is not the customer's (``via.to``). A note, so that no shopper ever reads it."""
    held = await conversations.hold(tx, conversation)
    message = await messages.write(tx, held, "note", words, by=by, delivers=True)
    new = await conversations.save(tx, held, newest_at=message.at, notes=held.notes + 1)
    await deliveries.owe(tx, new, message)
    told = {"to": words.via["to"][0], "message": message.id}
    await trail.record(tx, new, "forwarded", by=by, **told)
    _tell(tx, message, "added")
    return new, message


async def announce(
    tx: Transaction, conversation: Conversation, text: str, *, by: Actor = DESK, via: dict[str, Any] | None = None
) -> tuple[Conversation, Message]:
    """The desk says something both sides read, such as that the conversation goes on by e-mail. `via` says more to the messenger."""
    held = await conversations.hold(tx, conversation)
    message = await messages.write(tx, held, "system", Said(text, via=via or {}), by=by)
    new = await conversations.save(tx, held, newest_at=message.at)
    _tell(tx, message, "added", audience="all")
    return new, message


async def send(tx: Transaction, workspace_id: int, message_id: str) -> Message:
    """Let a waiting reply go, before or at its time. Raises Conflict when it no longer waits."""
    waiting = await messages.by_id(tx, workspace_id, message_id)
    held = await conversations.hold(tx, await conversations.by_id(tx, workspace_id, waiting.conversation_id))
    waiting = await messages.hold(tx, workspace_id, message_id)
    if not waiting.is_waiting:
        raise Conflict("This reply does not wait any more.", hint="Look at the conversation.")
    message = replace(waiting, state="stored", at=messages.next_at(held), orders=await messages.versions(tx, held))
    await tx.run(
        "update message set state = 'stored', at = :at, orders = :orders where workspace_id = :w and id = :id",
        at=message.at,
        orders=msgspec.json.encode(message.orders).decode(),
        w=workspace_id,
        id=message.id,
    )
    await messages.index(tx, message, held)
    await _answered(tx, held, message)
    return message


async def cancel(tx: Transaction, workspace_id: int, message_id: str, *, by: Actor) -> Message:
    """Take a waiting reply back; its text is a draft of its author's again. Raises Conflict when it went out."""
    message = await messages.hold(tx, workspace_id, message_id)
    if not message.is_waiting:
        raise Conflict("This reply has gone out already.", hint="Write another one.")
    return await _cancel(tx, message, reason=f"taken back by {by.name}", by=by)


async def send_due(store: Database, *, at: int, count: int = 100) -> int:
    """Let go what waited long enough, each in a transaction of its own; how many. For the loop, over all workspaces."""
    due = await store.read(_DUE, at=at, count=count)
    for workspace_id, message_id in due:
        async with store.write() as tx:
            if (await messages.by_id(tx, workspace_id, message_id)).is_waiting:
                await send(tx, workspace_id, message_id)
    return len(due)


async def send_again(tx: Transaction, workspace_id: int, message_id: str, *, by: Actor) -> Message:
    """Try to deliver a reply once more, at once: one that failed, that perhaps arrived, or that waits for its next try. Raises Conflict."""
    message = await messages.hold(tx, workspace_id, message_id)
    if not await deliveries.again(tx, workspace_id, message_id):
        raise Conflict("This message cannot be sent again.", hint="It is on its way, it has arrived, or it does not leave by e-mail.")
    await mark(tx, message, "stored")
    conversation = await conversations.by_id(tx, workspace_id, message.conversation_id)
    await trail.record(tx, conversation, "sent_again", by=by, message=message.id)
    return replace(message, state="stored", reason="")


async def mark(tx: Transaction, message: Message, state: messages.State, *, reason: str = "") -> None:
    """How a reply fared on its way: sent, seen, failed with the reason."""
    changed = await tx.run(
        "update message set state = :state, reason = :reason where workspace_id = :w and id = :id and (state <> :state or reason <> :reason)",
        state=state,
        reason=reason[:1000],
        w=message.workspace_id,
        id=message.id,
    )
    if changed:
        _tell(tx, message, "marked", audience="agents" if message.is_note else "all", state=state)


async def see(tx: Transaction, conversation: Conversation, at: int) -> None:
    """The customer has seen everything up to a time."""
    if await tx.run(_SEEN, w=conversation.workspace_id, id=conversation.id, at=at):
        detail = msgspec.json.encode({"until": at}).decode()
        activity.record(tx, conversation.workspace_id, "message.seen", conversation.id, audience="all", detail=detail)


async def edit_note(tx: Transaction, message: Message, words: Said, *, by: Actor) -> None:
    """Only notes, and only by who wrote them. Raises NotAllowed."""
    if not message.is_note or message.author.id != by.id:
        raise NotAllowed("Only a note can be changed, by whoever wrote it.")
    await tx.run(
        "update message set text = :text, html = :html, edited_at = :at where workspace_id = :w and id = :id",
        text=words.text,
        html=words.html,
        at=stamps.now(),
        w=message.workspace_id,
        id=message.id,
    )
    conversation = await conversations.by_id(tx, message.workspace_id, message.conversation_id)
    await messages.index(tx, replace(message, text=words.text), conversation)
    _tell(tx, message, "edited")


async def remove(tx: Transaction, message: Message, *, by: Actor) -> Conversation:
    """Take a message out of sight for everybody; the trail tells who did."""
    conversation = await conversations.hold(tx, await conversations.by_id(tx, message.workspace_id, message.conversation_id))
    changed = await tx.run(
        "update message set removed_at = :at where workspace_id = :w and id = :id and removed_at is null",
        at=stamps.now(),
        w=message.workspace_id,
        id=message.id,
    )
    if not changed:
        return conversation
    await messages.index(tx, replace(message, removed_at=stamps.now()), conversation)
    left = {"notes": conversation.notes - 1} if message.is_note else await _without(tx, conversation)
    new = await conversations.save(tx, conversation, **left)
    await trail.record(tx, new, "message_removed", by=by, message=message.id)
    _tell(tx, message, "removed", audience="agents" if message.is_note else "all")
    return new


async def _without(tx: Transaction, held: Conversation) -> dict[str, Any]:
    """What the list shows once a public message is gone: the one before it."""
    row = await tx.one(_LAST_LEFT, w=held.workspace_id, id=held.id)
    text, kind = row or ("", "")
    return {"messages": held.messages - 1, "last_line": rich_text.line(text), "last_by": kind}


async def _answered(tx: Transaction, held: Conversation, message: Message) -> Conversation:
    """What a reply that goes out does to its conversation."""
    changes = _said(held, message)
    if message.author.kind != "rule":  # whoever got an answer nobody wrote still waits for one
        changes["waiting_since"] = None
        if held.first_response_at is None and held.waiting_since is not None:
            changes["first_response_at"] = message.at
    new = await conversations.save(tx, held, **changes)
    await deliveries.owe(tx, new, message)
    _tell(tx, message, "added", audience="all")
    return new


async def _cancel(tx: Transaction, message: Message, *, reason: str, by: Actor) -> Message:
    await tx.run(
        "update message set state = 'cancelled', reason = :reason where workspace_id = :w and id = :id",
        reason=reason,
        w=message.workspace_id,
        id=message.id,
    )
    if message.author.kind == "agent":
        text = message.html or rich_text.from_plain(message.text)
        await drafts.give_back(tx, message.workspace_id, message.conversation_id, message.author.id, text)
    _tell(tx, message, "cancelled", reason=reason)
    return replace(message, state="cancelled", reason=reason)


def _said(held: Conversation, message: Message) -> dict[str, Any]:
    """What the list shows of the newest message."""
    return {
        "last_message_at": message.at,
        "last_line": rich_text.line(message.text),
        "last_by": message.kind,
        "newest_at": message.at,
        "messages": held.messages + 1,
        "sort_at": message.at,
    }


def _tell(tx: Transaction, message: Message, what: str, *, audience: str = "agents", **more: object) -> None:
    told = {"message": message.id, "kind": message.kind, **{name: value for name, value in more.items() if value}}
    detail = msgspec.json.encode(told).decode()
    activity.record(tx, message.workspace_id, f"message.{what}", message.conversation_id, audience=audience, detail=detail)
