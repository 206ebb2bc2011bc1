"""Conversations for the journeys: put into a desk's own store beside the serving process, as another edge would."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from tests.journeys.cast import Desk, until
from tests.support.postgres import alone
from tillside.agents import actor, workspace
from tillside.agents import agent as agents
from tillside.agents import team as teams
from tillside.agents.actor import Actor
from tillside.agents.agent import Agent
from tillside.base import stamps
from tillside.cli import ground
from tillside.conversations import answering, handing, message, opening, tagging, tags
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.customers import listing as people
from tillside.macros import macro as macros
from tillside.macros.step import Step
from tillside.storage.database import Database, Transaction

T = TypeVar("T")


def do(desk: Desk, work: Callable[[Database, int], Awaitable[T]]) -> T:
    """Something in the desk's store, in its only workspace."""

    async def inside() -> T:
        async with ground.desk(desk.settings) as ours:
            return await work(ours.store, (await workspace.chosen(ours.store, None)).id)

    return alone(inside())


def wrote(desk: Desk, subject: str, text: str, *, name: str = "Ada Example", email: str = "", **more: Any) -> str:
    """A customer writes; the conversation's id. `more`: channel, assignee (e-mail), tags, at (µs)."""

    async def work(store: Database, workspace_id: int) -> str:
        found = await people.named_by(store, workspace_id, email, region="NO") if email else []
        staff = {one.email: one for one in await agents.every(store, workspace_id)}
        async with store.write() as tx:
            with stamps.as_of(more.get("at") or stamps.now()):
                made = await _open(tx, workspace_id, subject, name, email, found[0] if found else None, more.get("channel", "messenger"))
                made, _ = await answering.hear(tx, made, message.Said(text), by=actor.of_customer(made.profile_id or "", name))
            if more.get("assignee"):
                made = await handing.assign(tx, made, staff[more["assignee"]].id, by=actor.DESK)
            if more.get("tags"):
                made = await tagging.add(tx, made, more["tags"], by=actor.DESK)
        return made.id

    return do(desk, work)


async def _open(tx: Transaction, workspace_id: int, subject: str, name: str, email: str, profile: str | None, channel: str) -> Conversation:
    source = {"from": {"name": name, "address": email}, "to": {"address": "help@fern.example"}}
    start = opening.Opening(channel=channel, subject=subject, source=source, profile_id=profile)
    return await opening.open(tx, workspace_id, start, by=Actor("customer", profile or "", name))


def writes_again(desk: Desk, conversation_id: str, text: str, name: str = "Ada Example") -> None:
    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            talk = await conversations.by_id(tx, workspace_id, conversation_id)
            await answering.hear(tx, talk, message.Said(text), by=actor.of_customer(talk.profile_id or "", name))

    do(desk, work)


def read(desk: Desk, conversation_id: str) -> Conversation:
    async def work(store: Database, workspace_id: int) -> Conversation:
        return await conversations.by_id(store, workspace_id, conversation_id)

    return do(desk, work)


def said(desk: Desk, conversation_id: str) -> list[message.Message]:
    """Its messages, with those that wait."""

    async def work(store: Database, workspace_id: int) -> list[message.Message]:
        return await message.page(store, workspace_id, conversation_id, waiting=True)

    return do(desk, work)


def macro(desk: Desk, name: str, text: str, tags: tuple[str, ...] = (), steps: Sequence[Step] = ()) -> None:
    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            await macros.add(tx, workspace_id, name, text, tags=tags, steps=steps)

    do(desk, work)


def team(desk: Desk, name: str) -> None:
    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            await teams.add(tx, workspace_id, name)

    do(desk, work)


def staff(desk: Desk) -> list[Agent]:
    return do(desk, lambda store, workspace_id: agents.every(store, workspace_id))


def customer(desk: Desk, email: str, first: str, order: str) -> None:
    """Somebody the shop vouches for, with an order on its way."""
    person = {"uid": email, "email": email, "firstName": first, "lastName": "Example"}
    tracking = {"trackingNumber": f"00340434161{order}", "trackingCompany": "DHL", "trackingUrl": f"https://dhl.example/{order}"}
    bought = {
        "orderId": order,
        "orderName": f"#{order}",
        "amount": "64.90",
        "currency": "EUR",
        "status": "shipped",
        "fulfillment": [{"id": "f1", "status": "in_transit", "tracking": [tracking]}],
        "items": [{"id": "1", "name": "Fern-green notebook", "price": "18.50", "quantity": 2}],
    }
    desk.send({"event": "order", "userProperties": person, "properties": bought})
    until(lambda: desk.read(f"/v1/order/{desk.key}/{order}"), "the order")


def many(desk: Desk, count: int) -> None:
    """So many conversations nobody has, each with a message."""

    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            for number in range(count):
                made = await _open(tx, workspace_id, f"One of many, {number}", "Ada Example", "", None, "messenger")
                await answering.hear(tx, made, message.Said("Hello"), by=Actor("customer", "", "Ada Example"))

    do(desk, work)


def worn(desk: Desk, conversation_id: str) -> list[str]:
    """The names of its tags."""

    async def work(store: Database, workspace_id: int) -> list[str]:
        return [one.name for one in (await tags.worn(store, workspace_id, [conversation_id])).get(conversation_id, [])]

    return do(desk, work)
