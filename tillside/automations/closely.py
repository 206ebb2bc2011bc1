"""What a glance does not tell of a conversation at a past moment: its customer, its order, its files, what an event said. Reads only.

Only what conditions ask for is read, and people a hundred at once, each once: a simulation asks for thousands.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from tillside.agents.workspace import Workspace
from tillside.automations import facts, glance
from tillside.automations.conditions import Sight
from tillside.automations.facts import Document, Properties
from tillside.automations.history import Past
from tillside.automations.rule import Rule
from tillside.conversations.conversation import Conversation
from tillside.customers import person as people
from tillside.customers.person import Person
from tillside.orders import figures
from tillside.orders import order as orders
from tillside.orders.figures import Figures
from tillside.storage.database import Database
from tillside.targets import naming, values

_LAST_ORDER = "customer.lastOrder"


class Wants(Struct, frozen=True):
    """What has to be read. `rest`: something nobody foresaw, so all of it."""

    customer: bool = False
    order: bool = False
    message: bool = False
    event: bool = False
    rest: bool = False


def wants(rules: Iterable[Rule]) -> Wants:
    """What the conditions of these rules ask for beyond a glance."""
    paths = [path for rule in rules for path in glance.unknown(rule.terms.blocks)]
    roots = {path.partition(".")[0] for path in paths}
    return Wants(
        customer="customer" in roots,
        order="order" in roots or any(path.startswith(_LAST_ORDER) or path == "customer" for path in paths),
        message="lastMessage" in roots or "conversation.hasFile" in paths,
        event="event" in roots,
        rest=bool(roots - {"customer", "order", "lastMessage", "event", "conversation"}),
    )


class Reader:
    """One simulation's reading: the people it has met."""

    def __init__(self, store: Database, home: Workspace, properties: Properties) -> None:
        self._store, self._home, self._properties = store, home, properties
        self._people: dict[str, Person | None] = {}
        self._bought: dict[str, list[Figures]] = {}

    async def meet(self, talks: Sequence[Conversation], wanted: Wants) -> None:
        """Read the people of these conversations, if anybody asks for them."""
        ids = sorted({one.profile_id for one in talks if one.profile_id} - self._people.keys())
        if not ids or wanted.rest or not (wanted.customer or wanted.order):
            return
        found = await people.of_many(self._store, self._home.id, ids)
        self._people |= {one: found.get(one) for one in ids}
        if found:
            self._bought |= await figures.of_people(self._store, self._home.id, sorted({one.id for one in found.values()}))

    async def closely(self, talk: Conversation, past: Past, sight: Sight, wanted: Wants) -> Sight:
        """A moment with all that is wanted, what the glance knew of it laid over that; of somebody who was met."""
        document = dict(sight.document)
        order = await orders.by_id(self._store, self._home.id, past.event.order_id) if past.event and past.event.order_id else None
        if past.event and (wanted.event or wanted.rest):
            document["event"] = await facts.told_of(self._home.id, past.event, self._properties)
        if wanted.rest:
            document = await values.of(self._store, self._home, talk, order=order, event=document["event"])
        elif wanted.customer or wanted.order:
            one = self._people.get(talk.profile_id or "")
            order = order or (await values.order_of(self._store, talk, one) if wanted.order else None)
            document["customer"] = naming.customer(one, talk, self._bought.get(one.id, []) if one else [], order)
            document["order"] = naming.order(order) if order else {}
        await self._message(document, past, sight, wanted)
        return Sight(document, at=past.at, zone=self._home.time_zone)

    async def _message(self, document: Document, past: Past, sight: Sight, wanted: Wants) -> None:
        if past.message is not None and (wanted.message or wanted.rest):
            document["lastMessage"] = await values.of_message(self._store, past.message)
        last = document["lastMessage"]
        document["ticket"] = {**document["ticket"], "lastMessage": last}
        document["hours"] = sight.document["hours"]
        document["conversation"] = {**sight.document["conversation"], "hasFile": bool(last.get("attachments"))}
