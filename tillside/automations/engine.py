"""Rules over one moment of one conversation: the lists in their order, each by its law, all in the caller's transaction.

1. The lists run in the order assignment, tagging, replies; each from its top. A rule sees what the rules before it have done.
2. Assignment: the first that matches; what is somebody's already is passed over, unless the rule says otherwise.
3. Tagging: every one that matches. Replies: the first that matches.
4. A rule that stops ends it for all that follow, in every list.
5. A rule is never applied to what it brought about itself, however many others stand between; more than three do not wake each other in a
   row; and no conversation has more than twenty applications in an hour.
6. What a rule does is done whole or not at all: a step that is refused takes the others back, and is told in the trail.
"""

import logging
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from tillside.agents.actor import Actor
from tillside.agents.workspace import Workspace
from tillside.automations import conditions, facts, forwarding, runs, turns, vocabulary
from tillside.automations import rule as rules
from tillside.automations.conditions import Verdict
from tillside.automations.moments import Moment
from tillside.automations.rule import LISTS, AssignBy, Doing, Forward, Rule
from tillside.base.errors import Busy, DeskError
from tillside.conversations import conversation as conversations
from tillside.conversations import trail, undoing
from tillside.conversations.conversation import Conversation
from tillside.feeds import activity
from tillside.macros import known, step, steps
from tillside.macros.step import Step
from tillside.storage.database import Transaction
from tillside.targets.calls import Cause

APPLIED, FAILED, SKIPPED = "rule_applied", "rule_failed", "rule_skipped"
"""Lines of the trail."""
_MOST_FACTS = 20
_OFTEN = f"Rules were applied here {runs.MOST_AN_HOUR} times within an hour, so this one was not: something may be answering itself."
_DEEP = f"It was the doing of {runs.DEEPEST} rules in a row, so a further one was not applied."
_BROKEN = "The desk itself failed; its log says how."

logger = logging.getLogger(__name__)


class Ground(Struct, frozen=True):
    """What an evaluation stands on. `at`: this moment (µs); `origin`: the desk's own address, for links in calls."""

    home: Workspace
    moment: Moment
    cause: facts.Cause
    at: int
    origin: str = ""


class _Idle(DeskError):
    """The steps changed nothing: it is as they want it already."""


class _Full(DeskError):
    """Nobody has room for it: everybody who could be given it has as many as they may."""


def actor(rule: Rule) -> Actor:
    return Actor("rule", rule.id, rule.name)


def is_taken(talk: Conversation) -> bool:
    """Whether it is somebody's already: an agent's or a team's."""
    return bool(talk.assignee_id or talk.team_id)


async def run(tx: Transaction, talk: Conversation, woken: Sequence[Rule], ground: Ground) -> Conversation:
    """Apply the rules this moment woke to a held conversation; the conversation as it is afterwards."""
    if not woken or talk.state == "trash":
        return talk
    sight = await facts.look(tx, ground.home, talk, ground.moment, ground.cause, at=ground.at)
    for name in LISTS:
        for rule in (one for one in rules.in_order(woken) if one.list == name and one.id not in ground.moment.chain):
            if name == "assignment" and is_taken(talk) and not rule.terms.reassigns:
                continue
            verdict = conditions.judged(rule.terms.blocks, sight)
            if not verdict.is_match:
                continue
            now = await _apply(tx, talk, rule, verdict, ground)
            if rule.terms.stops:
                return now
            if now is not talk:
                talk = now
                sight = await facts.look(tx, ground.home, talk, ground.moment, ground.cause, at=ground.at)
            if name != "tagging":
                break
    return talk


async def _apply(tx: Transaction, talk: Conversation, rule: Rule, verdict: Verdict, ground: Ground) -> Conversation:
    """One rule that matched, unless a guard holds it back."""
    if len(ground.moment.chain) >= runs.DEEPEST:
        return await _skip(tx, talk, rule, "deep", _DEEP, ground)
    if await runs.lately(tx, talk.workspace_id, talk.id, at=ground.at) >= runs.MOST_AN_HOUR:
        return await _skip(tx, talk, rule, "often", _OFTEN, ground)
    chain = [*ground.moment.chain, rule.id]
    try:
        with activity.marked(tx, origin=chain):
            async with tx.attempt():
                now = await _do(tx, talk, rule, verdict, ground)
        await runs.record(tx, rule, talk.id, "applied", chain=chain)
    except Busy:
        raise
    except _Idle:
        return talk
    except _Full as error:
        return await _skip(tx, talk, rule, "full", error.message, ground)
    except DeskError as error:
        return await _fail(tx, talk, rule, error.message, ground)
    except Exception as error:
        if not tx.blames_content(error):
            raise
        logger.exception("rule %s could not be applied to %s", rule.id, talk.id)
        return await _fail(tx, talk, rule, _BROKEN, ground)
    await rules.applied(tx, rule, ground.at)
    return now


async def _do(tx: Transaction, talk: Conversation, rule: Rule, verdict: Verdict, ground: Ground) -> Conversation:
    """The line of the trail first, so that it stands above what follows from it; then every step."""
    names = (await known.read(tx, talk.workspace_id)).names
    taken = [each for doing in rule.terms.steps for each in await _meant(tx, talk, doing, ground)]
    if not taken:
        raise _Full
    line = await trail.record(
        tx,
        talk,
        APPLIED,
        by=actor(rule),
        rule=rule.id,
        trigger=_trigger(rule, ground.moment, names),
        facts=[vocabulary.row_said(row, names) for row in verdict.rows[:_MOST_FACTS]],
        did=[vocabulary.doing_said(one, names) for one in taken],
    )
    told = len(tx.notes)
    now = talk
    for one in taken:
        now = await _take(tx, now, one, rule, ground)
    if len(tx.notes) == told:
        raise _Idle
    lines, said = (undoing.noted(tx, talk, told, what) for what in ("trail", "message"))
    await undoing.bind(tx, talk.workspace_id, line, steps=lines, said=said)
    return await conversations.hold(tx, now)


async def _take(tx: Transaction, talk: Conversation, one: Step | Forward, rule: Rule, ground: Ground) -> Conversation:
    if isinstance(one, Forward):
        return await forwarding.send_on(tx, talk, one, about=ground.moment.message, by=actor(rule), home=ground.home)
    return await steps.take(
        tx,
        talk,
        [one],
        by=actor(rule),
        cause=Cause("rule", rule.id, rule.name),
        home=ground.home,
        origin=ground.origin,
        event={**ground.cause.event, "ruleId": rule.id},
        order=ground.cause.order,
    )


async def _meant(tx: Transaction, talk: Conversation, doing: Doing, ground: Ground) -> list[Step | Forward]:
    """A step as it is now: whose turn it is becomes a name."""
    if not isinstance(doing, AssignBy):
        return [doing]
    agent_id = await turns.next_agent(tx, talk, doing.how, doing.team_id, at=ground.at)
    team: list[Step | Forward] = [step.Give(doing.team_id)] if doing.team_id else []
    return [*team, step.Assign(agent_id)] if agent_id else team


async def _skip(tx: Transaction, talk: Conversation, rule: Rule, outcome: runs.Outcome, reason: str, ground: Ground) -> Conversation:
    """Say once an hour that a guard held it back; more would be a loop of its own."""
    if not await runs.was_told(tx, rule, talk.id, outcome, at=ground.at):
        await runs.record(tx, rule, talk.id, outcome, chain=ground.moment.chain)
        await trail.record(tx, talk, SKIPPED, by=actor(rule), rule=rule.id, reason=reason)
    return talk


async def _fail(tx: Transaction, talk: Conversation, rule: Rule, reason: str, ground: Ground) -> Conversation:
    """Nothing of it was done; it stays live, since the next conversation may be another matter."""
    chain = [*ground.moment.chain, rule.id]
    await runs.record(tx, rule, talk.id, "failed", chain=chain)
    names = (await known.read(tx, talk.workspace_id)).names
    with activity.marked(tx, origin=chain):
        said = _trigger(rule, ground.moment, names)
        await trail.record(tx, talk, FAILED, by=actor(rule), rule=rule.id, trigger=said, reason=reason[:500])
    return talk


def _trigger(rule: Rule, moment: Moment, names: dict[str, str]) -> str:
    """What woke it, in words."""
    meant = next((one for one in rule.terms.when if one.kind in moment.kinds), None)
    if meant is None:
        return ""
    if moment.event is not None and meant.kind == "order_event":
        meant = replace(meant, names=[moment.event.name])
    return vocabulary.trigger_said(meant, names)
