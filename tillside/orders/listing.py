"""The list of orders: the newest first, by state, by person, and by whatever people type to find one. Reads only."""

from msgspec import Struct

from tillside.base.errors import Unknown
from tillside.orders import order as orders
from tillside.orders.order import Order
from tillside.storage.database import Database

_COLUMNS = "id, connector_id, kind, profile_id, name, state, placed_at, currency, amount, value, counts, trust, has_held, items, summary"
_MOST_FOUND = 500

_BY_NAME = f"""
select id from orders where workspace_id = :workspace_id and name in {{list:names}} order by id limit {_MOST_FOUND}
"""
_BY_NUMBER = f"""
select id from orders where workspace_id = :workspace_id and connector_id in (select id from connector where workspace_id = :workspace_id)
and kind in ('order', 'subscription') and number in {{list:names}} order by id limit {_MOST_FOUND}
"""
_BY_TRACKING = f"""
select order_id from shipment where workspace_id = :workspace_id and tracking_number in {{list:names}} order by order_id limit {_MOST_FOUND}
"""
_OWNERS = f"""
select distinct profile_id from orders where workspace_id = :workspace_id and id in {{list:ids}} order by profile_id limit {_MOST_FOUND}
"""
_COUNT = "select count(*) from orders where workspace_id = :workspace_id and profile_id in {list:ids}"


class Line(Struct, frozen=True):
    """One order of the list; money in minor units."""

    id: str
    connector_id: str
    kind: str
    profile_id: str
    name: str
    state: str
    placed_at: int
    currency: str
    amount: int
    value: int
    counts: int
    trust: int
    has_held: int
    items: int
    summary: str


class Sieve(Struct, frozen=True):
    """What the list is narrowed to. `order_ids` and `profile_ids` together name what a search found; None means no search."""

    state: str = ""
    order_ids: list[str] | None = None
    profile_ids: list[str] | None = None


async def page(database: Database, workspace_id: int, sieve: Sieve, *, before: tuple[int, str] | None = None, count: int = 50) -> list[Line]:
    """Newest first; `before` is (placed_at, id) of the last line already seen."""
    at, last = before or (2**62, "")
    where, given = "", dict[str, object]()
    if sieve.state:
        where, given["state"] = " and state = :state", sieve.state
    if sieve.order_ids is not None or sieve.profile_ids is not None:
        where += " and (id in {list:ids} or profile_id in {list:people})"
        given.update(ids=sieve.order_ids or [], people=sieve.profile_ids or [])
    sql = (
        f"select {_COLUMNS} from orders where workspace_id = :workspace_id and (placed_at, id) < (:at, :id){where}"
        " order by placed_at desc, id desc limit :count"
    )
    return [Line(*row) for row in await database.read(sql, workspace_id=workspace_id, at=at, id=last, count=count, **given)]


async def find(database: Database, workspace_id: int, text: str) -> list[str]:
    """The orders a search means: a number or name, with or without #, or a tracking number."""
    said = text.strip()
    names = sorted({said, said.removeprefix("#"), "#" + said.removeprefix("#")})
    found: dict[str, None] = {}
    for sql in (_BY_NAME, _BY_NUMBER, _BY_TRACKING):
        found.update({row[0]: None for row in await database.read(sql, workspace_id=workspace_id, names=names)})
    return list(found)


async def owners(database: Database, workspace_id: int, order_ids: list[str]) -> list[str]:
    """Whose orders these are: profiles, merged or not."""
    return [row[0] for row in await database.read(_OWNERS, workspace_id=workspace_id, ids=order_ids) if row[0]]


async def count_of(database: Database, workspace_id: int, profile_ids: list[str]) -> int:
    row = await database.one(_COUNT, workspace_id=workspace_id, ids=profile_ids)
    return int(row[0]) if row else 0


async def by_ids(database: Database, workspace_id: int, ids: list[str]) -> dict[str, Line]:
    """Orders by their ids; at most as many as a page speaks of."""
    sql = f"select {_COLUMNS} from orders where workspace_id = :workspace_id and id in {{list:ids}} order by id limit {_MOST_FOUND}"
    return {row[0]: Line(*row) for row in await database.read(sql, workspace_id=workspace_id, ids=sorted(set(ids)))}


async def one(database: Database, workspace_id: int, order_id: str) -> Order:
    """One order with everything stated about it. Raises Unknown."""
    row = await database.one(
        f"select {orders.COLUMNS} from orders where workspace_id = :workspace_id and id = :id", workspace_id=workspace_id, id=order_id
    )
    if row is None:
        raise Unknown("There is no such order here.")
    return Order.from_row(row)
