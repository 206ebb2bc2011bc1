"""The steps of a rule between form and record: each kind with what its blanks mean. Pure."""

import html as entities
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

from tillside.actions import form
from tillside.automations.terms import AssignBy, Doing, Forward, How
from tillside.base import rich_text
from tillside.base.errors import Refused
from tillside.edges.agent.rule_blanks import Problem, minutes, number, span
from tillside.edges.agent.rule_choices import Choices
from tillside.edges.agent.rule_form import Row, Said
from tillside.macros import checking, step


def doing(row: Row, choices: Choices) -> Doing:
    make = STEPS.get(row.kind)
    if make is None:
        raise Problem("There is no such step.", "Choose one of the list.", "kind")
    return make(row, choices)


def _text(row: Row, choices: Choices) -> str:
    said = row.one("text").strip()
    if not said:
        raise Problem("Nothing is written yet.", "Write the text, or take the step out.", "text")
    return said if rich_text.is_html(said) else rich_text.from_plain(said)


def _reply(row: Row, choices: Choices) -> step.Reply:
    return step.Reply(_text(row, choices), by_mail=row.one("way") == "mail", **_lettered(row))


def _forward(row: Row, choices: Choices) -> Forward:
    to = _addresses(row, "to")
    if len(to) != 1:
        raise Problem("It is not said where to." if not to else "This is more than one address.", "Write one; copy others in.", "to")
    return Forward(to[0], _text(row, choices) if row.one("text").strip() else "", **_lettered(row))


def _lettered(row: Row) -> dict[str, Any]:
    """Subject and copies, where the row shows them."""
    if row.one("more") != "more":
        return {}
    return {"subject": row.one("subject").strip(), "cc": _addresses(row, "cc"), "bcc": _addresses(row, "bcc")}


def _addresses(row: Row, blank: str) -> list[str]:
    try:
        return checking.addresses([word for word in _BETWEEN.split(row.one(blank)) if word], blank)
    except Refused as error:
        raise Problem(error.message, error.hint, blank) from error


_BETWEEN: Final = re.compile(r"[\s,;]+")


def _tags(row: Row, choices: Choices) -> list[str]:
    found = list(row.many("tags"))
    if not found:
        raise Problem("No tag is chosen.", "Tick one, or write a new one.", "tags")
    return found


def _chosen(row: Row, blank: str, what: str) -> str:
    if not row.one(blank):
        raise Problem(f"No {what} is chosen.", "Choose one, or take the step out.", blank)
    return row.one(blank)


def _field(row: Row, choices: Choices) -> step.Field:
    key, said = _chosen(row, "key", "field"), row.one("value").strip()
    known = choices.field(key)
    if known is None:
        raise Problem("This field is gone.", "Choose another one.", "key")
    if not said:
        return step.Field(key, None)
    if known.format == "number":
        found = number(said)
        return step.Field(key, int(found) if found == found.to_integral_value() else float(found))
    return step.Field(key, said == "yes" if known.format == "yes_no" else said)


def _snooze(row: Row, choices: Choices) -> step.Snooze:
    return step.Snooze(minutes(row) if row.one("moment") == "after" else None)


def _priority(row: Row, choices: Choices) -> step.Priority:
    said = row.one("priority")
    if said not in ("1", "0", "-1"):
        raise Problem("No priority is chosen.", "Choose high, normal or low.", "priority")
    return step.Priority(int(said))


def _assign_by(row: Row, choices: Choices) -> AssignBy:
    how = next((one for one in get_args(How) if one == row.one("how")), None)
    if how is None:
        raise Problem("How is not chosen.", "Take turns, or whoever has least.", "how")
    return AssignBy(how, row.one("team"))


def _action(row: Row, choices: Choices) -> step.RunAction:
    """What the action's form asks for is looked at now; whether the order bears it is asked when it runs."""
    action_id = _chosen(row, "action", "action")
    given: dict[str, Any] = {name.removeprefix("input."): row.one(name) for name in row.said if name.startswith("input.") and row.one(name)}
    asked = list(choices.forms.get(action_id, ()))
    known = {one.name for one in asked}
    found = form.checked(asked, {name: value for name, value in given.items() if name in known}, form.Purse(choices.currency))
    for name, message in found.errors.items():
        raise Problem(message, "Fill it in, or choose another step.", f"input.{name}")
    return step.RunAction(action_id, {name: value for name, value in given.items() if name in known})


STEPS: Final[Mapping[str, Callable[[Row, Choices], Doing]]] = {
    "reply": _reply,
    "forward": _forward,
    "note": lambda row, choices: step.Note(_text(row, choices)),
    "tag": lambda row, choices: step.Tag(add=_tags(row, choices)),
    "untag": lambda row, choices: step.Tag(remove=_tags(row, choices)),
    "assign_by": _assign_by,
    "assign": lambda row, choices: step.Assign(row.one("agent")),
    "team": lambda row, choices: step.Give(row.one("team")),
    "priority": _priority,
    "field": _field,
    "snooze": _snooze,
    "close": lambda row, choices: step.Close(),
    "reopen": lambda row, choices: step.Reopen(),
    "macro": lambda row, choices: step.RunMacro(_chosen(row, "macro", "macro")),
    "action": _action,
    "target": lambda row, choices: step.CallTarget(_chosen(row, "target", "target")),
}


def rows(one: Doing, choices: Choices) -> list[Row]:
    match one:
        case step.Reply(html, subject, cc, bcc, by_mail):
            way: Said = {"way": ("mail",)} if by_mail else {}
            return [Row("reply", {"text": (_plain(html),), **way, **_letter(subject, cc, bcc)})]
        case Forward(to, html, subject, cc, bcc):
            return [Row("forward", {"to": (to,), "text": (_plain(html),), **_letter(subject, cc, bcc)})]
        case step.Note(html):
            return [Row("note", {"text": (_plain(html),)})]
        case step.Tag(add, remove):
            rows = [Row("tag", {"tags": tuple(add)})] if add else []
            return [*rows, *([Row("untag", {"tags": tuple(remove)})] if remove else [])]
        case AssignBy(how, team_id):
            return [Row("assign_by", {"how": (how,), "team": (team_id,)})]
        case step.Assign(agent_id):
            return [Row("assign", {"agent": (agent_id,)})]
        case step.Give(team_id):
            return [Row("team", {"team": (team_id,)})]
        case step.Priority(priority):
            return [Row("priority", {"priority": (str(priority),)})]
        case step.Field(key, value):
            return [Row("field", {"key": (key,), "value": ("" if value is None else {True: "yes", False: "no"}.get(value, str(value)),)})]
        case step.Snooze(amount):
            return [Row("snooze", span(amount))]
        case step.Close():
            return [Row("close")]
        case step.Reopen():
            return [Row("reopen")]
        case step.RunMacro(macro_id):
            return [Row("macro", {"macro": (macro_id,)})]
        case step.RunAction(action_id, given):
            inputs: Said = {f"input.{name}": (str(value),) for name, value in given.items()}
            return [Row("action", {"action": (action_id,), **inputs})]
        case step.CallTarget(target_id):
            return [Row("target", {"target": (target_id,)})]


def _letter(subject: str, cc: Sequence[str], bcc: Sequence[str]) -> Said:
    if not (subject or cc or bcc):
        return {}
    return {"more": ("more",), "subject": (subject,), "cc": (", ".join(cc),), "bcc": (", ".join(bcc),)}


def _plain(html: str) -> str:
    """The text of a reply as it is written; where it has more than paragraphs and lines, its HTML, so that nothing is lost."""
    text = _LINES.sub("\n", html.strip().replace("</p><p>", "\n\n").removeprefix("<p>").removesuffix("</p>"))
    return html if "<" in text else entities.unescape(text)


_LINES: Final = re.compile(r"<br ?/?>")
