"""Writes orders down. Whatever changes an order also writes the letter that tells the desk, in the same transaction."""

import secrets
import uuid
from collections.abc import Callable

import msgspec
from msgspec import Struct

from tillside.demo import statements
from tillside.demo.basket import Position, Totals
from tillside.demo.draft import Draft
from tillside.demo.orders import NotPossible, Order, Verb
from tillside.demo.outbox import Outbox
from tillside.demo.settings import DemoSettings
from tillside.demo.store import Store, now_ms


class Errand(Struct, frozen=True):
    """Something that is to be done once: `words` for the back office, the change, and `answer` for whoever asked."""

    words: str
    verb: Verb
    answer: str


class Ledger:
    def __init__(self, store: Store, settings: DemoSettings, outbox: Outbox) -> None:
        self._store = store
        self._settings = settings
        self._outbox = outbox

    def place(self, draft: Draft, positions: list[Position], totals: Totals) -> Order:
        """Takes the order down under the next number."""
        with self._store.transaction():
            order = draft.order(self._store.next_order_id(), secrets.token_urlsafe(16), positions, totals, at=now_ms())
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

    def once(self, key: str, order_id: int, read: Callable[[Order], Errand]) -> str:
        """Does an errand for whoever asked under this key, and remembers the answer with it; the same key again only hears the answer.

        A refusal (NotPossible) is not remembered: it changed nothing, and may be possible the next time.
        """
        with self._store.transaction():
            known = self._store.answer(key)
            if known is not None:
                return known
            order = self._store.order(order_id)
            if order is None:
                raise NotPossible("There is no order with this number.")
            errand = read(order)
            self._keep(errand.verb(order, now_ms()), errand.words)
            self._store.save_answer(key, errand.answer)
        self._outbox.ring()
        return errand.answer

    def _keep(self, order: Order, words: str) -> None:
        event_id = str(uuid.uuid4())
        event = statements.order_event(order, key=self._settings.key, shop_url=self._settings.shop_url, event_id=event_id, sent_at=now_ms())
        self._store.save_order(order)
        self._store.put_letter(order.id, event_id, words, msgspec.json.encode(event))
