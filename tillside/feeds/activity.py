"""What happened, in order, for those who watch. Written only as the last words of a transaction (see storage/database.py)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tillside.storage.database import Database, Note, Transaction

_AFTER = """
select position, kind, subject, audience, detail, at from activity
where workspace_id = :workspace_id and position > :after order by position limit :count
"""


class Activity(Struct, frozen=True):
    """One thing that happened. `subject` is the id of what it happened to; `detail` a short JSON text."""

    position: int
    kind: str
    subject: str
    audience: str
    detail: str
    at: int = 0


def record(tx: Transaction, workspace_id: int, kind: str, subject: str, *, audience: str = "agents", detail: str = "") -> None:
    """Note that something happened; it becomes visible with the change itself, or not at all."""
    tx.note(Note(workspace_id, kind, subject, audience, detail))


@contextmanager
def marked(tx: Transaction, **more: str | Sequence[str]) -> Iterator[None]:
    """Whatever is noted within says this as well, whichever verb notes it; what is empty is left out.

    ``origin``: the rules whose doings led here, the nearest last; ``for_rule``: the rule that is being answered.
    """
    before = len(tx.notes)
    yield
    given = {name: value for name, value in more.items() if value}
    for place, note in enumerate(tx.notes[before:] if given else (), start=before):
        said = msgspec.json.decode(note.detail, type=dict[str, msgspec.Raw]) if note.detail else {}
        tx.notes[place] = replace(note, detail=msgspec.json.encode({**said, **given}).decode())


async def after(database: Database, workspace_id: int, position: int, *, count: int = 200) -> list[Activity]:
    """What happened in this workspace after a position, oldest first."""
    return [Activity(*row) for row in await database.read(_AFTER, workspace_id=workspace_id, after=position, count=count)]


async def last_position(database: Database, workspace_id: int) -> int:
    row = await database.one("select max(position) from activity where workspace_id = :workspace_id", workspace_id=workspace_id)
    return int(row[0] or 0) if row else 0
