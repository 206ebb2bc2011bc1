"""Steps as rows of a form: ``step.2.do`` says what a row does, ``step.2.add`` what with. Read from a form, drawn into one, moved about.

Works without a script: a button named ``do`` sends the form, and it comes back with one row more, fewer or elsewhere.
"""

import re
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tillside.actions.form import Field as Asked
from tillside.base import rich_text
from tillside.base.errors import Refused
from tillside.conversations.fields import Field as WorkspaceField
from tillside.edges.agent.guard import Form
from tillside.edges.agent.using import ICONS
from tillside.macros import macro as macros
from tillside.macros.known import Known
from tillside.macros.step import (
    ME,
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
    Tag,
    worded,
)

_PART = re.compile(r"step\.(\d{1,3})\.([\w.]{1,80})")
_MOVE = re.compile(r"(drop|up|down)\.(\d{1,3})")
_UNITS = {"minutes": 1, "hours": 60, "days": 1440}
KINDS = {
    "tag": "Add or take off tags",
    "assign": "Assign to an agent",
    "team": "Hand to a team",
    "priority": "Set the priority",
    "field": "Set a field",
    "note": "Add a note for the team",
    "snooze": "Snooze",
    "close": "Close the conversation",
    "reopen": "Open it again",
    "macro": "Do all of another macro",
    "action": "Run an action",
    "target": "Call a target",
}
_CLASSES: dict[str, type[Step]] = {
    "reply": Reply, "note": Note, "tag": Tag, "assign": Assign, "team": Give, "priority": Priority, "field": Field, "snooze": Snooze,
    "close": Close, "reopen": Reopen, "macro": RunMacro, "action": RunAction, "target": CallTarget,
}  # fmt: skip
_NAMES = {kind: name for name, kind in _CLASSES.items()}


class Row(Struct, frozen=True):
    """One row: what it does, what was written into it."""

    do: str
    said: dict[str, str]

    @property
    def title(self) -> str:
        return KINDS.get(self.do, self.do)

    @property
    def icon(self) -> str:
        return ICONS[_CLASSES[self.do]]

    @property
    def html(self) -> str:
        """The text of a note for the editor."""
        return as_html(self.said.get("html", ""))


class Offer:
    """What a row may name, as the form lists it."""

    def __init__(self, known: Known) -> None:
        self.tags, self.macros, self.actions, self.targets = known.tags, known.macros, known.actions, known.targets
        self.people = [(one.id, one.name) for one in known.agents]
        self.crews = [(one.id, one.name) for one in known.teams]
        self.keys = [(one.key, one.name) for one in known.fields]
        self._fields = known.fields

    def field_of(self, key: str) -> WorkspaceField | None:
        """The field that was chosen; before anything is, the first one."""
        return next((one for one in self._fields if one.key == key), self._fields[0] if self._fields else None)

    def choices_of(self, field: WorkspaceField) -> list[tuple[str, str]]:
        """Its choices, with their levels set apart for people; a yes or no has two."""
        if field.format == "yes_no":
            return [("yes", "Yes"), ("no", "No")]
        return [(one, worded(one)) for one in field.choices]

    def asked(self, action_id: str) -> list[Asked]:
        """What the chosen action's form asks for."""
        found = next((one for one in self.actions if one.id == action_id), self.actions[0] if self.actions else None)
        return found.fields if found else []


def written(form: Form) -> list[Row]:
    """The rows of a form, in the order of their numbers."""
    found: dict[int, dict[str, str]] = {}
    for name, value in form.multi_items():
        match = _PART.fullmatch(name)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = value
    rows = [Row(said.pop("do", ""), said) for _, said in sorted(found.items())]
    return [row for row in rows if row.do in KINDS][: macros.MOST_STEPS]


def drawn(steps: Sequence[Step], known: Known) -> list[Row]:
    """Steps as rows; tags under their names."""
    return [Row(_NAMES[type(one)], _said(one, known.names)) for one in steps]


def moved(rows: list[Row], form: Form) -> list[Row]:
    """The rows after the button that was pressed: one more, one fewer, or one elsewhere."""
    pressed = form.get("do", "")
    if pressed == "add" and form.get("new", "") in KINDS and len(rows) < macros.MOST_STEPS:
        return [*rows, Row(form["new"], {})]
    match = _MOVE.fullmatch(pressed)
    if match is None or int(match[2]) >= len(rows):
        return rows
    place, rest = int(match[2]), list(rows)
    one = rest.pop(place)
    if match[1] != "drop":
        rest.insert(max(0, place - 1) if match[1] == "up" else place + 1, one)
    return rest


def steps_of(rows: Sequence[Row]) -> list[Step]:
    """What the rows mean. Raises Refused with the field, such as ``steps.1.priority``."""
    return [_step(row, f"steps.{place}") for place, row in enumerate(rows)]


def offered(known: Known) -> list[tuple[str, str]]:
    """The kinds of steps this workspace can use."""
    needs = {"team": known.teams, "field": known.fields, "macro": known.macros, "action": known.actions, "target": known.targets}
    return [(name, words) for name, words in KINDS.items() if needs.get(name, True)]


def _step(row: Row, where: str) -> Step:
    said = row.said
    match row.do:
        case "tag":
            return Tag(_words(said.get("add", "")), _words(said.get("remove", "")))
        case "assign":
            return Assign(said.get("agent_id", ME))
        case "team":
            return Give(said.get("team_id", ""))
        case "priority":
            return Priority(_number(said.get("priority", "1"), f"{where}.priority"))
        case "field":
            return Field(said.get("key", ""), said.get("value", "").strip() or None)
        case "note":
            return Note(as_html(said.get("html", "")))
        case "snooze":
            unit = _UNITS.get(said.get("unit", ""))
            return Snooze(None if unit is None else unit * _number(said.get("count", ""), f"{where}.minutes"))
        case "reopen":
            return Reopen()
        case "macro":
            return RunMacro(said.get("macro_id", ""))
        case "action":
            given = {name.removeprefix("input."): value for name, value in said.items() if name.startswith("input.") and value.strip()}
            return RunAction(said.get("action_id", ""), given)
        case "target":
            return CallTarget(said.get("target_id", ""))
    return Close()


def _said(step: Step, names: dict[str, str]) -> dict[str, str]:
    match step:
        case Tag(add, remove):
            return {"add": ", ".join(names.get(one, one) for one in add), "remove": ", ".join(names.get(one, one) for one in remove)}
        case Assign(agent_id):
            return {"agent_id": agent_id}
        case Give(team_id):
            return {"team_id": team_id}
        case Snooze(minutes) if minutes is not None:
            unit = next(name for name, size in reversed(_UNITS.items()) if minutes % size == 0)
            return {"count": str(minutes // _UNITS[unit]), "unit": unit}
        case Snooze():
            return {"unit": "reply"}
        case Note(html) | Reply(html):
            return {"html": plain(html)}
        case Field(key, value):
            return {"key": key, "value": "" if value is None else value if isinstance(value, str) else worded(value)}
        case RunAction(action_id, given):
            return {"action_id": action_id} | {f"input.{name}": _written(value) for name, value in given.items()}
    built = msgspec.to_builtins(step)
    return {name: str(value) for name, value in built.items() if name != "do"}


def _written(value: object) -> str:
    """What is filled into an action's form, as one text: a list of lines is its JSON."""
    return msgspec.json.encode(value).decode() if isinstance(value, list) else str(value)


def plain(html: str) -> str:
    """A text for a plain field: without its markup where nothing is lost by that, else with it."""
    text = rich_text.plain(html.replace("</p><p", "</p><br><p"))  # a blank line sets paragraphs apart
    return text if rich_text.clean(rich_text.from_plain(text)) == rich_text.clean(html) else html


def as_html(text: str) -> str:
    """What came from a plain field or from the editor, as cleaned HTML."""
    return rich_text.clean(text if rich_text.is_html(text) else rich_text.from_plain(text))


def _words(said: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in said.split(",") if word.strip()))


def _number(said: str, where: str) -> int:
    try:
        return int(said.strip()[:9])
    except ValueError as error:
        raise Refused("That is not a number.", field=where, hint="Write it in digits.") from error
