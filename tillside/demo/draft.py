"""What somebody wants to order, checked, and the order it becomes: by the checkout, or weeks ago in the seed."""

import msgspec

from tillside.demo.basket import Position, Totals
from tillside.demo.orders import Address, Order, State


class Draft(msgspec.Struct, frozen=True):
    """What the checkout form says."""

    email: str
    address: Address
    method: str
    payment: str
    uid: str = ""
    coupons: tuple[str, ...] = ()
    state: State = "placed"
    did: str = ""
    sid: str = ""

    def order(self, number: int, token: str, positions: list[Position], totals: Totals, *, at: int) -> Order:
        """The order as it is placed at a moment (ms)."""
        return Order(
            id=number,
            token=token,
            uid=self.uid,
            email=self.email,
            billing=self.address,
            shipping=self.address,
            lines=tuple(position.line() for position in positions),
            goods=totals.goods,
            discount=totals.discount,
            postage=totals.postage,
            tax=totals.tax,
            total=totals.total,
            payment=self.payment,
            method=self.method,
            state=self.state,
            placed_at=at,
            updated_at=at,
            coupons=self.coupons,
            did=self.did,
            sid=self.sid,
        )
