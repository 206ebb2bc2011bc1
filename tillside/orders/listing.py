"""The list of orders: the newest first, by state, by person, and by whatever people type to find one. Reads only.

`cross join` says in which order SQLite walks (see customers/listing.py)."""

from typing import Any

from msgspec import Struct

from tillside.base.errors import Unknown
from tillside.orders import order as orders
from tillside.orders.order import Order
from tillside.storage.database import Database, Row, Transaction

_COLUMNS = "id, connector_id, kind, profile_id, name, state, placed_at, currency, amount, value, counts, trust, has_held, items, summary"
_MOST_FOUND = 500
_ABOUT_REFUNDS = "case when lower(orders.doc) like '%refund%' then orders.doc end"
"""The document of the few orders that say anything of money that went back; the others are read without it."""

_OF_ORDERS = ", ".join(f"orders.{name}" for name in _COLUMNS.split(", ")) + f", {_ABOUT_REFUNDS}"
_MEANT = """
wanted(id) as {list:ids},
people(id) as {list:people},
meant(id) as (
  select id from wanted
  union
  select orders.id from people cross join orders where orders.workspace_id = :workspace_id and orders.profile_id = people.id
)
"""

_BY_NAME = f"""
with wanted(said) as {{list:names}}
select orders.id from wanted cross join orders
where orders.workspace_id = :workspace_id and orders.name = wanted.said order by orders.id limit {_MOST_FOUND}
"""
_BY_NUMBER = f"""
with wanted(said) as {{list:names}},
kinds(kind) as (select 'order' union all select 'subscription')
select orders.id from wanted cross join kinds cross join connector cross join orders
where connector.workspace_id = :workspace_id and orders.workspace_id = :workspace_id and orders.connector_id = connector.id
  and orders.kind = kinds.kind and orders.number = wanted.said order by orders.id limit {_MOST_FOUND}
"""
_BY_TRACKING = f"""
select order_id from shipment where workspace_id = :workspace_id and tracking_number in {{list:names}} order by order_id limit {_MOST_FOUND}
"""
_OWNERS = f"""
with wanted(id) as {{list:ids}}
select distinct orders.profile_id from wanted cross join orders
where orders.workspace_id = :workspace_id and orders.id = wanted.id order by orders.profile_id limit {_MOST_FOUND}
"""
_TALLY = """
select kind, state, count(*) from orders where workspace_id = :workspace_id and profile_id in {list:ids}
group by kind, state order by kind, state
"""


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
    is_part_refunded: bool

    @classmethod
    def from_row(cls, row: Row) -> "Line":
        *plain, doc = row
        is_part_refunded = doc is not None and orders.is_part_refunded(doc, amount=plain[8], currency=plain[7])
        values: tuple[Any, ...] = (*plain, is_part_refunded)
        return cls(*values)


class Tally(Struct, frozen=True):
    """How many orders and subscriptions somebody has, by state."""

    orders: dict[str, int]
    subscriptions: dict[str, int]

    @property
    def whole(self) -> int:
        return sum(self.orders.values()) + sum(self.subscriptions.values())


class Sieve(Struct, frozen=True):
    """What the list is narrowed to. `order_ids` and `profile_ids` together name what a search found; None means no search."""

    state: str = ""
    order_ids: list[str] | None = None
    profile_ids: list[str] | None = None


async def page(
    database: Database | Transaction, workspace_id: int, sieve: Sieve, *, before: tuple[int, str] | None = None, count: int = 50
) -> list[Line]:
    """Newest first; `before` is (placed_at, id) of the last line already seen."""
    at, last = before or (2**62, "")
    sql, given = _narrowed(sieve)
    sql += " and (orders.placed_at, orders.id) < (:at, :id) order by orders.placed_at desc, orders.id desc limit :count"
    rows = await database.read(sql, workspace_id=workspace_id, at=at, id=last, count=count, **given)
    return [Line.from_row(row) for row in rows]


async def newer(database: Database | Transaction, workspace_id: int, sieve: Sieve, at: int) -> int:
    """How many of them were placed after a moment; counted to a hundred."""
    sql, given = _narrowed(sieve)
    return len(
        await database.read(f"{sql} and orders.placed_at > :at order by orders.placed_at limit 100", workspace_id=workspace_id, at=at, **given)
    )


def _narrowed(sieve: Sieve) -> tuple[str, dict[str, object]]:
    """The query without its place and order."""
    given: dict[str, object] = {}
    sql = f"select {_OF_ORDERS} from orders where orders.workspace_id = :workspace_id"
    if sieve.order_ids is not None or sieve.profile_ids is not None:
        sql = (
            f"with {_MEANT} select {_OF_ORDERS} from meant cross join orders where orders.workspace_id = :workspace_id and orders.id = meant.id"
        )
        given.update(ids=sieve.order_ids or [], people=sieve.profile_ids or [])
    if sieve.state:
        sql, given["state"] = sql + " and orders.state = :state", sieve.state
    return sql, given


async def find(database: Database | Transaction, workspace_id: int, text: str) -> list[str]:
    """The orders a search means: a number or name, with or without #, or a tracking number."""
    said = text.strip()
    names = sorted({said, said.removeprefix("#"), "#" + said.removeprefix("#")})
    found: dict[str, None] = {}
    for sql in (_BY_NAME, _BY_NUMBER, _BY_TRACKING):
        found.update({row[0]: None for row in await database.read(sql, workspace_id=workspace_id, names=names)})
    return list(found)


async def owners(database: Database | Transaction, workspace_id: int, order_ids: list[str]) -> list[str]:
    """Whose orders these are: profiles, merged or not."""
    return [row[0] for row in await database.read(_OWNERS, workspace_id=workspace_id, ids=order_ids) if row[0]]


async def tally(database: Database | Transaction, workspace_id: int, profile_ids: list[str]) -> Tally:
    """What these profiles have altogether, whether it counts as earned or not."""
    found: dict[str, dict[str, int]] = {"order": {}, "subscription": {}}
    for kind, state, count in await database.read(_TALLY, workspace_id=workspace_id, ids=profile_ids):
        found[kind][state] = int(count)
    return Tally(found["order"], found["subscription"])


async def by_ids(database: Database | Transaction, workspace_id: int, ids: list[str]) -> dict[str, Line]:
    """Orders by their ids; at most as many as a page speaks of."""
    sql = f"select {_OF_ORDERS} from orders where workspace_id = :workspace_id and id in {{list:ids}} order by id limit {_MOST_FOUND}"
    return {row[0]: Line.from_row(row) for row in await database.read(sql, workspace_id=workspace_id, ids=sorted(set(ids)))}


async def one(database: Database | Transaction, workspace_id: int, order_id: str) -> Order:
    """One order with everything stated about it. Raises Unknown."""
    row = await database.one(
        f"select {orders.COLUMNS} from orders where workspace_id = :workspace_id and id = :id", workspace_id=workspace_id, id=order_id
    )
    if row is None:
        raise Unknown("There is no such order here.")
    return Order.from_row(row)


_NEWEST = f"""
with wanted(profile) as {{list:people}}
select wanted.profile, {_OF_ORDERS} from wanted cross join orders
where orders.workspace_id = :workspace_id and orders.id = (
  select newest.id from orders newest where newest.workspace_id = :workspace_id and newest.profile_id = wanted.profile
  order by newest.placed_at desc, newest.id desc limit 1
) order by wanted.profile limit {_MOST_FOUND}
"""


async def newest_of(database: Database | Transaction, workspace_id: int, profile_ids: list[str]) -> dict[str, Line]:
    """Profile → its newest order, for those who have one."""
    rows = await database.read(_NEWEST, workspace_id=workspace_id, people=sorted(set(profile_ids)))
    return {row[0]: Line(*row[1:]) for row in rows}
