"""`/v1/tickets`: writing them (contract 2.3): new ones, the table of PUT, replies, tags, orders."""

from typing import Any

import msgspec

from tillside.agents import actor, agent
from tillside.agents.actor import Actor
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.connectors.connector import Connector
from tillside.conversations import answering, editing, handing, opening, states, tagging
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.conversations.opening import Opening
from tillside.customers import listing as people
from tillside.edges.api import asked, documents, paging, showing, ticket_asked, tickets
from tillside.edges.api.asked import Change, New
from tillside.edges.api.call import Answer, Call, Endpoint
from tillside.orders import order as shelf
from tillside.storage.database import Transaction

NEVER_THERE = "Provided conversation id does not exist."
OUTDATED = {412: "The ticket was changed since the version If-Match names."}
_PRIORITIES = {"LOW": conversations.LOW, "MEDIUM": conversations.NORMAL, "NORMAL": conversations.NORMAL, "HIGH": conversations.HIGH}
_SCORES = {word: score for score, word in showing.SCORES.items()}
_NOBODY = (None, "", "unassigned", "null")


def endpoints() -> list[Endpoint]:
    by_id = "/v1/tickets/{id:path}"

    def change(path: str, verb: Any, name: str, does: str, takes: Any, **more: Any) -> Endpoint:
        given = {"gives": documents.TicketAnswer, "scope": "tickets:write", "statuses": OUTDATED, **more}
        return Endpoint(method="PUT", path=path, verb=verb, name=name, does=does, takes=takes, **given)

    return [
        Endpoint(
            method="POST",
            path="/v1/tickets",
            verb=create,
            name="createConversation",
            does="Begin a ticket with its first comment. With an id that is there already, the ticket that is there is the answer.",
            scope="tickets:write",
            takes=asked.NewBody,
            gives=documents.TicketAnswer,
        ),
        change(f"{by_id}/send-message", send_message, "sendMessage", "Answer the customer on the ticket's channel.", asked.Sent),
        change(f"{by_id}/add-tags", add_tags, "addTags", "Put tags on, by id or name.", asked.Tags),
        change(f"{by_id}/remove-tags", remove_tags, "removeTags", "Take tags off, by id or name.", asked.Tags),
        change(
            by_id + "/attach-order/{app_client_id}/{order_id:path}",
            attach_order,
            "attachOrder",
            "Link an order to a ticket.",
            None,
            gives=documents.Message,
        ),
        change(
            by_id,
            update,
            "updateAConversation",
            "Change a ticket, or add a comment. If-Match with the ticket's ETag makes sure nobody changed it meanwhile.",
            asked.ChangeBody,
        ),
    ]


async def create(call: Call) -> Answer:
    """``POST /v1/tickets`` with ``{"ticket": {subject, comment, via, …}}`` → 200 ``{"ticket"}``, readable at once."""
    new = asked.taken(call, call.inside("ticket"), New, "ticket")
    if new.id and (known := await conversations.known_as(call.desk.store, call.workspace_id, new.id)) is not None:
        return await answer(call, await conversations.current(call.desk.store, known))
    on = ticket_asked.channel(new)
    connector = await _connector(call, new)
    customer = await ticket_asked.sender(call, connector, new, on)
    begun = Opening(
        channel=on,
        subject=new.subject or "",
        external_id=new.id or None,
        source=ticket_asked.source(new),
        profile_id=customer.profile_id,
        connector_id=connector.id if connector else "",
        priority=_PRIORITIES.get(new.priority or "", conversations.NORMAL),
    )
    try:
        async with call.write() as tx:
            one = await opening.open(tx, call.workspace_id, begun, by=_by(call))
            one = await ticket_asked.say(tx, call, one, new.comment, customer=customer.actor, by=_by(call), sends=_sends(connector, new.send))
            one = await _apply(tx, call, one, new)
    except Conflict as conflict:
        known = await conversations.known_as(call.desk.store, call.workspace_id, new.id or "")
        if conflict.field != "id" or known is None:
            raise
        one = known
    return await answer(call, one)


async def update(call: Call) -> Answer:
    """``PUT /v1/tickets/{id}`` with ``{"ticket": {…}}`` → ``{"ticket"}``. Everything of one call happens, or nothing."""
    one = await tickets.found(call, call.path["id"], NEVER_THERE)
    body = call.body.get("ticket") if isinstance(call.body, dict) else None
    if not isinstance(body, dict):
        raise Refused("The body has no ticket.", field="ticket", hint='Send {"ticket": {…}}.')
    change = asked.taken(call, body, Change, "ticket")
    call.ignore(key for key in call.body if key != "ticket")
    connector = next((shop for shop in await call.connectors() if shop.id == one.connector_id), None)
    customer = await customer_of(call, one)
    async with call.write() as tx:
        one = await conversations.hold(tx, one, version=call.version)
        if change.comment is not None:
            one = await ticket_asked.say(tx, call, one, change.comment.added(), customer=customer, by=_by(call), sends=_sends(connector, None))
        one = await _apply(tx, call, one, change)
        one = await _source(tx, call, one, change)
    return await answer(call, one)


async def send_message(call: Call) -> Answer:
    """``PUT /v1/tickets/{id}/send-message`` with ``{"body", "attachments", "author_id"}``: delivered, and the last comment from now on."""
    one = await tickets.found(call, call.path["id"], NEVER_THERE)
    said = asked.taken(call, call.body, asked.Sent)
    everybody = {each.id: each for each in await agent.every(call.desk.store, call.workspace_id)}
    author = everybody.get(said.author_id or "")
    if author is None and said.author_id not in (None, "", "operator"):
        call.ignore(["author_id"])
    by = actor.of_agent(author) if author is not None else _by(call)
    async with call.write() as tx:
        words = await ticket_asked.words_of(tx, call, one, said.body, said.attachments or [], by=by, field="body")
        held = await conversations.hold(tx, one, version=call.version)
        one, _ = await answering.reply(tx, held, words, by=by)
    return await answer(call, one, message="Message sent.")


async def add_tags(call: Call) -> Answer:
    """``PUT /v1/tickets/{id}/add-tags`` with ``{"tags": [id or name, …]}``; safe to repeat."""
    one, said = await tickets.found(call, call.path["id"], NEVER_THERE), asked.taken(call, call.body, asked.Tags)
    async with call.write() as tx:
        held = await conversations.hold(tx, one, version=call.version)
        one = await tagging.add(tx, held, ticket_asked.plain_tags(said.tags), by=_by(call))
    return await answer(call, one, message="Tags added.")


async def remove_tags(call: Call) -> Answer:
    """``PUT /v1/tickets/{id}/remove-tags`` with ``{"tags": [id or name, …]}``; safe to repeat."""
    one, said = await tickets.found(call, call.path["id"], NEVER_THERE), asked.taken(call, call.body, asked.Tags)
    async with call.write() as tx:
        held = await conversations.hold(tx, one, version=call.version)
        one = await tagging.remove(tx, held, ticket_asked.plain_tags(said.tags), by=_by(call))
    return await answer(call, one, message="Tags removed.")


async def attach_order(call: Call) -> Answer:
    """``PUT /v1/tickets/{id}/attach-order/{appClientId}/{orderId}`` → ``{"message"}``."""
    one = await tickets.found(call, call.path["id"], NEVER_THERE)
    connector = await call.connector_of_path(call.path["app_client_id"])
    order = await shelf.by_number(call.desk.store, call.workspace_id, connector.id, call.path["order_id"])
    if order is None:
        raise Unknown("No order has this id.")
    async with call.write() as tx:
        held = await conversations.hold(tx, one, version=call.version)
        await editing.link_order(tx, held, order.id, by=_by(call))
    return Answer(documents.Message(f"Order {order.name} is linked."))


async def answer(call: Call, one: Conversation, *, message: str = "") -> Answer:
    """The ticket as it is now, with what was passed over."""
    now = await conversations.by_id(call.desk.store, call.workspace_id, one.id)
    body = documents.TicketAnswer(await showing.ticket(call, now), message, [f"{field} does nothing here." for field in call.ignored])
    return Answer(body, headers={"ETag": f'"v{now.version}"'})


async def customer_of(call: Call, one: Conversation) -> Actor:
    """The customer of a ticket as the author of what they write."""
    if not one.profile_id:
        return actor.of_customer("", one.source.get("from", {}).get("name", ""))
    line = (await people.names(call.desk.store, call.workspace_id, [one.profile_id])).get(one.profile_id)
    return actor.of_customer(one.profile_id, line.called if line else "")


async def _apply(tx: Transaction, call: Call, one: Conversation, change: Change) -> Conversation:
    """Everything but the comment, in an order in which a later step never undoes an earlier one; the state comes last."""
    by = _by(call)
    if change.subject is not None and not isinstance(change, New):
        one = await editing.rename(tx, one, change.subject, by=by)
    if change.priority is not None:
        one = await handing.press(tx, one, _PRIORITIES[change.priority], by=by)
    if change.assignee_id is not msgspec.UNSET:
        one = await handing.assign(tx, one, "" if change.assignee_id in _NOBODY else str(change.assignee_id), by=by)
    if change.team_id is not msgspec.UNSET:
        one = await _give(tx, one, "" if change.team_id in _NOBODY else str(change.team_id), by=by)
    if change.tags is not None:
        one = await tagging.replace(tx, one, ticket_asked.plain_tags(change.tags), by=by)
    if change.custom_fields:
        one = await editing.set_fields(tx, one, asked.plain(change.custom_fields), by=by)
    rated = change.satisfaction_rating
    if rated is not None and rated.score is not None:
        one = await editing.rate(tx, one, _SCORES[rated.score], comment=rated.comment or "", by=by)
    return await _state(tx, one, change, by=by)


async def _state(tx: Transaction, one: Conversation, change: Change, *, by: Actor) -> Conversation:
    """Status, snooze and trash: `status` moves, `state` never did (contract 2.3, the table of PUT)."""
    until = str(change.snoozed_till if change.snoozed_till is not None else "").strip()
    if change.status == "SNOOZED" or (change.status is None and until):
        sleeps = conversations.UNTIL_REPLY if until in ("", "0") else paging.moment(until, "ticket.snoozed_till")
        one = await states.snooze(tx, one, sleeps, by=by)
    elif change.status == "CLOSED":
        one = await states.close(tx, one, by=by)
    elif change.status == "OPEN":
        one = await states.reopen(tx, one, by=by)
    if change.is_trashed is True:
        return await states.trash(tx, one, by=by)
    return await states.restore(tx, one, by=by) if change.is_trashed is False and one.state == "trash" else one


async def _source(tx: Transaction, call: Call, one: Conversation, change: Change) -> Conversation:
    """Addresses that are stated replace the stored ones; blank ones never do. The channel stays what it was."""
    if change.via is None:
        return one
    if change.via.channel not in (None, "", one.channel):
        call.ignore(["ticket.via.channel"])
    said = change.via.source
    sides = {"from": ticket_asked.side_of(said.from_), "to": ticket_asked.side_of(said.to)} if said else {}
    source = {**one.source, **{side: {**one.source.get(side, {}), **stated} for side, stated in sides.items() if stated}}
    return await conversations.save(tx, one, source=source) if source != one.source else one


async def _give(tx: Transaction, one: Conversation, team_id: str, *, by: Actor) -> Conversation:
    """To a team, or from it. Raises Refused with the field, since the team stands in the body and not in the path."""
    try:
        return await handing.give(tx, one, team_id, by=by)
    except Unknown as error:
        raise Refused("There is no such team.", field="ticket.team_id", hint="GET /v1/teams lists them.") from error


async def _connector(call: Call, new: New) -> Connector | None:
    """The shop of a new ticket: the one it names, else the one the call's header names, else the first; None while none is connected."""
    if new.app_client_id:
        return await call.connector(new.app_client_id)
    shops = await call.connectors()
    named = call.headers.get("x-richpanel-app-client-id", "")
    return next((shop for shop in shops if shop.api_key == named), shops[0] if shops else None)


def _sends(connector: Connector | None, said: bool | None) -> bool:
    return said is True or (said is None and connector is not None and connector.sends_comments)


def _by(call: Call) -> Actor:
    return actor.of_key(call.key)
