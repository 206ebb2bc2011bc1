"""Cards of other programs beside a conversation: drawn from what is kept, each asked for on its own when somebody looks."""

from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base import stamps
from tillside.conversations.conversation import Conversation
from tillside.edges.agent import acts, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.targets import cards, target
from tillside.targets.cards import Card


def routes() -> list[Guarded]:
    return [guard.page("/conversations/{conversation_id}/cards/{target_id}", fetch, allow=Act.READ)]


async def kept(visit: Visit, talk: Conversation) -> list[Card]:
    """Those that are shown, as they are kept; the page waits for none of them."""
    return await cards.of_conversation(visit.desk.store, visit.workspace.id, talk.id, at=stamps.now())


async def fetch(visit: Visit) -> Response:
    """``GET /conversations/{id}/cards/{target id}``: this card, asked for anew where it is due; back to the conversation without a script."""
    talk = await acts.meant(visit)
    one = await target.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["target_id"])
    origin = visit.desk.public_url
    found = await cards.fetched(visit.desk.store, visit.desk.caller, visit.workspace, talk, one, origin=origin, at=stamps.now())
    if not acts.is_piece(visit):
        return visit.go(f"/conversations/{talk.id}?view={acts.view_of(visit)}")
    return visit.page("inbox/_card.html", card=found, talk=talk, view_key=acts.view_of(visit))
