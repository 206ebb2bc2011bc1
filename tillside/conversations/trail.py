"""The trail of a conversation: what was done to it, when and by whom, and what takes it back."""

from typing import Any

import msgspec
from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Conflict, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction

UNDO_FOR = 30 * stamps.DAY
_COLUMNS = "workspace_id, id, conversation_id, at, kind, actor_kind, actor_id, actor_name, detail, undo, undone_at"
_INSERT = """
insert into trail (workspace_id, id, conversation_id, at, kind, actor_kind, actor_id, actor_name, detail, undo)
values (:w, :id, :conversation, :at, :kind, :actor_kind, :actor_id, :actor_name, :detail, :undo)
"""
_PAGE = f"""
select {_COLUMNS} from trail where workspace_id = :w and conversation_id = :conversation and (at, id) < (:at, :id)
order by at desc, id desc limit :count
"""
_LAST_OF = f"""
select {_COLUMNS} from trail where workspace_id = :w and actor_id = :actor and at > :since and undo <> '' and undone_at is null
order by at desc, id desc limit 1
"""

_MADE = """
select id from trail where workspace_id = :w and conversation_id = :conversation and at >= :since and actor_id = :actor and undo <> ''
order by at, id limit 50
"""


class Undo(Struct, frozen=True, omit_defaults=True):
    """How a change is taken back. `before` and `after`: columns of the conversation; it is possible while they still are as `after` says.

    `tags` and `untag`: (tag id, how it was named) to put back, and tag ids to take off; `orders` and `unlink` the same for orders;
    `merged`: the merge to take back; `message`: the waiting reply to cancel; `split`: the conversation to merge in again. `steps` and `said`:
    the lines and messages of everything that was done at once, in their order, such as by one application of a rule.
    """

    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    tags: list[tuple[str, str]] = []
    untag: list[str] = []
    orders: list[str] = []
    unlink: list[str] = []
    merged: str = ""
    message: str = ""
    split: str = ""
    steps: list[str] = []
    said: list[str] = []

    @property
    def is_whole(self) -> bool:
        return bool(self.steps or self.said)


class Step(Struct, frozen=True):
    """One line of the trail."""

    workspace_id: int
    id: str
    conversation_id: str
    at: int
    kind: str
    actor: Actor
    detail: dict[str, Any]
    undo: Undo | None
    undone_at: int | None

    def may_be_undone(self, at: int) -> bool:
        return self.undo is not None and self.undone_at is None and at - self.at < UNDO_FOR


async def record(
    tx: Transaction,
    conversation: Conversation,
    kind: str,
    *,
    by: Actor,
    audience: str = "agents",
    undo: Undo | None = None,
    **detail: Any,
) -> str:
    """Write a change into the trail and tell those who watch, as ``conversation.KIND``; returns the line's id."""
    at = stamps.now()
    step_id = stamps.new_id("trl", at)
    told = {name: value for name, value in detail.items() if value not in (None, "", [], {})}
    await tx.run(
        _INSERT,
        w=conversation.workspace_id,
        id=step_id,
        conversation=conversation.id,
        at=at,
        kind=kind,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        detail=_text(told),
        undo=_text(undo) if undo else "",
    )
    told_to_all = {**told, "by": {"kind": by.kind, "id": by.id, "name": by.name}, "trail": step_id}
    activity.record(tx, conversation.workspace_id, f"conversation.{kind}", conversation.id, audience=audience, detail=_text(told_to_all))
    return step_id


async def bind(tx: Transaction, workspace_id: int, step_id: str, undo: Undo) -> None:
    """Say afterwards how a line is taken back, once it is known what followed from it."""
    await tx.run("update trail set undo = :undo where workspace_id = :w and id = :id", undo=_text(undo), w=workspace_id, id=step_id)


async def changed(
    tx: Transaction, held: Conversation, kind: str, changes: dict[str, Any], *, by: Actor, audience: str = "agents", **detail: Any
) -> Conversation:
    """The usual verb: write these columns, with the way back, unless they are like that already."""
    if not conversations.differs(held, **changes):
        return held
    moved = await conversations.save(tx, held, **changes)
    undo = Undo(before={name: getattr(held, name) for name in changes}, after={name: getattr(moved, name) for name in changes})
    await record(tx, moved, kind, by=by, audience=audience, undo=undo, **detail)
    return moved


async def page(database: Database, conversation: Conversation, *, before: tuple[int, str] | None = None, count: int = 50) -> list[Step]:
    """Newest first; `before` is (at, id) of the last line seen."""
    at, last = before or (2**62, "")
    rows = await database.read(_PAGE, w=conversation.workspace_id, conversation=conversation.id, at=at, id=last, count=count)
    return [_step(row) for row in rows]


async def last_of(database: Database, workspace_id: int, agent_id: str, *, since: int) -> Step | None:
    """The newest change of an agent that can be taken back: what the undo key means."""
    row = await database.one(_LAST_OF, w=workspace_id, actor=agent_id, since=since)
    return _step(row) if row else None


async def made_since(tx: Transaction, conversation: Conversation, actor_id: str, since: int) -> list[str]:
    """The lines somebody added since a moment that can be taken back, oldest first."""
    rows = await tx.read(_MADE, w=conversation.workspace_id, conversation=conversation.id, actor=actor_id, since=since)
    return [row[0] for row in rows]


async def one(store: Database | Transaction, workspace_id: int, step_id: str) -> Step:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from trail where workspace_id = :w and id = :id", w=workspace_id, id=step_id)
    if row is None:
        raise Unknown("There is no such change.")
    return _step(row)


async def settle(tx: Transaction, step: Step) -> None:
    """Mark a change as taken back. Raises Conflict when it was already, or its time is over."""
    at = stamps.now()
    if not step.may_be_undone(at):
        raise Conflict("This change cannot be taken back any more.", hint="Change it by hand.")
    changed_rows = await tx.run(
        "update trail set undone_at = :at where workspace_id = :w and id = :id and undone_at is null", at=at, w=step.workspace_id, id=step.id
    )
    if not changed_rows:
        raise Conflict("Somebody took this change back already.")


def _step(row: Row) -> Step:
    workspace_id, step_id, conversation_id, at, kind, actor_kind, actor_id, actor_name, detail, undo, undone_at = row
    actor = Actor(actor_kind, actor_id, actor_name)
    back = msgspec.json.decode(undo, type=Undo) if undo else None
    return Step(workspace_id, step_id, conversation_id, at, kind, actor, msgspec.json.decode(detail), back, undone_at)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
