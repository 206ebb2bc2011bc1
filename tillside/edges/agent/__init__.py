"""The agents' web interface: pages, forms and streams."""

from tillside.edges.agent import (
    answering,
    beginning,
    bulk,
    command,
    connections,
    conversation,
    customer,
    customers,
    delivery,
    doors,
    guard,
    habits,
    inbox,
    inspector,
    joining,
    macros,
    messenger,
    mine,
    moving,
    order,
    orders,
    password,
    search,
    settings,
    setup,
    slots,
    source,
    static,
    stream,
    watching,
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
        *inbox.routes(),
        *beginning.routes(),
        *conversation.routes(),
        *answering.routes(),
        *delivery.routes(),
        *moving.routes(),
        *joining.routes(),
        *bulk.routes(),
        *macros.routes(),
        *watching.routes(),
        *command.routes(),
        *search.routes(),
        *connections.routes(),
        *messenger.routes(),
        *settings.routes(),
        *habits.routes(),
        *slots.routes(),
        *password.routes(),
        *source.routes(),
        *customers.routes(),
        *customer.routes(),
        *orders.routes(),
        *order.routes(),
        *inspector.routes(),
        *mine.routes(),
        *stream.routes(),
    ]
