"""What becomes of a conversation: whose it is, how far it is, what it is called. One form each; every answer carries its undo."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.conversations import editing, handing, participants, states, tagging
from tillside.conversations.conversation import UNTIL_REPLY, Conversation
from tillside.edges.agent import acts, guard, naps, pane
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.orders import listing
from tillside.storage.database import Transaction

Change = Callable[[Transaction, Conversation], Awaitable[object]]


def routes() -> list[Guarded]:
    one = "/conversations/{conversation_id}"
    made = {
        "/assignee": assign,
        "/team": give,
        "/priority": press,
        "/closure": close,
        "/opening": reopen,
        "/snoozing": snooze,
        "/trash": trash,
        "/subject": rename,
        "/tags": tag,
        "/tags/{tag_id}/removal": untag,
        "/orders": link,
        "/orders/{order_id}/removal": unlink,
        "/followers": follow,
        "/fields": fill,
    }
    return [guard.page(one + path, handler, allow=Act.ANSWER, methods=["POST"]) for path, handler in made.items()]


async def assign(visit: Visit) -> Response:
    """``POST …/assignee`` with agent_id; an empty one gives it to nobody."""
    agent_id = visit.form.get("agent_id", "")
    words = "is yours" if agent_id == visit.agent.id else "was assigned" if agent_id else "is nobody's"
    return await _do(visit, words, lambda tx, talk: handing.assign(tx, talk, agent_id, by=actor.of_agent(visit.agent)))


async def give(visit: Visit) -> Response:
    """``POST …/team`` with team_id."""
    team_id = visit.form.get("team_id", "")
    words = "was handed over" if team_id else "is with no team"
    return await _do(visit, words, lambda tx, talk: handing.give(tx, talk, team_id, by=actor.of_agent(visit.agent)))


async def press(visit: Visit) -> Response:
    """``POST …/priority`` with priority: -1, 0 or 1."""
    said = visit.form.get("priority", "")
    if said not in ("-1", "0", "1"):
        raise Refused("A priority is low, normal or high.", field="priority", hint="Choose one of the three.")
    return await _do(visit, "has another priority", lambda tx, talk: handing.press(tx, talk, int(said), by=actor.of_agent(visit.agent)))


async def close(visit: Visit) -> Response:
    return await _do(visit, "closed", lambda tx, talk: states.close(tx, talk, by=actor.of_agent(visit.agent)), moves=True)


async def reopen(visit: Visit) -> Response:
    async def change(tx: Transaction, talk: Conversation) -> None:
        verb = states.restore if talk.state == "trash" else states.reopen
        await verb(tx, talk, by=actor.of_agent(visit.agent))

    return await _do(visit, "open again", change)


async def snooze(visit: Visit) -> Response:
    """``POST …/snoozing`` with until: µs, ``reply``, or ``moment`` with the field moment."""
    said = visit.form.get("until", "")
    zone = visit.workspace.time_zone
    if said == "moment":
        until = naps.typed(visit.form.get("moment", ""), zone)
    elif said == "reply":
        until = UNTIL_REPLY
    elif said.isascii() and said.isdigit() and len(said) < 19:
        until = int(said)
    else:
        raise Refused("Nothing says until when.", field="until", hint="Choose a time.")
    by = actor.of_agent(visit.agent)
    return await _do(visit, f"sleeps {naps.briefly(until, zone)}", lambda tx, talk: states.snooze(tx, talk, until, by=by), moves=True)


async def trash(visit: Visit) -> Response:
    return await _do(visit, "is in the trash", lambda tx, talk: states.trash(tx, talk, by=actor.of_agent(visit.agent)), moves=True)


async def rename(visit: Visit) -> Response:
    subject = visit.form.get("subject", "")
    return await _do(visit, "has another subject", lambda tx, talk: editing.rename(tx, talk, subject, by=actor.of_agent(visit.agent)))


async def tag(visit: Visit) -> Response:
    """``POST …/tags`` with tag: names, by comma."""
    said = [word.strip() for word in visit.form.get("tag", "").split(",") if word.strip()]
    if not said:
        raise Refused("There is no tag.", field="tag", hint="Write one.")
    return await _do(visit, "tagged", lambda tx, talk: tagging.add(tx, talk, said, by=actor.of_agent(visit.agent)))


async def untag(visit: Visit) -> Response:
    tag_id = visit.request.path_params["tag_id"]
    return await _do(visit, "lost a tag", lambda tx, talk: tagging.remove(tx, talk, [tag_id], by=actor.of_agent(visit.agent)))


async def link(visit: Visit) -> Response:
    """``POST …/orders`` with number: a number, name or tracking number."""
    await acts.meant(visit)
    said = visit.form.get("number", "").strip()
    found = await listing.find(visit.desk.store, visit.workspace.id, said) if said else []
    if not found:
        raise Refused(f"No order is called {said or 'nothing'}.", field="number", hint="Numbers and tracking numbers must be whole.")
    return await _do(visit, "has an order linked", lambda tx, talk: editing.link_order(tx, talk, found[0], by=actor.of_agent(visit.agent)))


async def unlink(visit: Visit) -> Response:
    order_id = visit.request.path_params["order_id"]
    by = actor.of_agent(visit.agent)
    return await _do(visit, "lost its link to the order", lambda tx, talk: editing.unlink_order(tx, talk, order_id, by=by))


async def follow(visit: Visit) -> Response:
    """``POST …/followers`` with follow: 1 or 0."""
    is_on = visit.form.get("follow") == "1"
    verb = participants.follow if is_on else participants.unfollow
    words = "tells you of every message" if is_on else "is followed no more"
    return await _do(visit, words, lambda tx, talk: verb(tx, talk, visit.agent.id, by=actor.of_agent(visit.agent)))


async def fill(visit: Visit) -> Response:
    """``POST …/fields`` with field.KEY for each field; an empty one empties it."""
    known = (await acts.meant(visit)).fields
    said = {name.removeprefix("field."): str(value) for name, value in visit.form.items() if name.startswith("field.")}
    new = {key: value for key, value in said.items() if value != pane.written(known.get(key))}
    return await _do(visit, "has its details", lambda tx, talk: editing.set_fields(tx, talk, new, by=actor.of_agent(visit.agent)))


async def _do(visit: Visit, words: str, change: Change, *, moves: bool = False) -> Response:
    talk = await acts.meant(visit)
    since = stamps.now()
    async with visit.desk.store.write() as tx:
        await change(tx, talk)
    return await acts.answer(visit, talk, f"#{talk.number} {words}", since=since, moves=moves)
