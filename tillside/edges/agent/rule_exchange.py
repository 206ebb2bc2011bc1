"""Rules as a file: all of them to take away, and those of another desk to take in, with a report of what stayed out and why."""

from starlette.responses import Response

from tillside.agents.access import Act
from tillside.automations import exchange
from tillside.automations.exchange import Report
from tillside.base.errors import Refused
from tillside.edges.agent import guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded


def routes() -> list[Guarded]:
    return [
        guard.page("/rules/export", export, allow=Act.CONNECT),
        guard.page("/rules/import", show, allow=Act.CONNECT),
        guard.page("/rules/import", take_in, allow=Act.CONNECT, methods=["POST"]),
    ]


async def export(visit: Visit) -> Response:
    """``GET /rules/export``: every rule of the workspace as a JSON file."""
    text = await exchange.export(visit.desk.store, visit.workspace.id)
    headers = {"Content-Disposition": f'attachment; filename="{visit.workspace.slug}-rules.json"', "Cache-Control": "no-store"}
    return Response(text, headers=headers, media_type="application/json")


async def show(visit: Visit) -> Response:
    return _page(visit)


async def take_in(visit: Visit) -> Response:
    """``POST /rules/import`` with a file, or its text in `text`. The answer itself is the report."""
    try:
        brought = await visit.files[0].read() if visit.files else visit.form.get("text", "").encode()
        if not brought.strip():
            raise Refused("No file was chosen.", field="file", hint="Choose one that was exported from a desk, or paste its text.")
        async with visit.desk.store.write() as tx:
            report = await exchange.take_in(tx, visit.workspace.id, brought)
    except Refused as error:
        return _page(visit, trouble=error)
    return _page(visit, report=report)


def _page(visit: Visit, *, report: Report | None = None, trouble: Refused | None = None) -> Response:
    typed = "" if report else visit.form.get("text", "")
    return visit.page("rules_import.html", status=422 if trouble else 201 if report else 200, report=report, trouble=trouble, typed=typed)
