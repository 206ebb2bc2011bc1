"""Whether agents are there to answer: what they said of themselves, and when their screen was last heard of."""

from typing import Literal

from msgspec import Struct

from tillside.base import stamps
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

State = Literal["available", "away"]
GONE_AFTER = 2 * stamps.MINUTE
"""A screen that was not heard of for so long is closed or without a network."""

_SAY = """
insert into presence (workspace_id, agent_id, state, until, seen_at) values (:w, :agent, :state, :until, :at)
on conflict (workspace_id, agent_id) do update set state = excluded.state, until = excluded.until, seen_at = excluded.seen_at
"""
_SEE = """
insert into presence (workspace_id, agent_id, state, until, seen_at) values (:w, :agent, 'available', null, :at)
on conflict (workspace_id, agent_id) do update set seen_at = excluded.seen_at
"""


class Presence(Struct, frozen=True):
    """`until`: when being away ends by itself; None means when they say so."""

    agent_id: str
    state: State
    until: int | None
    seen_at: int

    def is_here(self, at: int) -> bool:
        """Whether somebody can be given something new at a moment in microseconds."""
        return self.answers(at) and at - self.seen_at <= GONE_AFTER

    def answers(self, at: int) -> bool:
        """Whether they are not away, or their time away is over."""
        return self.state == "available" or (self.until is not None and self.until <= at)


async def say(tx: Transaction, workspace_id: int, agent_id: str, state: State, *, until: int | None = None) -> None:
    """An agent says whether they are there. `until` counts for being away."""
    ends = until if state == "away" else None
    await tx.run(_SAY, w=workspace_id, agent=agent_id, state=state, until=ends, at=stamps.now())
    activity.record(tx, workspace_id, "agent.presence", agent_id)


async def see(tx: Transaction, workspace_id: int, agent_id: str) -> None:
    """An agent's screen was heard of. Nobody is told: it happens every minute and changes what people said only with time."""
    await tx.run(_SEE, w=workspace_id, agent=agent_id, at=stamps.now())


async def every(database: Database | Transaction, workspace_id: int) -> dict[str, Presence]:
    """Agent id → presence, of everybody who was ever here."""
    rows = await database.read(
        "select agent_id, state, until, seen_at from presence where workspace_id = :w order by agent_id limit 500", w=workspace_id
    )
    return {row[0]: Presence(*row) for row in rows}
