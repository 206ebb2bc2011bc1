"""The moments conversations had: when a rule would have looked, read back from messages, trail and events. Reads only, many at once.

What cannot be known any more is left out, and `notes` says so in words.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tillside.automations.moments import WATCHED, Event
from tillside.automations.rule import Kind, Rule, Trigger
from tillside.automations.vocabulary import CHANGES, ORDER_EVENTS
from tillside.base import stamps
from tillside.conversations import message as messages
from tillside.conversations import tags
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.storage.database import Database

_MOST_MOMENTS = 50
_TRAIL = """
with wanted(id) as {list:ids}
select trail.conversation_id, trail.kind, trail.at, trail.detail, trail.undo from wanted cross join trail
where trail.workspace_id = :w and trail.conversation_id = wanted.id and trail.at > :since and trail.kind in {list:kinds}
order by trail.conversation_id, trail.at limit 20000
"""
_EVENTS = """
with wanted(id) as {list:ids}
select event.profile_id, event.id, event.name, event.order_id, event.occurred_at, event.trust from wanted cross join event
where event.workspace_id = :w and event.profile_id = wanted.id and event.occurred_at > :since and event.verdict < 2
  and event.name in {list:names}
order by event.profile_id, event.occurred_at limit 20000
"""
_LAST_EVENT = """
select id, name, order_id, occurred_at, trust from event
where workspace_id = :w and profile_id = :profile and verdict < 2 and name in {list:names} order by occurred_at desc, id desc limit 1
"""
_OF_MESSAGES: frozenset[Kind] = frozenset({"conversation_started", "customer_wrote", "agent_wrote", "since_last_reply", "waiting"})
_OF_TRAIL: dict[Kind, tuple[str, ...]] = {
    "rated": ("rated",),
    "snooze_ended": ("woken",),
    "tag_added": ("tagged",),
    "field_changed": ("filled", *(kind for _, kinds in CHANGES.values() for kind in kinds)),
}


class Past(Struct, frozen=True):
    """A moment that was. `message`: what had been said by then, newest; `is_first`: whether it was the customer's first."""

    at: int
    trigger: Trigger
    message: Message | None = None
    is_first: bool = False
    event: Event | None = None


class Line(Struct, frozen=True):
    """A line of the trail, as far as triggers care."""

    kind: str
    at: int
    detail: dict[str, Any]
    keys: frozenset[str]


class Chapter(Struct, frozen=True):
    """What was said, done and told around one conversation. `messages`: all of it, oldest first."""

    messages: list[Message]
    lines: list[Line]
    events: list[Event]


async def read(store: Database, workspace_id: int, talks: Sequence[Conversation], rules: Sequence[Rule], *, since: int) -> dict[str, Chapter]:
    """What these rules' triggers need to know of these conversations."""
    triggers = [trigger for rule in rules for trigger in rule.terms.when]
    ids = [one.id for one in talks]
    said = await messages.of_many(store, workspace_id, ids, kinds=["customer", "agent"], count=20_000)
    kinds = sorted({kind for one in triggers for kind in _OF_TRAIL.get(one.kind, ())})
    done: dict[str, list[Line]] = defaultdict(list)
    if kinds:
        for conversation_id, kind, at, detail, undo in await store.read(_TRAIL, w=workspace_id, ids=ids, since=since, kinds=kinds):
            done[conversation_id].append(_line(kind, at, detail, undo))
    told = await _events(store, workspace_id, talks, triggers, since=since)
    return {one.id: Chapter(said.get(one.id, []), done.get(one.id, []), told.get(one.profile_id or "", [])) for one in talks}


async def last_event(store: Database, talk: Conversation, rule: Rule) -> Event | None:
    """The newest event of the shop a rule would have looked at, of this conversation's customer."""
    names = _asked(rule.terms.when)
    row = await store.one(_LAST_EVENT, w=talk.workspace_id, profile=talk.profile_id, names=names) if names and talk.profile_id else None
    return Event(*row) if row else None


def moments(rule: Rule, talk: Conversation, chapter: Chapter, *, since: int, now: int) -> list[Past]:
    """The moments of one conversation at which a rule would have looked, oldest first."""
    found: list[Past] = []
    for trigger in rule.terms.when:
        if trigger.kind in _OF_MESSAGES:
            found += _said(trigger, chapter.messages, now)
        elif trigger.kind in _OF_TRAIL:
            found += [Past(line.at, trigger, _newest(chapter.messages, line.at)) for line in chapter.lines if _means(trigger, line)]
        else:
            found += [_told(trigger, event, chapter) for event in chapter.events if event.name in _names(trigger)]
    ended = talk.closed_at or now
    kept = [one for one in found if since < one.at <= now and (one.event is None or talk.created_at <= one.at <= ended)]
    return sorted(kept, key=lambda one: one.at)[:_MOST_MOMENTS]


def notes(rule: Rule) -> list[str]:
    """What is approximated for a rule, in sentences."""
    kinds = {trigger.kind for trigger in rule.terms.when}
    said = ["Messages are read as they were; everything else about a conversation, its customer and orders as it is now."]
    if kinds & {"order_event", "custom_event"}:
        said.append("Events count for every conversation their customer had open then; what they said is read where the log still has it.")
    if rule.terms.reassigns is False and rule.list == "assignment":
        said.append("Whether a conversation was somebody's already is not known for that time, so it counts here.")
    return said


def _said(trigger: Trigger, said: Sequence[Message], now: int) -> Iterable[Past]:
    """Moments messages make: each with the message it is about."""
    delay = trigger.minutes * stamps.MINUTE
    waits_since: int | None = None
    is_first = True
    for place, one in enumerate(said):
        after = said[place + 1].at if place + 1 < len(said) else now
        by_customer, by_person = one.kind == "customer", one.kind == "agent" and one.author.kind not in ("rule", "system")
        if by_customer and (trigger.kind == "customer_wrote" or (trigger.kind == "conversation_started" and place == 0)):
            yield Past(one.at + delay, trigger, one, is_first)
        if by_person and trigger.kind == "agent_wrote":
            yield Past(one.at + delay, trigger, one)
        if one.kind == "agent" and trigger.kind == "since_last_reply" and after - one.at >= delay:
            yield Past(one.at + delay, trigger, one)
        if by_customer and waits_since is None:
            waits_since = one.at
            answered = next((each.at for each in said[place:] if each.kind == "agent" and each.author.kind not in ("rule", "system")), now)
            if trigger.kind == "waiting" and answered - waits_since >= delay:
                yield Past(waits_since + delay, trigger, one, is_first)
        if by_person:
            waits_since = None
        is_first = is_first and not by_customer


def _told(trigger: Trigger, event: Event, chapter: Chapter) -> Past:
    return Past(event.occurred_at, trigger, _newest(chapter.messages, event.occurred_at), event=event)


def _newest(said: Sequence[Message], at: int) -> Message | None:
    return next((one for one in reversed(said) if one.at <= at), None)


def _means(trigger: Trigger, line: Line) -> bool:
    if line.kind not in _OF_TRAIL[trigger.kind]:
        return False
    if trigger.kind == "tag_added":
        added = {tags.folded(str(name)) for name in line.detail.get("added", [])}
        return bool(added) and (not trigger.tags or any(tags.folded(one) in added or one in line.keys for one in trigger.tags))
    return trigger.kind != "field_changed" or not trigger.key or trigger.key in line.keys


def _line(kind: str, at: int, detail: str, undo: str) -> Line:
    """`keys`: the fields that changed, or the ids of the tags that were added."""
    back = msgspec.json.decode(undo) if undo else {}
    keys = {CHANGED[kind]} if kind in CHANGED else set(back.get("untag", []))
    before, after = back.get("before", {}).get("fields") or {}, back.get("after", {}).get("fields") or {}
    if kind == "filled":
        keys = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return Line(kind, at, msgspec.json.decode(detail), frozenset(keys))


CHANGED = {kind: key for key, (_, kinds) in CHANGES.items() for kind in kinds}
assert all(f"conversation.{kind}" in WATCHED for kinds in _OF_TRAIL.values() for kind in kinds), "a trigger nobody watches"


def _names(trigger: Trigger) -> list[str]:
    return trigger.names or [name for name, _ in ORDER_EVENTS]


def _asked(triggers: Sequence[Trigger]) -> list[str]:
    """The names of the events these triggers mean."""
    return sorted({name for one in triggers if one.kind in ("order_event", "custom_event") for name in _names(one)})


async def _events(
    store: Database, workspace_id: int, talks: Sequence[Conversation], triggers: Sequence[Trigger], *, since: int
) -> dict[str, list[Event]]:
    names = _asked(triggers)
    people = sorted({one.profile_id for one in talks if one.profile_id})
    found: dict[str, list[Event]] = defaultdict(list)
    if names and people:
        for profile_id, *event in await store.read(_EVENTS, w=workspace_id, ids=people, since=since, names=names):
            found[profile_id].append(Event(*event))
    return found
