"""`/v1/order` and `/v1/subscription` (contract 2.3): integrators write history and check what they sent."""

from typing import Any

from starlette.routing import BaseRoute

from tillside.base.errors import Refused, TooLarge, Unknown
from tillside.edges.api import intake, shapes
from tillside.edges.api.call import Answer, Call, route
from tillside.orders import order as shelf


def routes() -> list[BaseRoute]:
    """The literal paths stand before those with an id."""
    return [
        route("/v1/order/{app_client_id}", write_orders, methods=["POST"]),
        route("/v1/order/{order_id}", find_order),
        route("/v1/order/{app_client_id}/{order_id:path}", read_order),
        route("/v1/subscription/{app_client_id}", write_subscriptions, methods=["POST"]),
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
    connector = await call.connector_of_path(call.path["app_client_id"])
    order = await shelf.by_number(call.desk.store, call.workspace_id, connector.id, call.path["order_id"])
    if order is None:
        raise Unknown("No order has this id.")
    return Answer(shapes.order(order, connector))


async def find_order(call: Call) -> Answer:
    """``GET /v1/order/{orderId}`` → the order of this id, if only one of the workspace's shops has it; else 404."""
    found = []
    for connector in await call.connectors():
        order = await shelf.by_number(call.desk.store, call.workspace_id, connector.id, call.path["order_id"])
        if order is not None:
            found.append((order, connector))
    if len(found) != 1:
        raise Unknown("Several shops have an order with this id. Ask with the connector's key." if found else "No order has this id.")
    return Answer(shapes.order(*found[0]))


async def _write(call: Call, wrapper: str, name: str) -> tuple[intake.Taken, int]:
    connector = await call.connector_of_path(call.path["app_client_id"])
    listed = call.body.get(wrapper) if isinstance(call.body, dict) else call.body
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
