"""What still has to leave the house: a row for each reply, or message sent on, that goes out by a channel somebody carries. The row is the
queue, the claim and the outcome; the carriers live in rooms above.

The way of a row, each step committed before the next begins:
1. `owe`: waiting, written in the transaction that lets the reply go.
2. `hold`: one carrier has it until its lease ends. Nothing has left yet: a row whose carrier died is simply held again.
3. `launch`: sending, written just before the one act after which the far side may have it.
4. `settle`: sent, failed, waiting for another try, or perhaps. A row still sending when its lease ends is perhaps sent: nobody can know, so
   nobody sends it again without being told to (`again`).
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from tillside.base import stamps
from tillside.conversations.conversation import MAIL, Conversation
from tillside.conversations.message import Message
from tillside.storage.database import Database, Row, Transaction

State = Literal["waiting", "held", "sending", "sent", "failed", "perhaps", "dropped"]
CARRIED = MAIL
"""The channels whose replies leave the house."""
UNSURE: tuple[State, ...] = ("failed", "perhaps")
_COLUMNS = "workspace_id, message_id, channel, state, due_at, holder, attempts, letter_id, reason, since, settled_at"
_OWE = f"""
insert into delivery ({_COLUMNS}) values (:w, :message, :channel, 'waiting', :at, '', 0, null, '', :at, null) on conflict do nothing
"""
_DUE = f"""
select message.conversation_id, {", ".join("delivery." + name for name in _COLUMNS.split(", "))} from delivery join message
  on message.workspace_id = delivery.workspace_id and message.id = delivery.message_id
where delivery.due_at is not null and delivery.due_at <= :at
order by delivery.due_at, delivery.workspace_id, delivery.message_id limit :count
"""
_HOLD = """
update delivery set state = 'held', holder = :holder, due_at = :until, attempts = attempts + 1, letter_id = coalesce(letter_id, :letter)
where workspace_id = :w and message_id = :message and due_at is not null and due_at <= :at and (state = 'waiting' or state = 'held')
"""
_LAUNCH = """
update delivery set state = 'sending', due_at = :until
where workspace_id = :w and message_id = :message and state = 'held' and holder = :holder
"""
_SETTLE = """
update delivery set state = :state, reason = :reason, due_at = :due, settled_at = :settled, holder = :keeps, attempts = attempts - :uncounted
where workspace_id = :w and message_id = :message and holder = :holder and (state = 'held' or state = 'sending' or state = 'perhaps')
"""
_LOSE = """
update delivery set state = 'perhaps', reason = :reason, due_at = null, settled_at = :at
where workspace_id = :w and message_id = :message and state = 'sending' and due_at <= :at
"""
_AGAIN = """
update delivery set state = 'waiting', reason = '', due_at = :at, settled_at = null, holder = '', attempts = 0, since = :at
where workspace_id = :w and message_id = :message and (state = 'failed' or state = 'perhaps' or state = 'waiting')
"""
_WITHDRAW = """
update delivery set state = 'dropped', due_at = null, settled_at = :at where workspace_id = :w and message_id = :message and state = 'waiting'
"""
_LETTERS = """
select message.id, delivery.letter_id from message join delivery
  on delivery.workspace_id = message.workspace_id and delivery.message_id = message.id
where message.workspace_id = :w and message.conversation_id = :conversation and delivery.letter_id is not null
order by message.at desc limit :count
"""


class Delivery(Struct, frozen=True):
    """One reply on its way. `reason`: why it waits, failed or may not have arrived, in the far side's words where it gave any."""

    workspace_id: int
    message_id: str
    channel: str
    state: State
    due_at: int | None
    holder: str
    attempts: int
    letter_id: str | None
    reason: str
    since: int
    settled_at: int | None

    @property
    def may_go_again(self) -> bool:
        """Whether somebody may ask for another try: it failed, perhaps did, or waits for its next try."""
        return self.state in UNSURE or (self.state == "waiting" and self.attempts > 0)


async def owe(tx: Transaction, conversation: Conversation, message: Message) -> None:
    """A reply is to leave by its conversation's channel, from now on; nothing where nobody carries that channel. What names an address
    of its own leaves by e-mail, whatever the channel."""
    channel = "email" if message.via.get("to") else conversation.channel
    if message.delivers and channel in CARRIED:
        await tx.run(_OWE, w=message.workspace_id, message=message.id, channel=channel, at=stamps.now())


async def due(store: Database, *, at: int, count: int) -> dict[str, list[Delivery]]:
    """Rows somebody has to look at, to be carried or left behind by a carrier that died: conversation id → its rows in order."""
    found: dict[str, list[Delivery]] = {}
    for conversation_id, *row in await store.read(_DUE, at=at, count=count):
        found.setdefault(conversation_id, []).append(_from_row(tuple(row)))
    return found


async def hold(store: Database, one: Delivery, *, at: int, until: int, letter_id: str) -> Delivery | None:
    """Take a row for a while, unless somebody else has. `letter_id` is kept from the first time on."""
    holder = stamps.token()[:24]
    given = {"w": one.workspace_id, "message": one.message_id}
    async with store.write() as tx:
        if not await tx.run(_HOLD, holder=holder, until=until, letter=letter_id, at=at, **given):
            return None
        row = await tx.one(f"select {_COLUMNS} from delivery where workspace_id = :w and message_id = :message", **given)
    return _from_row(row) if row else None


async def launch(store: Database, held: Delivery, *, until: int) -> bool:
    """Write down, and see it on disk, that from now on the far side may have it. False: somebody else holds it, so leave it alone."""
    async with store.write() as tx:
        return await tx.run(_LAUNCH, until=until, w=held.workspace_id, message=held.message_id, holder=held.holder) > 0


async def settle(
    tx: Transaction, held: Delivery, state: State, *, at: int, reason: str = "", due_at: int | None = None, counts: bool = True
) -> bool:
    """How it went. `counts` is False for a try that was cut short from our side. False: it is not ours to settle any more."""
    changed = await tx.run(
        _SETTLE,
        state=state,
        reason=reason,
        due=due_at,
        settled=at if due_at is None else None,
        keeps=held.holder if due_at is None else "",
        uncounted=int(not counts),
        w=held.workspace_id,
        message=held.message_id,
        holder=held.holder,
    )
    return changed > 0


async def lose(tx: Transaction, one: Delivery, *, at: int, reason: str) -> bool:
    """Its carrier died after `launch`: it is perhaps sent. False when it was settled meanwhile."""
    return await tx.run(_LOSE, reason=reason, at=at, w=one.workspace_id, message=one.message_id) > 0


async def again(tx: Transaction, workspace_id: int, message_id: str) -> bool:
    """Another try, at once and from the beginning of the schedule; under the same name. False when there is nothing to try."""
    return await tx.run(_AGAIN, at=stamps.now(), w=workspace_id, message=message_id) > 0


async def withdraw(tx: Transaction, workspace_id: int, message_id: str) -> bool:
    """Keep back what waits for its first or next try. False when it is on its way, left, or was never to leave."""
    return await tx.run(_WITHDRAW, at=stamps.now(), w=workspace_id, message=message_id) > 0


async def of_letter(store: Database | Transaction, workspace_id: int, letter_id: str) -> bool:
    """Whether a letter is one of ours, by the name it travels under."""
    ours = letter_id.removeprefix("<").partition("@")[0]
    row = await store.one("select letter_id from delivery where workspace_id = :w and message_id = :message", w=workspace_id, message=ours)
    return row is not None and row[0] == letter_id


async def of_messages(store: Database | Transaction, workspace_id: int, message_ids: Sequence[str]) -> dict[str, Delivery]:
    """Message id → how its delivery stands; those that leave by no carried channel are not there."""
    rows = await store.read(
        f"select {_COLUMNS} from delivery where workspace_id = :w and message_id in {{list:ids}} order by message_id limit 20000",
        w=workspace_id,
        ids=list(message_ids),
    )
    return {one.message_id: one for one in map(_from_row, rows)}


async def letters(store: Database, workspace_id: int, conversation_id: str, *, count: int) -> dict[str, str]:
    """Message id → the name the far side knows it by, of a conversation's newest letters."""
    return {row[0]: row[1] for row in await store.read(_LETTERS, w=workspace_id, conversation=conversation_id, count=count)}


async def counted(store: Database, *, since: int) -> dict[State, int]:
    """How many wait, and how many were settled in which way since a moment, over all workspaces: for whoever looks after the desk."""
    rows = await store.read(
        "select state, count(*) from delivery where settled_at is null or settled_at >= :since group by state order by state", since=since
    )
    return {row[0]: int(row[1]) for row in rows}


def _from_row(row: Row) -> Delivery:
    return Delivery(*row)
