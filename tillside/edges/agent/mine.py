"""Only my browser: the agent opens a page of the shop with a mark in its address, and the inspector shows what that browser sends.

The desk cannot read the shop's cookies, so the mark tells which browser it was; from then on it is a search by that browser's id.
"""

import re
from urllib.parse import quote

from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base import stamps
from tillside.connectors import names
from tillside.customers import timeline
from tillside.edges.agent import guard, stream
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.feeds import log
from tillside.projector import reading

_CODE = re.compile(r"[a-z2-7]{10}")
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/[\w./-]*)?", re.ASCII)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def routes() -> list[Guarded]:
    return [guard.page("/events/mine", ask, allow=Act.READ)]


async def ask(visit: Visit) -> Response:
    """``GET /events/mine?code=``: the mark to open the shop with; on to the inspector as soon as a browser has come with it."""
    live = await stream.address(visit)
    said = visit.request.query_params.get("code", "")
    code = said if _CODE.fullmatch(said) else _fresh()
    device = await browser(visit, code) if said == code else ""
    if device:
        return _on(visit, f"/events?q={quote(device)}")
    shops = await names.read(visit.desk.store, visit.workspace.id)
    links = [(name, f"https://{name}{'' if '/' in name else '/'}?tillside={code}") for name in shops.values() if _HOST.fullmatch(name)]
    return visit.page("events_mine.html", stream=live, code=code, links=links)


async def browser(visit: Visit, code: str) -> str:
    """The id of the browser that opened a page with this mark; empty while none has."""
    line = await timeline.opened(visit.desk.store, visit.workspace.id, f"tillside={code}")
    entry = await log.one(visit.desk.entries, visit.workspace.id, line.position) if line else None
    return (reading.happenings(entry)[line.index].event.device or "") if line and entry else ""


def _on(visit: Visit, path: str) -> Response:
    """To another page: by a redirect, which htmx is told in a header of its own."""
    return Response(headers={"HX-Redirect": path}) if "hx-request" in visit.request.headers else visit.go(path)


def _fresh() -> str:
    return "".join(_LETTERS[byte % 32] for byte in stamps.token().encode()[:10])
