"""`/v1/tickets/{id}/comments`: a ticket's messages on their own. Upstream has no such path; clients have looked for it (contract 2.3)."""

from tillside.agents import actor
from tillside.base.errors import Unknown
from tillside.conversations import answering, message
from tillside.conversations import conversation as conversations
from tillside.conversations.message import Message
from tillside.edges.api import asked, documents, paging, showing, ticket_asked, ticket_writing, tickets
from tillside.edges.api.call import Answer, Call, Endpoint


def endpoints() -> list[Endpoint]:
    found = []
    for word in ("comments", "messages"):
        path = f"/v1/tickets/{{id:path}}/{word}"
        found += [
            Endpoint(
                method="GET",
                path=path,
                verb=index,
                name=f"list{word.title()}",
                does=f"The {word} of a ticket, the oldest first.",
                scope="tickets:read",
                gives=documents.CommentList,
                parameters=paging.PARAMETERS,
                official=False,
            ),
            Endpoint(
                method="POST",
                path=path,
                verb=write,
                name=f"add{word.title().removesuffix('s')}",
                does="Write a comment: the customer's, an operator's, or with public false a note.",
                scope="tickets:write",
                takes=asked.CommentBody,
                gives=documents.TicketAnswer,
                statuses=ticket_writing.OUTDATED,
                official=False,
            ),
            Endpoint(
                method="DELETE",
                path=path + "/{comment_id:path}",
                verb=remove,
                name=f"remove{word.title().removesuffix('s')}",
                does="Take a comment or a note away for everybody; the trail tells who did.",
                scope="tickets:write",
                gives=documents.Message,
                statuses=ticket_writing.OUTDATED,
                official=False,
            ),
        ]
    return found


async def index(call: Call) -> Answer:
    """``GET /v1/tickets/{id}/comments`` → ``{"comments": […], "count", "next_page", "previous_page"}``."""
    one = await tickets.found(call, call.path["id"], tickets.NEVER_SEEN)
    page = paging.asked(call, 100)
    around = await showing.gather(call, [one])
    said = around.messages.get(one.id, [])
    shown = showing.comments(paging.cut(said, page), around)
    return Answer({"comments": shown, **paging.ends(call, page, len(said), f"/v1/tickets/{call.path['id']}/comments")})


async def write(call: Call) -> Answer:
    """``POST /v1/tickets/{id}/comments`` with ``{"comment": {"body", "sender_type"}}`` → ``{"ticket"}``."""
    one = await tickets.found(call, call.path["id"], ticket_writing.NEVER_THERE)
    comment = asked.taken(call, call.inside("comment"), asked.CommentAsked, "comment")
    connector = next((shop for shop in await call.connectors() if shop.id == one.connector_id), None)
    customer, by = await ticket_writing.customer_of(call, one), actor.of_key(call.key)
    async with call.write() as tx:
        one = await conversations.hold(tx, one, version=call.version)
        sends = connector is not None and connector.sends_comments
        one = await ticket_asked.say(tx, call, one, comment.added(), customer=customer, by=by, sends=sends, place="comment")
    return await ticket_writing.answer(call, one)


async def remove(call: Call) -> Answer:
    """``DELETE /v1/tickets/{id}/comments/{comment id}`` → ``{"message"}``; 404 when it is not there."""
    one = await tickets.found(call, call.path["id"], ticket_writing.NEVER_THERE)
    said = await found(call, call.path["comment_id"])
    if said is None or said.conversation_id != one.id or said.removed_at is not None:
        raise Unknown("This ticket has no such comment.")
    async with call.write() as tx:
        await conversations.hold(tx, one, version=call.version)
        await answering.remove(tx, said, by=actor.of_key(call.key))
    return Answer(documents.Message("The comment is gone."))


async def found(call: Call, said: str) -> Message | None:
    """A comment by the integrator's id or ours."""
    known = await message.by_external_id(call.desk.store, call.workspace_id, said)
    if known is not None:
        return known
    try:
        return await message.by_id(call.desk.store, call.workspace_id, said)
    except Unknown:
        return None
