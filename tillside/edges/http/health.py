"""For operators and their monitors: whether the desk can take events in, and its figures. Nothing here is private."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

import tillside
from tillside.agents.access import Act
from tillside.base.errors import DeskError
from tillside.edges.http import desk as desks
from tillside.edges.http.desk import Desk
from tillside.edges.http.routes import Guarded
from tillside.feeds import follow, log
from tillside.projector import work

_PATIENCE_SECONDS = 2.0


def routes() -> list[BaseRoute]:
    return [
        Guarded("/healthz", health, allow=Act.PUBLIC, methods=["GET", "HEAD"]),
        Guarded("/metrics", metrics, allow=Act.PUBLIC),
    ]


async def health(request: Request) -> Response:
    """``{"ok": true, "version": "0.1.0", "lag": 0}``, where `lag` counts log entries not yet worked in; 503 when the stores do not answer."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            last, reached = await _positions(desks.of(request))
    except (TimeoutError, OSError, DeskError):
        return _answer({"ok": False, "version": tillside.__version__, "lag": None}, 503)
    return _answer({"ok": True, "version": tillside.__version__, "lag": max(0, last - reached)}, 200)


async def metrics(request: Request) -> Response:
    """The figures of this process in Prometheus' text format."""
    desk = desks.of(request)
    last, reached = await _positions(desk)
    given = {
        "tillside_log_position": last,
        "tillside_projector_position": reached,
        "tillside_projector_lag_entries": max(0, last - reached),
    }
    return Response(desk.meter.text(**given), media_type="text/plain; version=0.0.4; charset=utf-8", headers=_FRESH)


async def _positions(desk: Desk) -> tuple[int, int]:
    return await log.last_position(desk.entries), await follow.position(desk.store, work.NAME)


def _answer(facts: dict[str, object], status: int) -> Response:
    return Response(msgspec.json.encode(facts), status, media_type="application/json", headers=_FRESH)


_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
