"""What a row of another desk's macros means here: its text, its steps, whose it is; and what of it is not understood. Pure."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from tillside.agents.agent import Agent
from tillside.agents.team import Team
from tillside.base import rich_text
from tillside.conversations.fields import STEP, Field
from tillside.macros import step as stepping
from tillside.macros.known import Known
from tillside.macros.sheet import Row
from tillside.macros.step import Assign, CallTarget, Close, Give, Priority, Step, Tag
from tillside.targets.target import Target

_YES = frozenset(("yes", "true", "1", "y", "on", "close", "closed", "x", "✓"))
_NO = frozenset(("", "no", "false", "0", "n", "off", "none", "null", "-", "[]", "{}", "n/a"))
_ALL = frozenset(("", "all", "everyone", "everybody", "all agents", "all brands", "any", "[]", "-"))
_PRIORITIES = {
    **dict.fromkeys(("high", "urgent", "1", "true", "yes"), 1),
    **dict.fromkeys(("normal", "medium", "default"), 0),
    **dict.fromkeys(("low", "-1"), -1),
}
_MOST_TAGS = 50
Thing = TypeVar("Thing", Team, Target)


class Meant(Struct, frozen=True):
    """`lost`: sentences on what was left out, and why. `owner_id`, `team_id`: whose it is, both "" for everybody."""

    name: str
    subject: str
    html: str
    steps: list[Step]
    owner_id: str
    team_id: str
    by_id: str
    by_name: str
    lost: list[str]


class _Reader:
    """Gathers the steps of one row, and what was not understood of it."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.steps: list[Step] = []
        self.lost: list[str] = []

    def lose(self, column: str, said: str, why: str) -> None:
        self.lost.append(f"{column} “{rich_text.line(said, 60)}”: {why}")


def meant(row: Row, known: Known) -> Meant:
    """A row as a macro of this desk."""
    cells, reader = row.cells, _Reader(known)
    for column, read in _COLUMNS:
        if cells[column].casefold() not in _NO:
            read(reader, cells[column])
    if cells["close"].casefold() not in _NO:
        _close(reader, cells["close"])
    owner_id, team_id = _scope(reader, cells["available to - agents"])
    if cells["available to - brands"].casefold() not in _ALL:
        reader.lose("Available To - Brands", cells["available to - brands"], "this desk has no brands, it is for every shop")
    author = _person(known, cells["created by"])
    if cells["created by"] and author is None:
        reader.lose("Created By", cells["created by"], "nobody of that name is here")
    text = cells["description"]
    return Meant(
        name=" ".join(cells["name"].split()),
        subject=cells["subject"],
        html=rich_text.clean(text if rich_text.is_html(text) else rich_text.from_plain(text)),
        steps=reader.steps,
        owner_id=owner_id,
        team_id=team_id,
        by_id=author.id if author else "",
        by_name=author.name if author else rich_text.line(cells["created by"], 80),
        lost=reader.lost,
    )


def _tags(reader: _Reader, said: str) -> None:
    words = list(dict.fromkeys(" ".join(word.split()) for word in _listed(said) if word.strip()))
    fitting = [word for word in words if len(word) <= 120][:_MOST_TAGS]
    if len(fitting) < len(words):
        reader.lose("Tags", said, f"only {len(fitting)} of {len(words)} can be kept")
    if fitting:
        reader.steps.append(Tag(fitting))


def _assign(reader: _Reader, said: str) -> None:
    words = _listed(said)
    agent, team = _person(reader.known, words[0] if words else ""), _called(reader.known.teams, words[0] if words else "")
    if len(words) != 1 or (agent is None and team is None):
        reader.lose("Assign", said, "there is no such agent or team")
    elif agent is not None:
        reader.steps.append(Assign(agent.id))
    elif team is not None:
        reader.steps.append(Give(team.id))


def _priority(reader: _Reader, said: str) -> None:
    level = _PRIORITIES.get(said.casefold())
    if level is None:
        reader.lose("Priority", said, "it is none of high, normal and low")
    else:
        reader.steps.append(Priority(level))


def _field(reader: _Reader, said: str) -> None:
    """``{propertyName, displayName, type, value: […], under}``, one of them or a list."""
    try:
        found = msgspec.json.decode(said)
    except msgspec.DecodeError:
        return reader.lose("Update Field", said, "it is no JSON")
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, dict):
            reader.lose("Update Field", said, "it names no field")
        elif one.get("propertyName") or one.get("displayName"):
            _property(reader, one)
    return None


def _property(reader: _Reader, one: dict[str, object]) -> None:
    key, name = str(one.get("propertyName") or ""), str(one.get("displayName") or "")
    known = next((field for field in reader.known.fields if _is_called(field, key, name)), None)
    if known is None:
        return reader.lose("Update Field", name or key, "there is no such field; make it first, then import again")
    value = one.get("value")
    said = [str(part) for part in value if part not in (None, "")] if isinstance(value, list) else [] if value in (None, "") else [str(value)]
    fitting = _choice(known, said) if known.format == "choice" else said[0] if len(said) == 1 else STEP.join(said) or None
    if known.format == "choice" and said and fitting is None:
        return reader.lose("Update Field", f"{known.name}: {STEP.join(said)}", "there is no such choice")
    reader.steps.append(stepping.Field(known.key, fitting))
    return None


def _last_order(reader: _Reader, said: str) -> None:
    """The export shifts its columns: what is written here is the field that should stand one to the left."""
    if said.lstrip()[:1] in "[{":
        _field(reader, said)
    else:
        reader.lose("Last Order", said, "an order is not kept with a macro here")


def _target(reader: _Reader, said: str) -> None:
    """By its name; some exports write it as JSON with a name in it."""
    for word in _named(said):
        target = _called(reader.known.targets, word)
        if target is None:
            reader.lose("HTTP Target", word, "there is no such target; make it first, then import again")
        else:
            reader.steps.append(CallTarget(target.id))


def _close(reader: _Reader, said: str) -> None:
    if said.casefold() in _YES:
        reader.steps.append(Close())
    else:
        reader.lose("Close", said, "it is neither yes nor no")


def _scope(reader: _Reader, said: str) -> tuple[str, str]:
    """One agent, one team, or everybody; several agents are everybody, since nobody should lose it."""
    if said.casefold() in _ALL:
        return "", ""
    words = _listed(said)
    if len(words) == 1:
        agent, team = _person(reader.known, words[0]), _called(reader.known.teams, words[0])
        if agent is not None:
            return agent.id, ""
        if team is not None:
            return "", team.id
    why = "it is for everybody here" if len(words) > 1 else "nobody of that name is here, so it is for everybody"
    reader.lose("Available To - Agents", said, why)
    return "", ""


_COLUMNS: tuple[tuple[str, Callable[[_Reader, str], None]], ...] = (
    ("tags", _tags),
    ("assign", _assign),
    ("priority", _priority),
    ("update field", _field),
    ("last order", _last_order),
    ("http target", _target),
)


def _choice(field: Field, said: list[str]) -> str | None:
    """The one choice these words mean: a nested one in one piece, or level by level."""
    folded = {_levels(choice): choice for choice in field.choices}
    whole = _levels(STEP.join(said))
    return folded.get(whole) or (folded.get(_levels(said[0])) if said else None)


def _levels(choice: str) -> tuple[str, ...]:
    return tuple(" ".join(level.split()).casefold() for level in choice.split(STEP))


def _is_called(field: Field, key: str, name: str) -> bool:
    return (bool(key) and field.key.casefold() == key.casefold()) or (bool(name) and field.name.casefold() == " ".join(name.split()).casefold())


def _person(known: Known, said: str) -> Agent | None:
    word = said.strip().casefold()
    return next((one for one in known.agents if word and word in (one.email.casefold(), one.name.casefold(), one.id)), None)


def _called(rows: Sequence[Thing], said: str) -> Thing | None:
    word = " ".join(said.split()).casefold()
    return next((one for one in rows if word and word in (one.name.casefold(), one.id)), None)


def _listed(said: str) -> list[str]:
    """Words set apart by commas, semicolons or bars, or a JSON list."""
    if said.lstrip().startswith("["):
        try:
            return [str(one) for one in msgspec.json.decode(said) if one not in (None, "")]
        except (msgspec.DecodeError, TypeError):
            pass
    return [word.strip() for word in re.split(r"[,;|\n]", said) if word.strip()]


def _named(said: str) -> list[str]:
    if said.lstrip()[:1] in "[{":
        try:
            found = msgspec.json.decode(said)
        except msgspec.DecodeError:
            return [said]
        listed = found if isinstance(found, list) else [found]
        return [str(one.get("name") or one.get("title") or "") if isinstance(one, dict) else str(one) for one in listed]
    return [said]
