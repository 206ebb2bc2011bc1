"""`/v1/order` and `/v1/subscription` (contract 2.3): integrators write history and check what they sent."""

from typing import Any

from tillside.base.errors import Refused, TooLarge, Unknown
from tillside.conversations import conversation as conversations
from tillside.edges.api import documents, intake, shapes, tickets
from tillside.edges.api.call import Answer, Call, Endpoint
from tillside.orders import order as shelf


def endpoints() -> list[Endpoint]:
    """One segment after ``/v1/order`` is a connector where something is written, and a ticket or an order where something is read."""
    return [
        Endpoint(
            method="POST",
            path="/v1/order/{said}",
            verb=write_orders,
            name="createAnOrder",
            does="Write orders of a connector; the same order id again updates it.",
            scope="orders:write",
            takes=documents.OrdersAsked,
            gives=str,
            statuses={202: "Stored; not yet visible."},
        ),
        Endpoint(
            method="GET",
            path="/v1/order/{said}",
            verb=find_order,
            name="fetchOrderOfConversation",
            does="The order linked to a ticket, as its id and connector; of an id that is no ticket's, the order itself.",
            scope="orders:read",
            gives=dict[str, Any],
        ),
        Endpoint(
            method="GET",
            path="/v1/order/{app_client_id}/{order_id:path}",
            verb=read_order,
            name="fetchAnOrder",
            does="Read an order.",
            scope="orders:read",
            gives=dict[str, Any],
        ),
        Endpoint(
            method="POST",
            path="/v1/subscription/{app_client_id}",
            verb=write_subscriptions,
            name="createASubscription",
            does="Write subscriptions of a connector.",
            scope="orders:write",
            takes=documents.SubscriptionsAsked,
            gives=documents.SubscriptionsWritten,
            statuses={202: "Stored; not yet visible."},
        ),
    ]


async def write_orders(call: Call) -> Answer:
    """``POST /v1/order/{appClientId}`` with ``{"orders": [event, …]}`` or one bare event → a JSON string, as upstream answers."""
    taken, count = await _write(call, "orders", "order")
    first = "".join(f" Refused: orders[{index}] {note.path}: {note.message}." for index, note in list(taken.refused.items())[:10])
    said = f"{count - len(taken.refused)} of {count} orders accepted.{first}"
    return Answer(said, 200 if taken.is_passed else 202)


async def write_subscriptions(call: Call) -> Answer:
    """``POST /v1/subscription/{appClientId}`` with ``{"subscriptions": [event, …]}`` → an object with a line per event."""
    taken, count = await _write(call, "subscriptions", "subscription")
    results: list[dict[str, Any]] = []
    for index in range(count):
        note = taken.refused.get(index)
        line: dict[str, Any] = {"index": index, "verdict": "refused" if note else "accepted"}
        results.append({**line, "field": note.path, "hint": note.fix} if note else line)
    message = f"{count - len(taken.refused)} of {count} subscriptions accepted."
    return Answer({"message": message, "results": results, "position": taken.position}, 200 if taken.is_passed else 202)


async def read_order(call: Call) -> Answer:
    """``GET /v1/order/{appClientId}/{orderId}`` → the order in the contract's names; 404 when nobody sent it."""
    whole = f"{call.path['app_client_id']}/{call.path['order_id']}"  # an id with a slash in it, if no connector is called like its beginning
    if await conversations.known_as(call.desk.store, call.workspace_id, whole) is not None:
        return await tickets.linked_order(call, whole)
    connector = await call.connector_of_path(call.path["app_client_id"])
    order = await shelf.by_number(call.desk.store, call.workspace_id, connector.id, call.path["order_id"])
    if order is None:
        raise Unknown("No order has this id.")
    return Answer(shapes.order(order, connector))


async def find_order(call: Call) -> Answer:
    """``GET /v1/order/{ticketId}`` → ``{"orderId", "appClientId"}`` or {}.

    An id that is no ticket's is an order's: the whole order, if only one of the workspace's shops has it; else 404.
    """
    if await conversations.known_as(call.desk.store, call.workspace_id, call.path["said"]) is not None:
        return await tickets.linked_order(call, call.path["said"])
    found = []
    for connector in await call.connectors():
        order = await shelf.by_number(call.desk.store, call.workspace_id, connector.id, call.path["said"])
        if order is not None:
            found.append((order, connector))
    if len(found) != 1:
        raise Unknown("Several shops have an order with this id. Ask with the connector's key." if found else "No order has this id.")
    return Answer(shapes.order(*found[0]))


async def _write(call: Call, wrapper: str, name: str) -> tuple[intake.Taken, int]:
    connector = await call.connector_of_path(call.path.get("app_client_id") or call.path["said"])
    listed = call.body.get(wrapper) if isinstance(call.body, dict) else call.body
    if isinstance(call.body, dict) and isinstance(listed, list | dict):
        call.ignore(key for key in call.body if key != wrapper)
    elements = listed if isinstance(listed, list) else [listed if isinstance(listed, dict) else call.body]
    if not elements or elements == [{}] or not isinstance(elements[0], dict):
        raise Refused(f"The body has no {wrapper}.", field=wrapper, hint=f'Send {{"{wrapper}": [event, …]}}.')
    if len(elements) > call.desk.settings.batch_limit_events:
        limit = call.desk.settings.batch_limit_events
        raise TooLarge(f"{len(elements)} {wrapper} in one call.", field=wrapper, hint=f"Send at most {limit} at once.")
    events = [intake.as_event(element, name, connector) for element in elements]
    if call.name and len(events) == 1:
        events[0].setdefault("eventId", f"{call.key.id}:{call.name}")
    return await intake.take(call, connector, events), len(events)
