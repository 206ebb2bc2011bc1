"""One conversation: the page, its pieces for those who have it open, and what the pane shows beside it."""

from starlette.responses import RedirectResponse, Response

from tillside.agents import agent as agents
from tillside.agents import presence
from tillside.agents import team as teams
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.conversations import about, company, inbox, participants, tags
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.customers.person import Person
from tillside.edges.agent import acts, approvals, buttons, cards, guard, keyset, lists, naps, pane, rows, thread
from tillside.edges.agent import inbox as desk_inbox
from tillside.edges.agent.buttons import Button
from tillside.edges.agent.compose import composer
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.lists import Place
from tillside.edges.agent.thread import Thread
from tillside.edges.http.routes import Guarded

_MOST_OTHERS = 6


def routes() -> list[Guarded]:
    one = "/conversations/{conversation_id}"
    return [
        guard.page(one, show, allow=Act.READ),
        guard.page(one + "/news", news, allow=Act.READ),
        guard.page(one + "/company", watched, allow=Act.READ),
        guard.page(one + "/orders/{order_id}", order, allow=Act.READ),
        guard.page(one + "/orders/{order_id}/news", order_news, allow=Act.READ),
    ]


async def show(visit: Visit) -> Response:
    """``GET /conversations/{id or number}?view=&order=&before=``; a script is given the conversation and its pane without the list."""
    talk = await acts.meant(visit)
    view = await place_of(visit)
    if talk.merged_into is not None and "merged" not in visit.request.query_params:
        return RedirectResponse(f"/conversations/{(await conversations.current(visit.desk.store, talk)).id}?view={view.key}", 303)
    if acts.is_piece(visit):
        return visit.page("inbox/_opened.html", status=200, **await opened(visit, talk, view))
    return visit.page("inbox/page.html", status=200, toast=await acts.left_over(visit, talk), **await whole(visit, talk, view))


async def whole(visit: Visit, talk: Conversation, view: Place, **more: object) -> dict[str, object]:
    """Everything of the page: the list as well as the conversation."""
    return {**await desk_inbox.listed(visit, view.key), **await opened(visit, talk, view), **more}


async def news(visit: Visit) -> Response:
    """``GET /conversations/{id}/news``: head, trust bar, thread and company as they are now, for a screen that shows them already."""
    talk = await acts.meant(visit)
    view = await place_of(visit)
    person = await about.who(visit.desk.store, talk)
    return visit.page("inbox/_fresh.html", status=200, **await _middle(visit, talk, view, person))


async def watched(visit: Visit) -> Response:
    """``GET /conversations/{id}/company``: who else looks at it or writes in it at this moment."""
    talk = await acts.meant(visit)
    found = await company.of(visit.desk.store, visit.workspace.id, [talk.id], me=visit.agent.id)
    return visit.page("inbox/_around.html", talk=talk, watchers=found.get(talk.id, []))


async def order(visit: Visit) -> Response:
    """``GET /conversations/{id}/orders/{order_id}``: the pane with this order in question."""
    talk = await acts.meant(visit)
    view = await place_of(visit)
    chosen = visit.request.path_params["order_id"]
    return visit.page("inbox/_pane.html", status=200, **await opened(visit, talk, view, chosen=chosen))


async def order_news(visit: Visit) -> Response:
    """``GET /conversations/{id}/orders/{order_id}/news?seen=``: the order's card, unless it is as it was seen."""
    talk = await acts.meant(visit)
    person = await about.who(visit.desk.store, talk)
    drawn = await pane.card(visit, talk, visit.request.path_params["order_id"], person)
    if drawn["seen"] == visit.request.query_params.get("seen", ""):
        return Response(status_code=204)
    called = person.called if person and person.called else rows.called(talk, None)
    return visit.page("inbox/_order_card.html", talk=talk, called=called, **drawn)


async def opened(visit: Visit, talk: Conversation, view: Place, *, chosen: str = "") -> dict[str, object]:
    """The conversation and its pane."""
    person = await about.who(visit.desk.store, talk)
    middle = await _middle(visit, talk, view, person)
    found: Thread = middle["found"]  # type: ignore[assignment]  # what _middle puts there
    wanted = chosen or visit.request.query_params.get("order", "")[:80]
    beside = await pane.drawn(visit, talk, chosen=wanted, mentioned=found.orders, one=person)
    beside["cards"] = await cards.kept(visit, talk)
    choice = await desk_inbox.choices(visit, await lists.shelf(visit, view.key))
    return {**choice, **middle, **beside, "others": await _others(visit, talk, view), **await composer(visit, talk, known=found.known)}


async def _middle(visit: Visit, talk: Conversation, view: Place, person: Person | None) -> dict[str, object]:
    store, workspace_id = visit.desk.store, visit.workspace.id
    called = person.called if person and person.called else rows.called(talk, None)
    before = keyset.number(visit.request, "before") or None
    found = await thread.read(visit, talk, people=person.ids if person else [], called=called, view=view.key, before=before)
    staff = await agents.every(store, workspace_id)
    follow = await participants.followers(store, workspace_id, talk.id)
    here = await presence.every(store, workspace_id)
    every_team = await teams.every(store, workspace_id)
    watching = await company.of(store, workspace_id, [talk.id], me=visit.agent.id)
    back, ahead = await desk_inbox.neighbours(visit, view, talk)
    zone = visit.workspace.time_zone
    return {
        "talk": talk,
        "view": view,
        "person": person,
        "called": called,
        "proof": pane.proof_of(talk, person),
        "found": found,
        "thread": found.lines,
        "earlier": found.earlier,
        "agents": [one for one in staff if one.is_active],
        "away": [one.agent_id for one in here.values() if not one.answers(stamps.now())],
        "teams": every_team,
        "assignee": next((one for one in staff if one.id == talk.assignee_id), None),
        "team": next((one for one in every_team if one.id == talk.team_id), None),
        "followers": [one for one in staff if one.id in follow],
        "is_following": visit.agent.id in follow,
        "tags": (await tags.worn(store, workspace_id, [talk.id])).get(talk.id, []),
        "watchers": watching.get(talk.id, []),
        "naps": naps.offered(zone),
        "nap_words": naps.until_answered(zone)[0],
        "until": naps.briefly(talk.snoozed_until, zone) if talk.snoozed_until is not None else "",
        "before": back,
        "after": ahead,
        "to_approve": await approvals.of_talk(visit, talk.id),
        "talk_buttons": await _buttons(visit, talk),
    }


async def _buttons(visit: Visit, talk: Conversation) -> list[Button]:
    """What can be done for the conversation and its customer."""
    if not visit.may(Act.ANSWER):
        return []
    profile_id = talk.profile_id or ""
    found = await buttons.of(visit, buttons.Place("conversation", talk, profile_id=profile_id))
    return found + (await buttons.of(visit, buttons.Place("customer", talk, profile_id=profile_id)) if profile_id else [])


async def _others(visit: Visit, talk: Conversation, view: Place) -> list[rows.Row]:
    if not talk.profile_id:
        return []
    try:
        found = await inbox.of_person(visit.desk.store, visit.workspace.id, talk.profile_id, count=_MOST_OTHERS + 1)
    except Unknown:
        return []
    return await rows.of(visit, [one for one in found if one.id != talk.id][:_MOST_OTHERS], view=view.key)


async def place_of(visit: Visit) -> Place:
    """The list it is opened from; where that is gone, all open."""
    try:
        return await lists.view(visit, acts.view_of(visit))
    except Unknown:
        return await lists.view(visit, "open")
