"""Macros: looking at one filled for a conversation, and writing them."""

from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base import rich_text
from tillside.base.errors import NotAllowed, Refused
from tillside.conversations import conversation as conversations
from tillside.conversations import macros
from tillside.conversations.macros import Macro
from tillside.edges.agent import guard, letters
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded


def routes() -> list[Guarded]:
    one = "/settings/macros/{macro_id}"
    return [
        guard.page("/macros/{macro_id}/preview", preview, allow=Act.ANSWER),
        guard.page("/settings/macros", index, allow=Act.ANSWER),
        guard.page("/settings/macros", add, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one, show, allow=Act.ANSWER),
        guard.page(one, change, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/removal", remove, allow=Act.ANSWER, methods=["POST"]),
    ]


async def preview(visit: Visit) -> Response:
    """``GET /macros/{id}/preview?conversation=``: the text with its values; those that are missing are marked."""
    one = await _mine(visit)
    talk = await conversations.by_id(visit.desk.store, visit.workspace.id, visit.request.query_params.get("conversation", ""))
    filled = await letters.letter(visit.desk.store, visit.workspace, one, talk, agent_name=visit.agent.name)
    return visit.page("inbox/_macro.html", macro=one, filled=filled)


async def index(visit: Visit) -> Response:
    return await _page(visit)


async def show(visit: Visit) -> Response:
    return await _page(visit, one=await _mine(visit))


async def add(visit: Visit) -> Response:
    """``POST /settings/macros`` with name, text, tags (by comma), own (1 for mine alone)."""
    owner = visit.agent.id if visit.form.get("own") else ""
    try:
        async with visit.desk.store.write() as tx:
            await macros.add(tx, visit.workspace.id, visit.form.get("name", ""), _html(visit), owner_id=owner, tags=_tags(visit))
    except Refused as error:
        return await _page(visit, trouble=error)
    return visit.go("/settings/macros")


async def change(visit: Visit) -> Response:
    one = await _mine(visit)
    try:
        async with visit.desk.store.write() as tx:
            await macros.change(tx, one, name=visit.form.get("name", ""), html=_html(visit), subject=one.subject, tags=_tags(visit))
    except Refused as error:
        return await _page(visit, one=one, trouble=error)
    return visit.go("/settings/macros")


async def remove(visit: Visit) -> Response:
    """``POST …/removal``: one's own, or as an admin everybody's."""
    one = await _mine(visit)
    if not one.owner_id and not visit.may(Act.ADMINISTER):
        raise NotAllowed("Only an admin removes what everybody uses.")
    async with visit.desk.store.write() as tx:
        await macros.remove(tx, one)
    return visit.go("/settings/macros")


async def _mine(visit: Visit) -> Macro:
    return await macros.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["macro_id"], agent_id=visit.agent.id)


def _html(visit: Visit) -> str:
    text = visit.form.get("text", "")
    return text if rich_text.is_html(text) else rich_text.from_plain(text)


def _tags(visit: Visit) -> list[str]:
    return [word.strip() for word in visit.form.get("tags", "").split(",") if word.strip()][:20]


async def _page(visit: Visit, *, one: Macro | None = None, trouble: Refused | None = None) -> Response:
    known = await macros.of_agent(visit.desk.store, visit.workspace.id, visit.agent.id)
    typed = {
        "name": visit.form.get("name", one.name if one else ""),
        "text": visit.form.get("text", rich_text.plain(one.html) if one else ""),
        "tags": visit.form.get("tags", ", ".join(one.tags) if one else ""),
    }
    return visit.page(
        "settings_macros.html", status=422 if trouble else 200, known=known, one=one, typed=typed, trouble=trouble, names=macros.NAMES
    )
