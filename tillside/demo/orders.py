"""The shop's orders as records, and the verbs that change them. Each returns the new order; `ledger` stores it."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct, structs

from tillside.demo import money

Pieces = tuple[tuple[str, int], ...]
"""Of which option how many pieces."""
State = Literal["placed", "packing", "partly_shipped", "shipped", "delivered", "cancelled", "payment_failed"]
DAY_MS = 24 * 60 * 60 * 1000


class Address(Struct, frozen=True):
    first_name: str
    last_name: str
    line1: str
    city: str
    postcode: str
    country: str
    line2: str = ""
    state: str = ""
    company: str = ""
    phone: str = ""


class Line(Struct, frozen=True):
    """One position; `price` is cents for one piece."""

    product_id: str
    option_id: str
    sku: str
    name: str
    price: int
    quantity: int
    grams: int
    picture: str
    path: str


class Parcel(Struct, frozen=True):
    """`contents` pairs an option id with a quantity. Times are milliseconds; zero means not yet."""

    id: str
    carrier: str
    number: str
    url: str
    contents: tuple[tuple[str, int], ...]
    shipped_at: int
    updated_at: int
    delivered_at: int = 0

    @property
    def quantity(self) -> int:
        return sum(quantity for _, quantity in self.contents)


class Order(Struct, frozen=True):
    """All sums are euro cents; `tax` is contained in `total`. `token` opens the status page without a sign-in. `returned`: of which option
    how many pieces were given back."""

    id: int
    token: str
    uid: str
    email: str
    billing: Address
    shipping: Address
    lines: tuple[Line, ...]
    goods: int
    discount: int
    postage: int
    tax: int
    total: int
    payment: str
    method: str
    state: State
    placed_at: int
    updated_at: int
    coupons: tuple[str, ...] = ()
    refunded: int = 0
    returned: Pieces = ()
    parcels: tuple[Parcel, ...] = ()
    did: str = ""
    sid: str = ""

    @property
    def name(self) -> str:
        return f"#{self.id}"

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def is_paid(self) -> bool:
        return self.state != "payment_failed"

    @property
    def is_open(self) -> bool:
        """Something may still be put into a parcel."""
        return self.state in ("placed", "packing", "partly_shipped")

    @property
    def refundable(self) -> int:
        return self.total - self.refunded if self.is_paid else 0

    def gone(self, option_id: str) -> int:
        """How many pieces of an option were given back."""
        return sum(count for known, count in self.returned if known == option_id)

    def worth(self, pieces: Pieces) -> int:
        """What was paid for these pieces: a coupon came off all goods alike, and piece by piece it adds up to what the line cost."""
        lines = {line.option_id: line for line in self.lines}
        return sum(self._paid(lines[option_id], self.gone(option_id), count) for option_id, count in pieces)

    def _paid(self, line: Line, gone: int, count: int) -> int:
        whole = money.part(self.goods - self.discount, line.price * line.quantity, self.goods)
        return money.part(whole, gone + count, line.quantity) - money.part(whole, gone, line.quantity)

    def is_stuck(self, now: int) -> bool:
        """A parcel that nobody has scanned for three days."""
        return any(not parcel.delivered_at and now - parcel.updated_at >= 3 * DAY_MS for parcel in self.parcels)

    def unshipped(self) -> dict[str, int]:
        """What is not yet in a parcel: option id → pieces."""
        left = {line.option_id: line.quantity for line in self.lines}
        for parcel in self.parcels:
            for option_id, quantity in parcel.contents:
                left[option_id] -= quantity
        return {option_id: quantity for option_id, quantity in left.items() if quantity > 0}


class NotPossible(Exception):
    """The order does not allow this now. The message is for the clerk."""


Verb = Callable[[Order, int], Order]
"""A change of an order at a moment in milliseconds."""


def pay(order: Order, *, at: int) -> Order:
    """The second try at a payment that failed."""
    if order.state != "payment_failed":
        raise NotPossible("This order is already paid.")
    return _changed(order, at, state="placed")


def pack(order: Order, *, at: int) -> Order:
    if order.state != "placed":
        raise NotPossible("Only an order that was just placed can go to the packing table.")
    return _changed(order, at, state="packing")


def ship(order: Order, parcel: Parcel) -> Order:
    """Sends a parcel with all or some of what is still here."""
    left = order.unshipped()
    if not order.is_open:
        raise NotPossible("Nothing of this order is left to send.")
    if not parcel.contents or any(not 0 < quantity <= left.get(option_id, 0) for option_id, quantity in parcel.contents):
        raise NotPossible("Choose at least one piece, and no more than are left to send.")
    sent = structs.replace(order, parcels=(*order.parcels, parcel))
    return _changed(sent, parcel.shipped_at, state="partly_shipped" if sent.unshipped() else "shipped")


def deliver(order: Order, parcel_id: str, *, at: int) -> Order:
    if not any(parcel.id == parcel_id and not parcel.delivered_at for parcel in order.parcels):
        raise NotPossible("This parcel has already arrived, or it is not part of the order.")
    parcels = tuple(structs.replace(parcel, delivered_at=at, updated_at=at) if parcel.id == parcel_id else parcel for parcel in order.parcels)
    is_complete = order.state == "shipped" and all(parcel.delivered_at for parcel in parcels)
    return _changed(order, at, parcels=parcels, state="delivered" if is_complete else order.state)


def scan(order: Order, parcel_id: str, *, at: int) -> Order:
    """The carrier has seen the parcel on its way."""
    parcels = (structs.replace(parcel, updated_at=at) if parcel.id == parcel_id else parcel for parcel in order.parcels)
    return _changed(order, at, parcels=tuple(parcels))


def refund(order: Order, cents: int, *, at: int, pieces: Pieces = ()) -> Order:
    """Gives money back; `pieces` says for what, where it is for goods."""
    if not 0 < cents <= order.refundable:
        raise NotPossible("Give a sum above zero that is no more than what is left of the payment.")
    for option_id, count in pieces:
        bought = sum(line.quantity for line in order.lines if line.option_id == option_id)
        if not 0 < count <= bought - order.gone(option_id):
            raise NotPossible("Choose pieces of this order that were not given back yet.")
    return _changed(order, at, refunded=order.refunded + cents, returned=(*order.returned, *pieces))


def cancel(order: Order, *, at: int) -> Order:
    """Stops an order of which nothing has left, and gives all the money back."""
    if order.state in ("cancelled", "payment_failed"):
        raise NotPossible("This order is cancelled already." if order.state == "cancelled" else "This order was never paid.")
    if order.parcels or not order.is_open:
        raise NotPossible("Part of this order has left the shop, so it can be refunded but not cancelled.")
    return _changed(order, at, state="cancelled", refunded=order.total)


def readdress(order: Order, address: Address, *, at: int) -> Order:
    """Sends it somewhere else, as long as nothing has left."""
    if order.parcels or not order.is_open:
        raise NotPossible("Part of this order has left the shop, so its address can no longer be changed.")
    return _changed(order, at, shipping=address)


def _changed(order: Order, at: int, **fields: object) -> Order:
    """Times of an order only grow, so that the desk never takes a change for an older one."""
    return structs.replace(order, updated_at=max(at, order.updated_at + 1), **fields)
