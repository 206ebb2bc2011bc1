"""The conversations a browser may see: its own, and its person's when that person is known well enough. Every read goes through here.

A stranger sees what this very browser began. Whoever is known at the connector's level or better sees every conversation of theirs in
this shop, except what other browsers wrote in their name before anybody knew them: that may have been anybody.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.connectors.connector import Connector
from tillside.conversations import conversation as conversations
from tillside.conversations import message as messages
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Kind, Message
from tillside.customers import lookup
from tillside.feeds import activity
from tillside.feeds.activity import Activity
from tillside.messenger.visitor import Visitor
from tillside.storage.database import Database, Transaction

SHOWN: tuple[Kind, ...] = messages.PUBLIC
"""Kinds a shopper may read. Notes are not among them, here and nowhere else in this room."""
MOST = 50
_OWN = "id in (select conversation_id from visitor_conversation where workspace_id = :w and visitor_id = :visitor)"
_GROUP = """
with recursive group_of(id) as (
  select id from profile where workspace_id = :w and id = :profile
  union select profile.id from group_of join profile on profile.workspace_id = :w and profile.into_id = group_of.id
)
select id from group_of order by id limit 500
"""
_PERSON = f"""
({_OWN} or (profile_id in {{list:profiles}} and connector_id = :connector and not exists (
  select 1 from visitor_conversation typed where typed.workspace_id = conversation.workspace_id
  and typed.conversation_id = conversation.id and typed.trust < :least)))
"""
_LIST = f"""
select {conversations.COLUMNS} from conversation where workspace_id = :w and state <> 'trash' and merged_into is null and {{mine}}
order by sort_at desc, id desc limit {MOST}
"""
_SOME = f"""
select {conversations.COLUMNS} from conversation where workspace_id = :w and id in {{list:ids}} and state <> 'trash' and {{mine}}
order by id limit 200
"""
_ONE = f"select {conversations.COLUMNS} from conversation where workspace_id = :w and id = :id and state <> 'trash' and {{mine}} limit 1"
"""As `_SOME`: PostgreSQL keeps one plan for it, where it makes a new one for every list."""
_UNREAD = """
select message.conversation_id, count(*) from message left join reading on reading.workspace_id = message.workspace_id
  and reading.conversation_id = message.conversation_id and reading.side = 'shopper'
where message.workspace_id = :w and message.conversation_id in {list:ids} and message.kind = 'agent' and message.removed_at is null
  and message.state in ('stored', 'sent', 'seen', 'failed') and message.at > coalesce(reading.at, 0)
group by message.conversation_id order by message.conversation_id limit 200
"""
_READ = """
select conversation_id, at from reading where workspace_id = :w and side = 'shop' and conversation_id in {list:ids}
order by conversation_id limit 200
"""
_PUT_READ = """
insert into reading (workspace_id, conversation_id, side, at) values (:w, :id, :side, :at)
on conflict (workspace_id, conversation_id, side) do update set at = excluded.at where reading.at < excluded.at
"""
_BIND = """
insert into visitor_conversation (workspace_id, conversation_id, visitor_id, trust, at) values (:w, :id, :visitor, :trust, :at)
on conflict do nothing
"""
_ANSWERERS = """
select conversation_id, author_name, at from message where workspace_id = :w and conversation_id in {list:ids} and kind = 'agent'
  and author_kind = 'agent' and removed_at is null and state in ('stored', 'sent', 'seen', 'failed') order by at desc limit 500
"""

_LINE = """
select (select count(*) from message where workspace_id = :w and conversation_id = :id and kind = 'agent' and removed_at is null
    and state in ('stored', 'sent', 'seen', 'failed')
    and at > coalesce((select at from reading where workspace_id = :w and conversation_id = :id and side = 'shopper'), 0)),
  (select at from reading where workspace_id = :w and conversation_id = :id and side = 'shop'), answered.author_name, answered.at
from (select 1 as always) there left join (
  select author_name, at from message where workspace_id = :w and conversation_id = :id and kind = 'agent' and author_kind = 'agent'
    and removed_at is null and state in ('stored', 'sent', 'seen', 'failed') order by at desc limit 1
) answered on true
"""

_BROWSERS = """
select conversation_id, visitor_id from visitor_conversation where workspace_id = :w and conversation_id in {list:ids}
order by conversation_id, visitor_id limit 2000
"""
_PROFILES = """
with recursive above(conversation, id, into_id) as (
  select conversation.id, profile.id, profile.into_id from conversation join profile on profile.workspace_id = :w
    and profile.id = conversation.profile_id where conversation.workspace_id = :w and conversation.id in {list:ids}
  union select above.conversation, profile.id, profile.into_id from above
    join profile on profile.workspace_id = :w and profile.id = above.into_id
), group_of(conversation, id) as (
  select conversation, id from above where into_id is null
  union select group_of.conversation, profile.id from group_of join profile on profile.workspace_id = :w and profile.into_id = group_of.id
)
select conversation, id from group_of order by conversation, id limit 5000
"""


class Line(Struct, frozen=True):
    """A conversation as its shopper sees it. `who` answered last, by first name; `read_at`: up to when the shop has read."""

    conversation: Conversation
    who: str
    unread: int
    read_at: int


class Concerned(Struct, frozen=True):
    """Whom news of a conversation may concern: these browsers, and browsers of these profiles. Wider than what they may see, never narrower."""

    visitors: set[str]
    profiles: set[str]


def opens_history(connector: Connector, visitor: Visitor) -> bool:
    return visitor.profile_id is not None and visitor.trust > 0 and visitor.trust >= connector.history_trust


async def listed(database: Database, connector: Connector, visitor: Visitor) -> list[Line]:
    """All of them, newest first, at most fifty."""
    clause, given = await _mine(database, connector, visitor)
    rows = await database.read(_LIST.replace("{mine}", clause), w=visitor.workspace_id, **given)
    return await lines(database, visitor.workspace_id, [conversations.from_row(row) for row in rows])


async def reachable(database: Database, connector: Connector, visitor: Visitor, conversation_ids: Sequence[str]) -> dict[str, Conversation]:
    """Those of these conversations this browser may see."""
    if not conversation_ids:
        return {}
    clause, given = await _mine(database, connector, visitor)
    ids = sorted(set(conversation_ids))
    if len(ids) == 1:
        rows = await database.read(_ONE.replace("{mine}", clause), w=visitor.workspace_id, id=ids[0], **given)
    else:
        rows = await database.read(_SOME.replace("{mine}", clause), w=visitor.workspace_id, ids=ids, **given)
    return {one.id: one for one in map(conversations.from_row, rows)}


async def one(database: Database, connector: Connector, visitor: Visitor, conversation_id: str) -> Conversation:
    """Where a conversation of this browser goes on. Raises Unknown, for another's exactly as for none.

    Merging is an agent's doing and opens nothing: what it was merged into is followed only if the browser may see that as well.
    """
    found = (await reachable(database, connector, visitor, [conversation_id])).get(conversation_id)
    if found is None:
        raise Unknown("There is no such conversation.")
    goes_on = await conversations.current(database, found)
    if goes_on.id == found.id:
        return found
    return (await reachable(database, connector, visitor, [goes_on.id])).get(goes_on.id, found)


async def lines(database: Database, workspace_id: int, found: list[Conversation]) -> list[Line]:
    ids = [one.id for one in found]
    if not ids:
        return []
    unread = {row[0]: int(row[1]) for row in await database.read(_UNREAD, w=workspace_id, ids=ids)}
    read = {row[0]: int(row[1]) for row in await database.read(_READ, w=workspace_id, ids=ids)}
    who: dict[str, str] = {}
    answered: dict[str, int] = {}
    for conversation_id, name, at in await database.read(_ANSWERERS, w=workspace_id, ids=ids):
        who.setdefault(conversation_id, first_name(name))
        answered.setdefault(conversation_id, int(at))
    return [Line(one, who.get(one.id, ""), unread.get(one.id, 0), max(read.get(one.id, 0), answered.get(one.id, 0))) for one in found]


async def line(database: Database, conversation: Conversation) -> Line:
    """One of `lines`, in one trip: it is drawn for every message."""
    row = await database.one(_LINE, w=conversation.workspace_id, id=conversation.id)
    assert row is not None
    unread, read_at, name, answered_at = row
    return Line(conversation, first_name(name or ""), int(unread), max(int(read_at or 0), int(answered_at or 0)))


async def thread(database: Database, conversation: Conversation, *, before: int | None = None, count: int = 50) -> list[Message]:
    """What a shopper may read of a conversation they may see, oldest first."""
    return await messages.page(database, conversation.workspace_id, conversation.id, kinds=SHOWN, before=before, count=count)


async def bind(tx: Transaction, visitor: Visitor, conversation: Conversation) -> None:
    """This browser began it, known as far as it is now."""
    await tx.run(_BIND, w=visitor.workspace_id, id=conversation.id, visitor=visitor.id, trust=int(visitor.trust), at=stamps.now())


async def read_up_to(tx: Transaction, conversation: Conversation, side: Literal["shop", "shopper"], at: int) -> None:
    """One side has read everything up to a time. When the shop has, the shopper's screen learns of it."""
    changed = await tx.run(_PUT_READ, w=conversation.workspace_id, id=conversation.id, side=side, at=at)
    if changed and side == "shop":
        activity.record(tx, conversation.workspace_id, "conversation.read", conversation.id, audience="all")


def is_told(one: Activity) -> bool:
    """Whether it is of a kind a shopper's screen shows."""
    return one.kind.startswith(("message.", "conversation."))


async def concerned(database: Database, workspace_id: int, conversation_ids: list[str], *, profiles: bool) -> dict[str, Concerned]:
    """Whom these conversations concern; without `profiles` only the browsers that wrote in them are looked for."""
    found = {one: Concerned(set(), set()) for one in conversation_ids}
    for conversation_id, visitor_id in await database.read(_BROWSERS, w=workspace_id, ids=conversation_ids):
        found[conversation_id].visitors.add(visitor_id)
    if profiles:
        for conversation_id, profile_id in await database.read(_PROFILES, w=workspace_id, ids=conversation_ids):
            found[conversation_id].profiles.add(profile_id)
    return found


def first_name(name: str) -> str:
    return name.strip().split(" ")[0]


async def _mine(database: Database, connector: Connector, visitor: Visitor) -> tuple[str, dict[str, object]]:
    if not opens_history(connector, visitor):
        return _OWN, {"visitor": visitor.id}
    root = await lookup.root(database, visitor.workspace_id, visitor.profile_id or "")
    profiles = [row[0] for row in await database.read(_GROUP, w=visitor.workspace_id, profile=root or "")]
    least = int(max(1, connector.history_trust))
    return _PERSON, {"visitor": visitor.id, "profiles": profiles, "connector": connector.id, "least": least}
