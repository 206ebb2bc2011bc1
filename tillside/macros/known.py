"""What steps may name in a workspace: its agents, teams, tags, fields, macros, actions and targets."""

from collections.abc import Sequence

from msgspec import Struct

from tillside.actions import action as actions
from tillside.actions.action import Action
from tillside.agents import agent as agents
from tillside.agents import team as teams
from tillside.agents.agent import Agent
from tillside.agents.team import Team
from tillside.conversations import fields, tags
from tillside.conversations.fields import Field
from tillside.conversations.tags import Tag
from tillside.macros import macro as macros
from tillside.macros.macro import Macro
from tillside.macros.step import Deed
from tillside.storage.database import Database, Transaction
from tillside.targets import target as targets
from tillside.targets.target import Target


class Known(Struct, frozen=True):
    """Everything a step may name; `macros`: those whoever asks may use."""

    tags: list[Tag]
    agents: list[Agent]
    teams: list[Team]
    fields: list[Field]
    macros: list[Macro]
    actions: list[Action]
    targets: list[Target]

    @property
    def names(self) -> dict[str, str]:
        """Id, or key of a field → what people call it."""
        rows: list[Sequence[Tag | Agent | Team | Macro | Action | Target]] = [
            self.tags,
            self.agents,
            self.teams,
            self.macros,
            self.actions,
            self.targets,
        ]
        return {one.id: one.name for row in rows for one in row} | {one.key: one.name for one in self.fields}


async def read(store: Database | Transaction, workspace_id: int, *, agent_id: str | None = None) -> Known:
    """All of it. `agent_id`: who asks; without one, the macros that are nobody's own."""
    mine = await macros.shared(store, workspace_id) if agent_id is None else await macros.of_agent(store, workspace_id, agent_id)
    return Known(
        tags=await tags.every(store, workspace_id),
        agents=[one for one in await agents.every(store, workspace_id) if one.is_active],
        teams=await teams.every(store, workspace_id),
        fields=await fields.every(store, workspace_id),
        macros=mine,
        actions=[one for one in await actions.every(store, workspace_id) if one.is_on],
        targets=await targets.every(store, workspace_id),
    )


async def names(store: Database | Transaction, workspace_id: int, steps: Sequence[Deed]) -> dict[str, str]:
    """What the ids in these steps are called, for `step.said`."""
    return (await read(store, workspace_id)).names if steps else {}
