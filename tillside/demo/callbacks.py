"""What the desk may ask of the shop: cancel an order, give money back, change an address. A cart of your own answers the same way.

1. The call is signed by Standard Webhooks (standardwebhooks.com): id, time and body under a secret only the two know. Without it: 401.
2. Its key (``Idempotency-Key``, else ``webhook-id``) is kept with the answer, in the transaction that changes the order. The same key again
   gets the same answer, and nothing is done twice.
3. What cannot be done is refused with a sentence (422, ``{"status": "failed", "message": …}``), which the agent reads.
4. What was done goes back to the desk as an order event, by the outbox, like any other change of the shop's.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from tillside.demo import countries, money, orders
from tillside.demo.calls import Shop
from tillside.demo.ledger import Errand
from tillside.demo.orders import Address, NotPossible, Order, Pieces

TOLERANCE_SECONDS = 300
LARGEST_BYTES = 64 * 1024
_PREFIX = "whsec_"


async def cancel(request: Request) -> Response:
    """``POST /desk/cancel`` with orderId, reason."""
    return await _answer(request, _cancel)


async def refund(request: Request) -> Response:
    """``POST /desk/refund`` with orderId, reason, and amount (euros) or items (``[{"optionId": "70011", "quantity": 1}]``); neither is all that
    is left. Without an amount the shop itself works out what was paid for the items."""
    return await _answer(request, _refund)


async def change_address(request: Request) -> Response:
    """``POST /desk/address`` with orderId, line1, line2, postcode, city: where it is shipped to."""
    return await _answer(request, _address)


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, *, now: float) -> bool:
    """Whether one of the signatures is the secret's, over ``id.time.body``, and the time is near."""
    call_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not call_id or not (sent_at.isascii() and sent_at.isdigit()) or abs(now - int(sent_at)) > TOLERANCE_SECONDS:
        return False
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return False
    mac = hmac.new(key, f"{call_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    wanted = f"v1,{base64.b64encode(mac).decode()}".encode()
    return any(hmac.compare_digest(one.encode(), wanted) for one in headers.get("webhook-signature", "").split(" "))


Asked = dict[str, Any]


async def _answer(request: Request, read: Callable[[Order, Asked], Errand]) -> Response:
    shop: Shop = request.app.state.shop
    body = await _body(request)
    if body is None or not any(is_signed(request.headers, body, one, now=time.time()) for one in shop.settings.call_secrets):
        return _told(401, "This call is not signed with the secret the shop knows.")
    try:
        asked = msgspec.json.decode(body, type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _told(400, "The call carries no JSON object.")
    order_id = str(asked.get("orderId") or "").removeprefix("#")
    if not (order_id.isascii() and order_id.isdigit() and len(order_id) < 12):
        return _told(422, "The shop has no order with that number.")
    key = (request.headers.get("idempotency-key") or request.headers["webhook-id"])[:200]
    try:
        message = shop.ledger.once(key, int(order_id), lambda order: read(order, asked))
    except NotPossible as reason:
        return _told(422, str(reason))
    return _told(200, message, status="done")


async def _body(request: Request) -> bytes | None:
    """The body; None when it is longer than any call of a desk."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BYTES:
            return None
    return body


def _cancel(order: Order, _: Asked) -> Errand:
    back = order.refundable
    words = f"Order {order.name} is cancelled" + (f", {money.euros(back)} goes back." if back else ".")
    return Errand("Cancelled from the desk", lambda held, at: orders.cancel(held, at=at), words)


def _refund(order: Order, asked: Asked) -> Errand:
    pieces, said = _pieces(order, asked.get("items")), asked.get("amount")
    if said in (None, ""):
        cents: int | None = min(order.worth(pieces), order.refundable) if pieces else order.refundable
    else:
        cents = money.parse(str(said))
    if cents is None:
        raise NotPossible("The amount is not a sum in euros, such as 18.50.")
    if not order.refundable:
        raise NotPossible("There is nothing left to give back of this order.")
    if cents > order.refundable:
        raise NotPossible(f"Only {money.euros(order.refundable)} of this order can still be given back.")
    left = order.refundable - cents
    what = f"{money.euros(cents)} of order {order.name}" + (f" for {_named(order, pieces)}" if pieces else "")
    words = f"{what} goes back" + (f", {money.euros(left)} stays paid." if left else ", all of it.")
    done = f"Refunded {money.euros(cents)} from the desk"
    return Errand(done, lambda held, at: orders.refund(held, cents, at=at, pieces=pieces), words)


def _pieces(order: Order, said: object) -> Pieces:
    """The items of a call, as options of this order. Raises NotPossible where it names others, or more than are left."""
    if said in (None, "", []):
        return ()
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise NotPossible('Items are a list such as [{"optionId": "70011", "quantity": 1}].')
    lines = {line.option_id: line for line in order.lines}
    found: dict[str, int] = {}
    for one in said:
        option_id, count = str(one.get("optionId") or ""), one.get("quantity", 1)
        if option_id not in lines:
            raise NotPossible(f"Order {order.name} has no such item.")
        left = lines[option_id].quantity - order.gone(option_id) - found.get(option_id, 0)
        if not isinstance(count, int) or not 0 < count <= left:
            raise NotPossible(f"Of {lines[option_id].name} only {left} can be given back.")
        found[option_id] = found.get(option_id, 0) + count
    return tuple(found.items())


def _named(order: Order, pieces: Pieces) -> str:
    """``2 × Dot grid notebook and 1 × Washi tape``."""
    names = {line.option_id: line.name for line in order.lines}
    return " and ".join(f"{count} × {names[option_id]}" for option_id, count in pieces)


def _address(order: Order, asked: Asked) -> Errand:
    line1, line2, postcode, city = (" ".join(str(asked.get(name) or "").split())[:120] for name in ("line1", "line2", "postcode", "city"))
    if not (line1 and postcode and city):
        raise NotPossible("An address needs street, postcode and city.")
    address: Address = structs.replace(order.shipping, line1=line1, line2=line2, postcode=postcode, city=city)
    home = countries.country(address.country)
    words = f"Order {order.name} goes to {line1}, {postcode} {city}" + (f", {home.name}." if home else ".")
    return Errand("Address changed from the desk", lambda held, at: orders.readdress(held, address, at=at), words)


def _told(code: int, message: str, *, status: str = "failed") -> Response:
    return Response(msgspec.json.encode({"status": status, "message": message}), code, media_type="application/json")
