"""Sending a reply once more that did not leave, or of which nobody knows."""

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.conversations import answering, message
from tillside.edges.agent import acts, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded


def routes() -> list[Guarded]:
    return [guard.page("/conversations/{conversation_id}/messages/{message_id}/delivery", try_again, allow=Act.ANSWER, methods=["POST"])]


async def try_again(visit: Visit) -> Response:
    """``POST …/messages/{id}/delivery``: tried at once, under the name it had, so that whoever got it already sees one letter."""
    talk = await acts.meant(visit)
    found = await message.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["message_id"])
    if found.conversation_id != talk.id:
        raise Conflict("This message belongs to another conversation.", hint="Load the page again.")
    async with visit.desk.store.write() as tx:
        await answering.send_again(tx, visit.workspace.id, found.id, by=actor.of_agent(visit.agent))
    return await acts.answer(visit, talk, f"The reply to #{talk.number} is on its way", since=stamps.now())
