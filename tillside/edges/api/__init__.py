"""REST `/v1`, in the contract's words (section 2). Contract words live here and in edges/capture only."""

from starlette.routing import BaseRoute

from tillside.edges.api import (
    actions,
    call,
    comments,
    customers,
    delivery,
    directory,
    happened,
    orders,
    outgoing,
    reference,
    reports,
    targets,
    ticket_writing,
    tickets,
    uploads,
)
from tillside.edges.api.call import Endpoint


def endpoints() -> tuple[Endpoint, ...]:
    """The table: every endpoint, in the order the router looks at them. Longer paths with a free id stand before shorter ones."""
    of_comments = [*delivery.endpoints(), *comments.endpoints()]
    literal = [*tickets.endpoints()[:-2], *ticket_writing.endpoints()[:-1], *of_comments, tickets.endpoints()[-2]]
    return (
        *literal,
        tickets.endpoints()[-1],
        ticket_writing.endpoints()[-1],
        *customers.endpoints(),
        *orders.endpoints(),
        *directory.endpoints(),
        *uploads.endpoints(),
        *reports.endpoints(),
        *happened.endpoints(),
        *targets.endpoints(),
        *outgoing.endpoints(),
        *actions.endpoints(),
    )


def routes() -> list[BaseRoute]:
    """Every REST route: all bring a key of their own but the description of the whole."""
    return [*reference.routes(endpoints()), *call.routes(endpoints())]
