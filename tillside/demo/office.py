"""The back office: what has been ordered, and the verbs of the packing table. Each one tells the desk through the outbox.

It stands open like the rest of the demo: nothing in it is real, and it listens on this machine alone.
"""

import secrets
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import Response

from tillside.demo import countries, money, orders
from tillside.demo.calls import Call
from tillside.demo.orders import NotPossible, Parcel, Verb

SHELVES: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ()),
    "to-send": ("To send", ("placed", "packing", "partly_shipped")),
    "on-the-way": ("On the way", ("shipped", "partly_shipped")),
    "done": ("Delivered", ("delivered",)),
    "stopped": ("Stopped", ("cancelled", "payment_failed")),
}
PAGE = 30


async def overview(call: Call) -> Response:
    shelf = call.request.query_params.get("show", "all")
    shelf = shelf if shelf in SHELVES else "all"
    before = call.request.query_params.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 12 else 1 << 62
    found = call.shop.store.orders(states=SHELVES[shelf][1], before=start, limit=PAGE + 1)
    waiting = call.shop.store.waiting_letters()
    return call.render("office.html", orders=found[:PAGE], has_more=len(found) > PAGE, shelf=shelf, shelves=SHELVES, waiting=waiting)


async def order(call: Call) -> Response:
    return _show(call)


async def act(call: Call) -> Response:
    """`do` names the verb; the other fields are its own."""
    form = await call.form()
    verbs = {"pack": _pack, "ship": _ship, "deliver": _deliver, "refund": _refund, "cancel": _cancel}
    make = verbs.get(str(form.get("do", "")))
    order_id = int(call.request.path_params["id"])
    if make is None or call.shop.store.order(order_id) is None:
        return call.not_found("There is no such order, or nothing like that can be done with it.")
    try:
        words, verb = make(form)
        call.shop.ledger.change(order_id, words, verb)
    except NotPossible as reason:
        return _show(call, problem=str(reason), status=422)
    call.change_visit(notice=f"{words}. The desk has been told, or will be as soon as it can be reached.")
    return call.go(f"/admin/orders/{order_id}")


def _show(call: Call, *, problem: str = "", status: int = 200) -> Response:
    store, order_id = call.shop.store, int(call.request.path_params["id"])
    shown = store.order(order_id)
    if shown is None:
        return call.not_found("There is no order with this number.")
    home = countries.country(shown.shipping.country)
    carriers = dict.fromkeys([*(home.carriers if home else ()), *countries.TRACKING])
    return call.render(
        "office_order.html",
        status=status,
        order=shown,
        lines={line.option_id: line for line in shown.lines},
        problem=problem,
        letters=store.letters_of(order_id),
        carriers=list(carriers),
        number=_tracking_number(),
    )


def _pack(form: FormData) -> tuple[str, Verb]:
    return "On the packing table", lambda order, at: orders.pack(order, at=at)


def _ship(form: FormData) -> tuple[str, Verb]:
    carrier, number, url = (str(form.get(name, "")).strip()[:300] for name in ("carrier", "number", "url"))
    if not carrier or not number:
        raise NotPossible("Give the carrier and the tracking number.")
    if url and not url.startswith(("https://", "http://")):
        raise NotPossible("A tracking link begins with https://.")
    contents = tuple((name.removeprefix("pieces-"), _count(value)) for name, value in form.items() if name.startswith("pieces-"))
    parcel = partial(
        Parcel,
        id=f"P{secrets.token_hex(5)}",
        carrier=carrier,
        number=number,
        url=url or countries.tracking_url(carrier, number),
        contents=tuple((option_id, count) for option_id, count in contents if count),
    )
    return f"Parcel sent with {carrier}", lambda order, at: orders.ship(order, parcel(shipped_at=at, updated_at=at))


def _deliver(form: FormData) -> tuple[str, Verb]:
    parcel_id = str(form.get("parcel", ""))
    return "Parcel delivered", lambda order, at: orders.deliver(order, parcel_id, at=at)


def _refund(form: FormData) -> tuple[str, Verb]:
    cents = money.parse(str(form.get("sum", "")))
    if cents is None:
        raise NotPossible("Give the sum in euros, such as 18.50.")
    return f"Refunded {money.euros(cents)}", lambda order, at: orders.refund(order, cents, at=at)


def _cancel(form: FormData) -> tuple[str, Verb]:
    return "Order cancelled", lambda order, at: orders.cancel(order, at=at)


def _count(value: object) -> int:
    plain = str(value).strip() or "0"
    if not (plain.isascii() and plain.isdigit() and len(plain) < 5):
        raise NotPossible("Give whole numbers of pieces.")
    return int(plain)


def _tracking_number() -> str:
    """Something to click on: twenty digits, as many carriers print them."""
    return "00340434" + "".join(secrets.choice("0123456789") for _ in range(12))
