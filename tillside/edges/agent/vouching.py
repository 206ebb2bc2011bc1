"""Asking whoever writes in the messenger to show who they are: a code to an address, entered in their browser."""

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.connectors import connector as connectors
from tillside.edges.agent import acts, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.messenger import codes, vouching


def routes() -> list[Guarded]:
    return [guard.page("/conversations/{conversation_id}/codes", send, allow=Act.ANSWER, methods=["POST"])]


async def send(visit: Visit) -> Response:
    """``POST …/codes`` with email: a code goes there, and the conversation asks for it. Raises Refused, Conflict, TooMany."""
    talk, store, since = await acts.meant(visit), visit.desk.store, stamps.now()
    email = codes.clean(visit.form.get("email", ""))
    one = await vouching.browser_of(store, talk)
    shop = await connectors.by_id(store, visit.desk.vault, visit.workspace.id, one.connector_id)
    is_known = await codes.is_vouched(store, shop, email)
    async with store.write() as tx:
        await vouching.ask(tx, visit.desk.vault, one, talk, email, is_known=is_known, by=actor.of_agent(visit.agent))
    return await acts.answer(visit, talk, f"A code is on its way to {email}", since=since)
