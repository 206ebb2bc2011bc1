"""Carrying steps out: for a macro that is sent, for a rule that matches. Each by the verb of its room, all in the caller's transaction.

In the order in which they stand. Where one is refused, the refusal names it and the caller's transaction takes everything back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tillside.actions import action as actions
from tillside.actions import facts, form, runs
from tillside.agents.actor import Actor
from tillside.agents.workspace import Workspace
from tillside.base import rich_text, stamps
from tillside.base.errors import NotAllowed, Refused, Unknown
from tillside.base.trust import Trust
from tillside.conversations import about, answering, editing, handing, message, participants, states, tagging, tags
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import MAIL, UNTIL_REPLY, Conversation
from tillside.conversations.message import Said
from tillside.macros import known, macro, texts, values
from tillside.macros.macro import Macro
from tillside.macros.step import (
    LATE,
    ME,
    Assign,
    CallTarget,
    Close,
    Deed,
    Field,
    Give,
    Note,
    Priority,
    Reopen,
    Reply,
    RunAction,
    RunMacro,
    Snooze,
    Step,
    Subject,
    Tag,
    kept,
    read,
    said,
)
from tillside.orders.order import Order
from tillside.storage.database import Database, Transaction
from tillside.targets import calls
from tillside.targets import target as targets
from tillside.targets import values as documents
from tillside.targets.calls import Cause

__all__ = [
    "DEEPEST", "LATE", "ME", "Assign", "CallTarget", "Close", "Deed", "Field", "Give", "Note", "Priority", "Reopen", "Reply", "RunAction",
    "RunMacro", "Snooze", "Step", "Subject", "Tag", "Whole", "kept", "read", "said", "take", "unasked", "unfolded", "words",
]  # fmt: skip

DEEPEST = 3
"""How far macros may stand within each other."""


class Whole(Struct, frozen=True):
    """A macro with every macro in it unfolded: one text, the first subject, and the steps of all."""

    html: str
    steps: list[Deed]


class _Ground(Struct, frozen=True):
    """What every step of one taking shares."""

    by: Actor
    cause: Cause
    home: Workspace
    origin: str
    depth: int
    event: Mapping[str, Any] | None = None
    order: Order | None = None


async def take(
    tx: Transaction,
    talk: Conversation,
    steps: Sequence[Deed],
    *,
    by: Actor,
    cause: Cause,
    home: Workspace,
    depth: int = 0,
    origin: str = "",
    event: Mapping[str, Any] | None = None,
    order: Order | None = None,
) -> Conversation:
    """Carry steps out, in their order; the conversation as it is afterwards.

    Replies go out at once and are written down as the actor's. `origin`: the desk's own address, for links in calls; `event` and `order`:
    what they follow from, where a rule takes them. Raises Refused naming the step (`field`: ``steps.2``); nothing may be committed then.
    """
    now, ground = talk, _Ground(by, cause, home, origin, depth, event, order)
    for number, one in enumerate(steps):
        try:
            now = await _one(tx, now, one, ground)
        except (Refused, Unknown, NotAllowed) as error:
            names = await known.names(tx, talk.workspace_id, [one])
            hint = error.hint if isinstance(error, Refused) else "Take the step out, or mend it."
            raise Refused(f"{said(one, names)}: {error.message}", field=f"steps.{number}", hint=hint) from error
    return now


async def unfolded(store: Database | Transaction, one: Macro, *, by: Actor, depth: int = 0) -> Whole:
    """A macro's text and steps with those of the macros it names. Raises Refused when they stand too deep, Unknown for one that is gone."""
    if depth >= DEEPEST:
        raise Refused(f"Macros stand at most {DEEPEST} deep in each other.", field="steps", hint="Take one out.")
    html, steps = one.html, list[Deed]()
    for each in one.deeds:
        if isinstance(each, RunMacro):
            inner = await unfolded(store, await _meant(store, one.workspace_id, each.macro_id, by), by=by, depth=depth + 1)
            html, steps = html + inner.html, [*steps, *inner.steps]
        else:
            steps.append(each)
    subjects = [each for each in steps if isinstance(each, Subject)][:1]
    return Whole(html, [*subjects, *[each for each in steps if not isinstance(each, Subject)]])


def unasked(steps: Sequence[Deed], talk: Conversation) -> list[Deed]:
    """What is done unless somebody says otherwise: a subject that is there already stays."""
    return [one for one in steps if not (isinstance(one, Subject) and talk.subject)]


async def words(tx: Transaction, talk: Conversation, html: str, *, by: Actor, home: Workspace) -> Said:
    """A text with its variables filled in. Raises Refused where a value is missing, so that nobody reads a hole."""
    filled = await _filled(tx, talk, html, by=by, home=home)
    return message.said(filled, via={"channel": talk.channel}, source="rule" if by.kind == "rule" else "person")


async def line(tx: Transaction, talk: Conversation, text: str, *, by: Actor, home: Workspace) -> str:
    """A line such as a subject, with its variables filled in. Raises Refused as `words` does."""
    return await _filled(tx, talk, text, by=by, home=home, is_html=False) if text else ""


async def _one(tx: Transaction, talk: Conversation, step: Deed, ground: _Ground) -> Conversation:
    by = ground.by
    match step:
        case Subject(subject):
            return await editing.rename(tx, talk, await line(tx, talk, subject, by=by, home=ground.home), by=by)
        case Reply():
            return await _reply(tx, talk, step, ground)
        case Note(html):
            return (await answering.note(tx, talk, await words(tx, talk, html, by=by, home=ground.home), by=by))[0]
        case Tag(add, remove):
            return await _tag(tx, talk, add, remove, by=by)
        case Assign(agent_id):
            return await handing.assign(tx, talk, _assignee(agent_id, by), by=by)
        case Give(team_id):
            return await handing.give(tx, talk, team_id, by=by)
        case Priority(priority):
            return await handing.press(tx, talk, priority, by=by)
        case Field(key, value):
            return await editing.set_fields(tx, talk, {key: value}, by=by)
        case Snooze(minutes):
            until = UNTIL_REPLY if minutes is None else stamps.now() + minutes * stamps.MINUTE
            return await states.snooze(tx, talk, until, by=by)
        case Close():
            return await states.close(tx, talk, by=by)
        case Reopen():
            return await states.reopen(tx, talk, by=by)
        case RunMacro(macro_id):
            return await _macro(tx, talk, macro_id, ground)
        case RunAction(action_id, given):
            return await _run(tx, talk, action_id, given, ground)
        case CallTarget(target_id):
            return await _call(tx, talk, target_id, ground)


async def _reply(tx: Transaction, talk: Conversation, step: Reply, ground: _Ground) -> Conversation:
    """An answer on the conversation's channel, with what a letter has besides; by e-mail too where that is asked for and safe."""
    said = await words(tx, talk, step.html, by=ground.by, home=ground.home)
    subject = await line(tx, talk, step.subject, by=ground.by, home=ground.home)
    to = await _vouched(tx, talk) if step.by_mail and talk.channel not in MAIL else ""
    also = {"subject": subject, "cc": step.cc, "bcc": step.bcc, "to": [to] if to else [], "channel": "email" if to else talk.channel}
    via = {name: value for name, value in also.items() if value} if to or talk.channel in MAIL else said.via
    now, _ = await answering.reply(tx, talk, replace(said, via=via), by=ground.by)
    for address in via.get("cc", []):
        await participants.take_part(tx, now, address, role="cc")
    return now


async def _vouched(tx: Transaction, talk: Conversation) -> str:
    """The customer's address, unless it was only typed: then a letter could be made to reach anybody."""
    one = await about.who(tx, talk)
    sure = [each.value for each in one.handles if each.kind == "email" and each.trust >= Trust.SIGNED] if one else []
    return one.root.email if one and one.root.email in sure else sure[0] if sure else ""


async def _macro(tx: Transaction, talk: Conversation, macro_id: str, ground: _Ground) -> Conversation:
    """Another macro: its text as one reply, then its steps; counted as used."""
    one = await _meant(tx, talk.workspace_id, macro_id, ground.by)
    whole = await unfolded(tx, one, by=ground.by, depth=ground.depth)
    await macro.used(tx, one)
    answer: list[Deed] = [Reply(whole.html)] if rich_text.plain(whole.html) else []
    cause = ground.cause if ground.cause.kind == "rule" else Cause("macro", one.id, one.name)
    return await take(
        tx,
        talk,
        [*answer, *unasked(whole.steps, talk)],
        by=ground.by,
        cause=cause,
        home=ground.home,
        depth=ground.depth + 1,
        origin=ground.origin,
        event=ground.event,
        order=ground.order,
    )


async def _meant(store: Database | Transaction, workspace_id: int, macro_id: str, by: Actor) -> Macro:
    """The macro an agent may use; a rule or a key uses those that are nobody's own."""
    return await macro.by_id(store, workspace_id, macro_id, agent_id=by.id if by.kind == "agent" else None)


async def _filled(tx: Transaction, talk: Conversation, text: str, *, by: Actor, home: Workspace, is_html: bool = True) -> str:
    found = await values.of(tx, home, talk, agent_name=await values.speaker(tx, talk, by, home), text=text)
    filled = texts.fill(text, found, is_html=is_html)
    if filled.missing:
        raise Refused(f"Nothing is known for {', '.join(map(texts.worded, filled.missing))}.", field="html", hint="Answer this one by hand.")
    return filled.text


async def _tag(tx: Transaction, talk: Conversation, add: Sequence[str], remove: Sequence[str], *, by: Actor) -> Conversation:
    """Tags are put on under their names, since whoever reads them over the wire reads what was given."""
    meant = await tags.meant(tx, talk.workspace_id, [*add, *remove])
    now = talk
    if add:
        now = await tagging.add(tx, now, [meant[word].name if word in meant else word for word in add], by=by)
    return await tagging.remove(tx, now, list(remove), by=by) if remove else now


def _assignee(agent_id: str, by: Actor) -> str:
    if agent_id != ME:
        return agent_id
    if by.kind != "agent":
        raise Refused("Nobody is there to give it to.", field="agent_id", hint="Name an agent.")
    return by.id


async def _run(tx: Transaction, talk: Conversation, action_id: str, given: Mapping[str, Any], ground: _Ground) -> Conversation:
    """An action is proposed; who may, whether it applies and who approves is the action's matter."""
    action = await actions.by_id(tx, talk.workspace_id, action_id)
    order = ground.order or await documents.order_of(tx, talk, await about.who(tx, talk))
    beginning = {name: value for name, value in form.beginning(action.fields, facts.purse(order)).items() if value}
    written = {name: await _input(tx, talk, value, ground) for name, value in given.items() if value not in ("", None)}
    await runs.propose(
        tx, action, talk=talk, order=order, input=beginning | written, by=ground.by, cause=ground.cause, profile_id=talk.profile_id
    )
    return await conversations.hold(tx, talk)


async def _input(tx: Transaction, talk: Conversation, value: Any, ground: _Ground) -> Any:
    """What is filled into an action's form; a text may hold variables. Raises Refused where one is missing."""
    if not isinstance(value, str) or not texts.variables(value):
        return value
    return await _filled(tx, talk, value, by=ground.by, home=ground.home, is_html=False)


async def _call(tx: Transaction, talk: Conversation, target_id: str, ground: _Ground) -> Conversation:
    """A call is written down in this transaction, as things are now; its own loop carries it."""
    target = await targets.by_id(tx, talk.workspace_id, target_id)
    if target.state != "on":
        raise Refused("It is switched off.", field="target_id", hint="Switch it on first.")
    name = await values.speaker(tx, talk, ground.by, ground.home)
    found = await documents.of(tx, ground.home, talk, origin=ground.origin, agent_name=name, event=ground.event, order=ground.order)
    await calls.place(tx, target, found, cause=ground.cause, by=ground.by, conversation_id=talk.id)
    return await conversations.hold(tx, talk)
