"""Whether a rule can be as it is written, asked when it is saved: what it names exists, what it compares can be compared."""

from collections.abc import Sequence

from msgspec.structs import replace

from tillside.automations.conditions import OPERATORS, Condition
from tillside.automations.terms import AssignBy, Doing, Forward, Terms, Trigger
from tillside.base import mail, rich_text
from tillside.base.errors import Refused
from tillside.macros import checking, known
from tillside.macros.known import Known
from tillside.macros.step import ME, Assign
from tillside.storage.database import Transaction

MOST_MINUTES = 366 * 1440
_MOST = 20
_MOST_WORDS, _LONGEST_WORD = 200, 500
_ROOTS = ("ticket", "customer", "order", "lastMessage", "event", "hours", "conversation", "shop")
_SPANS = ("since_last_reply", "waiting")
_DELAYS = ("customer_wrote", "agent_wrote")


async def checked(tx: Transaction, workspace_id: int, terms: Terms) -> Terms:
    """The terms as they are kept: tags by their ids, fields in their format. Raises Refused with the field and a hint."""
    for name, listed in (("when", terms.when), ("steps", terms.steps)):
        if not 0 < len(listed) <= _MOST:
            message = "Nothing starts this rule." if name == "when" else "This rule does nothing."
            raise Refused(message, field=name, hint=f"Add at least one, at most {_MOST}.")
    for number, trigger in enumerate(terms.when):
        _trigger(trigger, f"when.{number}")
    if len(terms.blocks) > _MOST:
        raise Refused("These are too many blocks.", field="blocks", hint=f"Use at most {_MOST}, or two rules.")
    for place, block in enumerate(terms.blocks):
        if len(block) > _MOST:
            raise Refused("These are too many rows.", field=f"blocks.{place}", hint=f"Use at most {_MOST}.")
        for number, condition in enumerate(block):
            _condition(condition, f"blocks.{place}.{number}")
    return replace(terms, blocks=[block for block in terms.blocks if block], steps=await _steps(tx, workspace_id, terms.steps))


def _trigger(trigger: Trigger, where: str) -> None:
    if trigger.kind in _SPANS and not 0 < trigger.minutes <= MOST_MINUTES:
        raise Refused("It is not said how long.", field=f"{where}.minutes", hint="Use at least a minute, at most a year.")
    if trigger.kind in _DELAYS and not 0 <= trigger.minutes <= MOST_MINUTES:
        raise Refused("This delay cannot be.", field=f"{where}.minutes", hint="Use 0 for at once, at most a year.")
    if trigger.kind not in (*_SPANS, *_DELAYS) and trigger.minutes:
        raise Refused("This trigger knows no delay.", field=f"{where}.minutes", hint="Take the delay out.")
    if trigger.kind == "custom_event" and not any(name.strip() for name in trigger.names):
        raise Refused("No event is named.", field=f"{where}.names", hint="Write its name as your shop sends it.")
    if max(map(len, (trigger.names, trigger.tags))) > _MOST_WORDS:
        raise Refused("These are too many names.", field=where, hint=f"Use at most {_MOST_WORDS}.")


def _condition(condition: Condition, where: str) -> None:
    if condition.path.split(".")[0] not in _ROOTS or len(condition.path) > 200:
        raise Refused(f"There is nothing called {condition.path[:60]} to look at.", field=f"{where}.path", hint="Choose from the list.")
    if condition.operator not in OPERATORS:
        raise Refused("It cannot be compared that way.", field=f"{where}.operator", hint="Choose from the list.")
    said = condition.value if isinstance(condition.value, list) else [condition.value]
    if len(said) > _MOST_WORDS or any(isinstance(one, str) and len(one) > _LONGEST_WORD for one in said):
        hint = f"Use at most {_MOST_WORDS} words of {_LONGEST_WORD} characters."
        raise Refused("This is too much to compare with.", field=f"{where}.value", hint=hint)


async def _steps(tx: Transaction, workspace_id: int, steps: Sequence[Doing]) -> list[Doing]:
    everything = await known.read(tx, workspace_id)
    return [await _step(tx, workspace_id, one, everything, f"steps.{number}") for number, one in enumerate(steps)]


async def _step(tx: Transaction, workspace_id: int, step: Doing, everything: Known, where: str) -> Doing:
    if isinstance(step, AssignBy):
        if step.team_id and all(one.id != step.team_id for one in everything.teams):
            raise Refused("There is no such team.", field=f"{where}.team_id", hint="Choose one of the list.")
        return step
    if isinstance(step, Forward):
        return _forward(step, where)
    if isinstance(step, Assign) and step.agent_id == ME:
        raise Refused("A rule is nobody.", field=f"{where}.agent_id", hint="Name an agent.")
    try:
        return (await checking.checked(tx, workspace_id, [step], everything))[0]
    except Refused as error:
        raise Refused(error.message, field=error.field.replace("steps.0", where, 1), hint=error.hint) from error


def _forward(step: Forward, where: str) -> Forward:
    to = checking.addresses([step.to], f"{where}.to")[0]
    copies = {name: checking.addresses(said, f"{where}.{name}") for name, said in (("cc", step.cc), ("bcc", step.bcc))}
    return Forward(to, rich_text.clean(step.html), mail.line(step.subject, mail.LONGEST_SUBJECT), **copies)
