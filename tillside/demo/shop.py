"""Puts the demo shop together as an ASGI application of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from tillside.demo import account, callbacks, calls, checkout, office, pages
from tillside.demo.calls import Call, Shop
from tillside.demo.ledger import Ledger
from tillside.demo.outbox import Outbox
from tillside.demo.settings import DemoSettings
from tillside.demo.store import Store

STATIC = Path(__file__).parent / "static"
ROUTES = (
    ("GET", "/", pages.home),
    ("GET", "/mission", pages.mission),
    ("GET", "/shelves/{slug}", pages.category),
    ("GET", "/products/{slug}", pages.product),
    ("GET", "/search", pages.search),
    ("GET", "/cart", pages.cart),
    ("POST", "/cart", pages.add),
    ("POST", "/cart/line", pages.change),
    ("GET", "/checkout", checkout.show),
    ("POST", "/checkout", checkout.submit),
    ("GET", "/orders/{token}", checkout.status),
    ("POST", "/orders/{token}/payment", checkout.pay),
    ("GET", "/sign-in", account.sign_in),
    ("POST", "/sign-in", account.enter),
    ("POST", "/sign-out", account.sign_out),
    ("GET", "/account", account.account),
    ("GET", "/admin", office.overview),
    ("GET", "/admin/orders/{id:int}", office.order),
    ("POST", "/admin/orders/{id:int}", office.act),
)
CALLBACKS = (("/desk/cancel", callbacks.cancel), ("/desk/refund", callbacks.refund), ("/desk/address", callbacks.change_address))
"""What the desk calls; these have no visitor and no page."""


def build(settings: DemoSettings) -> Starlette:
    """The shop, open as soon as its lifespan has started; its outbox runs until it ends.

    >>> app = build(DemoSettings("http://localhost:8080", "http://127.0.0.1:8081", "fernfold10", secret, jwt_secret, data_dir))
    """
    store = Store(settings.data_dir)
    outbox = Outbox(store, settings)
    shop = Shop(settings, store, outbox, Ledger(store, settings, outbox), calls.environment())

    @contextlib.asynccontextmanager
    async def open_hours(app: Starlette) -> AsyncIterator[None]:
        carrier = asyncio.create_task(outbox.run())
        try:
            yield
        finally:
            carrier.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await carrier
            store.close()

    app = Starlette(
        routes=[
            Route("/favicon.ico", _favicon),
            *(Route(path, calls.page(handler), methods=[method]) for method, path, handler in ROUTES),
            *(Route(path, handler, methods=["POST"]) for path, handler in CALLBACKS),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(OwnFormsOnly)],
        exception_handlers={404: _missing},
        lifespan=open_hours,
    )
    app.state.shop = shop
    return app


async def _favicon(request: Request) -> Response:
    return Response((STATIC / "leaf.svg").read_bytes(), media_type="image/svg+xml")


async def _missing(request: Request, problem: Exception) -> Response:
    async def answer(call: Call) -> Response:
        return call.not_found()

    if not isinstance(problem, HTTPException) or request.url.path.startswith("/static/"):
        return PlainTextResponse("Not found", 404)
    return await calls.page(answer)(request)


class OwnFormsOnly:
    """Refuses a form another site sends here, and gives every answer the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD") and _is_foreign(Headers(scope=scope)):
            await PlainTextResponse("This form was sent from another site, so nothing was done.", 403)(scope, receive, send)
            return

        async def send_guarded(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                pairs = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"strict-origin-when-cross-origin")]
                message["headers"] = [*message["headers"], *pairs]  # type: ignore[misc]  # a list of pairs by the ASGI specification
            await send(message)

        await self._app(scope, receive, send_guarded)  # type: ignore[arg-type]  # Starlette's Message is a MutableMapping


def _is_foreign(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
