"""A message: what a customer, an agent or the desk said in a conversation, or a note among agents. Reading them, and the bare writing.

Times of one conversation's messages differ by a millisecond at least, so that whoever picks the newest by comparing finds one.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base import rich_text, stamps
from tillside.base.errors import Refused, TooLarge, Unknown
from tillside.conversations import indexing
from tillside.conversations.conversation import Conversation
from tillside.conversations.indexing import Entry
from tillside.storage.database import Database, Row, Transaction

Kind = Literal["customer", "agent", "note", "system"]
State = Literal["stored", "waiting", "sent", "seen", "failed", "perhaps", "cancelled"]
Source = Literal["person", "api", "rule", "messenger", "email"]
PUBLIC: tuple[Kind, ...] = ("customer", "agent", "system")
"""What a shopper may read. A note is never among it."""
ALL: tuple[Kind, ...] = ("customer", "agent", "system", "note")
FOUND: tuple[Kind, ...] = ("customer", "agent", "note")
"""What agents search. Nothing a shopper can reach reads the index."""
LONGEST = 200_000
APART = 1_000

_COLUMNS = (
    "workspace_id, id, conversation_id, kind, author_kind, author_id, author_name, at, text, html, via, external_id, source, state, "
    "reason, delivers, send_at, unless_answered, orders, edited_at, removed_at, moved_from"
)
_INSERT = f"insert into message ({_COLUMNS}) values ({', '.join(':' + name for name in _COLUMNS.split(', '))}) returning seq"
_SHOWN = "state <> 'cancelled' and state <> 'waiting' and removed_at is null"
_PAGE = f"""
select {_COLUMNS} from message where workspace_id = :w and conversation_id = :conversation and at < :before
  and kind in {{list:kinds}} and {{shown}} order by at desc limit :count
"""
_AFTER = f"""
select {_COLUMNS} from message where workspace_id = :w and conversation_id = :conversation and at > :after
  and kind in {{list:kinds}} and {_SHOWN} order by at limit :count
"""
_OF_MANY = f"""
with wanted(id) as {{list:ids}}
select {", ".join("message." + name for name in _COLUMNS.split(", "))} from wanted cross join message
where message.workspace_id = :w and message.conversation_id = wanted.id and message.state <> 'cancelled' and message.state <> 'waiting'
  and message.removed_at is null and message.kind in {{list:kinds}}
order by message.conversation_id, message.at limit :count
"""
_VERSIONS = """
select conversation_order.order_id, max(event.id) from conversation_order join event
  on event.workspace_id = conversation_order.workspace_id and event.order_id = conversation_order.order_id
where conversation_order.workspace_id = :w and conversation_order.conversation_id = :conversation
group by conversation_order.order_id order by conversation_order.order_id limit 50
"""


class Version(Struct, frozen=True):
    """An order as it was: everything stated about it up to this event."""

    order_id: str
    event_id: int


_VIA = msgspec.json.Decoder(dict[str, Any])
_ORDERS = msgspec.json.Decoder(list[Version])


class Said(Struct, frozen=True):
    """What is to be written. `html` is cleaned; `via`: {"channel": …}; `attachments`: ids of files that are here already.

    What leaves by e-mail says in `via` where it does not go as usual: ``cc``, ``bcc`` and ``to`` are lists of addresses, ``subject`` its
    own, ``of`` the message whose files travel along.
    """

    text: str
    html: str = ""
    via: dict[str, Any] = {}
    external_id: str | None = None
    source: Source = "person"
    attachments: tuple[str, ...] = ()


class Message(Struct, frozen=True):
    """`text` is always there, `html` when it was formatted; `orders`: the linked orders as they were when it was said.

    `delivers`: whether it goes out to the customer on the conversation's channel; `reason` of a state, such as why it failed. A reply is
    perhaps sent where the far side may have it and never said so.
    """

    workspace_id: int
    id: str
    conversation_id: str
    kind: Kind
    author: Actor
    at: int
    text: str
    html: str
    via: dict[str, Any]
    external_id: str | None
    source: Source
    state: State
    reason: str
    delivers: bool
    send_at: int | None
    unless_answered: bool
    orders: list[Version]
    edited_at: int | None
    removed_at: int | None
    moved_from: str | None

    @property
    def is_note(self) -> bool:
        return self.kind == "note"

    @property
    def is_waiting(self) -> bool:
        return self.state == "waiting"


def said(body: str, **more: Any) -> Said:
    """A body as it came from outside, as words: cleaned when it is markup. Raises Refused when there is nothing in it, TooLarge."""
    if len(body) > LONGEST:
        raise TooLarge(f"The text is longer than {LONGEST} characters.", field="body", hint="Send it as a file.")
    if rich_text.is_html(body):
        html = rich_text.clean(body)
        words = Said(rich_text.plain(html), html, **more)
    else:
        words = Said(body.replace("\0", "").replace("\r\n", "\n").strip(), **more)
    if not words.text and "<img" not in words.html and not words.attachments:
        raise Refused("There is no text.", field="body", hint="Write something, or attach a file.")
    return words


async def by_id(store: Database | Transaction, workspace_id: int, message_id: str) -> Message:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from message where workspace_id = :w and id = :id", w=workspace_id, id=message_id)
    if row is None:
        raise Unknown("There is no such message.")
    return from_row(row)


async def hold(tx: Transaction, workspace_id: int, message_id: str) -> Message:
    """The same, kept from others until this transaction ends. Raises Unknown."""
    row = await tx.one(f"select {_COLUMNS} from message where workspace_id = :w and id = :id {{lock}}", w=workspace_id, id=message_id)
    if row is None:
        raise Unknown("There is no such message.")
    return from_row(row)


async def by_external_id(store: Database | Transaction, workspace_id: int, external_id: str) -> Message | None:
    """The message somebody else knows by this id, such as a Message-ID."""
    row = await store.one(
        f"select {_COLUMNS} from message where workspace_id = :w and external_id = :id order by seq limit 1", w=workspace_id, id=external_id
    )
    return from_row(row) if row else None


async def known_as(database: Database | Transaction, workspace_id: int, message_ids: Sequence[str]) -> dict[str, tuple[str, Actor]]:
    """What these messages are called outside, and whose they are, by our id."""
    rows = await database.read(
        "select id, external_id, author_kind, author_id, author_name from message where workspace_id = :w and id in {list:ids}"
        " order by id limit 500",
        w=workspace_id,
        ids=list(dict.fromkeys(message_ids)),
    )
    return {row[0]: (row[1] or row[0], Actor(*row[2:])) for row in rows}


async def page(
    database: Database,
    workspace_id: int,
    conversation_id: str,
    *,
    kinds: Sequence[Kind] = ALL,
    before: int | None = None,
    count: int = 50,
    waiting: bool = False,
) -> list[Message]:
    """The newest messages before a time, oldest first. `waiting`: with replies that have not gone out yet."""
    shown = "state <> 'cancelled' and removed_at is null" if waiting else _SHOWN
    rows = await database.read(
        _PAGE.replace("{shown}", shown),
        w=workspace_id,
        conversation=conversation_id,
        before=2**62 if before is None else before,
        kinds=list(kinds),
        count=count,
    )
    return [from_row(row) for row in reversed(rows)]


async def after(
    database: Database, workspace_id: int, conversation_id: str, at: int, *, kinds: Sequence[Kind] = ALL, count: int = 200
) -> list[Message]:
    """What was said since a time, oldest first."""
    rows = await database.read(_AFTER, w=workspace_id, conversation=conversation_id, after=at, kinds=list(kinds), count=count)
    return [from_row(row) for row in rows]


async def of_many(
    database: Database, workspace_id: int, conversation_ids: Sequence[str], *, kinds: Sequence[Kind] = ALL, count: int = 20_000
) -> dict[str, list[Message]]:
    """Conversation id → its messages, oldest first, in one query."""
    rows = await database.read(_OF_MANY, w=workspace_id, ids=list(conversation_ids), kinds=list(kinds), count=count)
    found: dict[str, list[Message]] = {}
    for message in map(from_row, rows):
        found.setdefault(message.conversation_id, []).append(message)
    return found


async def write(
    tx: Transaction,
    held: Conversation,
    kind: Kind,
    words: Said,
    *,
    by: Actor,
    state: State = "stored",
    delivers: bool = False,
    send_at: int | None = None,
    unless_answered: bool = False,
) -> Message:
    """The row of a new message in a held conversation, and its attachments bound to it. What else it does, the verbs know."""
    message = Message(
        workspace_id=held.workspace_id,
        id=stamps.new_id("msg"),
        conversation_id=held.id,
        kind=kind,
        author=by,
        at=next_at(held),
        text=words.text,
        html=words.html,
        via=words.via,
        external_id=words.external_id,
        source=words.source,
        state=state,
        reason="",
        delivers=delivers,
        send_at=send_at,
        unless_answered=unless_answered,
        orders=await versions(tx, held),
        edited_at=None,
        removed_at=None,
        moved_from=None,
    )
    row = await tx.one(_INSERT, **_values(message))
    if row is not None and is_found(message):
        await indexing.add(tx, _entry(message, row[0], held))
    for attachment_id in words.attachments:
        await tx.run(
            "update attachment set conversation_id = :conversation, message_id = :message"
            " where workspace_id = :w and id = :id and message_id is null",
            conversation=held.id,
            message=message.id,
            w=held.workspace_id,
            id=attachment_id,
        )
    return message


async def index(tx: Transaction, message: Message, held: Conversation) -> None:
    """Keep up with a message that changed: found by its words as they are now, or no more."""
    row = await tx.one("select seq from message where workspace_id = :w and id = :id", w=message.workspace_id, id=message.id)
    if row is None:
        return
    if is_found(message):
        await indexing.change(tx, _entry(message, row[0], held))
    else:
        await indexing.drop(tx, message.workspace_id, indexing.MESSAGES, row[0])


def is_found(message: Message) -> bool:
    """Whether a search finds it: what people said, once it is said."""
    return message.kind in FOUND and message.state not in ("waiting", "cancelled") and message.removed_at is None


def _entry(message: Message, seq: int, held: Conversation) -> Entry:
    return entry(message.workspace_id, seq, message.kind, message.at, message.text, message.author.name, held.source)


def entry(workspace_id: int, seq: int, kind: str, at: int, text: str, author: str, source: dict[str, dict[str, str]]) -> Entry:
    """How a message is found: by its text, and by its author; a customer also by the address the conversation came from."""
    who = f"{author} {indexing.of_person(source)}" if kind == "customer" else author
    return Entry(workspace_id, indexing.MESSAGES, seq, at, text, who)


def next_at(held: Conversation) -> int:
    """The time of the next message: now, and after every message there is."""
    return max(stamps.now(), held.newest_at + APART)


async def versions(tx: Transaction, held: Conversation) -> list[Version]:
    """The linked orders as they are at this moment."""
    return [Version(*row) for row in await tx.read(_VERSIONS, w=held.workspace_id, conversation=held.id)]


def from_row(row: Row) -> Message:
    workspace_id, message_id, conversation_id, kind, author_kind, author_id, author_name, at, text, html, via, external_id, *rest = row
    source, state, reason, delivers, send_at, unless_answered, orders, edited_at, removed_at, moved_from = rest
    return Message(
        workspace_id,
        message_id,
        conversation_id,
        kind,
        Actor(author_kind, author_id, author_name),
        at,
        text,
        html,
        _VIA.decode(via),
        external_id,
        source,
        state,
        reason,
        bool(delivers),
        send_at,
        bool(unless_answered),
        _ORDERS.decode(orders),
        edited_at,
        removed_at,
        moved_from,
    )


def _values(message: Message) -> dict[str, Any]:
    values = {name: getattr(message, name) for name in message.__struct_fields__ if name != "author"}
    values.update(author_kind=message.author.kind, author_id=message.author.id, author_name=message.author.name)
    values.update(delivers=int(message.delivers), unless_answered=int(message.unless_answered))
    values.update({name: msgspec.json.encode(values[name]).decode() for name in ("via", "orders")})
    return values
