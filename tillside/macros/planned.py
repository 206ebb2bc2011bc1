"""Sending a macro: what can be taken back is done with the reply, what cannot waits beside it until the reply has left.

1. `send` writes the reply that waits, does the steps that can be undone, and keeps the others in a row beside it: one transaction.
2. Taking the reply back cancels it, and its row goes without being done. The other steps are undone by the trail.
3. The loop of what is due finds rows whose reply has left, and carries each out in the transaction that takes it away: once, whatever dies.
4. What is refused then is written on the conversation, and nothing of that row was done.
"""

import logging
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tillside.agents import workspace
from tillside.agents.actor import Actor
from tillside.base import rich_text, stamps
from tillside.base.errors import Busy, DeskError
from tillside.conversations import answering, message, trail
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.macros import macro as macros
from tillside.macros import step as stepping
from tillside.macros import steps as stepped
from tillside.macros.step import LATE, Deed, Step
from tillside.storage.database import OF_CONTENT, Database, Row, Transaction
from tillside.targets.calls import Cause

logger = logging.getLogger(__name__)
UNDO_FOR = 10 * stamps.SECOND
_COLUMNS = "workspace_id, message_id, conversation_id, steps, cause, by_kind, by_id, by_name"
_KEEP = f"""
insert into planned ({_COLUMNS}, at) values (:w, :message, :conversation, :steps, :cause, :kind, :by, :name, :at)
"""
_DUE = f"""
select {", ".join("planned." + name for name in _COLUMNS.split(", "))} from planned join message
  on message.workspace_id = planned.workspace_id and message.id = planned.message_id
where message.state <> 'waiting' order by planned.at, planned.workspace_id, planned.message_id limit :count
"""


class Plan(Struct, frozen=True):
    """Steps that wait for a reply to leave."""

    workspace_id: int
    message_id: str
    conversation_id: str
    steps: list[Step]
    cause: Cause
    by: Actor


async def answer(tx: Transaction, talk: Conversation, macro_id: str, by: Actor, *, origin: str = "") -> None:
    """A macro as the whole answer, for a change of many at once. Raises Refused where a value is missing."""
    home = await workspace.by_id(tx, talk.workspace_id)
    one = await macros.by_id(tx, talk.workspace_id, macro_id, agent_id=by.id)
    whole = await stepped.unfolded(tx, one, by=by)
    steps, cause = stepped.unasked(whole.steps, talk), Cause("macro", one.id, one.name)
    await macros.used(tx, one)
    if rich_text.plain(whole.html):
        words = await stepped.words(tx, talk, whole.html, by=by, home=home)
        talk, made = await answering.reply(tx, talk, words, by=by, send_at=stamps.now() + UNDO_FOR)
        await beside(tx, talk, made, steps, by=by, cause=cause, origin=origin)
    else:
        await stepped.take(tx, talk, steps, by=by, cause=cause, home=home, origin=origin)


async def beside(
    tx: Transaction, talk: Conversation, reply: Message, steps: Sequence[Deed], *, by: Actor, cause: Cause, origin: str = ""
) -> Conversation:
    """Carry out beside a reply what its macro does: at once what can be taken back, the rest when the reply leaves. `origin`: as in `take`."""
    home = await workspace.by_id(tx, talk.workspace_id)
    late: list[Step] = [one for one in steps if isinstance(one, LATE)] if reply.is_waiting else []
    at_once = [one for one in steps if one not in late]
    now = await stepped.take(tx, talk, at_once, by=by, cause=cause, home=home, origin=origin)
    if late:
        await _keep(tx, Plan(talk.workspace_id, reply.id, talk.id, late, cause, by))
    return now


async def carry_due(store: Database, *, at: int, count: int = 100, origin: str = "") -> int:
    """Carry out what waited for replies that have left, or drop it where they were taken back; how many rows. For the loop."""
    found = [_plan(row) for row in await store.read(_DUE, count=count)]
    for one in found:
        try:
            async with store.write(urgent=False) as tx:
                await _carry(tx, one, origin=origin)
        except Busy:
            raise
        except (DeskError, *OF_CONTENT) as error:
            reason = error.message if isinstance(error, DeskError) else "The desk itself failed; its log says how."
            if not isinstance(error, DeskError):
                logger.exception("the steps of a macro could not be carried out")
            async with store.write(urgent=False) as tx:
                await _fail(tx, one, reason)
    return len(found)


async def of_message(store: Database | Transaction, workspace_id: int, message_id: str) -> Plan | None:
    """What waits for a reply to leave."""
    row = await store.one(
        f"select {_COLUMNS} from planned where workspace_id = :w and message_id = :message",
        w=workspace_id,
        message=message_id,
    )
    return _plan(row) if row else None


async def _keep(tx: Transaction, plan: Plan) -> None:
    await tx.run(
        _KEEP,
        w=plan.workspace_id,
        message=plan.message_id,
        conversation=plan.conversation_id,
        steps=stepping.kept(plan.steps),
        cause=msgspec.json.encode(plan.cause).decode(),
        kind=plan.by.kind,
        by=plan.by.id,
        name=plan.by.name,
        at=stamps.now(),
    )


async def _carry(tx: Transaction, plan: Plan, *, origin: str) -> None:
    """Take the row away first: whoever else is at it waits for that, and then finds nothing to do."""
    reply = await message.by_id(tx, plan.workspace_id, plan.message_id)
    if await _take_away(tx, plan) and reply.state != "cancelled":
        talk = await conversations.by_id(tx, plan.workspace_id, reply.conversation_id)
        home = await workspace.by_id(tx, plan.workspace_id)
        now = await conversations.current(tx, talk)
        await stepped.take(tx, now, plan.steps, by=plan.by, cause=plan.cause, home=home, origin=origin)


async def _fail(tx: Transaction, plan: Plan, reason: str) -> None:
    if await _take_away(tx, plan):
        talk = await conversations.current(tx, await conversations.by_id(tx, plan.workspace_id, plan.conversation_id))
        await trail.record(tx, talk, "steps_failed", by=plan.by, name=plan.cause.name, reason=reason[:1000])


async def _take_away(tx: Transaction, plan: Plan) -> bool:
    return (
        await tx.run("delete from planned where workspace_id = :w and message_id = :message", w=plan.workspace_id, message=plan.message_id) > 0
    )


def _plan(row: Row) -> Plan:
    workspace_id, message_id, conversation_id, steps, cause, by_kind, by_id, by_name = row
    by = Actor(by_kind, by_id, by_name)
    return Plan(workspace_id, message_id, conversation_id, stepping.read(steps), msgspec.json.decode(cause, type=Cause), by)
