"""Whether steps can be carried out, asked when they are saved: what they name exists, and no macro stands in itself."""

from collections.abc import Sequence

from msgspec.structs import replace

from tillside.base import mail, rich_text, stamps
from tillside.base.errors import Refused
from tillside.base.smtp import Undeliverable
from tillside.conversations import fields, tags
from tillside.macros.known import Known
from tillside.macros.step import ME, Assign, CallTarget, Field, Give, Note, Priority, Reply, RunAction, RunMacro, Snooze, Step, Tag
from tillside.storage.database import Transaction

MOST_COPIES = 20
_LONGEST_SNOOZE = 3660 * stamps.DAY // stamps.MINUTE


async def checked(tx: Transaction, workspace_id: int, steps: Sequence[Step], known: Known, *, own: str = "") -> list[Step]:
    """The steps as they are kept: tags by their ids, values of fields in their format. A tag nobody made yet is made.

    `own`: the macro they are of, which must not stand in itself. Raises Refused with the field, such as ``steps.2.agent_id``.
    """
    return [await _one(tx, workspace_id, one, known, own, f"steps.{number}") for number, one in enumerate(steps)]


async def _one(tx: Transaction, workspace_id: int, step: Step, known: Known, own: str, where: str) -> Step:
    match step:
        case Tag(add, remove):
            return await _tag(tx, workspace_id, add, remove, where)
        case Field(key, value):
            return await _field(tx, workspace_id, key, value, known, where)
        case Note(html):
            return Note(_text(html, where))
        case Reply(html, subject, cc, bcc):
            asked = {
                "subject": mail.line(subject, mail.LONGEST_SUBJECT),
                "cc": addresses(cc, f"{where}.cc"),
                "bcc": addresses(bcc, f"{where}.bcc"),
            }
            return replace(step, html=_text(html, where), **asked)
        case Assign(agent_id):
            here = agent_id in ("", ME) or any(one.id == agent_id for one in known.agents)
            _need(here, where, "agent_id", "There is no such agent.", "Choose somebody who can sign in.")
        case Give(team_id):
            here = not team_id or any(one.id == team_id for one in known.teams)
            _need(here, where, "team_id", "There is no such team.", "Choose one of the list.")
        case Priority(priority):
            _need(priority in (-1, 0, 1), where, "priority", "A priority is low, normal or high.", "Choose one.")
        case Snooze(minutes):
            fits = minutes is None or 0 < minutes < _LONGEST_SNOOZE
            _need(fits, where, "minutes", "A snooze lasts at least a minute and at most ten years.", "Write how long.")
        case RunMacro(macro_id):
            _macro(macro_id, known, own, where)
        case RunAction(action_id, _):
            here = any(one.id == action_id for one in known.actions)
            _need(here, where, "action_id", "There is no such action.", "Choose one of the list.")
        case CallTarget(target_id):
            here = any(one.id == target_id for one in known.targets)
            _need(here, where, "target_id", "There is no such target.", "Choose one of the list.")
    return step


def addresses(said: Sequence[str], where: str) -> list[str]:
    """Addresses as letters take them, each once. Raises Refused for what is none."""
    if len(said) > MOST_COPIES:
        raise Refused(f"These are more than {MOST_COPIES} addresses.", field=where, hint="Use a list of your mail server's.")
    try:
        return list(dict.fromkeys(mail.plain_address(one) for one in said))
    except Undeliverable as error:
        raise Refused(str(error), field=where, hint="Write it like name@shop.example; set several apart by commas.") from error


def _text(html: str, where: str) -> str:
    kept = rich_text.clean(html)
    _need(rich_text.plain(kept), where, "html", "There is no text.", "Write it, or take the step out.")
    return kept


async def _tag(tx: Transaction, workspace_id: int, add: Sequence[str], remove: Sequence[str], where: str) -> Step:
    _need(add or remove, where, "tags", "There is no tag.", "Name one, or take the step out.")
    meant = await tags.meant(tx, workspace_id, [*add, *remove])
    on = [(meant.get(word) or await tags.ensured(tx, workspace_id, word)).id for word in add]
    lost = next((word for word in remove if word not in meant), "")
    _need(not lost, where, "tags", f"There is no tag {lost[:60]}.", "Only a tag that is there can be taken off.")
    return Tag(list(dict.fromkeys(on)), list(dict.fromkeys(meant[word].id for word in remove)))


async def _field(tx: Transaction, workspace_id: int, key: str, value: object, known: Known, where: str) -> Step:
    _need(any(one.key == key for one in known.fields), where, "key", "There is no such field.", "Choose one of the list.")
    try:
        return Field(key, (await fields.checked(tx, workspace_id, {key: value}))[key])
    except Refused as error:
        raise Refused(error.message, field=f"{where}.value", hint=error.hint) from error


def _macro(macro_id: str, known: Known, own: str, where: str) -> None:
    """It is there, and following it never leads back to where one began."""
    by_id = {one.id: one for one in known.macros}
    _need(macro_id in by_id, where, "macro_id", "There is no such macro.", "Choose one of the list.")
    reached, ahead = set[str](), [macro_id]
    while ahead:
        one = ahead.pop()
        _need(one != own, where, "macro_id", "This macro leads back to itself.", "Choose another one.")
        if one not in reached and one in by_id:
            reached.add(one)
            ahead += [each.macro_id for each in by_id[one].steps if isinstance(each, RunMacro)]


def _need(holds: object, where: str, field: str, message: str, hint: str) -> None:
    if not holds:
        raise Refused(message, field=f"{where}.{field}", hint=hint)
