"""One request to the shop: who visits, what the page shows, what the tracker shall say. Handlers take a Call."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from msgspec import structs
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tillside.demo import basket, catalogue, countries, identity, money, snippet, words
from tillside.demo.ledger import Ledger
from tillside.demo.outbox import Outbox
from tillside.demo.people import Person
from tillside.demo.settings import DemoSettings
from tillside.demo.statements import Event
from tillside.demo.store import Happening, Store, Visit

COOKIE = "fernfold"
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Shop:
    """The parts every handler may use."""

    settings: DemoSettings
    store: Store
    outbox: Outbox
    ledger: Ledger
    pages: jinja2.Environment


def environment() -> jinja2.Environment:
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"euros": money.euros, "day": words.day, "minute": words.minute, "iso": words.iso, "json": _compact}
    pages.globals |= {
        "categories": catalogue.CATEGORIES,
        "countries": countries.COUNTRIES,
        "methods": countries.METHODS,
        "words": words,
    }
    return pages


@dataclass
class Call:
    shop: Shop
    request: Request
    visit: Visit
    token: str
    track: list[Happening] = field(default_factory=list)
    has_older_snippet: bool = False

    @property
    def person(self) -> Person | None:
        return self.shop.store.person(self.visit.uid) if self.visit.uid else None

    def change_visit(self, **fields: Any) -> None:
        self.visit = structs.replace(self.visit, **fields)

    def will_say(self, event: str, properties: dict[str, Any]) -> None:
        """The next page tells the tracker that this has happened."""
        self.change_visit(happened=(*self.visit.happened, Happening(event, properties)))

    def says(self, event: str, properties: dict[str, Any]) -> None:
        """The page of this very answer tells the tracker."""
        self.track.append(Happening(event, properties))

    async def form(self) -> FormData:
        return await self.request.form(max_files=0, max_fields=100)

    def go(self, path: str) -> Response:
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page. What waited for it (happenings, notice) is shown once and then forgotten."""
        visit, settings, nonce = self.visit, self.shop.settings, secrets.token_urlsafe(16)
        page = self.shop.pages.get_template(template).render(
            values,
            visit=visit,
            person=self.person,
            settings=settings,
            nonce=nonce,
            path=self.request.url.path,
            track=[*visit.happened, *self.track],
            scripts=self._scripts(),
            loader="" if self.has_older_snippet else snippet.loader(settings.desk_url, settings.key),
            cart_size=sum(entry.quantity for entry in visit.cart),
        )
        if visit.happened or visit.notice or visit.identify or visit.has_signed_out:
            self.change_visit(happened=(), notice="", identify=None, has_signed_out=False)
        return HTMLResponse(page, status, {"content-security-policy": _policy(settings.desk_url, nonce), "cache-control": "no-store"})

    def not_found(self, sentence: str = "This page is not on any of our shelves.") -> Response:
        return self.render("message.html", status=404, title="Not found", sentence=sentence)

    def positions(self) -> list[basket.Position]:
        return basket.positions(self.visit.cart)

    def _scripts(self) -> list[Markup]:
        return [Markup(script) for script in self._script_texts()]  # noqa: S704  # ours; values in them went through snippet.literal

    def _script_texts(self) -> list[str]:
        settings, person = self.shop.settings, self.person
        load = snippet.mission_form(settings.desk_url, settings.key) if self.has_older_snippet else snippet.stubs()
        if person is None:
            return [load]
        token = (
            identity.web_token(person, settings.key, settings.jwt_secret)
            if self.visit.has_web_token
            else identity.encrypted_token(person, settings.secret)
        )
        return [snippet.settings(token), load]


Handler = Callable[[Call], Awaitable[Response]]


def page(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Gives the handler the visit of this browser, and keeps the visit afterwards if it changed."""

    async def answer(request: Request) -> Response:
        shop: Shop = request.app.state.shop
        token = request.cookies.get(COOKIE, "")
        known = shop.store.visit(token) if token else None
        call = Call(shop, request, known or Visit(), token if known else "")
        response = await handler(call)
        if call.visit != (known or Visit()) or call.token != (token if known else ""):
            call.token = call.token or secrets.token_urlsafe(16)
            shop.store.save_visit(call.token, call.visit)
            response.set_cookie(COOKIE, call.token, max_age=30 * 24 * 3600, httponly=True, samesite="lax")
        return response

    return answer


def _policy(desk_url: str, nonce: str) -> str:
    """What a shop has to allow for the desk: its script, its answers, later its messenger. All else is the shop's own."""
    socket = desk_url.replace("http", "ws", 1)
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}' {desk_url}; connect-src {desk_url} {socket};"
        f" style-src 'self' {desk_url};"
        f" img-src 'self' data: {desk_url}; font-src {desk_url}; frame-src {desk_url};"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _compact(value: Event) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
