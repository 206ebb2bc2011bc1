"""Bringing in the macros of another desk: each row in a transaction of its own, told one by one, and the same file twice changes nothing."""

from typing import Literal

from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base.errors import DeskError, Refused
from tillside.macros import checking, known, reading, sheet
from tillside.macros import macro as macros
from tillside.macros.known import Known
from tillside.macros.macro import Macro
from tillside.macros.reading import Meant
from tillside.macros.sheet import Row
from tillside.storage.database import Database, Transaction

Outcome = Literal["made", "changed", "same", "skipped"]


class Line(Struct, frozen=True):
    """What became of a row. `reason`: why it was skipped; `lost`: what of it was not understood."""

    number: int
    name: str
    outcome: Outcome
    macro_id: str = ""
    reason: str = ""
    lost: list[str] = []


class Report(Struct, frozen=True):
    """The whole file. `strange`: its columns that nobody reads."""

    lines: list[Line]
    strange: list[str]

    def count(self, outcome: Outcome) -> int:
        return sum(line.outcome == outcome for line in self.lines)


async def bring(store: Database, workspace_id: int, content: bytes, *, by: Actor) -> Report:
    """Read a file and keep its macros, known by their names. Raises Refused, TooLarge for a file that is no such table."""
    table = sheet.read(content)
    there, seen = await known.read(store, workspace_id), set[tuple[str, str, str]]()
    lines = [await _line(store, workspace_id, row, there, seen, by=by) for row in table.rows if not row.is_empty]
    return Report(lines, table.strange)


async def _line(store: Database, workspace_id: int, row: Row, there: Known, seen: set[tuple[str, str, str]], *, by: Actor) -> Line:
    name = " ".join(row.cells["name"].split())[:200]
    if not name:
        return Line(row.number, "", "skipped", reason="It has no name.")
    try:
        found = reading.meant(row, there)
        place = (found.owner_id, found.team_id, found.name.casefold())
        if place in seen:
            return Line(row.number, name, "skipped", reason="A row above has the same name.")
        async with store.write(urgent=False) as tx:
            outcome, macro = await _keep(tx, workspace_id, found, there, by=by)
        seen.add(place)
        return Line(row.number, name, outcome, macro_id=macro.id, lost=found.lost)
    except DeskError as error:
        hint = error.hint if isinstance(error, Refused) else ""
        return Line(row.number, name, "skipped", reason=f"{error.message} {hint}".strip())


async def _keep(tx: Transaction, workspace_id: int, found: Meant, there: Known, *, by: Actor) -> tuple[Outcome, Macro]:
    """Made, changed, or left as it was. Only what the file says of it is changed: whose it is stays what it is."""
    steps = await checking.checked(tx, workspace_id, found.steps, there)
    one = await macros.called(tx, workspace_id, found.name, owner_id=found.owner_id, team_id=found.team_id)
    if one is None:
        author = Actor("agent", found.by_id or by.id, found.by_name or by.name)
        made = await macros.add(
            tx,
            workspace_id,
            found.name,
            found.html,
            owner_id=found.owner_id,
            team_id=found.team_id,
            subject=found.subject,
            steps=steps,
            by=author,
        )
        return "made", made
    if (one.html, one.subject, one.steps) == (found.html, found.subject.strip()[:500], steps):
        return "same", one
    owner, team = one.owner_id, one.team_id
    changed = await macros.change(tx, one, name=found.name, html=found.html, subject=found.subject, steps=steps, owner_id=owner, team_id=team)
    return "changed", changed
