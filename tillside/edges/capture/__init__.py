"""Intake: what a shop's pages and servers send, in the contract's wire form. Loader scripts live here too."""

from starlette.routing import BaseRoute

from tillside.edges.capture import loader


def routes() -> list[BaseRoute]:
    """The loader's paths; the posts are answered in front of the router (see intake.py)."""
    return loader.routes()
