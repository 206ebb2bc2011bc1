"""The pane beside a conversation: who writes and how far that is vouched for, the order in question, today, what they wrote before."""

import msgspec
from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.base.trust import Trust
from tillside.conversations import fields
from tillside.conversations.conversation import Conversation
from tillside.conversations.fields import Field
from tillside.customers import person, story
from tillside.customers.person import Handle, Person
from tillside.edges.agent import labels, sentences
from tillside.edges.agent import order as receipts
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


async def who(store: Database, talk: Conversation) -> Person | None:
    """The person a conversation's profile stands for today; None where nobody is named."""
    if not talk.profile_id:
        return None
    try:
        root = await person.root_of(store, talk.workspace_id, talk.profile_id)
        return await person.read(store, talk.workspace_id, root)
    except Unknown:
        return None


def proof_of(talk: Conversation, one: Person | None) -> Proof:
    """By the address the conversation came from, where it is known to be theirs; else by the best of what names them."""
    handles = one.handles if one else []
    address = talk.source.get("from", {}).get("address", "").lower()
    same = [handle.trust for handle in handles if address and handle.value.lower() == address]
    level = Trust(max(same or [handle.trust for handle in handles if handle.kind in _KINDS] or [0]))
    return Proof(level.word, *_PROOFS[level])


def handles_of(one: Person | None) -> list[Handle]:
    """E-mails, phones and accounts, the best vouched for first, each value once."""
    found: dict[str, Handle] = {}
    for handle in one.handles if one else []:
        if handle.kind in _KINDS:
            found.setdefault(handle.value, handle)
    return list(found.values())[:5]


async def order_of(store: Database, workspace_id: int, chosen: str, mentioned: list[Line], one: Person | None) -> Order | None:
    """The order in question: the one that was asked for, else the one spoken of last, else the newest of this person."""
    wanted = chosen or (mentioned[0].id if mentioned else "")
    if not wanted and one:
        lines = await listing.page(store, workspace_id, listing.Sieve(profile_ids=one.ids), count=1)
        wanted = lines[0].id if lines else ""
    try:
        return await listing.one(store, workspace_id, wanted) if wanted else None
    except Unknown:
        return None


async def drawn(visit: Visit, talk: Conversation, *, chosen: str, mentioned: list[Line], one: Person | None) -> dict[str, object]:
    """Everything the pane shows but the other conversations."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    order = await order_of(store, workspace_id, chosen, mentioned, one)
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
        **_receipt(visit, order, is_locked=proof.word == "typed"),
    }


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
