"""The room of targets as tests use it: a desk, a receiver on loopback, a sender whose clock stands still until it is told."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from tests.conversations.room import Room
from tests.support.receiver import Got, Receiver
from tillside.agents import workspace
from tillside.base import stamps
from tillside.base.outbound import Outbound
from tillside.conversations.conversation import Conversation
from tillside.targets import attempts, calls, values
from tillside.targets import target as targets
from tillside.targets.attempts import Attempt
from tillside.targets.caller import Caller
from tillside.targets.calls import Call, Cause
from tillside.targets.lanes import Places
from tillside.targets.sender import Sender
from tillside.targets.target import Draft, Saved, Target

EVERY_PORT = range(1, 65536)
HAND = Cause("hand")


def outbound(**more: Any) -> Outbound:
    return Outbound(allow=[ip_network("127.0.0.0/8")], ports=EVERY_PORT, **more)


class Yard:
    """`at` is the clock of the sender, in µs; it begins now."""

    def __init__(self, room: Room, receiver: Receiver, **client: Any) -> None:
        self.room, self.receiver = room, receiver
        self.desk, self.store, self.workspace_id = room.desk, room.desk.store, room.workspace_id
        self.outbound = outbound(**client)
        self.at = stamps.now()
        self.caller = Caller(room.desk.vault, self.outbound)
        self.sender = self.another_sender()

    def another_sender(self, places: Places | None = None) -> Sender:
        return Sender(self.store, self.desk.vault, self.outbound, now=lambda: self.at, places=places)

    async def close(self) -> None:
        await self.sender.end()
        await self.outbound.close()

    async def saved(self, name: str = "Cart", path: str = "/hook", **more: Any) -> Saved:
        given = {"url": self.receiver.url(path), "body": '{"ticket": "{{ticket.id}}"}', **more}
        draft = Draft(name=name, **given)
        return await self.room.do(targets.add, self.desk.vault, self.workspace_id, draft, check_url=self.outbound.check_url)

    async def target(self, name: str = "Cart", path: str = "/hook", **more: Any) -> Target:
        return (await self.saved(name, path, **more)).target

    async def called(self, target: Target, talk: Conversation | None = None, *, cause: Cause = HAND, **more: Any) -> Call:
        """A call placed by Mia."""
        home = await workspace.by_id(self.store, self.workspace_id)
        async with self.store.write() as tx:
            known = await values.of(tx, home, talk, origin="https://desk.example")
            placed = await calls.place(tx, target, known, cause=cause, by=self.room.mia, conversation_id=talk.id if talk else None, **more)
        self.at = max(self.at, placed.created_at)
        return placed

    async def many_called(self, names: Sequence[str], *, count: int = 1, **more: Any) -> list[Call]:
        """A target of each name and so many calls of each, made in one transaction; the clock stands at now."""
        made = []
        async with self.store.write() as tx:
            for name in names:
                draft = Draft(name=name, **{"body": "{}", **more})
                saved = await targets.add(tx, self.desk.vault, self.workspace_id, draft, check_url=self.outbound.check_url)
                made += [await calls.place(tx, saved.target, {}, cause=HAND, by=self.room.mia) for _ in range(count)]
        self.at = stamps.now()
        return made

    async def send(self, *, ahead: int = 0) -> int:
        """Let time go by, and send what is due then."""
        self.at = max(self.at, stamps.now()) + ahead
        return await self.sender.send_due()

    async def drained(self) -> int:
        """Send until nothing is due any more; how many calls went out."""
        count = 0
        while sent := await self.send():
            count += sent
        return count

    async def now(self, call: Call) -> Call:
        return await calls.by_id(self.store, self.workspace_id, call.id)

    async def state(self, call: Call) -> str:
        return (await self.now(call)).state

    async def tries(self, call: Call) -> list[Attempt]:
        return await attempts.of_call(self.store, self.workspace_id, call.id)

    async def target_now(self, target: Target) -> Target:
        return await targets.by_id(self.store, self.workspace_id, target.id)

    async def told(self, kind: str) -> list[str]:
        """The subjects of what happened under a kind."""
        return [one.subject for one in await self.room.told() if one.kind == kind]

    def got(self, path: str = "/hook") -> list[Got]:
        return self.receiver.at(path)

    def bodies(self, path: str = "/hook") -> Sequence[str]:
        return [one.body.decode() for one in self.got(path)]
