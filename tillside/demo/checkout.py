"""From the cart to an order: the form, its checks, the coupon, the order itself and its status page."""

import re
from dataclasses import dataclass, field

from msgspec import structs
from starlette.datastructures import FormData
from starlette.responses import Response

from tillside.demo import basket, catalogue, countries, orders, words
from tillside.demo.calls import Call
from tillside.demo.catalogue import Coupon
from tillside.demo.draft import Draft
from tillside.demo.orders import Address, NotPossible
from tillside.demo.people import Person

FIELDS = (
    "email",
    "first_name",
    "last_name",
    "company",
    "line1",
    "line2",
    "postcode",
    "city",
    "state",
    "country",
    "phone",
    "method",
    "payment",
)
NEEDED = {
    "email": "Give the mail address to which the confirmation shall go.",
    "first_name": "Give a first name.",
    "last_name": "Give a last name.",
    "line1": "Give street and number.",
    "postcode": "Give the postcode.",
    "city": "Give the town.",
}
EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]{2,}")
DEVICE = re.compile(r"[0-9A-Za-z_-]{8,64}")


@dataclass
class Entries:
    """What stands in the form, and what is wrong with it by field name."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


async def show(call: Call) -> Response:
    if not call.positions():
        return call.go("/cart")
    call.says("checkout_start", {})
    return _form(call, Entries(_known(call.person)))


async def submit(call: Call) -> Response:
    """One form, three verbs: apply a coupon, work the sums out again, order."""
    form = await call.form()
    entries = Entries({name: str(form.get(name, "")).strip()[:200] for name in FIELDS})
    if not call.positions():
        return call.go("/cart")
    _keep_coupon(call, entries, form)
    if form.get("act") != "order":
        return _form(call, entries)
    _check(entries)
    if entries.errors:
        return _form(call, entries, status=422)
    return _order(call, entries.values)


async def status(call: Call) -> Response:
    order = call.shop.store.order_by_token(call.request.path_params["token"])
    if order is None:
        return call.not_found("No order has this address. The link in your confirmation is the right one.")
    is_new = call.request.query_params.get("placed") == "1" and order.is_paid
    return call.render("order.html", order=order, lines={line.option_id: line for line in order.lines}, is_new=is_new)


async def pay(call: Call) -> Response:
    """The second try after a payment failed."""
    order = call.shop.store.order_by_token(call.request.path_params["token"])
    if order is None:
        return call.not_found()
    try:
        call.shop.ledger.change(order.id, "Paid at the second try", lambda order, at: orders.pay(order, at=at))
    except NotPossible as reason:
        call.change_visit(notice=str(reason))
    return call.go(f"/orders/{order.token}")


def _order(call: Call, values: dict[str, str]) -> Response:
    positions, coupon = call.positions(), _coupon(call)
    goods = sum(position.sum for position in positions)
    totals = basket.totals(goods, country_code=values["country"], method=values["method"], coupon=coupon)
    used = (coupon.code,) if coupon and goods >= coupon.least else ()
    is_declined = values["payment"] == "declined card"
    draft = Draft(
        email=values["email"],
        address=_address(values),
        method=values["method"],
        payment="card" if is_declined else values["payment"],
        uid=call.visit.uid,
        coupons=used,
        state="payment_failed" if is_declined else "placed",
        did=_device(call, "rpdid"),
        sid=_device(call, "rpsid"),
    )
    order = call.shop.ledger.place(draft, positions, totals)
    call.change_visit(cart=(), coupon="")
    if not call.visit.uid:
        typed = {
            "uid": draft.email,
            "email": draft.email,
            "firstName": draft.address.first_name,
            "lastName": draft.address.last_name,
        }
        call.change_visit(identify=typed)
    return call.go(f"/orders/{order.token}?placed=1")


def _form(call: Call, entries: Entries, *, status: int = 200) -> Response:
    positions = call.positions()
    goods = sum(position.sum for position in positions)
    totals = basket.totals(goods, country_code=entries.values["country"], method=entries.values["method"], coupon=_coupon(call))
    return call.render(
        "checkout.html",
        status=status,
        positions=positions,
        totals=totals,
        values=entries.values,
        errors=entries.errors,
        coupon=_coupon(call),
        coupons=catalogue.COUPONS,
        payments=words.PAYMENTS,
    )


def _keep_coupon(call: Call, entries: Entries, form: FormData) -> None:
    code = str(form.get("coupon", "")).strip()[:40]
    coupon = catalogue.coupon(code)
    if code and not coupon:
        entries.errors["coupon"] = f"We have no coupon “{code}”. The sums stay as they were."
        return
    entered = coupon.code if coupon else ""
    if entered != call.visit.coupon:
        call.change_visit(coupon=entered)
        if entered:
            call.says("applied_coupon", {"coupon_code": entered})


def _check(entries: Entries) -> None:
    """Fills in what is wrong. A choice that is not on the form falls back to the first one."""
    values = entries.values
    for name, sentence in NEEDED.items():
        if not values[name]:
            entries.errors[name] = sentence
    if values["email"] and not EMAIL.fullmatch(values["email"]):
        entries.errors["email"] = "This does not look like a mail address. One looks like name@example.com."
    for name, choices in (("method", countries.METHODS), ("payment", words.PAYMENTS)):
        if values[name] not in choices:
            values[name] = next(iter(choices))
    if countries.country(values["country"]) is None:
        entries.errors["country"] = "Choose a country we send to."


def _known(person: Person | None) -> dict[str, str]:
    values = dict.fromkeys(FIELDS, "") | {"country": "DE", "method": "letter", "payment": "card"}
    if person is not None:
        values |= {name: value for name, value in structs.asdict(person).items() if name in FIELDS and value}
    return values


def _address(values: dict[str, str]) -> Address:
    return Address(**{name: values[name] for name in structs.asdict(Address("", "", "", "", "", ""))})


def _coupon(call: Call) -> Coupon | None:
    return catalogue.coupon(call.visit.coupon)


def _device(call: Call, cookie: str) -> str:
    """The tracker's id of this browser, so that the server's event joins the visit. Both of its cookies are the shop's own."""
    value = call.request.cookies.get(cookie, "")
    return value if DEVICE.fullmatch(value) else ""
