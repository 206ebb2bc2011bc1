"""REST calls whose address lost its `/v1`: told so in JSON, instead of a page for people or a way to the sign-in (contract 5, item 45)."""

from starlette.types import ASGIApp, Receive, Scope, Send

from tillside.base.errors import Unknown
from tillside.edges import api
from tillside.edges.http import answers


class Astray:
    """Stands before the routes. Only a call with a REST key is told: the desk has pages of its own at some of these addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._nouns = {one.path.split("/")[2] for one in api.endpoints()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _has_key(scope) and scope["path"].strip("/").split("/")[0] in self._nouns:
            error = Unknown("This address lacks its /v1, as in /v1/tickets.")
            await answers.refusal(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _has_key(scope: Scope) -> bool:
    return any(name == b"x-richpanel-key" for name, _ in scope["headers"])
