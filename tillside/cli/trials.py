"""The trials of `tillside verify`: each plays one part of an integration against a running desk, and says what broke.

A trial raises Broken with one sentence. What it sends belongs to a customer and an order made up for this run.
"""

import asyncio
import base64
import secrets
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from tillside.base import signing

_ORIGIN = "https://shop.example"
_ASKED = ("content-type", "x-requested-with", "access-control-allow-origin")


class Broken(Exception):
    """One part of the integration does not work; the message says which and how."""


class Wanted(Struct, frozen=True):
    """What the integrator gave. `rest_key` and `token_secret` may be empty; then what needs them is not tried.

    `wait_seconds`: how long the desk may take to show what it accepted.
    """

    url: str
    key: str
    secret: str
    rest_key: str
    token_secret: str
    wait_seconds: float = 10.0


class Visit:
    """One run: a client, and names nobody has used before."""

    def __init__(self, client: httpx.AsyncClient, wanted: Wanted) -> None:
        self.client, self.wanted = client, wanted
        self.run = secrets.token_hex(6)
        self.email = f"verify-{self.run}@verify.example"
        self.order_id = f"verify-{self.run}"
        self.batch = self._batch()

    async def post(self, path: str, field: str, content: Any, *, sign: bool = False, origin: str = "") -> httpx.Response:
        """Send an event (`h`) or a batch (`hs`) as clients do: base64 of the JSON, and perhaps its signature."""
        text = base64.b64encode(msgspec.json.encode(content)).decode()
        body = {field: text}
        if sign:
            body["s"] = sha256((text + self.wanted.secret).encode()).hexdigest()
        return await self.raw(path, body, origin=origin)

    async def raw(self, path: str, body: Any, *, origin: str = "") -> httpx.Response:
        return await self.client.post(path, json=body, headers={"Origin": origin} if origin else {})

    async def read(self, path: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        """What REST answers, asked again until it fits or the desk had time enough; the last answer, None for a 404."""
        until = time.monotonic() + self.wanted.wait_seconds
        while True:
            answer = await self.client.get(path, headers={"x-richpanel-key": self.wanted.rest_key})
            found = _object(answer) if answer.status_code == 200 else None
            if answer.status_code not in (200, 404):
                raise Broken(f"GET {'/'.join(path.split('/')[:3])}/… answers {answer.status_code}: {_said(answer)}")
            if (found is not None and fits(found)) or time.monotonic() > until:
                return found
            await asyncio.sleep(0.2)

    def event(self, name: str, **more: Any) -> dict[str, Any]:
        return {
            "event": name,
            "eventId": f"{self.run}-{secrets.token_hex(8)}",
            "appClientId": self.wanted.key,
            "did": f"verify-{self.run}",
            "time": {"sentAt": int(time.time() * 1000)},
            **more,
        }

    def order(self, order_id: str, **more: Any) -> dict[str, Any]:
        item = {"id": "verify-1", "name": "Notebook", "sku": "NB-1", "price": 12.5, "quantity": 2}
        parcel = {"trackingNumber": f"T{self.run}", "trackingCompany": "Post", "trackingUrl": "https://track.example/1"}
        return {
            "orderId": order_id,
            "amount": 25.0,
            "currency": "EUR",
            "status": "paid",
            "createdAt": int(time.time() * 1000),
            "items": [item],
            "fulfillment": [{"id": "f1", "status": "shipped", "tracking": [parcel], "items": [item]}],
            **more,
        }

    def _batch(self) -> dict[str, Any]:
        person = {"uid": self.email, "email": self.email, "firstName": "Vera", "lastName": "Verify"}
        events = [
            self.event("view_product", properties={"id": "verify-1", "name": "Notebook", "price": 12.5}),
            self.event("add_to_cart", properties={"id": "verify-1", "name": "Notebook", "quantity": 2}),
            self.event("order", properties=self.order(self.order_id), userProperties=person),
        ]
        return {"event": "send_batch", "appClientId": self.wanted.key, "events": events}


async def reach(visit: Visit) -> None:
    answer = await visit.client.get("/healthz")
    if answer.status_code != 200 or _object(answer).get("ok") is not True:
        raise Broken(f"/healthz answers {answer.status_code}; a desk that can take events in answers 200 and ok.")


async def loader(visit: Visit) -> None:
    for path in (f"/v2/j/{visit.wanted.key}?version=2.0.0", "/js/tracking.js"):
        answer = await visit.client.get(path)
        kind = answer.headers.get("content-type", "")
        if answer.status_code != 200 or "javascript" not in kind:
            raise Broken(f"{path.partition('?')[0]} answers {answer.status_code} {kind or 'without a type'}, not JavaScript.")
        if "richpanel" not in answer.text or not 200 < len(answer.content) < 64 * 1024:
            raise Broken(f"{path.partition('?')[0]} is JavaScript, but not the tracker.")


async def preflight(visit: Visit) -> None:
    asked = {"Origin": _ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": ",".join(_ASKED)}
    answer = await visit.client.options("/v2/t", headers=asked)
    allowed = {name.strip().lower() for name in answer.headers.get("access-control-allow-headers", "").split(",")}
    if answer.status_code not in (200, 204) or answer.headers.get("access-control-allow-origin") != _ORIGIN:
        raise Broken(f"The preflight answers {answer.status_code} and does not allow the shop's origin; a proxy may answer it itself.")
    if missing := [name for name in _ASKED if name not in allowed]:
        raise Broken(f"The preflight does not allow the header {missing[0]}, which trackers send.")


async def single(visit: Visit) -> None:
    answer = await visit.post("/v2/t", "h", visit.event("page_view", properties={"name": "Verify"}), origin=_ORIGIN)
    said = _object(answer)
    if answer.status_code != 200 or said.get("accepted") is not True or not said.get("receipt"):
        raise Broken(f"A page view is not accepted: {answer.status_code} {_said(answer)}")
    if answer.headers.get("access-control-allow-origin") != _ORIGIN:
        raise Broken("The answer does not name the shop's origin, so browsers hide it from the tracker.")


async def batch(visit: Visit) -> None:
    answer = await visit.post("/v2/bt", "hs", visit.batch, sign=True)
    results = _results(answer)
    if answer.status_code != 200:
        raise Broken(f"A signed batch is not accepted: {answer.status_code} {_said(answer)}")
    if len(results) != 3:
        raise Broken(f"A batch of 3 events is answered with {len(results)} results.")
    if wrong := [one for one in results if one.get("verdict") == "refused"]:
        raise Broken(f"Event {wrong[0].get('index')} of the batch is refused: {wrong[0].get('field')}: {wrong[0].get('hint')}")


async def order_visible(visit: Visit) -> None:
    path = f"/v1/order/{visit.wanted.key}/{visit.order_id}"
    found = await visit.read(path, lambda order: bool(order.get("items")))
    if found is None:
        raise Broken(f"The order was accepted, but cannot be read back within {visit.wanted.wait_seconds:g} s.")
    parcels = [step.get("trackingNumber") for one in found.get("fulfillment", []) for step in one.get("tracking", [])]
    if found.get("amount") != 25 or found.get("currency") != "EUR" or len(found.get("items", [])) != 1:
        raise Broken(f"The order comes back changed: {found.get('amount')} {found.get('currency')}, {len(found.get('items', []))} items.")
    if f"T{visit.run}" not in parcels:
        raise Broken("The order comes back without its tracking number.")


async def duplicate(visit: Visit) -> None:
    """The same batch again must change nothing: not the order, not how many orders its customer has."""
    answer = await visit.post("/v2/bt", "hs", visit.batch, sign=True)
    if answer.status_code != 200:
        raise Broken(f"The same batch sent again is not accepted: {answer.status_code} {_said(answer)}")
    if not visit.wanted.rest_key:
        return
    mark = f"{visit.order_id}-mark"
    after = visit.event("order", properties=visit.order(mark), userProperties={"uid": mark, "email": f"{mark}@verify.example"})
    await visit.post("/v2/bt", "hs", {"event": "send_batch", "appClientId": visit.wanted.key, "events": [after]}, sign=True)
    await visit.read(f"/v1/order/{visit.wanted.key}/{mark}", bool)  # once this one is visible, the repetition was worked in
    found = await visit.read(f"/v1/customers/email/{visit.email}", bool)
    count = _customer(found).get("ordersCount")
    if count != 1:
        raise Broken(f"One order, sent twice, counts as {count}.")


async def token(visit: Visit) -> None:
    who = f"token-{visit.run}"
    person = {"id": who, "firstName": "Toke", "email": f"{who}@verify.example"}
    await _identify(visit, who, signing.make_token(person, visit.wanted.secret), "encrypted token")


async def web_token(visit: Visit) -> None:
    who = f"jwt-{visit.run}"
    claims = {"sub": who, "email": f"{who}@verify.example", "aud": visit.wanted.key, "exp": int(time.time()) + 600}
    await _identify(visit, who, signing.make_web_token(claims, visit.wanted.token_secret), "web token")


async def unknown_key(visit: Visit) -> None:
    event = visit.event("page_view") | {"appClientId": f"nobody{visit.run}"}
    await _refuses(await visit.post("/v2/t", "h", event), 401, "An event with a key nobody has")


async def bad_base64(visit: Visit) -> None:
    await _refuses(await visit.raw("/v2/t", {"h": '{"event":"page_view"}'}), 400, "Plain JSON where base64 belongs")


async def bad_item(visit: Visit) -> None:
    broken = visit.order(f"{visit.order_id}-bad", items=[{"id": "a", "price": 1, "quantity": 1}, {"id": "b", "price": "12,50", "quantity": 1}])
    events = [visit.event("page_view"), visit.event("order", properties=broken, userProperties={"email": visit.email, "uid": visit.email})]
    answer = await visit.post("/v2/bt", "hs", {"event": "send_batch", "appClientId": visit.wanted.key, "events": events}, sign=True)
    results = {one.get("index"): one for one in _results(answer)}
    if results.get(0, {}).get("verdict") not in ("accepted", "corrected"):
        raise Broken("A good event is refused because another one of its batch is wrong.")
    if results.get(1, {}).get("verdict") != "refused" or results[1].get("field") != "properties.items[1].price" or not results[1].get("hint"):
        raise Broken('A price of "12,50" is not refused with its field, properties.items[1].price, and a hint.')


async def bad_signature(visit: Visit) -> None:
    text = base64.b64encode(msgspec.json.encode(visit.event("page_view"))).decode()
    answer = await visit.raw("/v2/t", {"h": text, "s": "0" * 64})
    await _refuses(answer, 422, "A wrong signature (the connector may be set to ignore signatures)")


async def bad_rest_key(visit: Visit) -> None:
    answer = await visit.client.get(f"/v1/order/{visit.wanted.key}/{visit.order_id}", headers={"x-richpanel-key": "nobody"})
    await _refuses(answer, 401, "A REST call with a wrong key")


class Trial(Struct, frozen=True):
    """`code` is the exit code when this is the first thing broken; `needs` names what must be given to try it."""

    code: int
    name: str
    play: Callable[[Visit], Awaitable[None]]
    needs: tuple[str, ...] = ()


ALL = (
    Trial(10, "the desk answers", reach),
    Trial(11, "the loader is JavaScript", loader),
    Trial(12, "pages of the shop may send (CORS)", preflight),
    Trial(13, "an event is accepted", single),
    Trial(14, "a signed batch is accepted", batch),
    Trial(15, "the order is visible", order_visible, ("rest_key",)),
    Trial(16, "a repetition changes nothing", duplicate),
    Trial(17, "the encrypted token identifies", token),
    Trial(18, "the web token identifies", web_token, ("token_secret",)),
    Trial(19, "an unknown key is refused", unknown_key),
    Trial(20, "what is not base64 is refused", bad_base64),
    Trial(21, "a bad item is named", bad_item),
    Trial(22, "a wrong signature is refused", bad_signature),
    Trial(23, "a wrong REST key is refused", bad_rest_key),
)


async def _identify(visit: Visit, who: str, text: str, word: str) -> None:
    answer = await visit.post("/v2/t", "h", visit.event("page_view", did=f"device-{who}", userToken=text), origin=_ORIGIN)
    if answer.status_code != 200 or _object(answer).get("accepted") is not True:
        raise Broken(f"An event with the {word} is not accepted: {answer.status_code} {_said(answer)}")
    if not visit.wanted.rest_key:
        return
    found = _customer(await visit.read(f"/v1/customers/email/{who}@verify.example", lambda one: _customer(one).get("uid") == who))
    if found.get("uid") != who:
        raise Broken(f"The {word} identifies nobody: it was lost on the way, or made with another secret.")


async def _refuses(answer: httpx.Response, status: int, what: str) -> None:
    message = _object(answer).get("error")
    if answer.status_code != status:
        raise Broken(f"{what} is answered {answer.status_code} instead of {status}.")
    if not isinstance(message, dict) or not message.get("message"):
        raise Broken(f"{what} is refused without a message.")


def _customer(found: dict[str, Any] | None) -> dict[str, Any]:
    inside = (found or {}).get("customer")
    return inside if isinstance(inside, dict) else {}


def _results(answer: httpx.Response) -> list[dict[str, Any]]:
    results = _object(answer).get("results")
    return [one for one in results if isinstance(one, dict)] if isinstance(results, list) else []


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _said(answer: httpx.Response) -> str:
    error = _object(answer).get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return str(message or answer.text[:120] or "without a word")
