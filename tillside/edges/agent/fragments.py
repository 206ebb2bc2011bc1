"""Pieces that can arrive alone: one function each, one template each, used by the page that shows it and by the stream.

A piece carries the id of what it shows (`light-con_…`), so that a second arrival replaces the first.
"""

from collections.abc import Awaitable, Callable

from tillside.connectors import connector, seen
from tillside.connectors.connector import Connector
from tillside.connectors.seen import Seen
from tillside.edges.agent.guard import Visit

Piece = Callable[[Visit, str], Awaitable[str]]


async def light(visit: Visit, connector_id: str) -> str:
    """The lamp of a connector, and its checks, which the first event changes too."""
    found = await connector.by_id(visit.desk.store, visit.desk.vault, visit.workspace.id, connector_id)
    heard = await seen.lately(visit.desk.store, found)
    return visit.draw("_light.html", connector=found) + visit.draw("_checks.html", **checks(visit, found, heard))


def checks(visit: Visit, found: Connector, heard: Seen) -> dict[str, object]:
    """What the pane of checks is drawn from."""
    address = visit.desk.public_url
    is_near = address.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]"))
    return {"connector": found, "seen": heard, "address": address, "is_safe": address.startswith("https://"), "is_near": is_near}


PIECES: dict[str, Piece] = {"connector.first_event": light}
"""By kind of activity. A kind that is not here arrives as the id it is about, for `hx-trigger="sse:order.changed"`."""
