"""The card a known shopper meets first: their newest order, in the words of the shop's people."""

from typing import Any

from tillside.customers import person
from tillside.edges.messenger.call import Ask
from tillside.orders import document as documents
from tillside.orders import order as orders
from tillside.orders import state as states

_STEPS = {"placed": 0, "packed": 1, "part_sent": 2, "on_the_way": 2, "delivered": 4}


async def newest(ask: Ask) -> dict[str, Any] | None:
    """Of this shop, vouched for as well as the shopper is; None when there is none."""
    shopper = ask.visitor
    root = await person.root_of(ask.desk.store, shopper.workspace_id, shopper.profile_id or "")
    one = await person.read(ask.desk.store, shopper.workspace_id, root)
    found = await orders.of_profiles(ask.desk.store, shopper.workspace_id, one.ids, count=20)
    order = next((order for order in found if order.connector_id == ask.connector.id and order.trust >= ask.connector.history_trust), None)
    if order is None:
        return None
    address = documents.values(order.document).get("status_url")
    return {
        "name": order.name or order.number,
        "summary": order.summary,
        "state": states.STATES.get(order.state, order.state),
        "step": _STEPS.get(order.state, 0),
        "url": address if isinstance(address, str) else "",
        "placedAt": order.placed_at // 1000,
    }
