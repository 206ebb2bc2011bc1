"""What happened, in the words of triggers: from a line of the activity to the conversation it concerns and the rules it may wake. Reads only.

Loops are stopped here by construction: each moment carries the chain of rules whose doings led to it. What a rule does is told with that
chain (feeds/activity.py); where it takes effect later, such as a call that is answered, the chain is read from what the rule did last here.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from tillside.automations import runs
from tillside.automations.rule import Kind, Rule, Trigger
from tillside.automations.vocabulary import CHANGES
from tillside.conversations import conversation as conversations
from tillside.conversations import message as messages
from tillside.conversations import tags, trail
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.feeds.heed import Happened
from tillside.storage.database import Transaction

_MESSAGE: tuple[Kind, ...] = ("conversation_started", "customer_wrote", "agent_wrote", "since_last_reply", "waiting")
_EVENT: tuple[Kind, ...] = ("order_event", "custom_event")
_CHANGED: dict[str, str] = {kind: key for key, (_, kinds) in CHANGES.items() for kind in kinds}
WATCHED: dict[str, tuple[Kind, ...]] = {
    **{f"conversation.{kind}": ("field_changed",) for kind in _CHANGED},
    "message.added": _MESSAGE,
    "conversation.tagged": ("tag_added",),
    "conversation.filled": ("field_changed",),
    "conversation.rated": ("rated",),
    "conversation.woken": ("snooze_ended", "field_changed"),
    "events.arrived": _EVENT,
}
"""A kind of activity → the triggers it may mean."""
ALWAYS_LATER: tuple[Kind, ...] = ("since_last_reply", "waiting")
"""What is never now: these say how long it has been."""
_BEFORE = """
select 1 from message where workspace_id = :w and conversation_id = :id and at < :at and (kind = 'customer' or kind = 'agent') limit 1
"""
_SNOOZED_BY = """
select actor_kind, actor_id from trail where workspace_id = :w and conversation_id = :id and kind = 'snoozed' order by at desc, id desc limit 1
"""


class Event(Struct, frozen=True):
    """An event of the shop, as far as a rule needs it."""

    id: int
    name: str
    order_id: str | None
    occurred_at: int
    trust: int


class Moment(Struct, frozen=True, kw_only=True):
    """`kinds`: what it may be called; `occurrence`: its own name, the same however often it is looked at; `chain`: the rules that led here;
    `tags`: ids and names of those added; `keys`: fields that changed."""

    workspace_id: int
    conversation_id: str
    kinds: tuple[Kind, ...]
    occurrence: str
    at: int
    chain: tuple[str, ...] = ()
    message: Message | None = None
    event: Event | None = None
    tags: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ()


def fits(trigger: Trigger, moment: Moment) -> bool:
    """Whether a trigger means this moment, be it at once or after its delay."""
    if trigger.kind not in moment.kinds:
        return False
    match trigger.kind:
        case "tag_added":
            added = moment.tags
            return bool(added) and (not trigger.tags or any(one in added or tags.folded(one) in added for one in trigger.tags))
        case "field_changed":
            return not trigger.key or trigger.key in moment.keys
        case "order_event":
            return moment.event is not None and (not trigger.names or moment.event.name in trigger.names)
        case "custom_event":
            return moment.event is not None and moment.event.name in trigger.names
        case _:
            return True


def woken(rules: Sequence[Rule], moment: Moment) -> Iterator[tuple[Rule, list[Trigger]]]:
    """The rules this moment concerns, each with the triggers that mean it. A rule does not look at what happened before it was live."""
    for rule in rules:
        meant = [trigger for trigger in rule.terms.when if fits(trigger, moment)]
        if meant and rule.live_since is not None and rule.live_since <= moment.at:
            yield rule, meant


async def read(tx: Transaction, happened: Happened) -> Moment | None:
    """The moment a line of the activity means, of one conversation; None when it is none to any rule. Events stand in arrivals.py."""
    if happened.kind == "message.added":
        return await _of_message(tx, happened)
    said = happened.said
    by = said.get("by")
    by_rule = str(by.get("id")) if isinstance(by, dict) and by.get("kind") == "rule" else str(said.get("for_rule", ""))
    kinds = WATCHED[happened.kind]
    found: dict[str, Any] = {}
    if happened.kind == "conversation.tagged":
        found["tags"] = await _tags(tx, happened)
    if happened.kind == "conversation.filled":
        found["keys"] = await _filled(tx, happened)
    if happened.kind.partition(".")[2] in _CHANGED:
        found["keys"] = (_CHANGED[happened.kind.partition(".")[2]],)
    if happened.kind == "conversation.woken":
        row = await tx.one(_SNOOZED_BY, w=happened.workspace_id, id=happened.subject)
        by_rule = str(row[1]) if row and row[0] == "rule" else by_rule
    chain = await _chain(tx, happened, by_rule)
    return _moment(happened, kinds, str(said.get("trail", happened.position)), chain=chain, **found)


async def _of_message(tx: Transaction, happened: Happened) -> Moment | None:
    message = await messages.by_id(tx, happened.workspace_id, str(happened.said.get("message", "")))
    if message.removed_at is not None:
        return None
    kinds: list[Kind] = []
    if message.kind == "customer":
        kinds = ["customer_wrote", "waiting"]
        if await tx.one(_BEFORE, w=message.workspace_id, id=message.conversation_id, at=message.at) is None:
            kinds.append("conversation_started")
    elif message.kind == "agent":
        kinds = ["since_last_reply"]
        if message.author.kind not in ("rule", "system"):
            kinds.append("agent_wrote")
    if not kinds:
        return None
    chain = await _chain(tx, happened, message.author.id if message.author.kind == "rule" else "")
    return _moment(happened, tuple(kinds), message.id, chain=chain, message=message)


def _moment(happened: Happened, kinds: tuple[Kind, ...], occurrence: str, **more: Any) -> Moment:
    return Moment(
        workspace_id=happened.workspace_id,
        conversation_id=happened.subject,
        kinds=kinds,
        occurrence=occurrence,
        at=happened.at,
        **more,
    )


async def _chain(tx: Transaction, happened: Happened, by_rule: str) -> tuple[str, ...]:
    """The rules that led here: as it was told; else, for what a rule brought about later, as that rule's own doing was told."""
    origin = happened.said.get("origin")
    if isinstance(origin, list):
        return tuple(map(str, origin))
    return await runs.chain_of(tx, happened.workspace_id, happened.subject, by_rule) if by_rule else ()


async def _tags(tx: Transaction, happened: Happened) -> frozenset[str]:
    added = happened.said.get("added")
    names = [str(one) for one in added] if isinstance(added, list) else []
    meant = await tags.meant(tx, happened.workspace_id, names)
    return frozenset({tag.id for tag in meant.values()} | {tags.folded(name) for name in names})


async def _filled(tx: Transaction, happened: Happened) -> tuple[str, ...]:
    """The fields whose values differ; setting one to what it was changes nothing."""
    step = await trail.one(tx, happened.workspace_id, str(happened.said.get("trail", "")))
    before, after = (side.get("fields", {}) for side in (step.undo.before, step.undo.after)) if step.undo else ({}, {})
    return tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))


async def subject(tx: Transaction, moment: Moment) -> Conversation:
    """The conversation as it is now, kept from others; what it was merged into, where it was."""
    talk = await conversations.by_id(tx, moment.workspace_id, moment.conversation_id)
    return await conversations.hold(tx, await conversations.current(tx, talk))
