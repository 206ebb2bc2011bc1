"""Whom conversations go to by themselves: the settings, and whose turn it is."""

from typing import Literal

import msgspec
from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

MOST_CAPACITY = 10_000
_PUT = """
insert into assignment (workspace_id, doc, updated_at) values (:w, :doc, :at)
on conflict (workspace_id) do update set doc = excluded.doc, updated_at = excluded.updated_at
"""


class Settings(Struct, frozen=True, omit_defaults=True):
    """How conversations no rule assigned find somebody. `method`: manual gives them to `default_agent_id` and `default_team_id` ("" nobody),
    the others to whoever's turn it is in that team (or among everybody).

    Capacities are open conversations per agent, 0 for no limit; they hold for rules that assign in turn as well.
    `on_first_message`: do so when a customer starts; `when_away`: give it on when they write again and their agent is not here.
    """

    method: Literal["manual", "round_robin", "balanced"] = "manual"
    default_agent_id: str = ""
    default_team_id: str = ""
    chat_capacity: int = 0
    ticket_capacity: int = 0
    on_first_message: bool = False
    when_away: bool = False


async def of(store: Database | Transaction, workspace_id: int) -> Settings:
    """A workspace's settings; by hand where nobody has set any."""
    row = await store.one("select doc from assignment where workspace_id = :w", w=workspace_id)
    return msgspec.json.decode(row[0], type=Settings) if row else Settings()


async def put(tx: Transaction, workspace_id: int, settings: Settings) -> None:
    """Raises Refused with the field."""
    for name in ("chat_capacity", "ticket_capacity"):
        if not 0 <= getattr(settings, name) <= MOST_CAPACITY:
            raise Refused(f"A capacity is 0 to {MOST_CAPACITY}.", field=name, hint="Use 0 for no limit.")
    await tx.run(_PUT, w=workspace_id, doc=msgspec.json.encode(settings).decode(), at=stamps.now())
    activity.record(tx, workspace_id, "assignment.changed", str(workspace_id))
