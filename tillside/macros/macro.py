"""Macros: answers written once, and what is done with them. Who may use and who may change one, how often it is taken.

A macro is a text (texts.py fills it), steps (steps.py carries them out), or both. It is one agent's, one team's or everybody's.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tillside.agents.actor import DESK, Actor
from tillside.base import rich_text, stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.feeds import activity
from tillside.macros import step as stepping
from tillside.macros.step import Deed, Reply, Step, Subject, Tag
from tillside.storage.database import Database, Row, Transaction

MOST = 2_000
MOST_STEPS = 20
LONGEST_NAME = 120
LONGEST_TEXT = 100_000
_MINE = """(owner_id = :agent or (owner_id = '' and (team_id = '' or team_id in
  (select team_id from team_member where team_member.workspace_id = :w and team_member.agent_id = :agent))))"""
_INSERT = """
insert into macro (workspace_id, id, owner_id, team_id, name, folded, subject, html, tags, steps, uses, by_id, by_name, created_at, updated_at)
values (:w, :id, :owner, :team, :name, :folded, :subject, :html, '[]', :steps, 0, :by, :by_name, :at, :at)
"""
_CHANGE = """
update macro set owner_id = :owner, team_id = :team, name = :name, folded = :folded, subject = :subject, html = :html, steps = :steps,
  updated_at = :at where workspace_id = :w and id = :id
"""
_COUNT = """
insert into macro_day (workspace_id, macro_id, day, uses) values (:w, :id, :day, :by)
on conflict (workspace_id, macro_id, day) do update set uses = macro_day.uses + excluded.uses
"""
_LATELY = """
select macro_id, sum(uses) from macro_day where workspace_id = :w and day >= :since group by macro_id order by macro_id limit 5000
"""


class Macro(Struct, frozen=True):
    """`owner_id`: the only agent it is for; else `team_id`: the team it is for; both "": everybody. `uses`: how often it was taken."""

    workspace_id: int
    id: str
    owner_id: str
    team_id: str
    name: str
    subject: str
    html: str
    steps: list[Step]
    uses: int
    by_id: str
    by_name: str
    used_at: int | None
    created_at: int
    updated_at: int

    @property
    def has_text(self) -> bool:
        return bool(rich_text.plain(self.html))

    @property
    def deeds(self) -> list[Deed]:
        """Everything it does beside its text: its subject, then its steps."""
        return [*([Subject(self.subject)] if self.subject else []), *self.steps]

    def is_for(self, agent_id: str, team_ids: Collection[str]) -> bool:
        """Whether an agent may use it."""
        return self.owner_id == agent_id if self.owner_id else not self.team_id or self.team_id in team_ids

    def may_be_changed(self, agent_id: str, team_ids: Collection[str], *, is_admin: bool) -> bool:
        """One's own always; a team's by its members; everybody's by who wrote it; what is not somebody's own also by admins."""
        if self.owner_id:
            return self.owner_id == agent_id
        return is_admin or (self.team_id in team_ids if self.team_id else self.by_id == agent_id)


_COLUMNS = ", ".join(Macro.__struct_fields__)


async def add(
    tx: Transaction,
    workspace_id: int,
    name: str,
    html: str,
    *,
    owner_id: str = "",
    team_id: str = "",
    subject: str = "",
    tags: Sequence[str] = (),
    steps: Sequence[Step] = (),
    by: Actor = DESK,
) -> Macro:
    """A new one; `tags` are put on by a first step. Raises Refused without name or content, Conflict when the name is taken."""
    every_step = [*([Tag(list(tags))] if tags else []), *steps]
    said, cleaned = _checked(name, html, subject, every_step)
    await _free(tx, workspace_id, owner_id, team_id, said)
    at = stamps.now()
    macro = Macro(
        workspace_id,
        stamps.new_id("mac", at),
        owner_id,
        "" if owner_id else team_id,
        said,
        subject.strip()[:500],
        cleaned,
        every_step,
        0,
        by.id,
        by.name,
        None,
        at,
        at,
    )
    await tx.run(_INSERT, **_values(macro), by=by.id, by_name=by.name)
    activity.record(tx, workspace_id, "macro.added", macro.id)
    return macro


async def change(
    tx: Transaction, macro: Macro, *, name: str, html: str, subject: str, steps: Sequence[Step], owner_id: str = "", team_id: str = ""
) -> Macro:
    """Everything anew. Raises Refused, Conflict."""
    said, cleaned = _checked(name, html, subject, steps)
    new = replace(
        macro,
        owner_id=owner_id,
        team_id="" if owner_id else team_id,
        name=said,
        subject=subject.strip()[:500],
        html=cleaned,
        steps=list(steps),
        updated_at=max(stamps.now(), macro.updated_at + 1),
    )
    await _free(tx, macro.workspace_id, new.owner_id, new.team_id, said, but=macro.id)
    await tx.run(_CHANGE, **_values(new))
    activity.record(tx, macro.workspace_id, "macro.changed", macro.id)
    return new


async def remove(tx: Transaction, macro: Macro) -> None:
    await tx.run("delete from macro where workspace_id = :w and id = :id", w=macro.workspace_id, id=macro.id)
    await tx.run("delete from macro_day where workspace_id = :w and macro_id = :id", w=macro.workspace_id, id=macro.id)
    activity.record(tx, macro.workspace_id, "macro.removed", macro.id)


async def used(tx: Transaction, macro: Macro) -> None:
    """Count one use. Nobody is told: it only orders the list."""
    at = stamps.now()
    await tx.run(
        "update macro set uses = uses + 1, used_at = :at where workspace_id = :w and id = :id", at=at, w=macro.workspace_id, id=macro.id
    )
    tx.add(_COUNT, (macro.workspace_id, macro.id, at // stamps.DAY), 1)


async def by_id(store: Database | Transaction, workspace_id: int, macro_id: str, *, agent_id: str | None = None) -> Macro:
    """A macro this agent may use; without an agent, one that is nobody's own. Raises Unknown, also for another agent's own."""
    mine = "owner_id = ''" if agent_id is None else _MINE
    given = {} if agent_id is None else {"agent": agent_id}
    row = await store.one(f"select {_COLUMNS} from macro where workspace_id = :w and id = :id and {mine}", w=workspace_id, id=macro_id, **given)
    if row is None:
        raise Unknown("There is no such macro.")
    return _macro(row)


async def called(tx: Transaction, workspace_id: int, name: str, *, owner_id: str = "", team_id: str = "") -> Macro | None:
    """The macro of this name among those of an agent, a team, or everybody."""
    row = await tx.one(
        f"select {_COLUMNS} from macro where workspace_id = :w and owner_id = :owner and team_id = :team and folded = :folded",
        w=workspace_id,
        owner=owner_id,
        team=team_id,
        folded=name.casefold(),
    )
    return _macro(row) if row else None


async def of_agent(store: Database | Transaction, workspace_id: int, agent_id: str) -> list[Macro]:
    """Everybody's macros, those of their teams and their own, by name."""
    rows = await store.read(
        f"select {_COLUMNS} from macro where workspace_id = :w and {_MINE} order by folded, id limit {MOST}", w=workspace_id, agent=agent_id
    )
    return [_macro(row) for row in rows]


async def shared(store: Database | Transaction, workspace_id: int) -> list[Macro]:
    """Those that are nobody's own, by name: what a rule may use, and what an admin looks after."""
    rows = await store.read(
        f"select {_COLUMNS} from macro where workspace_id = :w and owner_id = '' order by folded, id limit {MOST}", w=workspace_id
    )
    return [_macro(row) for row in rows]


async def lately(store: Database | Transaction, workspace_id: int, *, days: int = 30) -> dict[str, int]:
    """Macro id → how often it was taken in the last days."""
    rows = await store.read(_LATELY, w=workspace_id, since=stamps.now() // stamps.DAY - days + 1)
    return {row[0]: int(row[1]) for row in rows}


def _checked(name: str, html: str, subject: str, steps: Sequence[Step]) -> tuple[str, str]:
    said, cleaned = " ".join(name.replace("\0", "").split()), rich_text.clean(html)
    if not said or len(said) > LONGEST_NAME:
        raise Refused(f"A macro needs a name of 1 to {LONGEST_NAME} characters.", field="name", hint="Name the question it answers.")
    if len(cleaned) > LONGEST_TEXT:
        raise Refused("This text is too long for a macro.", field="html", hint="Send it as a file.")
    if not rich_text.plain(cleaned) and not steps and not subject.strip():
        raise Refused("A macro needs a text or a step.", field="html", hint="Write the answer, or add what is to be done.")
    if len(steps) > MOST_STEPS:
        raise Refused(f"A macro has at most {MOST_STEPS} steps.", field="steps", hint="Put some into a macro of their own.")
    if any(isinstance(one, Reply) for one in steps):
        raise Refused("What a macro answers is its text.", field="html", hint="Write the answer as the text.")
    return said, cleaned


async def _free(tx: Transaction, workspace_id: int, owner_id: str, team_id: str, name: str, *, but: str = "") -> None:
    row = await tx.one(
        "select id from macro where workspace_id = :w and owner_id = :owner and team_id = :team and folded = :folded",
        w=workspace_id,
        owner=owner_id,
        team="" if owner_id else team_id,
        folded=name.casefold(),
    )
    if row is not None and row[0] != but:
        raise Conflict(f"There is a macro {name} already.", field="name", hint="Choose another name.")


def _values(macro: Macro) -> dict[str, object]:
    return {
        "w": macro.workspace_id,
        "id": macro.id,
        "owner": macro.owner_id,
        "team": macro.team_id,
        "name": macro.name,
        "folded": macro.name.casefold(),
        "subject": macro.subject,
        "html": macro.html,
        "steps": stepping.kept(macro.steps),
        "at": macro.updated_at,
    }


def _macro(row: Row) -> Macro:
    values = dict(zip(Macro.__struct_fields__, row, strict=True))
    return Macro(**{**values, "steps": stepping.read(values["steps"])})
