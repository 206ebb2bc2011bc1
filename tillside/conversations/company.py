"""Who has a conversation open at this moment, who writes in it, and what each agent has read. Gone with the screen, a moment later."""

from typing import Literal

from msgspec import Struct

from tillside.base import stamps
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

Doing = Literal["looking", "writing"]
GONE_AFTER = 45 * stamps.SECOND
"""A screen says every twenty seconds that it is still there."""

_SEE = """
insert into company (workspace_id, conversation_id, agent_id, doing, at, read_at) values (:w, :conversation, :agent, :doing, :at, :at)
on conflict (workspace_id, conversation_id, agent_id) do update set doing = excluded.doing, at = excluded.at, read_at = excluded.read_at
"""
_OTHERS = """
select conversation_id from company where workspace_id = :w and agent_id = :agent and doing <> '' and conversation_id <> :conversation
order by conversation_id limit 200
"""
_LEAVE = "update company set doing = '' where workspace_id = :w and agent_id = :agent and doing <> '' and conversation_id <> :conversation"
_NOW = """
select company.conversation_id, company.agent_id, agent.name, company.doing
from company join agent on agent.workspace_id = company.workspace_id and agent.id = company.agent_id
where company.workspace_id = :w and company.conversation_id in {list:conversations} and company.doing <> '' and company.at > :since
  and company.agent_id <> :me
order by company.conversation_id, agent.name, company.agent_id limit 500
"""
_READ = """
select conversation_id, read_at from company where workspace_id = :w and agent_id = :me and conversation_id in {list:conversations}
order by conversation_id limit 500
"""


class Watcher(Struct, frozen=True):
    """Somebody else who is here."""

    agent_id: str
    name: str
    is_writing: bool


async def see(tx: Transaction, workspace_id: int, agent_id: str, conversation_id: str, doing: Doing) -> None:
    """An agent's screen shows this conversation, and no other. An empty id: it shows none. Others learn of it when it changed."""
    at = stamps.now()
    for row in await tx.read(_OTHERS, w=workspace_id, agent=agent_id, conversation=conversation_id):
        activity.record(tx, workspace_id, "company.changed", row[0])
    await tx.run(_LEAVE, w=workspace_id, agent=agent_id, conversation=conversation_id)
    if not conversation_id:
        return
    known = await tx.one(
        "select doing, at from company where workspace_id = :w and conversation_id = :conversation and agent_id = :agent",
        w=workspace_id,
        conversation=conversation_id,
        agent=agent_id,
    )
    await tx.run(_SEE, w=workspace_id, conversation=conversation_id, agent=agent_id, doing=doing, at=at)
    if known is None or known[0] != doing or at - known[1] > GONE_AFTER:
        activity.record(tx, workspace_id, "company.changed", conversation_id)


async def of(database: Database, workspace_id: int, conversation_ids: list[str], *, me: str) -> dict[str, list[Watcher]]:
    """Conversation → who else is there now."""
    found: dict[str, list[Watcher]] = {}
    since = stamps.now() - GONE_AFTER
    for conversation_id, agent_id, name, doing in await database.read(_NOW, w=workspace_id, conversations=conversation_ids, since=since, me=me):
        found.setdefault(conversation_id, []).append(Watcher(agent_id, name, doing == "writing"))
    return found


async def read_up_to(database: Database, workspace_id: int, conversation_ids: list[str], *, me: str) -> dict[str, int]:
    """Conversation → when this agent last saw it."""
    return {row[0]: int(row[1]) for row in await database.read(_READ, w=workspace_id, conversations=conversation_ids, me=me)}
