"""Writes orders down. Whatever changes an order also writes the letter that tells the desk, in the same transaction."""

import secrets
import uuid

import msgspec

from tillside.demo import statements
from tillside.demo.basket import Position, Totals
from tillside.demo.orders import Address, NotPossible, Order, State, Verb
from tillside.demo.outbox import Outbox
from tillside.demo.settings import DemoSettings
from tillside.demo.store import Store, now_ms


class Ledger:
    def __init__(self, store: Store, settings: DemoSettings, outbox: Outbox) -> None:
        self._store = store
        self._settings = settings
        self._outbox = outbox

    def place(self, draft: "Draft", positions: list[Position], totals: Totals) -> Order:
        """Takes the order down under the next number."""
        now = now_ms()
        with self._store.transaction():
            order = Order(
                id=self._store.next_order_id(),
                token=secrets.token_urlsafe(16),
                uid=draft.uid,
                email=draft.email,
                billing=draft.address,
                shipping=draft.address,
                lines=tuple(position.line() for position in positions),
                goods=totals.goods,
                discount=totals.discount,
                postage=totals.postage,
                tax=totals.tax,
                total=totals.total,
                payment=draft.payment,
                method=draft.method,
                state=draft.state,
                placed_at=now,
                updated_at=now,
                coupons=draft.coupons,
                did=draft.did,
                sid=draft.sid,
            )
            self._keep(order, "Order placed" if order.is_paid else "Payment failed")
        self._outbox.ring()
        return order

    def change(self, order_id: int, words: str, verb: Verb) -> Order:
        """Applies a verb of `orders` at this moment; raises NotPossible as the verb does."""
        with self._store.transaction():
            order = self._store.order(order_id)
            if order is None:
                raise NotPossible("There is no order with this number.")
            changed = verb(order, now_ms())
            self._keep(changed, words)
        self._outbox.ring()
        return changed

    def _keep(self, order: Order, words: str) -> None:
        event_id = str(uuid.uuid4())
        event = statements.order_event(order, key=self._settings.key, shop_url=self._settings.shop_url, event_id=event_id, sent_at=now_ms())
        self._store.save_order(order)
        self._store.put_letter(order.id, event_id, words, msgspec.json.encode(event))


class Draft(msgspec.Struct, frozen=True):
    """What the checkout form says, checked."""

    email: str
    address: Address
    method: str
    payment: str
    uid: str = ""
    coupons: tuple[str, ...] = ()
    state: State = "placed"
    did: str = ""
    sid: str = ""
