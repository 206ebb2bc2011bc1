"""Whose a conversation is: an agent's, a team's, nobody's; and how much it presses."""

from tillside.agents import team as teams
from tillside.agents.actor import Actor
from tillside.base.errors import Refused
from tillside.conversations import conversation as conversations
from tillside.conversations import trail
from tillside.conversations.conversation import NOBODY, Conversation
from tillside.storage.database import Transaction

_AGENT = "select name from agent where workspace_id = :w and id = :id and disabled_at is null"


async def assign(tx: Transaction, conversation: Conversation, agent_id: str, *, by: Actor) -> Conversation:
    """Give it to an agent, or to nobody with "". Raises Refused when there is no such agent."""
    name = await _agent(tx, conversation.workspace_id, agent_id)
    held = await conversations.hold(tx, conversation)
    return await trail.changed(tx, held, "assigned", {"assignee_id": agent_id}, by=by, to=agent_id, name=name)


async def give(tx: Transaction, conversation: Conversation, team_id: str, *, by: Actor) -> Conversation:
    """Give it to a team, or take it from its team with "". Raises Unknown."""
    name = (await teams.by_id(tx, conversation.workspace_id, team_id)).name if team_id else ""
    held = await conversations.hold(tx, conversation)
    return await trail.changed(tx, held, "given", {"team_id": team_id}, by=by, to=team_id, name=name)


async def press(tx: Transaction, conversation: Conversation, priority: int, *, by: Actor) -> Conversation:
    """Set the priority: -1, 0 or 1."""
    if priority not in (conversations.LOW, conversations.NORMAL, conversations.HIGH):
        raise Refused("A priority is low, normal or high.", field="priority", hint="Use -1, 0 or 1.")
    held = await conversations.hold(tx, conversation)
    return await trail.changed(tx, held, "prioritised", {"priority": priority}, by=by, priority=priority)


async def _agent(tx: Transaction, workspace_id: int, agent_id: str) -> str:
    if agent_id == NOBODY:
        return ""
    row = await tx.one(_AGENT, w=workspace_id, id=agent_id)
    if row is None:
        raise Refused("There is no such agent.", field="assignee_id", hint="Choose somebody who can sign in.")
    return str(row[0])
