"""Why a rule was applied to a conversation, from its trail; and why another one is not, looked at now. Reads only."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tillside.agents import agent as agents
from tillside.agents import team as teams
from tillside.agents.workspace import Workspace
from tillside.automations import conditions, engine, facts, history, runs, vocabulary
from tillside.automations import rule as rules
from tillside.automations.conditions import Sight, Verdict
from tillside.automations.facts import Properties
from tillside.automations.moments import Moment
from tillside.automations.rule import LISTS, Kind, Rule
from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.conversations import message as messages
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.macros import known, step
from tillside.storage.database import Database

_OUTCOMES = {engine.APPLIED: "applied", engine.FAILED: "failed", engine.SKIPPED: "skipped"}
_LINES = """
select at, kind, actor_id, actor_name, detail from trail
where workspace_id = :w and conversation_id = :id and kind in {list:kinds} order by at desc, id desc limit :count
"""
_LAST_BY = """
select actor_kind, actor_id, at from trail where workspace_id = :w and conversation_id = :id and kind not in {list:kinds}
order by at desc, id desc limit 1
"""
_WAITS = """
select min(due_at) from rule_timer where workspace_id = :w and conversation_id = :id and rule_id = :rule and due_at is not null
"""
_BY_CUSTOMER: frozenset[Kind] = frozenset({"conversation_started", "customer_wrote", "waiting"})


class Why(Struct, frozen=True):
    """One line of the trail. `outcome`: applied, failed or skipped; `trigger`, `facts`, `did` in words; `reason` when it came to nothing."""

    rule_id: str
    name: str
    at: int
    outcome: str
    trigger: str
    facts: list[str]
    did: list[str]
    reason: str = ""


class WhyNot(Struct, frozen=True):
    """`would`: it would be applied now, if one of its triggers came. `reasons`: what keeps it, in sentences; `facts`: every row with what
    was seen."""

    would: bool
    reasons: list[str]
    facts: list[str]
    verdict: Verdict


async def why(store: Database, talk: Conversation, *, count: int = 50) -> list[Why]:
    """What rules did here, newest first."""
    rows = await store.read(_LINES, w=talk.workspace_id, id=talk.id, kinds=list(_OUTCOMES), count=count)
    return [_why(*row) for row in rows]


async def why_not(
    store: Database, home: Workspace, rule: Rule, talk: Conversation, *, at: int, properties: Properties = facts.no_properties
) -> WhyNot:
    """What keeps a rule from this conversation at this moment: looked at as if one of its triggers came now; an event of the shop as it came
    last. `properties`: what that said, from the log."""
    moment = await _as_if(store, rule, talk, at)
    cause = await facts.cause_of(store, home.id, moment, properties) if moment.event else facts.Cause({}, None)
    sight = await facts.look(store, home, talk, moment, cause, at=at)
    verdict = conditions.judged(rule.terms.blocks, sight)
    reasons = [
        *_paused(rule, talk),
        *await _taken(store, rule, talk),
        *([] if verdict.is_match else [_unmet(verdict)]),
        *_after_others(rule, await rules.live(store, home.id), sight, talk),
        *await _guarded(store, talk, at),
    ]
    names = (await known.read(store, home.id)).names
    rows = [vocabulary.row_said(row, names) for block in verdict.blocks for row in block]
    besides = [*await _own(store, rule, talk), *await _waits(store, rule, talk, at)]
    return WhyNot(not reasons, [*reasons, *besides], rows, verdict)


def _why(at: int, kind: str, rule_id: str, name: str, detail: str) -> Why:
    said = msgspec.json.decode(detail)
    reason = said.get("reason", "")
    return Why(rule_id, name, at, _OUTCOMES[kind], said.get("trigger", ""), said.get("facts", []), said.get("did", []), reason)


async def _as_if(store: Database, rule: Rule, talk: Conversation, at: int) -> Moment:
    """Its first trigger, coming now; with the message it would have been about."""
    kinds = tuple(trigger.kind for trigger in rule.terms.when)
    message: Message | None = None
    if _BY_CUSTOMER.intersection(kinds):
        first = "conversation_started" in kinds and "customer_wrote" not in kinds
        found = await messages.page(store, talk.workspace_id, talk.id, kinds=["customer"], count=500 if first else 1)
        message = (found[0] if first else found[-1]) if found else None
    event = await history.last_event(store, talk, rule)
    return Moment(workspace_id=talk.workspace_id, conversation_id=talk.id, kinds=kinds, occurrence="now", at=at, message=message, event=event)


def _paused(rule: Rule, talk: Conversation) -> list[str]:
    found = []
    if rule.live_since is None:
        found.append("It is paused.")
    elif rule.live_since > max(talk.updated_at, talk.newest_at):
        found.append("Nothing has happened here since it went live.")
    if talk.state == "trash":
        found.append("The conversation is in the trash.")
    return found


async def _taken(store: Database, rule: Rule, talk: Conversation) -> list[str]:
    if rule.list != "assignment" or rule.terms.reassigns or not engine.is_taken(talk):
        return []
    try:
        one = await (agents.find if talk.assignee_id else teams.by_id)(store, talk.workspace_id, talk.assignee_id or talk.team_id)
        whose = f"{one.name}'s"
    except Unknown:
        whose = "somebody's"
    return [f"The conversation is {whose} already, and this rule does not reassign."]


def _unmet(verdict: Verdict) -> str:
    missed = [sum(not row.is_true for row in block) for block in verdict.blocks]
    if len(missed) == 1:
        return "Its condition is not met." if missed[0] == 1 else f"{missed[0]} of its conditions are not met."
    return f"None of its {len(missed)} blocks of conditions is met."


def _after_others(rule: Rule, live: Sequence[Rule], sight: Sight, talk: Conversation) -> list[str]:
    """Rules before it that would have come with the same trigger, and leave nothing to it."""
    kinds = {trigger.kind for trigger in rule.terms.when}
    found = []
    for other in live:
        is_before = (LISTS.index(other.list), other.position) < (LISTS.index(rule.list), rule.position)
        if not is_before or other.id == rule.id or kinds.isdisjoint(one.kind for one in other.terms.when):
            continue
        if other.list == "assignment" and engine.is_taken(talk) and not other.terms.reassigns:
            continue
        if not conditions.judged(other.terms.blocks, sight).is_match:
            continue
        if other.terms.stops:
            found.append(f"“{other.name}” comes before it, matches too, and stops all that follow.")
        elif other.list == rule.list and rule.list != "tagging":
            found.append(f"“{other.name}” stands above it and matches too; of this list only the first runs.")
    return found


async def _guarded(store: Database, talk: Conversation, at: int) -> list[str]:
    if await runs.lately(store, talk.workspace_id, talk.id, at=at) < runs.MOST_AN_HOUR:
        return []
    return [f"Rules were applied here {runs.MOST_AN_HOUR} times within the last hour, which is the most."]


async def _own(store: Database, rule: Rule, talk: Conversation) -> list[str]:
    """What happened last: its own doing wakes no rule."""
    row = await store.one(_LAST_BY, w=talk.workspace_id, id=talk.id, kinds=list(_OUTCOMES))
    newest = await messages.page(store, talk.workspace_id, talk.id, count=1)
    by = (row[1] if row and row[0] == "rule" else "") if row and row[2] >= talk.newest_at else newest[-1].author.id if newest else ""
    return ["What happened here last was its own doing; no rule answers itself."] if by == rule.id else []


async def _waits(store: Database, rule: Rule, talk: Conversation, at: int) -> list[str]:
    row = await store.one(_WAITS, w=talk.workspace_id, id=talk.id, rule=rule.id)
    if row is None or row[0] is None:
        return []
    minutes = -(-max(0, row[0] - at) // stamps.MINUTE)
    return [f"It waits for its time, in {step.span(minutes)}." if minutes else "Its time has come; it is looked at in a moment."]
