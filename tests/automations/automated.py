"""The room of conversations with its rules: each test writes rules, lets things happen, and lets the follower catch up."""

from collections.abc import Sequence
from typing import Any

from tests.conversations.room import Room
from tillside.agents import workspace
from tillside.agents.workspace import Workspace
from tillside.automations import rule as rules
from tillside.automations.conditions import Condition
from tillside.automations.rule import Doing, Kind, ListName, Rule, Terms, Trigger
from tillside.automations.watch import Watch
from tillside.base import stamps
from tillside.conversations import answering, message, opening, tags, trail
from tillside.conversations.conversation import Conversation
from tillside.conversations.opening import Opening
from tillside.conversations.trail import Step
from tillside.macros import step

from tests.conversations.room import ADA  # isort: skip


class Automated:
    """One desk; `watch` and its follower are those the house runs in its loops."""

    def __init__(self, room: Room, home: Workspace, watch: Watch) -> None:
        self.room, self.home, self.watch = room, home, watch
        self.heed = watch.heed()
        self.store, self.w = room.desk.store, room.workspace_id

    @classmethod
    async def begun(cls, room: Room, **more: Any) -> "Automated":
        one = cls(room, await workspace.by_id(room.desk.store, room.workspace_id), Watch(**more))
        await one.caught_up()
        return one

    async def rule(
        self,
        list_name: ListName,
        name: str,
        steps: Sequence[Doing],
        *,
        when: Kind | Trigger | Sequence[Trigger] = "customer_wrote",
        blocks: Sequence[Sequence[Condition]] = (),
        **more: Any,
    ) -> Rule:
        """A live rule at the end of its list."""
        triggers = [Trigger(when)] if isinstance(when, str) else [when] if isinstance(when, Trigger) else list(when)
        terms = Terms(triggers, [list(block) for block in blocks], list(steps), **more)
        return await self.room.do(rules.add, self.w, list_name, name, terms, live=True)

    async def caught_up(self) -> None:
        while await self.heed.step(self.store):
            pass

    async def begins(self, text: str = "Where is my parcel?", **more: Any) -> Conversation:
        """A customer begins, in one transaction, as the doors of the house do it; then the rules had their turn."""
        async with self.store.write() as tx:
            one = await opening.open(tx, self.w, Opening(**{"channel": "email", "subject": "Parcel", **more}), by=ADA)
            await answering.hear(tx, one, message.said(text), by=ADA)
        await self.caught_up()
        return await self.room.now(one)

    async def writes(self, one: Conversation, text: str = "Hello?") -> Conversation:
        await self.room.heard(one, text)
        await self.caught_up()
        return await self.room.now(one)

    async def answers(self, one: Conversation, text: str = "On its way.") -> Conversation:
        await self.room.replied(one, text)
        await self.caught_up()
        return await self.room.now(one)

    async def rings(self, minutes: int) -> int:
        """So many minutes later, the loop of what is due looks; how many occurrences it found."""
        at = stamps.now() + minutes * stamps.MINUTE
        with stamps.as_of(at):
            found = await self.watch.ring_due(self.store, at=at, count=100)
        await self.caught_up()
        return found

    async def tags(self, one: Conversation) -> list[str]:
        return [tag.name for tag in (await tags.worn(self.store, self.w, [one.id])).get(one.id, [])]

    async def trail(self, one: Conversation, kind: str = "") -> list[Step]:
        """Oldest first."""
        lines = await trail.page(self.store, one, count=500)
        return [line for line in reversed(lines) if not kind or line.kind == kind]

    async def applied(self, one: Conversation) -> list[str]:
        """The names of the rules that were applied here, in order."""
        return [line.actor.name for line in await self.trail(one, "rule_applied")]

    async def said(self, one: Conversation) -> list[str]:
        """What rules answered."""
        found = await message.page(self.store, self.w, one.id)
        return [each.text for each in found if each.author.kind == "rule" and each.kind == "agent"]


def tag(name: str) -> step.Tag:
    return step.Tag(add=[name])


def has(path: str, operator: str, value: Any = None) -> Condition:
    return Condition(path, operator, value)


def says(*words: str) -> list[Condition]:
    """A block: the message contains one of these."""
    return [Condition("lastMessage.text", "contains", list(words))]
