"""What an agent is writing, kept on the server with every pause: neither a closed window nor a dead server loses it."""

from typing import Literal

import msgspec
from msgspec import Struct

from tillside.base import rich_text, stamps
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

Mode = Literal["reply", "note"]
_KEEP = """
insert into draft (workspace_id, conversation_id, agent_id, mode, html, updated_at) values (:w, :id, :agent, :mode, :html, :at)
on conflict (workspace_id, conversation_id, agent_id) do update set mode = excluded.mode, html = excluded.html, updated_at = excluded.updated_at
"""
_GIVE_BACK = """
insert into draft (workspace_id, conversation_id, agent_id, mode, html, updated_at) values (:w, :id, :agent, 'reply', :html, :at)
on conflict (workspace_id, conversation_id, agent_id) do nothing
"""


class Draft(Struct, frozen=True):
    conversation_id: str
    agent_id: str
    mode: Mode
    html: str
    updated_at: int


async def keep(tx: Transaction, workspace_id: int, conversation_id: str, agent_id: str, html: str, *, mode: Mode = "reply") -> None:
    """Keep what is written so far; an empty text ends the draft. Others learn that a draft begins or ends, not of each word."""
    cleaned = rich_text.clean(html)
    if not rich_text.plain(cleaned) and "<img" not in cleaned:
        await drop(tx, workspace_id, conversation_id, agent_id)
        return
    known = await find(tx, workspace_id, conversation_id, agent_id)
    await tx.run(_KEEP, w=workspace_id, id=conversation_id, agent=agent_id, mode=mode, html=cleaned, at=stamps.now())
    if known is None:
        _tell(tx, workspace_id, conversation_id, agent_id, "begun")


async def drop(tx: Transaction, workspace_id: int, conversation_id: str, agent_id: str) -> None:
    """The text was sent or thrown away."""
    changed = await tx.run(
        "delete from draft where workspace_id = :w and conversation_id = :id and agent_id = :agent",
        w=workspace_id,
        id=conversation_id,
        agent=agent_id,
    )
    if changed:
        _tell(tx, workspace_id, conversation_id, agent_id, "ended")


async def give_back(tx: Transaction, workspace_id: int, conversation_id: str, agent_id: str, html: str) -> None:
    """The text of a reply that did not go out, unless its author writes something else already."""
    changed = await tx.run(_GIVE_BACK, w=workspace_id, id=conversation_id, agent=agent_id, html=html, at=stamps.now())
    if changed:
        _tell(tx, workspace_id, conversation_id, agent_id, "begun")


async def find(store: Database | Transaction, workspace_id: int, conversation_id: str, agent_id: str) -> Draft | None:
    row = await store.one(
        "select conversation_id, agent_id, mode, html, updated_at from draft"
        " where workspace_id = :w and conversation_id = :id and agent_id = :agent",
        w=workspace_id,
        id=conversation_id,
        agent=agent_id,
    )
    return Draft(*row) if row else None


async def of_conversation(database: Database, workspace_id: int, conversation_id: str) -> list[Draft]:
    """Who is writing here, whoever looks: a second pair of hands is told before it types."""
    rows = await database.read(
        "select conversation_id, agent_id, mode, html, updated_at from draft where workspace_id = :w and conversation_id = :id"
        " order by updated_at desc, agent_id limit 100",
        w=workspace_id,
        id=conversation_id,
    )
    return [Draft(*row) for row in rows]


def _tell(tx: Transaction, workspace_id: int, conversation_id: str, agent_id: str, what: str) -> None:
    activity.record(tx, workspace_id, f"draft.{what}", conversation_id, detail=msgspec.json.encode({"agent": agent_id}).decode())
