"""The room of conversations as tests use it: one verb, one transaction, as every edge does it."""

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from tillside.agents import actor, agent, workspace
from tillside.agents.actor import Actor
from tillside.agents.agent import Agent
from tillside.conversations import answering, conversation, counts, message, opening
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.conversations.opening import Opening
from tillside.edges.http.desk import Desk
from tillside.feeds import activity
from tillside.feeds.activity import Activity
from tillside.storage.database import Transaction

Given = ParamSpec("Given")
Outcome = TypeVar("Outcome")
ADA = Actor("customer", "cus_ada", "Ada")
SCRIPT = Actor("api", "key_one", "nightly script")


class Room:
    """Mia and Jonas answer here; Zoe works for somebody else."""

    def __init__(self, desk: Desk, workspace_id: int, mia: Agent, jonas: Agent) -> None:
        self.desk, self.workspace_id = desk, workspace_id
        self.mia, self.jonas = actor.of_agent(mia), actor.of_agent(jonas)

    @classmethod
    async def furnished(cls, desk: Desk) -> "Room":
        async with desk.store.write() as tx:
            place = await workspace.create(tx, "Fern & Fold", currency="EUR", region="NO")
            people = [
                await agent.add(tx, place.id, f"{name}@fern.example", name=name.title(), role="agent", password="a long enough password")
                for name in ("mia", "jonas")
            ]
        return cls(desk, place.id, *people)

    async def do(
        self, verb: Callable[Concatenate[Transaction, Given], Awaitable[Outcome]], /, *given: Given.args, **named: Given.kwargs
    ) -> Outcome:
        async with self.desk.store.write() as tx:
            return await verb(tx, *given, **named)

    async def opened(self, text: str = "Where is my parcel?", **more: Any) -> Conversation:
        """A conversation a customer began by e-mail."""
        new = await self.do(opening.open, self.workspace_id, Opening(channel="email", subject="Parcel", **more), by=ADA)
        return await self.heard(new, text) if text else new

    async def heard(self, one: Conversation, text: str = "Hello?") -> Conversation:
        return (await self.do(answering.hear, one, message.said(text), by=ADA))[0]

    async def replied(self, one: Conversation, text: str = "On its way.", **more: Any) -> tuple[Conversation, Message]:
        return await self.do(answering.reply, one, message.said(text), **{"by": self.mia, **more})

    async def now(self, one: Conversation) -> Conversation:
        return await conversation.by_id(self.desk.store, self.workspace_id, one.id)

    async def texts(self, one: Conversation, **more: Any) -> list[str]:
        return [each.text for each in await message.page(self.desk.store, self.workspace_id, one.id, **more)]

    async def told(self, since: int = 0) -> list[Activity]:
        return await activity.after(self.desk.store, self.workspace_id, since)

    async def last_told(self) -> int:
        return await activity.last_position(self.desk.store, self.workspace_id)

    async def counted(self) -> dict[tuple[str, str, str, str], int]:
        """What the counts say."""
        cells = await counts.every(self.desk.store, self.workspace_id)
        return {(cell.state, cell.assignee_id, cell.team_id, cell.channel): cell.count for cell in cells}

    async def there(self) -> dict[tuple[str, str, str, str], int]:
        """What is there to count."""
        sql = "select state, assignee_id, team_id, channel, count(*) from conversation where workspace_id = :w group by 1, 2, 3, 4"
        return {(row[0], row[1], row[2], row[3]): row[4] for row in await self.desk.store.read(sql, w=self.workspace_id)}
