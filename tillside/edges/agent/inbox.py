"""The inbox: one list with its counts, and what of it changed. The conversation beside it is conversation.py."""

from urllib.parse import urlencode

import msgspec
from starlette.responses import RedirectResponse, Response

from tillside.agents import agent as agents
from tillside.agents.access import Act
from tillside.base import rich_text
from tillside.base.errors import Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import inbox, tags
from tillside.conversations.conversation import Conversation
from tillside.conversations.inbox import Sort
from tillside.edges.agent import acts, alerts, approvals, bulk, channels, cookies, format, guard, keyset, lists, rows, stream
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.lists import Place, Shelf
from tillside.edges.http.routes import Guarded
from tillside.macros import macro as macros

PAGE = 50
_ASKED = ("channel", "tag", "assignee", "team", "profile")
_MOST_ASKED = 100
_SEARCHED = 400
"""As much of a macro's text as its list carries to be found by: the list is in every page."""


def routes() -> list[Guarded]:
    return [
        guard.page("/inbox", index, allow=Act.READ),
        guard.page("/inbox/rows", changed, allow=Act.READ),
    ]


async def index(visit: Visit) -> Response:
    """``GET /inbox?view=mine&sort=waiting&before=``; without a view the list somebody looked at last."""
    if "view" not in visit.request.query_params:
        return RedirectResponse(f"/inbox?{urlencode({'view': await _last(visit)})}", 303)
    given = await listed(visit, visit.request.query_params["view"])
    response = visit.page("inbox/page.html", status=200, talk=None, toast=None, **given)
    cookies.keep_view(response, visit.request.query_params["view"], private=visit.private)
    return response


async def _last(visit: Visit) -> str:
    """The list somebody looked at last, where it is still there; else all open."""
    key = cookies.last_view(visit.request) or "open"
    try:
        return (await lists.view(visit, key)).key
    except Unknown:
        return "open"


async def changed(visit: Visit) -> Response:
    """``GET /inbox/rows?view=&ids=``: each row, null where it does not stand in this list, and all counts."""
    shelf = await lists.shelf(visit, acts.view_of(visit))
    ids = [word for word in visit.request.query_params.get("ids", "").split(",") if word][:_MOST_ASKED]
    here = await _still_here(visit, shelf.view, ids)
    drawn = {row.id: visit.draw("inbox/_row.html", one=row, talk=None) for row in await rows.of(visit, here, view=shelf.view.key)}
    told = {"counts": {key: format.number(count) for key, count in shelf.counts.items()}, "rows": {one: drawn.get(one) for one in ids}}
    return Response(msgspec.json.encode(told), headers={"Cache-Control": "no-store"}, media_type="application/json")


async def listed(visit: Visit, key: str) -> dict[str, object]:
    """Everything the list is drawn from."""
    live = await stream.address(visit, "/inbox/stream")
    shelf = await lists.shelf(visit, key)
    said = _said(visit)
    sort = _sort(visit, shelf.view)
    filters = lists.narrowed(shelf.view, said).of(visit.agent.id)
    talks = await inbox.page(visit.desk.store, visit.workspace.id, filters, sort=sort, after=keyset.text(visit.request), count=PAGE + 1)
    shown = talks[:PAGE]
    to_decide = await approvals.mine(visit)
    further = ""
    if len(talks) > PAGE:
        further = here(shelf.view, said, sort=sort, before=keyset.word(*inbox.place(shown[-1], sort)))
    return {
        "stream": live,
        "lines": await rows.of(visit, shown, view=shelf.view.key),
        "further": further,
        "sort": sort,
        "sorts": lists.SORTS,
        "here": lambda **more: here(shelf.view, said, **more),
        "asked": {name: said.get(name, "") for name in _ASKED},
        "count": shelf.counts.get(shelf.view.key, 0),
        "bell": shelf.badges.mentions + to_decide + await alerts.count(visit),
        "alerts": await alerts.in_bell(visit) if shelf.view.key == "mentions" else [],
        "approvals": to_decide,
        "job": await bulk.running(visit),
        **_of_shelf(shelf),
        **await choices(visit, shelf),
    }


def _of_shelf(shelf: Shelf) -> dict[str, object]:
    return {"view": shelf.view, "tabs": shelf.tabs, "places": shelf.places, "counts": shelf.counts}


async def choices(visit: Visit, shelf: Shelf) -> dict[str, object]:
    """What filters and bulk changes offer."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    staff = [one for one in await agents.every(store, workspace_id) if one.is_active]
    known = await tags.every(store, workspace_id)
    mine = await macros.of_agent(store, workspace_id, visit.agent.id)
    used = await macros.lately(store, workspace_id)
    return {
        "agents": staff,
        "teams": shelf.teams,
        "macros": mine,
        "macro_texts": {one.id: rich_text.line(rich_text.plain(one.html[:_SEARCHED]), 120).lower() for one in mine},
        "lately": {one.id: used.get(one.id, 0) for one in mine},
        "team_names": {one.id: one.name for one in shelf.teams},
        "channels": [(name, channels.name(name)) for name in sorted(shelf.badges.channels)],
        "tag_choices": [(one.id, one.name) for one in known],
        "agent_choices": [(one.id, one.name) for one in staff],
        "team_choices": [(one.id, one.name) for one in shelf.teams],
        "macro_choices": [(one.id, one.name) for one in mine],
    }


async def neighbours(visit: Visit, place: Place, talk: Conversation) -> tuple[str, str]:
    """The addresses of the conversations before and after this one in its list; empty where there is none."""
    filters, sort = lists.narrowed(place, _said(visit)).of(visit.agent.id), place.sort
    store, workspace_id = visit.desk.store, visit.workspace.id
    after = await inbox.page(store, workspace_id, filters, sort=sort, after=inbox.place(talk, sort), count=1)
    return "", f"/conversations/{after[0].id}?view={place.key}" if after else ""


def here(place: Place, said: dict[str, str], **more: str) -> str:
    """The address of this list with something of it changed."""
    return f"/inbox?{urlencode({'view': place.key, **{k: v for k, v in {**said, **more}.items() if v}})}"


def _said(visit: Visit) -> dict[str, str]:
    asked = visit.request.query_params
    return {name: asked[name][:80] for name in _ASKED if asked.get(name)}


def _sort(visit: Visit, place: Place) -> Sort:
    said = visit.request.query_params.get("sort", "")
    return next((sort for sort in lists.SORTS if sort == said), place.sort)


async def _still_here(visit: Visit, place: Place, ids: list[str]) -> list[Conversation]:
    """Those of these conversations that stand in the list now."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    known = await conversations.by_ids(store, workspace_id, ids)
    filters = lists.narrowed(place, _said(visit)).of(visit.agent.id)
    standing = await inbox.among(store, workspace_id, filters, list(known))
    return [known[one] for one in ids if one in standing]
