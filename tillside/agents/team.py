"""Teams: agents who share an inbox."""

from msgspec import Struct

from tillside.agents.agent import Agent
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

_COLUMNS = "workspace_id, id, name, created_at, updated_at"
_LONGEST_NAME = 80


class Team(Struct, frozen=True):
    workspace_id: int
    id: str
    name: str
    created_at: int
    updated_at: int


async def add(tx: Transaction, workspace_id: int, name: str) -> Team:
    """Raises Refused when it has no name, Conflict when another team has it."""
    said = _name(name)
    await _free(tx, workspace_id, said)
    at = stamps.now()
    team = Team(workspace_id, stamps.new_id("tea"), said, at, at)
    await tx.run(
        "insert into team (workspace_id, id, name, folded, created_at, updated_at) values (:w, :id, :name, :folded, :at, :at)",
        w=workspace_id,
        id=team.id,
        name=said,
        folded=said.casefold(),
        at=at,
    )
    activity.record(tx, workspace_id, "team.added", team.id)
    return team


async def rename(tx: Transaction, team: Team, name: str) -> None:
    """Raises Refused, Conflict."""
    said = _name(name)
    if said.casefold() != team.name.casefold():
        await _free(tx, team.workspace_id, said)
    await tx.run(
        "update team set name = :name, folded = :folded, updated_at = :at where workspace_id = :w and id = :id",
        name=said,
        folded=said.casefold(),
        at=stamps.now(),
        w=team.workspace_id,
        id=team.id,
    )
    activity.record(tx, team.workspace_id, "team.renamed", team.id)


async def remove(tx: Transaction, team: Team) -> None:
    """The team is gone; what was with it was given to another before (conversations/inbox.py counts)."""
    await tx.run("delete from team_member where workspace_id = :w and team_id = :id", w=team.workspace_id, id=team.id)
    await tx.run("delete from team where workspace_id = :w and id = :id", w=team.workspace_id, id=team.id)
    activity.record(tx, team.workspace_id, "team.removed", team.id)


async def by_id(store: Database | Transaction, workspace_id: int, team_id: str) -> Team:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from team where workspace_id = :w and id = :id", w=workspace_id, id=team_id)
    if row is None:
        raise Unknown("There is no such team.")
    return Team(*row)


async def every(database: Database | Transaction, workspace_id: int) -> list[Team]:
    rows = await database.read(f"select {_COLUMNS} from team where workspace_id = :w order by folded, id limit 500", w=workspace_id)
    return [Team(*row) for row in rows]


async def join(tx: Transaction, team: Team, agent: Agent) -> None:
    """Make somebody a member; twice is once."""
    changed = await tx.run(
        "insert into team_member (workspace_id, team_id, agent_id) values (:w, :team, :agent) on conflict do nothing",
        w=team.workspace_id,
        team=team.id,
        agent=agent.id,
    )
    if changed:
        activity.record(tx, team.workspace_id, "team.joined", team.id)


async def leave(tx: Transaction, team: Team, agent_id: str) -> None:
    changed = await tx.run(
        "delete from team_member where workspace_id = :w and team_id = :team and agent_id = :agent",
        w=team.workspace_id,
        team=team.id,
        agent=agent_id,
    )
    if changed:
        activity.record(tx, team.workspace_id, "team.left", team.id)


async def members(database: Database | Transaction, workspace_id: int) -> dict[str, list[str]]:
    """Team id → its agents' ids, of every team."""
    found: dict[str, list[str]] = {}
    rows = await database.read(
        "select team_id, agent_id from team_member where workspace_id = :w order by team_id, agent_id limit 5000", w=workspace_id
    )
    for team_id, agent_id in rows:
        found.setdefault(team_id, []).append(agent_id)
    return found


async def of_agent(database: Database | Transaction, workspace_id: int, agent_id: str) -> list[str]:
    """The ids of the teams somebody is in."""
    rows = await database.read(
        "select team_id from team_member where workspace_id = :w and agent_id = :agent order by team_id limit 500",
        w=workspace_id,
        agent=agent_id,
    )
    return [row[0] for row in rows]


def _name(said: str) -> str:
    name = " ".join(said.split())
    if not name or len(name) > _LONGEST_NAME:
        raise Refused(f"A team needs a name of 1 to {_LONGEST_NAME} characters.", field="name", hint="Name it after what it answers.")
    return name


async def _free(tx: Transaction, workspace_id: int, name: str) -> None:
    if await tx.one("select 1 from team where workspace_id = :w and folded = :folded", w=workspace_id, folded=name.casefold()):
        raise Conflict(f"There is a team {name} already.", field="name", hint="Choose another name.")
