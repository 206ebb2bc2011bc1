"""Changes people make by hand, as log entries (decision 13): merge, part, accept what was held, work a parked event in again."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from msgspec import Struct

from tillside.base.trust import Trust
from tillside.customers import timeline
from tillside.customers.timeline import EventLine, Label
from tillside.events.shapes import OrderStatement
from tillside.feeds.log import Entry
from tillside.orders import document as documents
from tillside.orders.book import Source
from tillside.orders.stated import Stated
from tillside.projector.workplace import Workplace

_SETTLE = "delete from parked where workspace_id = :workspace_id and event_id = :event_id"


class Change(Struct, frozen=True, omit_defaults=True):
    """One change. `what` decides which of the other fields count; `by` is the agent's id, `name` how the timeline calls them."""

    what: Literal["merge", "part", "accept_order", "accept_traits", "retry"]
    by: str
    name: str
    profile_id: str = ""
    into_id: str = ""
    order_id: str = ""
    event_id: int = 0


async def apply(place: Workplace, entry: Entry) -> None:
    """Work one change in; what it names must be there, else it changes nothing but its line in the story."""
    change = msgspec.json.decode(entry.body, type=Change)
    await place.people.load(place.tx, (), [one for one in (change.profile_id, change.into_id) if one])
    title = await _VERBS[change.what](place, entry, change)
    label = Label(title=title, who=change.name)
    place.lines.append(
        EventLine(
            workspace_id=place.workspace_id,
            id=entry.event_id(0),
            connector_id=entry.connector_id,
            profile_id=change.into_id or change.profile_id or None,
            order_id=change.order_id or None,
            name=f"desk.{change.what}",
            occurred_at=entry.received_at,
            received_at=entry.received_at,
            verdict=timeline.ACCEPTED,
            trust=int(Trust.PROVEN),
            sender=entry.sender,
            label=label,
        ).row()
    )


async def _merge(place: Workplace, entry: Entry, change: Change) -> str:
    people = place.people
    if change.profile_id not in people.profiles or change.into_id not in people.profiles:
        return "merge of a profile that is gone"
    one, into = people.root(change.profile_id), people.root(change.into_id)
    if one is into:
        return "merge of one and the same profile"
    one.known.apart = [other for other in one.known.apart if other != into.id]
    reason = f"{change.name} said they are one person"
    people.merge(one, into, reason, trust=Trust.PROVEN, event_id=entry.event_id(0), at=entry.received_at)
    return one.name or one.email or "Visitor"


async def _part(place: Workplace, entry: Entry, change: Change) -> str:
    people = place.people
    one = people.profiles.get(change.profile_id)
    if one is None or one.into_id is None:
        return "separation of a profile that stands for itself"
    merge = people.merges.get(one.id)
    one.known.apart = sorted({*one.known.apart, one.into_id, people.root(one.id).id})
    people.part(one, at=entry.received_at)
    return merge.reason if merge else ""


async def _accept_order(place: Workplace, entry: Entry, change: Change) -> str:
    await place.book.load_ids(place.tx, [change.order_id])
    page = place.book.of_id(change.order_id)
    if page is None:
        return "acceptance for an order that is gone"
    held = {name: value for name, (value, _) in documents.held(page.document).items() if name not in ("profile", "items")}
    items = documents.held(page.document).get("items", (None, 0))[0]
    statement = OrderStatement(
        kind=page.key.kind,
        number=page.key.number,
        db_key=None,
        stamp=entry.received_at,
        tiebreak=f"{entry.position:016x}",
        fields=held,
        items=items,
        fulfillments=documents.held_parcels(page.document),
        replaces_fulfillments=False,
        deleted_fulfillment=None,
    )
    source = Source(page.key.connector_id, entry.event_id(0), entry.received_at, page.currency)
    place.book.add(source, Stated.of(statement), trust=documents.top_trust(page.document), profile_id=page.profile_id, names_profile=False)
    return documents.values(page.document).get("name") or page.key.number


async def _accept_traits(place: Workplace, entry: Entry, change: Change) -> str:
    if change.profile_id not in place.people.profiles:
        return "acceptance for a profile that is gone"
    one = place.people.root(change.profile_id)
    held = await place.people.held_of(place.tx, one)
    place.people.state(one, held, trust=Trust.PROVEN, writer=[entry.received_at, f"{entry.position:016x}"])
    return ", ".join(sorted(held))


async def _retry(place: Workplace, entry: Entry, change: Change) -> str:
    """The parked event was appended to the log once more, just before this entry; what was parked is settled by it."""
    await place.tx.run(_SETTLE, workspace_id=place.workspace_id, event_id=change.event_id)
    return str(change.event_id)


_VERBS: dict[str, Callable[[Workplace, Entry, Change], Awaitable[str]]] = {
    "merge": _merge,
    "part": _part,
    "accept_order": _accept_order,
    "accept_traits": _accept_traits,
    "retry": _retry,
}
