"""The agents' web interface: pages, forms and streams."""

from tillside.edges.agent import (
    connections,
    customer,
    customers,
    doors,
    guard,
    inspector,
    mine,
    order,
    orders,
    password,
    settings,
    setup,
    source,
    static,
    stream,
)
from tillside.edges.agent.guard import lost
from tillside.edges.http.routes import Guarded

__all__ = ["lost", "routes"]


def routes() -> list[Guarded]:
    """Every route of the desk, each with the act it needs."""
    return [
        guard.asset("/static/{version}/{name}", static.serve),
        *doors.routes(),
        *setup.routes(),
        *source.routes(),
        *connections.routes(),
        *settings.routes(),
        *password.routes(),
        *customers.routes(),
        *customer.routes(),
        *orders.routes(),
        *order.routes(),
        *inspector.routes(),
        *mine.routes(),
        *stream.routes(),
    ]
