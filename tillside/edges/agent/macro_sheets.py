"""Bringing in the macros another desk exported: a file, and a report of each of its rows."""

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base.errors import Refused
from tillside.edges.agent import guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.macros import importing
from tillside.macros.importing import Report


def routes() -> list[Guarded]:
    return [
        guard.page("/settings/macros/import", choose, allow=Act.ADMINISTER),
        guard.page("/settings/macros/import", bring, allow=Act.ADMINISTER, methods=["POST"]),
    ]


async def choose(visit: Visit) -> Response:
    return _page(visit)


async def bring(visit: Visit) -> Response:
    """``POST /settings/macros/import`` with one file; the answer tells what became of each row."""
    try:
        if not visit.files:
            raise Refused("There is no file.", field="file", hint="Choose the one the other desk exported.")
        content = await visit.files[0].read()
        report = await importing.bring(visit.desk.store, visit.workspace.id, content, by=actor.of_agent(visit.agent))
    except Refused as error:
        return _page(visit, trouble=error)
    return _page(visit, report=report)


def _page(visit: Visit, *, report: Report | None = None, trouble: Refused | None = None) -> Response:
    return visit.page("macros_import.html", status=422 if trouble else 200, report=report, trouble=trouble)
