"""What a customer's orders come to, per currency: summed from the orders of every profile that makes up the person."""

from collections import defaultdict

from msgspec import Struct

from tillside.storage.database import Database, Transaction

_OF_PEOPLE = """
with recursive member(root, id) as (
  select id, id from profile where workspace_id = :workspace_id and id in {list:ids}
  union
  select member.root, profile.id from member cross join profile where profile.workspace_id = :workspace_id and profile.into_id = member.id
)
select member.root, orders.currency, sum(orders.counts), sum(orders.value), max(orders.placed_at),
  sum(case when orders.trust = 0 then orders.counts else 0 end), sum(case when orders.counts = 1 then orders.amount else 0 end),
  count(*), sum(case when orders.state = 'cancelled' then 1 else 0 end)
from member cross join orders
where orders.workspace_id = :workspace_id and orders.profile_id = member.id and orders.kind = 'order'
group by member.root, orders.currency
order by member.root, sum(orders.value) desc, orders.currency
"""


class Figures(Struct, frozen=True):
    """One currency, minor units. `orders`: those that count; `value`: paid − refunded, without cancelled orders; `unsigned`: how many of
    the orders nobody vouched for; `amount`: what the counted orders were placed for; `placed`: all of them, cancelled ones too."""

    currency: str
    orders: int
    value: int
    last_at: int
    unsigned: int
    amount: int
    placed: int
    cancelled: int

    @property
    def failed(self) -> int:
        """How many do not count because their payment failed."""
        return self.placed - self.orders - self.cancelled

    @property
    def average(self) -> int:
        """What an order comes to on average, rounded down; 0 without orders."""
        return self.amount // self.orders if self.orders else 0


async def of_people(database: Database | Transaction, workspace_id: int, root_ids: list[str]) -> dict[str, list[Figures]]:
    """The figures of each of these people, the largest currency first, in one query."""
    found: dict[str, list[Figures]] = defaultdict(list)
    for root, currency, *sums in await database.read(_OF_PEOPLE, workspace_id=workspace_id, ids=root_ids):
        found[root].append(Figures(currency, *(int(one or 0) for one in sums)))
    return found
