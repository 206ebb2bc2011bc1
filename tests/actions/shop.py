"""The cast of the tests of actions: a shop's target, an order, a conversation about it, and the verbs as every edge takes them."""

from typing import Any

from tests.conversations.room import Room
from tests.support.cart import Cart
from tillside.actions import action as actions
from tillside.actions import moves, runs
from tillside.actions import run as found
from tillside.actions.action import Action, Limit, Plan
from tillside.actions.conditions import Condition
from tillside.actions.run import Run
from tillside.agents import actor, agent
from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.conversations import conversation as conversations
from tillside.conversations import trail
from tillside.conversations.conversation import Conversation
from tillside.edges.http.desk import Desk
from tillside.events.shapes import OrderStatement
from tillside.feeds.heed import Heed
from tillside.orders import document
from tillside.orders import order as orders
from tillside.orders.order import Key, Order
from tillside.targets import calls
from tillside.targets import target as targets
from tillside.targets.calls import Call, Cause
from tillside.targets.sender import Sender
from tillside.targets.target import Draft, Target

REFUND = {
    "type": "object",
    "properties": {
        "amount": {"type": "string", "title": "Amount", "x-money": True, "x-most": "order"},
        "reason": {"type": "string", "title": "Reason", "enum": ["damaged", "lost", "goodwill"], "default": "goodwill"},
    },
}
NOT_CANCELLED = Condition("state_not_in", ["cancelled", "refunded"], reason="Cancelled orders cannot be refunded.")
BODY = '{"orderId": "{{ order.number }}", "amount": "{{ input.amount }}", "minor": {{ input.amountMinor }}, "reason": "{{ input.reason }}"}'
BUTTON = Cause("button")


class Shop:
    """Mia and Jonas answer, Ada is the admin."""

    def __init__(self, room: Room, ada: Actor, target: Target, cart: Cart) -> None:
        self.room, self.desk, self.w = room, room.desk, room.workspace_id
        self.mia, self.jonas, self.ada = room.mia, room.jonas, ada
        self.target, self.cart = target, cart
        self.sender = Sender(self.desk.store, self.desk.vault, self.desk.outbound)
        self.heed = Heed("actions", ["call.settled"], moves.settled)

    @classmethod
    async def furnished(cls, desk: Desk, cart: Cart) -> "Shop":
        room = await Room.furnished(desk)
        ada = await room.do(agent.add, room.workspace_id, "ada@fern.example", name="Ada", role="admin", password="a long enough password")
        draft = Draft(name="Refund in the cart", url=f"{cart.url}/refunds", body=BODY)
        saved = await room.do(targets.add, desk.vault, room.workspace_id, draft, check_url=desk.outbound.check_url)
        return cls(room, actor.of_agent(ada), saved.target, cart)

    async def declared(self, **more: Any) -> Action:
        """Refund, unless told otherwise, up to 50 euros without asking."""
        asked = more.get("form", REFUND)["properties"]
        limit = next((Limit(name, 5000, "EUR") for name in ("amount", "items") if name in asked), None)
        plan = {"name": "Refund", "target_id": self.target.id, "form": REFUND, "limit": limit, "conditions": [NOT_CANCELLED], **more}
        return await self.room.do(actions.add, self.w, Plan(**plan))

    async def order(self, number: str = "10422", *, items: list[dict[str, Any]] | None = None, **fields: Any) -> Order:
        """An order of 86.40 euros, as the shop's server stated it."""
        said = {"amount": "86.40", "currency": "EUR", "status": "placed", "name": f"#{number}", **fields}
        stamp = stamps.now()
        sold = items or [{"name": "Notebook", "price": "86.40"}]
        statement = OrderStatement("order", number, None, stamp, "a", said, sold, [], False, None)
        made: dict[str, Any] = {}
        document.add(made, statement, 3, {"profile": "cus_ada"})
        key = Key(self.w, stamps.derived_id("ord", 0, number), "con_fern", "order", number)
        row = orders.row_of(key, made, profile_id="cus_ada", currency="EUR")
        names = [name.strip() for name in orders.COLUMNS.split(",")]
        async with self.desk.store.write() as tx:
            await tx.run(orders.UPSERT, **dict(zip(names, row, strict=True)))
        held = await orders.by_id(self.desk.store, self.w, key.id)
        assert held is not None
        return held

    async def asked(self, action: Action, order: Order | None, talk: Conversation | None = None, **more: Any) -> Run:
        """An action taken by Mia from the order card."""
        given: dict[str, Any] = {"input": {}, "by": self.mia, "cause": BUTTON, **more}
        return await self.room.do(runs.propose, action, talk=talk, order=order, **given)

    async def now(self, run: Run) -> Run:
        return await found.by_id(self.desk.store, self.w, run.id)

    async def call(self, run: Run) -> Call:
        assert run.call_id
        return await calls.by_id(self.desk.store, self.w, run.call_id)

    async def calls(self) -> int:
        row = await self.desk.store.one("select count(*) from call where workspace_id = :w", w=self.w)
        return int(row[0]) if row else 0

    async def answered(self, run: Run, status: int, body: object = None) -> Run:
        """The cart answers what is due now; the follower of settled calls hears of it."""
        self.cart.answers.append((status, body))
        await self.heed.step(self.desk.store)
        assert await self.sender.send_due() == 1
        await self.heed.step(self.desk.store)
        return await self.now(run)

    async def sent_again(self, run: Run, call: Call, status: int, body: object = None) -> Run:
        """Somebody sends a call once more from the log of deliveries."""
        await self.room.do(calls.again, call, by=self.ada)
        return await self.answered(run, status, body)

    async def lines(self, talk: Conversation) -> list[str]:
        """What the trail tells of actions, oldest first."""
        one = await conversations.by_id(self.desk.store, self.w, talk.id)
        steps = await trail.page(self.desk.store, one, count=50)
        return [step.kind for step in reversed(steps) if step.kind.startswith("action_")]
