"""What waits for its time: a delay after a message, how long somebody waits, how long nobody wrote. A row for each rule and occurrence.

1. `arm` writes the row with the thing it follows from, in that transaction; the same occurrence twice is one row.
2. The loop finds what is due, all rules of one occurrence together, since in a list of replies only the first that matches may answer.
3. In one transaction: hold the conversation, take the rows, look whether it still applies, evaluate. So each occurrence comes once, whoever
   dies in between.
4. What fails for a reason nobody foresaw is tried again later, a few times.
"""

import logging
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tillside.automations.moments import Moment
from tillside.automations.rule import Kind, Rule, Trigger
from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.conversations import message as messages
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.storage.database import Database, Row, Transaction

TRIES = 5
_ARM = """
insert into rule_timer (workspace_id, rule_id, conversation_id, occurrence, kind, due_at, state, chain, attempts, armed_at, settled_at)
values (:w, :rule, :conversation, :occurrence, :kind, :due, 'waiting', :chain, 0, :at, null) on conflict do nothing
"""
_DUE = """
select workspace_id, conversation_id, occurrence, min(due_at) as due from rule_timer where due_at is not null and due_at <= :at
group by workspace_id, conversation_id, occurrence order by due, workspace_id, conversation_id, occurrence limit :count
"""
_ROWS = """
select rule_id, kind, chain, armed_at from rule_timer
where workspace_id = :w and conversation_id = :conversation and occurrence = :occurrence and due_at is not null and due_at <= :at
order by rule_id limit 500 {lock}
"""
_SETTLE = """
update rule_timer set state = :state, due_at = null, settled_at = :at
where workspace_id = :w and conversation_id = :conversation and occurrence = :occurrence and due_at is not null and due_at <= :at
"""
_PUT_OFF = """
update rule_timer set attempts = attempts + 1, due_at = :later
where workspace_id = :w and conversation_id = :conversation and occurrence = :occurrence and due_at is not null
"""
_GIVE_UP = """
update rule_timer set state = 'failed', due_at = null, settled_at = :at
where workspace_id = :w and conversation_id = :conversation and occurrence = :occurrence and due_at is not null and attempts >= :tries
"""

logger = logging.getLogger(__name__)


class Due(Struct, frozen=True):
    """An occurrence whose time has come, for one rule or several."""

    workspace_id: int
    conversation_id: str
    occurrence: str
    due_at: int


class Claim(Struct, frozen=True):
    """What was taken: the rules that waited, and the moment they waited for."""

    rule_ids: list[str]
    moment: Moment


async def arm(tx: Transaction, rule: Rule, trigger: Trigger, moment: Moment, talk: Conversation) -> None:
    """Let a rule wait for its time after this moment."""
    begun, about = moment.at, moment.occurrence
    if trigger.kind == "waiting":
        if talk.waiting_since is None:
            return
        begun, about = talk.waiting_since, str(talk.waiting_since)
    elif moment.message is not None:
        begun = moment.message.at
    await tx.run(
        _ARM,
        w=rule.workspace_id,
        rule=rule.id,
        conversation=talk.id,
        occurrence=f"{trigger.kind} {trigger.minutes} {about}",
        kind=trigger.kind,
        due=begun + trigger.minutes * stamps.MINUTE,
        chain=msgspec.json.encode(moment.chain).decode(),
        at=moment.at,
    )


async def due(store: Database, *, at: int, count: int) -> list[Due]:
    """What is due, the longest due first. Over all workspaces."""
    return [Due(*row) for row in await store.read(_DUE, at=at, count=count)]


async def claim(tx: Transaction, one: Due, talk: Conversation, *, at: int) -> Claim | None:
    """Take what is due in a held conversation; None when somebody else did, or it does not apply any more."""
    given = {"w": one.workspace_id, "conversation": one.conversation_id, "occurrence": one.occurrence, "at": at}
    rows = await tx.read(_ROWS, **given)
    if not rows:
        return None
    message = await _message(tx, one)
    applies = _applies(rows[0][1], one.occurrence, talk, message)
    await tx.run(_SETTLE, **given, state="done" if applies else "dropped")
    return Claim([row[0] for row in rows], _moment(one, talk, rows, message)) if applies else None


async def put_off(tx: Transaction, one: Due, *, at: int) -> None:
    """It failed: later once more, and after a few tries never."""
    given = {"w": one.workspace_id, "conversation": one.conversation_id, "occurrence": one.occurrence}
    await tx.run(_PUT_OFF, **given, later=at + stamps.MINUTE)
    await tx.run(_GIVE_UP, **given, tries=TRIES, at=at)


def _applies(kind: Kind, occurrence: str, talk: Conversation, message: Message | None) -> bool:
    """Whether nothing came between: an answer by a person where somebody waited, any word where nobody wrote."""
    if talk.state == "trash":
        return False
    if kind == "waiting":
        return talk.waiting_since == int(occurrence.rpartition(" ")[2])
    if message is None or message.removed_at is not None:
        return False
    return kind != "since_last_reply" or talk.last_message_at == message.at


async def _message(tx: Transaction, one: Due) -> Message | None:
    about = one.occurrence.rpartition(" ")[2]
    try:
        return await messages.by_id(tx, one.workspace_id, about) if about.startswith("msg_") else None
    except Unknown:
        return None


def _moment(one: Due, talk: Conversation, rows: Sequence[Row], message: Message | None) -> Moment:
    _, kind, chain, armed_at = rows[0]
    return Moment(
        workspace_id=one.workspace_id,
        conversation_id=talk.id,
        kinds=(kind,),
        occurrence=one.occurrence,
        at=armed_at,
        chain=tuple(msgspec.json.decode(chain, type=list[str])),
        message=message,
    )
