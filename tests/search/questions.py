"""What tests ask of a search, and the same found by looking at everything."""

from typing import Any

from tests.conversations.room import Room
from tillside.agents import agent, workspace
from tillside.base import words
from tillside.conversations import editing
from tillside.conversations.conversation import Conversation
from tillside.edges.http.desk import Desk
from tillside.search import asked, finding, meaning
from tillside.search.meaning import Meaning

_ALL = """
select message.text, conversation.assignee_id, conversation.state from message join conversation
  on conversation.workspace_id = message.workspace_id and conversation.id = message.conversation_id
where message.workspace_id = :w and message.kind <> 'system' and message.state not in ('waiting', 'cancelled') and message.removed_at is null
  and conversation.state <> 'trash' order by message.seq desc
"""


class Questions:
    """A company with Mia and Jonas, by its number."""

    def __init__(self, room: Room) -> None:
        self.room = room

    @classmethod
    async def furnished(cls, desk: Desk, number: int) -> "Questions":
        async with desk.store.write() as tx:
            place = await workspace.create(tx, f"Shop {number}", time_zone="Europe/Oslo")
            names = [(name, f"{name}{number}@fern.example") for name in ("mia", "jonas")]
            people = [
                await agent.add(tx, place.id, email, name=name.title(), role="agent", password="a long enough password")
                for name, email in names
            ]
        return cls(Room(desk, place.id, *people))

    async def meant(self, typed: str) -> Meaning:
        store = self.room.desk.store
        place = await workspace.by_id(store, self.room.workspace_id)
        return await meaning.of(store, place, self.room.mia.id, asked.read(typed))

    async def texts(self, typed: str, *, count: int = 50) -> list[str]:
        """The texts of every message found, page after page."""
        meant, texts, before = await self.meant(typed), list[str](), None
        assert not meant.problems, meant.problems
        while True:
            found = await finding.messages(self.room.desk.store, self.room.workspace_id, meant, before=before, count=count)
            texts += [one.text for one in await finding.said(self.room.desk.store, found.positions)]
            assert len(found.positions) <= count
            if found.further is None:
                return texts
            before = found.further

    async def subjects(self, typed: str) -> list[str]:
        """The subjects of the conversations found."""
        meant = await self.meant(typed)
        assert not meant.problems, meant.problems
        store, workspace_id = self.room.desk.store, self.room.workspace_id
        if not (meant.every or meant.who or meant.order_ids is not None):
            return [one.subject for one in await finding.listed(store, workspace_id, meant)]
        found = await finding.talks(store, workspace_id, meant)
        return [one.subject for one in await finding.conversations_at(store, workspace_id, found.positions)]

    async def naive(self, *beginnings: str, narrowed: str) -> list[str]:
        """The texts of every message with words that begin so, by reading all of them."""
        rows = await self.room.desk.store.read(_ALL, w=self.room.workspace_id)
        mine = self.room.mia.id
        there = [
            text
            for text, who, state in rows
            if not narrowed or (narrowed == "assignee:me" and who == mine) or (narrowed == "status:closed" and state == "closed")
        ]
        return [text for text in there if all(f" {begin}" in f" {' '.join(words.of(text))}" for begin in beginnings)]

    async def opened(self, subject: str, *texts: str, **more: Any) -> Conversation:
        one = await self.room.do(editing.rename, await self.room.opened("", **more), subject, by=self.room.mia)
        for text in texts:
            one = await self.room.heard(one, text)
        return one
