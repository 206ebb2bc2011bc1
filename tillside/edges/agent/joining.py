"""Merging two conversations, with both side by side before it is done, and splitting one."""

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.conversations import about, inbox, merging, message, splitting
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.edges.agent import acts, guard, rows, thread
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded

_MOST = 8


def routes() -> list[Guarded]:
    one = "/conversations/{conversation_id}"
    return [
        guard.page(one + "/merge", choose, allow=Act.ANSWER),
        guard.page(one + "/merges", merge, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/split", choose_message, allow=Act.ANSWER),
        guard.page(one + "/splits", split, allow=Act.ANSWER, methods=["POST"]),
    ]


async def choose(visit: Visit) -> Response:
    """``GET …/merge?with=``: the customer's other conversations; with one of them (number or id), both side by side."""
    talk = await acts.meant(visit)
    said = visit.request.query_params.get("with", "").strip().removeprefix("#")[:80]
    other = await _other(visit, said) if said else None
    sides = [await _side(visit, one) for one in (talk, other)] if other and other.id != talk.id else []
    found = await inbox.of_person(visit.desk.store, visit.workspace.id, talk.profile_id, count=_MOST) if talk.profile_id else []
    others = await rows.of(visit, [one for one in found if one.id != talk.id and one.merged_into is None], view="open")
    return visit.page("merge.html", talk=talk, other=other, said=said, sides=sides, others=others)


async def merge(visit: Visit) -> Response:
    """``POST …/merges`` with id: that conversation goes on in this one."""
    talk = await acts.meant(visit)
    other = await conversations.by_id(visit.desk.store, visit.workspace.id, visit.form.get("id", ""))
    since = stamps.now()
    async with visit.desk.store.write() as tx:
        await merging.merge(tx, other, talk, by=actor.of_agent(visit.agent))
    return await acts.answer(visit, talk, f"#{other.number} goes on here", since=since)


async def choose_message(visit: Visit) -> Response:
    """``GET …/split``: from which message on it is a conversation of its own."""
    talk = await acts.meant(visit)
    found = await message.page(visit.desk.store, visit.workspace.id, talk.id, count=100, waiting=True)
    return visit.page("split.html", talk=talk, messages=found[1:])


async def split(visit: Visit) -> Response:
    """``POST …/splits`` with message (its id) and subject."""
    talk = await acts.meant(visit)
    chosen = visit.form.get("message", "")
    if not chosen:
        raise Refused("No message was chosen.", field="message", hint="Choose where the new conversation begins.")
    async with visit.desk.store.write() as tx:
        made = await splitting.split(tx, talk, chosen, subject=visit.form.get("subject", ""), by=actor.of_agent(visit.agent))
    undo = await acts.undoable(visit.desk.store, talk, visit.agent.id, stamps.now() - stamps.MINUTE)
    return visit.go(f"/conversations/{made.id}?view={acts.view_of(visit)}" + (f"&done={undo[0]}" if undo else ""))


async def _other(visit: Visit, said: str) -> Conversation | None:
    store, workspace_id = visit.desk.store, visit.workspace.id
    if said.isascii() and said.isdigit() and len(said) < 12:
        return await conversations.by_number(store, workspace_id, int(said))
    return (await conversations.by_ids(store, workspace_id, [said])).get(said)


async def _side(visit: Visit, talk: Conversation) -> dict[str, object]:
    person = await about.who(visit.desk.store, talk)
    called = person.called if person and person.called else rows.called(talk, None)
    read = await thread.read(visit, talk, people=person.ids if person else [], called=called, view="open")
    return {"talk": talk, "called": called, "lines": [line for line in read.lines if not line.is_trail][-5:]}
