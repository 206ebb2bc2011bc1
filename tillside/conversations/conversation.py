"""A conversation: one row with everything a list shows. How it is found; what changes it stands in the modules beside.

A verb is given the conversation as its caller saw it, and `hold`s it first: the row as it is now, which nobody else changes until the
transaction ends. `save` is the only writer: it keeps the counts, the tags' copies and the version right.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tillside.base import stamps
from tillside.base.errors import Outdated, Unknown
from tillside.conversations import counts, indexing
from tillside.storage.database import Database, Row, Transaction

State = Literal["open", "snoozed", "closed", "trash"]
STATES: tuple[State, ...] = ("open", "snoozed", "closed", "trash")
LOW, NORMAL, HIGH = -1, 0, 1
NOBODY = ""
UNTIL_REPLY = 0
CHANNELS = (
    "email",
    "email_from_widget",
    "messenger",
    "facebook_message",
    "facebook_feed_comment",
    "instagram",
    "instagram_comment",
    "instagram_message",
    "whatsapp",
    "sms",
    "phone",
    "aircall",
    "tiktok_shop_message",
    "api",
)
MAIL = frozenset(("email", "email_from_widget"))


class Conversation(Struct, frozen=True):
    """Times in microseconds. `assignee_id` and `team_id` are "" for nobody; `snoozed_until` 0 until a reply, None when not snoozed.

    `source`: {"from": …, "to": …}, each {"address" or "id", "name"}; `waiting_since`: since when a customer's message has no answer;
    `newest_at`: the time of the newest message of any kind; `version` grows with every change.
    """

    workspace_id: int
    id: str
    number: int
    external_id: str | None
    subject: str
    state: State
    before_trash: str
    priority: int
    channel: str
    source: dict[str, dict[str, str]]
    profile_id: str | None
    connector_id: str
    assignee_id: str
    team_id: str
    snoozed_until: int | None
    created_at: int
    updated_at: int
    closed_at: int | None
    first_closed_at: int | None
    first_response_at: int | None
    waiting_since: int | None
    last_message_at: int | None
    last_line: str
    last_by: str
    newest_at: int
    messages: int
    notes: int
    rating: int | None
    rating_comment: str
    rating_asked_at: int | None
    rated_at: int | None
    fields: dict[str, Any]
    merged_into: str | None
    sort_at: int
    version: int

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def known_as(self) -> str:
        """The id integrators know it by: theirs, if they gave one."""
        return self.external_id or self.id


NAMES = Conversation.__struct_fields__
COLUMNS = ", ".join(NAMES)
OF_CONVERSATION = ", ".join(f"conversation.{name}" for name in NAMES)
_JSON = ("source", "fields")
_INSERT = f"insert into conversation ({COLUMNS}) values ({', '.join(':' + name for name in NAMES)})"
_TAG_COPIES = """
update conversation_tag set state = :state, sort_at = :sort_at where workspace_id = :w and conversation_id = :id
"""
_BY_IDS = f"select {COLUMNS} from conversation where workspace_id = :w and id in {{list:ids}} order by id limit 500"


def from_row(row: Row) -> Conversation:
    values = dict(zip(NAMES, row, strict=True))
    for name in _JSON:
        values[name] = msgspec.json.decode(values[name])
    return Conversation(**values)


async def by_id(store: Database | Transaction, workspace_id: int, conversation_id: str) -> Conversation:
    """Raises Unknown."""
    found = await _one(store, workspace_id, "id", conversation_id)
    if found is None:
        raise Unknown("There is no such conversation.")
    return found


async def by_number(store: Database | Transaction, workspace_id: int, number: int) -> Conversation | None:
    return await _one(store, workspace_id, "number", number)


async def known_as(store: Database | Transaction, workspace_id: int, said: str) -> Conversation | None:
    """The conversation an integrator means by an id: theirs before ours."""
    return await _one(store, workspace_id, "external_id", said) or await _one(store, workspace_id, "id", said)


async def by_ids(store: Database | Transaction, workspace_id: int, ids: Sequence[str]) -> dict[str, Conversation]:
    """At most 500 of them."""
    rows = await store.read(_BY_IDS, w=workspace_id, ids=sorted(set(ids)))
    return {one.id: one for one in map(from_row, rows)}


async def current(store: Database | Transaction, conversation: Conversation) -> Conversation:
    """Where a conversation goes on: itself, or what it was merged into."""
    for _ in range(20):
        if conversation.merged_into is None:
            break
        conversation = await by_id(store, conversation.workspace_id, conversation.merged_into)
    return conversation


async def hold(tx: Transaction, conversation: Conversation, *, version: int | None = None) -> Conversation:
    """The row as it is now, kept from others until this transaction ends. Raises Unknown; Outdated when it is not at `version`."""
    row = await tx.one(
        f"select {COLUMNS} from conversation where workspace_id = :w and id = :id {{lock}}", w=conversation.workspace_id, id=conversation.id
    )
    if row is None:
        raise Unknown("There is no such conversation.")
    held = from_row(row)
    if version is not None and held.version != version:
        raise Outdated("The conversation was changed meanwhile.", field="If-Match", hint="Read it again and repeat the change.")
    return held


async def insert(tx: Transaction, conversation: Conversation) -> None:
    """A new row, counted."""
    await tx.run(_INSERT, **_values(conversation))
    counts.enter(tx, conversation)
    await indexing.add(tx, entry(conversation))


async def save(tx: Transaction, held: Conversation, **changes: Any) -> Conversation:
    """Write what changes of a held conversation: version and updated_at move on, counts and tags follow."""
    at = max(stamps.now(), held.updated_at + 1)
    new = replace(held, **changes, version=held.version + 1, updated_at=at)
    given = {name: value for name, value in _values(new).items() if name in changes}
    columns = "".join(f", {name} = :{name}" for name in given)
    await tx.run(
        f"update conversation set version = :version, updated_at = :updated_at{columns} where workspace_id = :workspace_id and id = :id",
        **{**given, "version": new.version, "updated_at": at, "workspace_id": held.workspace_id, "id": held.id},
    )
    counts.move(tx, held, new)
    if (held.state, held.sort_at) != (new.state, new.sort_at):
        await tx.run(_TAG_COPIES, state=new.state, sort_at=new.sort_at, w=new.workspace_id, id=new.id)
    if entry(held) != entry(new):
        await indexing.change(tx, entry(new))
    return new


def differs(held: Conversation, **changes: Any) -> bool:
    """Whether these values are not there already. A verb that would change nothing writes nothing."""
    return any(getattr(held, name) != value for name, value in changes.items())


def entry(one: Conversation) -> indexing.Entry:
    """How a conversation is found."""
    return indexing.of_conversation(one.workspace_id, one.number, one.created_at, one.subject, one.external_id, one.source)


async def _one(store: Database | Transaction, workspace_id: int, column: str, value: object) -> Conversation | None:
    row = await store.one(f"select {COLUMNS} from conversation where workspace_id = :w and {column} = :value", w=workspace_id, value=value)
    return from_row(row) if row else None


def _values(conversation: Conversation) -> dict[str, Any]:
    values = {name: getattr(conversation, name) for name in NAMES}
    for name in _JSON:
        values[name] = msgspec.json.encode(values[name]).decode()
    return values
