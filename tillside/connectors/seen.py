"""What a connector has sent lately, as far as its page tells: kinds of events and how well their senders were vouched for."""

from msgspec import Struct

from tillside.base.trust import Trust
from tillside.connectors.connector import Connector
from tillside.storage.database import Database

LATELY = 5000
"""How many of the workspace's newest events are looked at; more would make the page slow for a busy shop and tell no more."""

_LATELY = """
select name, sender, trust, count(*), max(occurred_at) from (
  select connector_id, name, sender, trust, occurred_at from event where workspace_id = :workspace_id order by id desc limit :lately
) as latest where connector_id = :connector_id group by name, sender, trust order by name, sender, trust
"""
_ORDERS = "select 1 from orders where workspace_id = :workspace_id and connector_id = :connector_id limit 1"


class Seen(Struct, frozen=True):
    """Counts among the newest events. `by_jwt` and `by_token`: events whose visitor a signed token named."""

    events: int
    page_views: int
    by_jwt: int
    by_token: int
    from_server: int
    has_orders: bool
    last_at: int | None

    @property
    def signed(self) -> int:
        return self.by_jwt + self.by_token


async def lately(database: Database, connector: Connector) -> Seen:
    """What this connector sent, among the newest events of its workspace."""
    place = {"workspace_id": connector.workspace_id, "connector_id": connector.id}
    rows = await database.read(_LATELY, **place, lately=LATELY)
    from_pages = [row for row in rows if row[1] == "browser"]
    return Seen(
        events=sum(row[3] for row in rows),
        page_views=sum(row[3] for row in rows if row[0] == "page_view"),
        by_jwt=sum(row[3] for row in from_pages if row[2] == Trust.PROVEN),
        by_token=sum(row[3] for row in from_pages if row[2] == Trust.SIGNED),
        from_server=sum(row[3] for row in rows if row[1] != "browser" and row[2] == Trust.PROVEN),
        has_orders=await database.one(_ORDERS, **place) is not None,
        last_at=max((row[4] for row in rows), default=None),
    )
