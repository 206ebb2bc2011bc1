"""Settings of the inbox: teams, saved views, one's signature."""

from starlette.responses import Response

from tillside.agents import agent as agents
from tillside.agents import signature
from tillside.agents import team as teams
from tillside.agents.access import Act
from tillside.base.errors import NotAllowed, Refused
from tillside.conversations import conversation as conversations
from tillside.conversations import tags, views
from tillside.conversations.inbox import ME, Filters, Sort
from tillside.edges.agent import channels, guard, lists
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded


def routes() -> list[Guarded]:
    return [
        guard.page("/settings/teams", show_teams, allow=Act.ADMINISTER),
        guard.page("/settings/teams", add_team, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/teams/{team_id}/members", set_member, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/views", show_views, allow=Act.ANSWER),
        guard.page("/settings/views", add_view, allow=Act.ANSWER, methods=["POST"]),
        guard.page("/settings/views/{view_id}/removal", remove_view, allow=Act.ANSWER, methods=["POST"]),
        guard.page("/settings/signature", show_signature, allow=Act.READ),
        guard.page("/settings/signature", keep_signature, allow=Act.READ, methods=["POST"]),
    ]


async def show_teams(visit: Visit) -> Response:
    return await _teams(visit)


async def add_team(visit: Visit) -> Response:
    """``POST /settings/teams`` with name."""
    try:
        async with visit.desk.store.write() as tx:
            await teams.add(tx, visit.workspace.id, visit.form.get("name", ""))
    except Refused as error:
        return await _teams(visit, typed=visit.form.get("name", ""), trouble=error)
    return visit.go("/settings/teams")


async def set_member(visit: Visit) -> Response:
    """``POST /settings/teams/{id}/members`` with agent_id and is_in: 1 or 0."""
    team = await teams.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["team_id"])
    wanted = visit.form.get("agent_id", "")
    one = next((each for each in await agents.every(visit.desk.store, visit.workspace.id) if each.id == wanted), None)
    if one is None:
        raise Refused("There is no such agent.", field="agent_id", hint="Load the page again.")
    async with visit.desk.store.write() as tx:
        if visit.form.get("is_in") == "1":
            await teams.join(tx, team, one)
        else:
            await teams.leave(tx, team, one.id)
    return visit.go("/settings/teams")


async def show_views(visit: Visit) -> Response:
    return await _views(visit)


async def add_view(visit: Visit) -> Response:
    """``POST /settings/views`` with name, state, assignee, team, channel, tag, priority, sort, waiting, own."""
    form = visit.form
    sort: Sort = next((one for one in lists.SORTS if one == form.get("sort")), "newest")
    owner = visit.agent.id if form.get("own") else ""
    try:
        async with visit.desk.store.write() as tx:
            await views.add(tx, visit.workspace.id, form.get("name", ""), _filters(visit), owner_id=owner, sort=sort)
    except Refused as error:
        return await _views(visit, typed=form.get("name", ""), trouble=error)
    return visit.go("/settings/views")


async def remove_view(visit: Visit) -> Response:
    found = await views.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["view_id"], agent_id=visit.agent.id)
    if not found.owner_id and not visit.may(Act.ADMINISTER):
        raise NotAllowed("Only an admin removes what everybody uses.")
    async with visit.desk.store.write() as tx:
        await views.remove(tx, found)
    return visit.go("/settings/views")


async def show_signature(visit: Visit) -> Response:
    text = await signature.of(visit.desk.store, visit.workspace.id, visit.agent.id)
    return visit.page("settings_signature.html", signature=text, is_kept="kept" in visit.request.query_params)


async def keep_signature(visit: Visit) -> Response:
    """``POST /settings/signature`` with signature, plain text."""
    async with visit.desk.store.write() as tx:
        await signature.keep(tx, visit.workspace.id, visit.agent.id, visit.form.get("signature", ""))
    return visit.go("/settings/signature?kept=1")


def _filters(visit: Visit) -> Filters:
    """What the form narrows a list to; everything else is any."""
    form = visit.form
    assignee = {"": None, "-": ""}.get(form.get("assignee", ""), form.get("assignee", ""))
    state = form.get("state", "open")
    return Filters(
        states=[one for one in conversations.STATES if one == state],
        assignee_id=assignee,
        team_id=form.get("team") or None,
        channel=form.get("channel") or None,
        tag_ids=[form["tag"]] if form.get("tag") else [],
        priority=int(form["priority"]) if form.get("priority") in ("1", "0", "-1") else None,
        is_waiting=form.get("waiting") == "1",
    )


async def _teams(visit: Visit, *, typed: str = "", trouble: Refused | None = None) -> Response:
    return visit.page(
        "settings_teams.html",
        status=422 if trouble else 200,
        teams=await teams.every(visit.desk.store, visit.workspace.id),
        members=await teams.members(visit.desk.store, visit.workspace.id),
        people=await agents.every(visit.desk.store, visit.workspace.id),
        typed=typed,
        trouble=trouble,
    )


async def _views(visit: Visit, *, typed: str = "", trouble: Refused | None = None) -> Response:
    store, workspace_id = visit.desk.store, visit.workspace.id
    people = [(one.id, one.name) for one in await agents.every(store, workspace_id) if one.is_active]
    return visit.page(
        "settings_views.html",
        status=422 if trouble else 200,
        known=await views.of_agent(store, workspace_id, visit.agent.id),
        typed=typed,
        trouble=trouble,
        sorts=lists.SORTS,
        agent_choices=[("", "Anybody"), (ME, "Whoever looks"), ("-", "Nobody"), *people],
        team_choices=[("", "Any"), *((one.id, one.name) for one in await teams.every(store, workspace_id))],
        channel_choices=[("", "Any"), *((one, channels.name(one)) for one in conversations.CHANNELS)],
        tag_choices=[("", "Any"), *((one.id, one.name) for one in await tags.every(store, workspace_id))],
    )
