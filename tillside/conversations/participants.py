"""Who takes part in a conversation beside the customer and the assignee: people in copy, agents who follow, agents a note names."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.conversations import trail
from tillside.conversations.conversation import Conversation
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

Role = Literal["from", "to", "cc", "bcc"]
_ADD = """
insert into participant (workspace_id, conversation_id, address, name, role, profile_id, at)
values (:w, :id, :address, :name, :role, :profile, :at)
on conflict (workspace_id, conversation_id, address) do update set role = excluded.role, name = excluded.name
"""


class Participant(Struct, frozen=True):
    """`address`: what they are reached by on the conversation's channel."""

    address: str
    name: str
    role: Role
    profile_id: str | None


async def take_part(
    tx: Transaction, conversation: Conversation, address: str, *, role: Role, name: str = "", profile_id: str | None = None
) -> None:
    """Somebody is part of the conversation from now on, in this role."""
    await tx.run(
        _ADD,
        w=conversation.workspace_id,
        id=conversation.id,
        address=address.strip().lower(),
        name=name.strip(),
        role=role,
        profile=profile_id,
        at=stamps.now(),
    )
    activity.record(tx, conversation.workspace_id, "conversation.participants", conversation.id)


async def leave(tx: Transaction, conversation: Conversation, address: str) -> None:
    changed = await tx.run(
        "delete from participant where workspace_id = :w and conversation_id = :id and address = :address",
        w=conversation.workspace_id,
        id=conversation.id,
        address=address.strip().lower(),
    )
    if changed:
        activity.record(tx, conversation.workspace_id, "conversation.participants", conversation.id)


async def of_conversation(database: Database, workspace_id: int, conversation_id: str) -> list[Participant]:
    rows = await database.read(
        "select address, name, role, profile_id from participant where workspace_id = :w and conversation_id = :id"
        " order by at, address limit 200",
        w=workspace_id,
        id=conversation_id,
    )
    return [Participant(*row) for row in rows]


async def follow(tx: Transaction, conversation: Conversation, agent_id: str, *, by: Actor) -> None:
    """An agent wants to hear of everything here; twice is once."""
    changed = await tx.run(
        "insert into follower_of_conversation (workspace_id, conversation_id, agent_id, at) values (:w, :id, :agent, :at)"
        " on conflict do nothing",
        w=conversation.workspace_id,
        id=conversation.id,
        agent=agent_id,
        at=stamps.now(),
    )
    if changed:
        await trail.record(tx, conversation, "followed", by=by, agent=agent_id)


async def unfollow(tx: Transaction, conversation: Conversation, agent_id: str, *, by: Actor) -> None:
    changed = await tx.run(
        "delete from follower_of_conversation where workspace_id = :w and conversation_id = :id and agent_id = :agent",
        w=conversation.workspace_id,
        id=conversation.id,
        agent=agent_id,
    )
    if changed:
        await trail.record(tx, conversation, "unfollowed", by=by, agent=agent_id)


async def followers(database: Database, workspace_id: int, conversation_id: str) -> list[str]:
    """The ids of the agents who follow."""
    rows = await database.read(
        "select agent_id from follower_of_conversation where workspace_id = :w and conversation_id = :id order by at, agent_id limit 200",
        w=workspace_id,
        id=conversation_id,
    )
    return [row[0] for row in rows]


async def done_with_mention(tx: Transaction, workspace_id: int, agent_id: str, message_ids: Sequence[str]) -> int:
    """An agent has looked at what named them; how many of these were open."""
    changed = await tx.run(
        "update mention set done_at = :at where workspace_id = :w and agent_id = :agent and message_id in {list:ids} and done_at is null",
        at=stamps.now(),
        w=workspace_id,
        agent=agent_id,
        ids=list(message_ids),
    )
    if changed:
        activity.record(tx, workspace_id, "mention.done", agent_id)
    return changed


async def open_mentions(database: Database, workspace_id: int, agent_id: str, conversation_id: str) -> list[str]:
    """The notes of a conversation that name an agent who has not looked yet."""
    rows = await database.read(
        "select message_id from mention where workspace_id = :w and agent_id = :agent and conversation_id = :id and done_at is null"
        " order by at, message_id limit 200",
        w=workspace_id,
        agent=agent_id,
        id=conversation_id,
    )
    return [row[0] for row in rows]
