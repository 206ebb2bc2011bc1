"""`/v1/tickets/{id}/comments/{comment id}/delivery`: how an e-mail fared, and sending it once more. Not in the contract."""

from msgspec import Struct

from tillside.agents import actor
from tillside.base.errors import Unknown
from tillside.conversations import answering, deliveries, message
from tillside.conversations.message import Message
from tillside.edges.api import comments, ticket_writing, tickets
from tillside.edges.api.call import Answer, Call, Endpoint
from tillside.edges.api.shapes import time


class Delivery(Struct):
    """How a reply by e-mail fares: waiting, held, sending, sent, failed, perhaps or dropped; `letter_id` is its Message-ID."""

    state: str
    reason: str
    attempts: int
    next_try_at: str | None
    letter_id: str | None


class DeliveryAnswer(Struct):
    delivery: Delivery


def endpoints() -> list[Endpoint]:
    path = "/v1/tickets/{id:path}/comments/{comment_id:path}/delivery"
    return [
        Endpoint(
            method="GET",
            path=path,
            verb=show,
            name="showDelivery",
            does="How a reply that leaves by e-mail fares; 404 for one that does not.",
            scope="tickets:read",
            gives=DeliveryAnswer,
            official=False,
        ),
        Endpoint(
            method="POST",
            path=path,
            verb=try_again,
            name="sendAgain",
            does="Send a reply once more that failed, perhaps arrived, or waits for its next try; its Message-ID stays the same.",
            scope="tickets:write",
            gives=DeliveryAnswer,
            statuses={409: "There is nothing to send again."},
            official=False,
        ),
    ]


async def show(call: Call) -> Answer:
    """``GET …/delivery`` → ``{"delivery": {"state", "reason", "attempts", "next_try_at", "letter_id"}}``."""
    return await _answer(call, await _reply(call))


async def try_again(call: Call) -> Answer:
    """``POST …/delivery`` → the same, waiting and due at once."""
    reply = await _reply(call)
    async with call.write() as tx:
        await answering.send_again(tx, call.workspace_id, reply.id, by=actor.of_key(call.key))
    return await _answer(call, reply)


async def _reply(call: Call) -> Message:
    one = await tickets.found(call, call.path["id"], ticket_writing.NEVER_THERE)
    said = await comments.found(call, call.path["comment_id"])
    if said is None or said.conversation_id != one.id or said.removed_at is not None:
        raise Unknown("This ticket has no such comment.")
    return await message.by_id(call.desk.store, call.workspace_id, said.id)


async def _answer(call: Call, reply: Message) -> Answer:
    way = (await deliveries.of_messages(call.desk.store, call.workspace_id, [reply.id])).get(reply.id)
    if way is None:
        raise Unknown("This comment does not leave by e-mail.")
    at = time(way.due_at) if way.state == "waiting" and way.due_at is not None else None
    return Answer(DeliveryAnswer(Delivery(way.state, way.reason, way.attempts, at, way.letter_id)))
