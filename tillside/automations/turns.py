"""Whose turn it is: who of a team is here, has room, and comes next."""

from collections import Counter
from collections.abc import Sequence

from tillside.agents import agent as agents
from tillside.agents import presence
from tillside.agents import team as teams
from tillside.agents.agent import Agent
from tillside.automations import assignment
from tillside.automations.rule import How
from tillside.conversations import counts
from tillside.conversations.conversation import Conversation
from tillside.storage.database import Transaction

TICKETS = frozenset(("email", "email_from_widget", "phone", "aircall", "api"))
"""Channels whose customers do not sit and wait; all others are chat-like."""
_LAST = "select agent_id from rule_turn where workspace_id = :w and team_id = :team {lock}"
_KEEP = """
insert into rule_turn (workspace_id, team_id, agent_id) values (:w, :team, :agent)
on conflict (workspace_id, team_id) do update set agent_id = excluded.agent_id
"""


async def next_agent(tx: Transaction, talk: Conversation, how: How, team_id: str, *, at: int) -> str:
    """Who gets this conversation, of a team or with "" of everybody; "" when nobody has room. Whoever is chosen was.

    1. Of the agents who can sign in, those of the team. 2. Of these those who are here, if anybody is. 3. Without those who have as many
    open conversations of this sort as they may. 4. Round robin: the next after whoever was last, in a fixed order. Balanced: who has fewest,
    and of equals the next.
    """
    settings = await assignment.of(tx, talk.workspace_id)
    everybody = sorted(await agents.every(tx, talk.workspace_id), key=lambda one: (one.created_at, one.id))
    able = await _able(tx, talk.workspace_id, everybody, team_id, at=at)
    limit = settings.ticket_capacity if talk.channel in TICKETS else settings.chat_capacity
    of_sort, of_all = await _loads(tx, talk)
    free = [one for one in able if not limit or of_sort[one] < limit]
    if not free:
        return ""
    row = await tx.one(_LAST, w=talk.workspace_id, team=team_id)
    last = str(row[0]) if row else ""
    before = next((place for place, one in enumerate(everybody, start=1) if one.id == last), 0)
    turn = [one.id for one in (*everybody[before:], *everybody[:before]) if one.id in free]
    chosen = min(turn, key=lambda one: of_all[one]) if how == "balanced" else turn[0]
    await tx.run(_KEEP, w=talk.workspace_id, team=team_id, agent=chosen)
    return chosen


async def is_here(tx: Transaction, workspace_id: int, agent_id: str, *, at: int) -> bool:
    seen = (await presence.every(tx, workspace_id)).get(agent_id)
    return seen is not None and seen.is_here(at)


async def _able(tx: Transaction, workspace_id: int, everybody: Sequence[Agent], team_id: str, *, at: int) -> list[str]:
    """Who could be given something: of the team, and here if anybody is."""
    active = [one.id for one in everybody if one.is_active]
    if team_id:
        members = set((await teams.members(tx, workspace_id)).get(team_id, []))
        active = [one for one in active if one in members]
    seen = await presence.every(tx, workspace_id)
    here = [one for one in active if one in seen and seen[one].is_here(at)]
    return here or active


async def _loads(tx: Transaction, talk: Conversation) -> tuple[Counter[str], Counter[str]]:
    """Open conversations of each agent: of the same sort as this one, and of all; without this one."""
    of_sort, of_all = Counter[str](), Counter[str]()
    for cell in await counts.every(tx, talk.workspace_id):
        if cell.state == "open" and cell.assignee_id:
            of_all[cell.assignee_id] += cell.count
            if (cell.channel in TICKETS) == (talk.channel in TICKETS):
                of_sort[cell.assignee_id] += cell.count
    if talk.is_open and talk.assignee_id:
        of_all[talk.assignee_id] -= 1
        of_sort[talk.assignee_id] -= 1
    return of_sort, of_all
