"""What a conversation is about: the person it is with, and the order in question. Reads only."""

from tillside.base.errors import Unknown
from tillside.conversations.conversation import Conversation
from tillside.customers import person as people
from tillside.customers.person import Person
from tillside.orders import listing
from tillside.orders.listing import Line
from tillside.orders.order import Order
from tillside.storage.database import Database, Transaction


async def who(store: Database | Transaction, talk: Conversation) -> Person | None:
    """The person a conversation's profile stands for today; None where nobody is named."""
    if not talk.profile_id:
        return None
    try:
        root = await people.root_of(store, talk.workspace_id, talk.profile_id)
        return await people.read(store, talk.workspace_id, root)
    except Unknown:
        return None


async def chosen(store: Database | Transaction, workspace_id: int, order_id: str, mentions: list[Line], one: Person | None) -> Order | None:
    """The order in question: the one that was asked for, else the one spoken of last, else the newest of this person."""
    wanted = order_id or (mentions[0].id if mentions else "")
    if not wanted and one:
        lines = await listing.page(store, workspace_id, listing.Sieve(profile_ids=one.ids), count=1)
        wanted = lines[0].id if lines else ""
    try:
        return await listing.one(store, workspace_id, wanted) if wanted else None
    except Unknown:
        return None
