"""What an action looks at before it is offered: the order, the conversation, its customer, and why it does not apply. Reads only."""

from collections.abc import Sequence

from tillside.actions import conditions, items
from tillside.actions.action import Action
from tillside.actions.conditions import Facts
from tillside.actions.form import Purse
from tillside.agents import workspace
from tillside.base.errors import Unknown
from tillside.base.trust import Trust
from tillside.conversations.conversation import Conversation
from tillside.customers import person
from tillside.customers.person import Person
from tillside.orders import document, state
from tillside.orders.order import Order
from tillside.storage.database import Database, Transaction
from tillside.targets import values

_KINDS = ("email", "phone", "uid")


async def gather(
    store: Database | Transaction, workspace_id: int, actions: Sequence[Action], *, talk: Conversation | None, order: Order | None
) -> Facts:
    """The facts these actions need: the customer's trust and the placeholders' values only where one of them looks at them."""
    trust = None
    if talk is not None and any(conditions.needs_trust(one.conditions) for one in actions):
        trust = trust_of(talk, await _person(store, talk))
    told = {}
    if any(conditions.needs_document(one.conditions) for one in actions):
        home = await workspace.by_id(store, workspace_id)
        told = await values.of(store, home, talk, order=order)
    return Facts(order.state if order else None, talk.channel if talk else None, trust, told)


def refusal(action: Action, facts: Facts) -> str:
    """Why it does not apply here, in words; "" where it does."""
    if not action.is_on:
        return "This action is switched off."
    return conditions.refusal(action.conditions, facts)


def purse(order: Order | None, currency: str = "EUR") -> Purse:
    """What amounts and lines are checked against: what was paid for the order and has not gone back."""
    if order is None:
        return Purse(currency)
    said = document.values(order.document)
    left = max(order.amount - state.refunded(said, order.currency), 0) if order.amount else None
    return Purse(order.currency, left, items.of_order(said, order.currency), is_known=True)


def trust_of(talk: Conversation, one: Person | None) -> Trust:
    """How far who writes is vouched for: by the address the conversation came from where it is known, else by the best that names them."""
    handles = one.handles if one else []
    address = talk.source.get("from", {}).get("address", "").lower()
    same = [handle.trust for handle in handles if address and handle.value.lower() == address]
    return Trust(max(same or [handle.trust for handle in handles if handle.kind in _KINDS] or [0]))


async def _person(store: Database | Transaction, talk: Conversation) -> Person | None:
    if not talk.profile_id:
        return None
    try:
        return await person.read(store, talk.workspace_id, await person.root_of(store, talk.workspace_id, talk.profile_id))
    except Unknown:
        return None
