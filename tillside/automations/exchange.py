"""Rules as a JSON file, from one desk to another: everything is called by its name, nothing by an id of ours.

``{"format": "tillside-rules", "version": 1, "rules": [{"list", "name", "when", "blocks", "steps", "stops", "reassigns"}]}``. Agents are
called by their e-mail addresses. Rules arrive paused, at the end of their lists; one that names what is not here stays out, and is told.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from tillside.automations import rule as rules
from tillside.automations.rule import LISTS, Rule, Terms
from tillside.base.errors import DeskError, Refused, TooLarge
from tillside.conversations import tags
from tillside.macros import known, step
from tillside.macros.known import Known
from tillside.storage.database import Database, Transaction

FORMAT, VERSION = "tillside-rules", 1
LONGEST = 2_000_000
_STEPS = {
    "assign": ("agent_id", "agent"),
    "team": ("team_id", "team"),
    "assign_by": ("team_id", "team"),
    "macro": ("macro_id", "macro"),
    "action": ("action_id", "action"),
    "target": ("target_id", "target"),
}
"""What a step names by id, and what that is."""
_PATHS = {"conversation.tags": "tag", "ticket.assignee.id": "agent", "ticket.team.id": "team"}
"""Facts whose values are ids."""
_FIELD = "ticket.customFields."


class Lexicon(Struct, frozen=True):
    """What things are called here: of each kind, id → name. Fields are called by their keys anyway."""

    names: dict[str, dict[str, str]]
    keys: frozenset[str] = frozenset()

    def name(self, kind: str, one: str) -> str:
        """What an id is called; what is gone keeps its id, and will be missing."""
        return self.names.get(kind, {}).get(one, one)

    def id(self, kind: str, name: str) -> str | None:
        """Whose name this is, however it is written; None when nobody's here."""
        said = tags.folded(name)
        return next((one for one, called in self.names.get(kind, {}).items() if tags.folded(called) == said), None)


class Missing(Struct, frozen=True):
    """Something a rule names that is not here. `kind`: agent, team, macro, action, target, field."""

    kind: str
    name: str


class Skipped(Struct, frozen=True):
    """A rule that stayed out, and why."""

    name: str
    missing: list[Missing]
    reason: str = ""


class Report(Struct, frozen=True):
    added: list[Rule]
    skipped: list[Skipped]


async def export(store: Database, workspace_id: int) -> bytes:
    """Every rule of a workspace, as a file."""
    words = lexicon(await known.read(store, workspace_id))
    listed = [told(one, words) for one in await rules.every(store, workspace_id)]
    return msgspec.json.format(msgspec.json.encode({"format": FORMAT, "version": VERSION, "rules": listed}), indent=2)


async def take_in(tx: Transaction, workspace_id: int, text: bytes) -> Report:
    """Add the rules of a file, paused. Raises Refused when it is no such file, TooLarge."""
    added: list[Rule] = []
    skipped: list[Skipped] = []
    for said in parsed(text):
        await _ensure_tags(tx, workspace_id, said)
        words = lexicon(await known.read(tx, workspace_id))
        name = str(said.get("name", ""))[:120]
        terms, missing = meant(said, words)
        if missing or terms is None:
            skipped.append(Skipped(name, missing, "" if missing else "It is not written as a rule."))
            continue
        try:
            async with tx.attempt():
                added.append(await rules.add(tx, workspace_id, said["list"], name, terms))
        except DeskError as error:
            skipped.append(Skipped(name, [], error.message))
    return Report(added, skipped)


def lexicon(everything: Known) -> Lexicon:
    return Lexicon(
        {
            "tag": {one.id: one.name for one in everything.tags},
            "agent": {one.id: one.email for one in everything.agents},
            "team": {one.id: one.name for one in everything.teams},
            "macro": {one.id: one.name for one in everything.macros},
            "action": {one.id: one.name for one in everything.actions},
            "target": {one.id: one.name for one in everything.targets},
        },
        frozenset(one.key for one in everything.fields),
    )


def told(rule: Rule, words: Lexicon) -> dict[str, Any]:
    """One rule as the file has it."""
    said = msgspec.to_builtins(rule.terms)
    return {"list": rule.list, "name": rule.name, **_renamed(said, words.name)}


def meant(said: Mapping[str, Any], words: Lexicon) -> tuple[Terms | None, list[Missing]]:
    """What a rule of a file is here, and what it names that is not; None for what is no rule at all."""
    missing: list[Missing] = []

    def find(kind: str, name: str) -> str:
        found = words.id(kind, name) if name else ""
        if found is None:
            missing.append(Missing(kind, name))
        return found or ""

    try:
        terms = msgspec.convert(_renamed({key: value for key, value in said.items() if key not in ("list", "name")}, find), Terms)
    except (msgspec.ValidationError, AttributeError, TypeError):
        return None, []
    if said.get("list") not in LISTS:
        return None, []
    missing += [Missing("field", key) for key in _keys(terms) if key not in words.keys]
    return terms, list(dict.fromkeys(missing))


def parsed(text: bytes) -> list[dict[str, Any]]:
    """The rules of a file. Raises Refused, TooLarge."""
    if len(text) > LONGEST:
        raise TooLarge("This file is too large for rules.", field="file", hint="Export fewer rules at once.")
    try:
        document = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise Refused("This is not a file of rules.", field="file", hint="Choose a file that was exported here.") from error
    listed = document.get("rules")
    if document.get("format") != FORMAT or document.get("version") != VERSION or not isinstance(listed, list):
        raise Refused("This is not a file of rules this desk can read.", field="file", hint="Choose a file that was exported here.")
    if len(listed) > rules.MOST_RULES or any(not isinstance(one, dict) for one in listed):
        raise Refused(f"A file has at most {rules.MOST_RULES} rules.", field="file", hint="Export fewer rules at once.")
    return listed


def _renamed(said: Mapping[str, Any], call: Callable[[str, str], str]) -> dict[str, Any]:
    """The terms with everything that has a name called otherwise."""
    when = [{**one, "tags": [call("tag", each) for each in one["tags"]]} if one.get("tags") else one for one in said.get("when", [])]
    blocks = [[_condition(one, call) for one in block] for block in said.get("blocks", [])]
    steps = [_step(one, call) for one in said.get("steps", [])]
    return {**said, "when": when, "blocks": blocks, "steps": steps}


def _condition(said: Mapping[str, Any], call: Callable[[str, str], str]) -> dict[str, Any]:
    kind, value = _PATHS.get(said.get("path", "")), said.get("value")
    if kind is None or value is None:
        return dict(said)
    return {**said, "value": [call(kind, each) for each in value] if isinstance(value, list) else call(kind, str(value))}


def _step(said: Mapping[str, Any], call: Callable[[str, str], str]) -> dict[str, Any]:
    do = said.get("do", "")
    if do == "tag":
        return {**said, **{key: [call("tag", each) for each in said[key]] for key in ("add", "remove") if key in said}}
    key, kind = _STEPS.get(do, ("", ""))
    return {**said, key: call(kind, said[key])} if said.get(key) else dict(said)


def _keys(terms: Terms) -> list[str]:
    """The fields a rule speaks of."""
    steps = [one.key for one in terms.steps if isinstance(one, step.Field)]
    rows = [one.path.removeprefix(_FIELD) for block in terms.blocks for one in block if one.path.startswith(_FIELD)]
    when = [one.key for one in terms.when if one.kind == "field_changed" and one.key and not one.key.startswith("ticket.")]
    return [*steps, *rows, *when]


async def _ensure_tags(tx: Transaction, workspace_id: int, said: Mapping[str, Any]) -> None:
    """A tag is its name: one that is not here is made, as it is wherever somebody writes one."""
    found: list[str] = []

    def hear(kind: str, name: str) -> str:
        if kind == "tag":
            found.append(name)
        return name

    try:
        _renamed(said, hear)
        for name in dict.fromkeys(found):
            await tags.ensured(tx, workspace_id, name)
    except (AttributeError, TypeError, KeyError, Refused):
        return
