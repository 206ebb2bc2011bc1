"""Settings: the fields of a workspace, which stand beside each conversation. What is in them is changed there (moving.py)."""

from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base.errors import Refused
from tillside.conversations import fields
from tillside.edges.agent import guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded

FORMATS = (
    ("line", "Line of text"),
    ("text", "Text"),
    ("choice", "Choice"),
    ("yes_no", "Yes or no"),
    ("date", "Date"),
    ("number", "Number"),
    ("file", "File, by its address"),
    ("product", "Product, by its id"),
    ("order", "Order, by its id"),
)


def routes() -> list[Guarded]:
    return [
        guard.page("/settings/fields", show, allow=Act.ADMINISTER),
        guard.page("/settings/fields", add, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/fields/{field_id}/archiving", archive, allow=Act.ADMINISTER, methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def add(visit: Visit) -> Response:
    """``POST /settings/fields`` with name, format, choices (one in each line)."""
    form = visit.form
    try:
        async with visit.desk.store.write() as tx:
            choices = form.get("choices", "").splitlines()
            await fields.add(tx, visit.workspace.id, form.get("name", ""), format=form.get("format", ""), choices=choices)
    except Refused as error:
        return await _page(visit, trouble=error)
    return visit.go("/settings/fields")


async def archive(visit: Visit) -> Response:
    """``POST /settings/fields/{id}/archiving`` with archived: 1 or 0. What is written in it stays with the conversations."""
    one = await fields.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["field_id"])
    async with visit.desk.store.write() as tx:
        is_archived = visit.form.get("archived") == "1"
        await fields.change(tx, one, name=one.name, choices=one.choices, position=one.position, archived=is_archived)
    return visit.go("/settings/fields")


async def _page(visit: Visit, *, trouble: Refused | None = None) -> Response:
    return visit.page(
        "settings_fields.html",
        status=422 if trouble else 200,
        known=await fields.every(visit.desk.store, visit.workspace.id, archived=True),
        formats=FORMATS,
        words=dict(FORMATS),
        typed={name: visit.form.get(name, "") for name in ("name", "format", "choices")},
        trouble=trouble,
    )
