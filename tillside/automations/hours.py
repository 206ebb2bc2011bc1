"""When somebody is there: a workspace's week of business and its holidays, for conditions."""

import msgspec

from tillside.agents import hours
from tillside.agents.hours import Week
from tillside.agents.workspace import Workspace
from tillside.base import stamps
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

ALWAYS = Week()
_PUT = """
insert into business_hours (workspace_id, doc, updated_at) values (:w, :doc, :at)
on conflict (workspace_id) do update set doc = excluded.doc, updated_at = excluded.updated_at
"""


async def of(store: Database | Transaction, workspace_id: int) -> Week:
    """A workspace's week; always open where nobody has set one."""
    row = await store.one("select doc from business_hours where workspace_id = :w", w=workspace_id)
    return msgspec.json.decode(row[0], type=Week) if row else ALWAYS


async def put(tx: Transaction, workspace_id: int, week: Week) -> None:
    """Keep a week with its free days. Raises Refused with the field (``week``, ``free``)."""
    hours.check(week)
    await tx.run(_PUT, w=workspace_id, doc=msgspec.json.encode(week).decode(), at=stamps.now())
    activity.record(tx, workspace_id, "hours.changed", str(workspace_id))


def is_open(week: Week, home: Workspace, at: int) -> bool:
    """Whether it is a time of business at a moment (µs), in the workspace's time zone."""
    return hours.presence(week, home.time_zone, at).is_open
