"""REST `/v1`, in the contract's words (section 2). Contract words live here and in edges/capture only."""

from starlette.routing import BaseRoute

from tillside.edges.api import customers, orders


def routes() -> list[BaseRoute]:
    """Every REST route, each with the act it needs: all bring a key of their own."""
    return [*customers.routes(), *orders.routes()]
