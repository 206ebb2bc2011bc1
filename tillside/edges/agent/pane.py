"""The pane beside a conversation: who writes and how far that is vouched for, the order in question, today, what they wrote before."""

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from tillside.actions import facts
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.trust import Trust
from tillside.conversations import about, fields
from tillside.conversations.conversation import Conversation
from tillside.conversations.fields import Field
from tillside.customers import story
from tillside.customers.person import Handle, Person
from tillside.edges.agent import buttons, labels, sentences
from tillside.edges.agent import order as receipts
from tillside.edges.agent.buttons import Button, Place
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.labels import Eye
from tillside.orders import document, figures, listing
from tillside.orders.listing import Line
from tillside.orders.order import Order
from tillside.storage.database import Database

STEPS = {"packed": "Packed", "on_the_way": "On the way", "delivered": "Delivered"}
_KINDS = ("email", "phone", "uid")
_MOST_TODAY = 5


class Proof(Struct, frozen=True):
    """The level in one word, what it rests on, what follows from it."""

    word: str
    says: str
    means: str


class Slot(Struct, frozen=True):
    """A field of the workspace with what this conversation has in it, as a form shows it."""

    field: Field
    value: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The choices with their levels set apart for people: ``Return::Damaged`` reads Return, damaged."""
        return [(one, " › ".join(one.split(fields.STEP))) for one in self.field.choices]


class Moment(Struct, frozen=True):
    """One line of today."""

    icon: str
    words: str
    at: int


_PROOFS = {
    Trust.TYPED: ("Anyone could have typed this.", "Share no order data yet."),
    Trust.SIGNED: ("The shop signed who this is.", "Their own history may be shown."),
    Trust.CODE: ("They entered a code sent to their address.", "Orders may be shown and changed."),
    Trust.PROVEN: ("The shop’s server vouches for them.", "Orders may be shown and changed."),
}


def proof_of(talk: Conversation, one: Person | None) -> Proof:
    """By the address the conversation came from, where it is known to be theirs; else by the best of what names them."""
    level = facts.trust_of(talk, one)
    return Proof(level.word, *_PROOFS[level])


def handles_of(one: Person | None) -> list[Handle]:
    """E-mails, phones and accounts, the best vouched for first, each value once."""
    found: dict[str, Handle] = {}
    for handle in one.handles if one else []:
        if handle.kind in _KINDS:
            found.setdefault(handle.value, handle)
    return list(found.values())[:5]


async def drawn(visit: Visit, talk: Conversation, *, chosen: str, mentioned: list[Line], one: Person | None) -> dict[str, object]:
    """Everything the pane shows but the other conversations."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    order = await about.chosen(store, workspace_id, chosen, mentioned, one)
    proof = proof_of(talk, one)
    sums = (await figures.of_people(store, workspace_id, [one.id])).get(one.id, []) if one else []
    return {
        "person": one,
        "proof": proof,
        "handles": handles_of(one),
        "sums": sums,
        "order_count": (await listing.tally(store, workspace_id, one.ids)).whole if one else 0,
        "today": await _today(visit, one),
        "slots": await slots(store, talk),
        "mentioned": mentioned,
        **await _card(visit, talk, order, is_locked=proof.word == "typed"),
    }


async def card(visit: Visit, talk: Conversation, order_id: str, one: Person | None) -> dict[str, Any]:
    """The card of one order alone. Raises Unknown."""
    order = await listing.one(visit.desk.store, visit.workspace.id, order_id)
    return await _card(visit, talk, order, is_locked=proof_of(talk, one).word == "typed")


async def _card(visit: Visit, talk: Conversation, order: Order | None, *, is_locked: bool) -> dict[str, Any]:
    """`seen` changes with anything the card shows."""
    offered = await order_buttons(visit, talk, order)
    shown = [(one.id, one.name, one.why, one.run.state, one.run.tries) if one.run else (one.id, one.name, one.why) for one in offered]
    said = msgspec.json.encode([order.document if order else None, shown, is_locked])
    return {"order_buttons": offered, "seen": sha256(said).hexdigest()[:16], **_receipt(visit, order, is_locked=is_locked)}


async def order_buttons(visit: Visit, talk: Conversation, order: Order | None) -> list[Button]:
    """What can be done with the order in question."""
    if order is None or not visit.may(Act.ANSWER):
        return []
    return await buttons.of(visit, Place("order", talk, order, order.profile_id))


async def slots(store: Database, talk: Conversation) -> list[Slot]:
    """Every field of a conversation, filled or not."""
    return [Slot(one, written(talk.fields.get(one.key))) for one in await fields.every(store, talk.workspace_id)]


def written(value: object) -> str:
    """The value of a field as a form sends it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _receipt(visit: Visit, order: Order | None, *, is_locked: bool) -> dict[str, object]:
    if order is None:
        return {"order": None, "receipt": {}, "steps": STEPS, "paid": "", "is_locked": False}
    values = document.values(order.document)
    drawn = receipts.drawn(order, Eye(order.currency, visit.workspace.time_zone))
    drawn["totals"] = [(words, sum_) for words, sum_ in drawn["totals"] if any(digit in sum_ for digit in "123456789")]  # type: ignore[attr-defined]  # pairs of texts
    return {
        "order": order,
        "receipt": drawn,
        "steps": STEPS,
        "paid": labels.plain(values["payment_status"]) if values.get("payment_status") else "",
        "is_locked": is_locked,
    }


async def _today(visit: Visit, one: Person | None) -> list[Moment]:
    if one is None:
        return []
    store, workspace_id = visit.desk.store, visit.workspace.id
    lines = [line for line in await story.read(store, workspace_id, one.ids, count=40) if line.occurred_at > stamps.now() - stamps.DAY]
    ids = sorted({line.order_id for line in lines if line.order_id})
    known, firsts = await listing.by_ids(store, workspace_id, ids), await story.firsts(store, workspace_id, ids)
    found: list[Moment] = []
    for moment in story.fold(lines)[:_MOST_TODAY]:
        said = sentences.of(moment.line, known, firsts)
        words = " ".join(part for part in (said.before, said.thing, said.after) if part)
        if moment.is_visit and len(moment.lines) > 1:
            words = f"Looked at {len(moment.lines)} pages, last “{moment.line.label.title or 'a page'}”"
        found.append(Moment(said.icon, words, moment.at))
    return found
