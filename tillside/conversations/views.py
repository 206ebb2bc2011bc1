"""Saved lists: filters and an order under a name, of one agent or of everybody."""

import msgspec
from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Refused, Unknown
from tillside.conversations.inbox import Filters, Sort
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction

_COLUMNS = "workspace_id, id, owner_id, name, filters, sort, position, created_at"
_INSERT = f"insert into saved_view ({_COLUMNS}) values ({', '.join(':' + name for name in _COLUMNS.split(', '))})"


class View(Struct, frozen=True):
    """`owner_id` "" is everybody's; `position` its place in the rail."""

    workspace_id: int
    id: str
    owner_id: str
    name: str
    filters: Filters
    sort: Sort
    position: int
    created_at: int

    @property
    def is_shared(self) -> bool:
        return not self.owner_id


async def add(
    tx: Transaction, workspace_id: int, name: str, filters: Filters, *, owner_id: str = "", sort: Sort = "newest", position: int = 0
) -> View:
    """Raises Refused when it has no name."""
    view = View(workspace_id, stamps.new_id("viw"), owner_id, _name(name), filters, sort, position, stamps.now())
    values = {one: getattr(view, one) for one in view.__struct_fields__}
    values["filters"] = msgspec.json.encode(filters).decode()
    await tx.run(_INSERT, **values)
    activity.record(tx, workspace_id, "view.added", view.id)
    return view


async def change(tx: Transaction, view: View, *, name: str, filters: Filters, sort: Sort, position: int) -> None:
    """Raises Refused."""
    await tx.run(
        "update saved_view set name = :name, filters = :filters, sort = :sort, position = :position where workspace_id = :w and id = :id",
        name=_name(name),
        filters=msgspec.json.encode(filters).decode(),
        sort=sort,
        position=position,
        w=view.workspace_id,
        id=view.id,
    )
    activity.record(tx, view.workspace_id, "view.changed", view.id)


async def remove(tx: Transaction, view: View) -> None:
    await tx.run("delete from saved_view where workspace_id = :w and id = :id", w=view.workspace_id, id=view.id)
    activity.record(tx, view.workspace_id, "view.removed", view.id)


async def by_id(store: Database | Transaction, workspace_id: int, view_id: str, *, agent_id: str) -> View:
    """A list this agent may see. Raises Unknown, also for another agent's own."""
    row = await store.one(
        f"select {_COLUMNS} from saved_view where workspace_id = :w and id = :id and (owner_id = '' or owner_id = :agent)",
        w=workspace_id,
        id=view_id,
        agent=agent_id,
    )
    if row is None:
        raise Unknown("There is no such list.")
    return _view(row)


async def of_agent(database: Database, workspace_id: int, agent_id: str) -> list[View]:
    """Everybody's lists and their own, as the rail shows them."""
    rows = await database.read(
        f"select {_COLUMNS} from saved_view where workspace_id = :w and (owner_id = '' or owner_id = :agent)"
        " order by owner_id, position, id limit 200",
        w=workspace_id,
        agent=agent_id,
    )
    return [_view(row) for row in rows]


def _name(said: str) -> str:
    name = " ".join(said.split())
    if not name or len(name) > 80:
        raise Refused("A list needs a name of 1 to 80 characters.", field="name", hint="Name what it shows.")
    return name


def _view(row: Row) -> View:
    workspace_id, view_id, owner_id, name, filters, sort, position, created_at = row
    return View(workspace_id, view_id, owner_id, name, msgspec.json.decode(filters, type=Filters), sort, position, created_at)
