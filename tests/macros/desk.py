"""What the tests of macros do again and again: take steps, send with a macro, look at what became of it."""

from collections.abc import Sequence

from tests.conversations.room import Room
from tillside.agents import workspace
from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.conversations import answering, message, tags, trail, undoing
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.macros import planned, steps
from tillside.macros.step import Step
from tillside.targets.calls import Cause

WISMO = Cause("macro", "mac_one", "Where is my parcel")


async def taken(room: Room, talk: Conversation, found: Sequence[Step], *, by: Actor | None = None, cause: Cause = WISMO) -> Conversation:
    """Steps carried out in a transaction of their own, by Mia."""
    home = await workspace.by_id(room.desk.store, room.workspace_id)
    async with room.desk.store.write() as tx:
        return await steps.take(tx, talk, found, by=by or room.mia, cause=cause, home=home, origin="https://desk.example")


async def sent(room: Room, talk: Conversation, found: Sequence[Step], *, waits: int = planned.UNDO_FOR) -> Message:
    """A reply that waits, with what its macro does beside it."""
    async with room.desk.store.write() as tx:
        now, reply = await answering.reply(tx, talk, message.said("On its way."), by=room.mia, send_at=stamps.now() + waits)
        await planned.beside(tx, now, reply, found, by=room.mia, cause=WISMO)
    return reply


async def left(room: Room) -> int:
    """Whatever waits leaves, then what waited for it is carried out; how many rows that were."""
    at = stamps.now() + stamps.HOUR
    await answering.send_due(room.desk.store, at=at)
    return await planned.carry_due(room.desk.store, at=at)


async def worn(room: Room, talk: Conversation) -> list[str]:
    return [one.name for one in (await tags.worn(room.desk.store, room.workspace_id, [talk.id])).get(talk.id, [])]


async def lines(room: Room, talk: Conversation) -> list[str]:
    """What the trail tells, oldest first."""
    return [step.kind for step in reversed(await trail.page(room.desk.store, talk, count=50))]


async def undone(room: Room, talk: Conversation, since: int) -> None:
    """Everything Mia did since then is taken back, the last first, as the button of the toast does it."""
    async with room.desk.store.write() as tx:
        for step_id in reversed(await trail.made_since(tx, talk, room.mia.id, since)):
            await undoing.undo(tx, room.workspace_id, step_id, by=room.mia)
