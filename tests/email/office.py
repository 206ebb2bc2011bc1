"""A desk whose replies are carried to a mail server of the test, under the test's own clock."""

from typing import Any

from tests.conversations.room import ADA, Room
from tests.support.mail_server import MailServer
from tillside.base import smtp, stamps
from tillside.base.settings import load
from tillside.conversations import answering, deliveries, message, opening
from tillside.conversations.conversation import Conversation
from tillside.conversations.deliveries import Delivery
from tillside.conversations.message import Message
from tillside.conversations.opening import Opening
from tillside.edges.http.desk import Desk
from tillside.email import letter
from tillside.email.post import Post

ADDRESS = "ada@example.com"
FROM_ADA = {"from": {"address": ADDRESS, "name": "Ada Løv"}, "to": {"address": "help@fern.example"}}


def server(port: int, **more: Any) -> smtp.Server:
    """Settings that lead to a server of the test."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_sender": "desk@fern.example", "smtp_security": "none", "smtp_seconds": 5.0}
    found = smtp.configured(load({}, **{**given, **more}))
    assert found is not None
    return found


class Office:
    """`post` carries; `clock[0]` is its time."""

    def __init__(self, room: Room, peer: MailServer, **more: Any) -> None:
        self.room, self.peer = room, peer
        self.clock = [stamps.now()]
        self.is_stopping = False
        desk: Desk = room.desk
        self.desk = letter.Desk(desk.store, desk.data, lambda file: f"https://desk.example/files/{file.id}")
        self.post = Post(self.desk, server(peer.port, **more), now=lambda: self.clock[0], stopping=lambda: self.is_stopping)

    async def carry(self, after: int = 0) -> int:
        """Let some time go by (µs), and carry what is due then."""
        self.clock[0] = max(self.clock[0], stamps.now()) + after
        return await self.post.carry_due(self.room.desk.store, at=self.clock[0])

    async def began(self, text: str = "Where is my parcel?", **more: Any) -> Conversation:
        """Ada writes by e-mail."""
        start = Opening(**{"channel": "email", "subject": "Parcel 1001", "source": FROM_ADA, **more})
        made = await self.room.do(opening.open, self.room.workspace_id, start, by=ADA)
        return (await self.room.do(answering.hear, made, message.Said(text, external_id="<first@example.com>"), by=ADA))[0]

    async def open(self, channel: str, **more: Any) -> Conversation:
        """A conversation nobody wrote in yet."""
        return await self.room.do(opening.open, self.room.workspace_id, Opening(channel=channel, **more), by=self.room.mia)

    async def replied(self, text: str = "On its way.", *, to: Conversation | None = None) -> Message:
        return (await self.room.replied(to or await self.began(), text))[1]

    async def way(self, reply: Message) -> Delivery:
        return (await deliveries.of_messages(self.room.desk.store, reply.workspace_id, [reply.id]))[reply.id]

    async def now(self, reply: Message) -> Message:
        return await message.by_id(self.room.desk.store, reply.workspace_id, reply.id)
