"""The agents' web interface: pages, forms and streams."""

from starlette.routing import BaseRoute


def routes() -> list[BaseRoute]:
    """Every route of the desk, each with the act it needs."""
    return []
