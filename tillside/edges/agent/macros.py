"""Macros in use: looked at before they are sent, done without an answer, and made from an answer that was written."""

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import rich_text, stamps
from tillside.base.errors import Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import message as messages
from tillside.edges.agent import acts, guard, letters, macro_pages, using
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.macros import likeness, steps, values
from tillside.macros import macro as macros
from tillside.macros.macro import Macro


def routes() -> list[Guarded]:
    one = "/conversations/{conversation_id}"
    return [
        guard.page("/macros/{macro_id}/preview", preview, allow=Act.ANSWER),
        guard.page(one + "/macros", choose, allow=Act.ANSWER),
        guard.page(one + "/steps", perform, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/macro", of_message, allow=Act.ANSWER),
        guard.page(one + "/macro", of_words, allow=Act.ANSWER, methods=["POST"]),
        *macro_pages.routes(),
    ]


async def preview(visit: Visit) -> Response:
    """``GET /macros/{id}/preview?conversation=``: the text with its values, those that are missing marked, and what is done with it."""
    one = await mine(visit, visit.request.path_params["macro_id"])
    talk = await conversations.by_id(visit.desk.store, visit.workspace.id, visit.request.query_params.get("conversation", ""))
    try:
        whole = await steps.unfolded(visit.desk.store, one, by=actor.of_agent(visit.agent))
    except (Refused, Unknown) as error:
        return visit.page("inbox/_trouble.html", words=f"This macro cannot be used: {error.message}")
    filled = await letters.letter(visit.desk.store, visit.workspace, whole.html, talk, agent_name=visit.agent.name)
    writes = bool(rich_text.plain(whole.html))
    return visit.page("inbox/_macro.html", macro=one, filled=filled, writes=writes, deeds=await using.shown(visit, whole.steps, talk))


async def choose(visit: Visit) -> Response:
    """``GET …/macros``: every macro as a link that puts it into the answer, for whoever has no script."""
    talk = await acts.meant(visit)
    found = await macros.of_agent(visit.desk.store, visit.workspace.id, visit.agent.id)
    return visit.page("macros_choose.html", talk=talk, found=[(one, rich_text.line(rich_text.plain(one.html))) for one in found])


async def perform(visit: Visit) -> Response:
    """``POST …/steps`` with macro, steps and step as in an answer: what a macro does, without one."""
    talk = await acts.meant(visit)
    since = stamps.now()
    async with visit.desk.store.write() as tx:
        now = await using.alone(visit, tx, talk)
    moves = now.state not in (talk.state, "open")
    return await acts.answer(visit, now, f"#{talk.number}: done", since=since, moves=moves)


async def of_message(visit: Visit) -> Response:
    """``GET …/macro?message=``: a macro from an answer that was given, its names and numbers turned into variables."""
    found = await messages.by_id(visit.desk.store, visit.workspace.id, visit.request.query_params.get("message", ""))
    talk = await acts.meant(visit)
    if found.conversation_id != talk.id or found.kind != "agent":
        raise Unknown("There is no such answer here.")
    return await _turned(visit, found.html or rich_text.from_plain(found.text))


async def of_words(visit: Visit) -> Response:
    """``POST …/macro`` with html or text: the same from what stands in the composer."""
    html = visit.form.get("html", "").strip()
    return await _turned(visit, html or rich_text.from_plain(visit.form.get("text", "")))


async def _turned(visit: Visit, html: str) -> Response:
    talk = await acts.meant(visit)
    known = await values.of(visit.desk.store, visit.workspace, talk, agent_name=visit.agent.name)
    turned = likeness.turned(rich_text.clean(html), known)
    return await macro_pages.editor(visit, text=turned.html, found=turned.names, number=talk.number)


async def mine(visit: Visit, macro_id: str) -> Macro:
    return await macros.by_id(visit.desk.store, visit.workspace.id, macro_id, agent_id=visit.agent.id)
