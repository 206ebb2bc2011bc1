"""A route that names who may call it. A test reads the whole house and finds none without."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tillside.agents.access import Act

Endpoint = Callable[[Request], Awaitable[Response]]


class Guarded(Route):
    """`allow` is the act it needs; Act.PUBLIC for doors, scripts and endpoints that bring a key of their own."""

    def __init__(self, path: str, endpoint: Endpoint, *, allow: Act, methods: Sequence[str] = ("GET",)) -> None:
        self.allow = allow
        super().__init__(path, endpoint, methods=list(methods))
