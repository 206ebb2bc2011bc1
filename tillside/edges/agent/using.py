"""What a macro does beside its text: shown before it is sent, ticked off one by one, and carried out with the answer."""

from collections.abc import Sequence

from msgspec import Struct

from tillside.agents import actor
from tillside.base import rich_text
from tillside.base.errors import Conflict, Unknown
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.edges.agent import letters
from tillside.edges.agent.guard import Visit
from tillside.macros import known, planned, step, steps
from tillside.macros import macro as macros
from tillside.macros.macro import Macro
from tillside.macros.step import (
    LATE,
    Assign,
    CallTarget,
    Close,
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
)
from tillside.storage.database import Transaction
from tillside.targets.calls import Cause

ICONS: dict[type[step.Deed], str] = {
    Subject: "pencil",
    Reply: "reply",
    Note: "lock",
    Tag: "tag",
    Assign: "user",
    Give: "users",
    Priority: "flag",
    Field: "list-checks",
    Snooze: "alarm-clock",
    Close: "check",
    Reopen: "undo-2",
    RunMacro: "zap",
    RunAction: "repeat",
    CallTarget: "send",
}
_STATES = (Close, Reopen, Snooze)


class Deed(Struct, frozen=True):
    """One step as a page shows it. `mark`: what the form says when it is meant; `is_late`: it waits until the reply has left; `tags`: names
    that stand after the words; `instead_of`: the subject that is there; `is_off`: it is done only if somebody ticks it."""

    mark: str
    icon: str
    words: str
    is_late: bool
    tags: list[str] = []
    instead_of: str = ""
    is_off: bool = False


async def shown(visit: Visit, found: Sequence[step.Deed], talk: Conversation) -> list[Deed]:
    """Steps as they read in a conversation."""
    names = await known.names(visit.desk.store, visit.workspace.id, found)
    return [await _subject(visit, one, talk) if isinstance(one, Subject) else _deed(place, one, names) for place, one in enumerate(found)]


async def _subject(visit: Visit, one: Subject, talk: Conversation) -> Deed:
    """With its values filled in; it stands before all other steps. Where there is a subject, or a value is missing, it is only offered."""
    filled = await letters.line(visit.desk.store, visit.workspace, one.subject, talk, agent_name=visit.agent.name)
    there = rich_text.line(talk.subject, 60)
    is_off = bool(there) or letters.GAP[0] in filled
    return Deed(step.mark(0, one), ICONS[Subject], step.said(Subject(filled)), False, instead_of=there, is_off=is_off)


def _deed(place: int, one: Step, names: dict[str, str]) -> Deed:
    mark, icon = step.mark(place, one), ICONS[type(one)]
    if isinstance(one, Tag) and one.add and not one.remove:
        return Deed(mark, icon, "Add tag" if len(one.add) == 1 else "Add tags", False, [names.get(tag, tag) for tag in one.add])
    return Deed(mark, icon, step.said(one, names), isinstance(one, LATE))


async def with_answer(visit: Visit, tx: Transaction, talk: Conversation, made: Message) -> None:
    """Carry out what the macro of this form does, in the transaction of its answer; what cannot be taken back waits until that has left.

    The form says macro (its id), steps ("shown" where somebody could leave some out) and step (the marks of those that are meant).
    Raises Conflict when the macro is not what was seen, Refused naming the step that cannot be done.
    """
    plan = await _chosen(visit, tx, talk)
    if plan is not None:
        one, found = plan
        cause = Cause("macro", one.id, one.name)
        await macros.used(tx, one)
        await planned.beside(tx, talk, made, found, by=actor.of_agent(visit.agent), cause=cause, origin=visit.desk.public_url)


async def alone(visit: Visit, tx: Transaction, talk: Conversation) -> Conversation:
    """The same without an answer: everything at once. Raises Unknown without such a macro."""
    plan = await _chosen(visit, tx, talk)
    if plan is None:
        raise Unknown("There is no such macro.")
    one, found = plan
    cause = Cause("macro", one.id, one.name)
    await macros.used(tx, one)
    me = actor.of_agent(visit.agent)
    return await steps.take(tx, talk, found, by=me, cause=cause, home=visit.workspace, origin=visit.desk.public_url)


async def _chosen(visit: Visit, tx: Transaction, talk: Conversation) -> tuple[Macro, list[step.Deed]] | None:
    """The macro of this form and those of its steps that are meant; None where there is no such macro any more."""
    wanted = visit.form.get("macro", "")
    try:
        one = await macros.by_id(tx, visit.workspace.id, wanted, agent_id=visit.agent.id) if wanted else None
    except Unknown:
        return None
    if one is None:
        return None
    return one, _meant(visit, (await steps.unfolded(tx, one, by=actor.of_agent(visit.agent))).steps, talk)


def _meant(visit: Visit, found: Sequence[step.Deed], talk: Conversation) -> list[step.Deed]:
    """Those that were not left out; how it is sent outweighs what the macro does with the conversation's state."""
    marked = {step.mark(place, one): one for place, one in enumerate(found)}
    if not visit.form.get("steps"):
        usual = steps.unasked(found, talk)
        wanted = [said for said, one in marked.items() if one in usual]
    else:
        wanted = visit.form.getlist("step")
    if any(one not in marked for one in wanted):
        raise Conflict("This macro was changed while you were writing.", hint="Choose it again, then send.")
    is_decided = visit.form.get("then", "") in ("close", "snooze") and visit.form.get("mode") != "note"
    return [one for said, one in marked.items() if said in wanted and not (is_decided and isinstance(one, _STATES))]
