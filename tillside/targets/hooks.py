"""Webhooks: targets subscribed to change events. What happened is told to them with the very document the change feed shows.

Nobody is told in circles: what a target's own answer changed here is told to no target, and neither is that a target was called.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from tillside.agents.actor import DESK
from tillside.feeds.heed import Happened, Heed
from tillside.storage.database import Database, Transaction
from tillside.targets import calls
from tillside.targets import request as requests
from tillside.targets import target as targets
from tillside.targets.calls import Cause
from tillside.targets.target import Target

NAME = "webhooks"
ALL = "*"
_NEVER = ("call.", "target.", "follower.", "conversation.target_called")
_TARGET = "tgt_"


class Told(Struct, frozen=True):
    """An event as the change feed shows it: `document` is what is sent, `type` its name, `conversation_id` ours where it is about one."""

    type: str
    subject_id: str
    conversation_id: str | None
    document: dict[str, Any]


Describe = Callable[[Transaction, Happened], Awaitable[Told | None]]
"""Given by app.py from the edge that speaks the contract; None for what the change feed does not show."""

EVENTS: tuple[tuple[str, str], ...] = (
    ("ticket.opened", "A conversation began"),
    ("comment.added", "Somebody wrote: the customer, an agent, a note"),
    ("comment.edited", "A note was changed"),
    ("comment.removed", "A message was taken away"),
    ("ticket.closed", "A conversation was closed"),
    ("ticket.reopened", "A conversation was opened again"),
    ("ticket.snoozed", "A conversation was put to sleep"),
    ("ticket.woken", "A snooze ended"),
    ("ticket.trashed", "A conversation went to the trash"),
    ("ticket.restored", "A conversation came back from the trash"),
    ("ticket.assigned", "A conversation was given to an agent or to nobody"),
    ("ticket.given", "A conversation was given to a team"),
    ("ticket.tagged", "Tags were put on or taken off"),
    ("ticket.prioritised", "The priority changed"),
    ("ticket.filled", "Fields of a conversation changed"),
    ("ticket.renamed", "The subject changed"),
    ("ticket.rated", "The customer rated a conversation"),
    ("ticket.merged", "A conversation was merged into this one"),
    ("ticket.split", "Messages were split off"),
    ("ticket.order_linked", "An order was linked"),
    ("ticket.order_unlinked", "An order was taken off"),
    ("tag.added", "A tag was made"),
    ("tag.changed", "A tag was changed"),
    ("tag.archived", "A tag was archived"),
    ("user.added", "An agent was added"),
    ("user.disabled", "An agent was shut out"),
    ("team.added", "A team was made"),
)
"""Names for the list people choose from; any name of the change feed can be subscribed to, and ``ticket.*`` for all of a kind."""


class Hooks:
    """Follows what happened. Who subscribed to anything is remembered by workspace until a target changes."""

    def __init__(self, describe: Describe) -> None:
        self._describe = describe
        self._listen: dict[int, bool] = {}

    def heed(self) -> Heed:
        return Heed(NAME, ("",), self.handle, cares=self.cares)

    async def cares(self, store: Database, one: Happened) -> bool:
        """Whether anybody might want to hear of it: most workspaces have no webhook, and pay nothing for those who do."""
        if one.kind.startswith("target."):
            self._listen.pop(one.workspace_id, None)
        if one.kind.startswith(_NEVER):
            return False
        if one.workspace_id not in self._listen:
            self._listen[one.workspace_id] = bool(await targets.listening(store, one.workspace_id))
        return self._listen[one.workspace_id]

    async def handle(self, tx: Transaction, one: Happened) -> None:
        """Place a call for each subscribed target, in the transaction that moves on: each is told once, none is left out."""
        by = one.said.get("by")
        if isinstance(by, dict) and str(by.get("id", "")).startswith(_TARGET):
            return
        listening = await targets.listening(tx, one.workspace_id)
        told = await self._describe(tx, one) if listening else None
        if told is None or _is_of_target(told.document):
            return
        for target in listening:
            if wants(target, told.type):
                made = document_request(target, told)
                await calls.put(
                    tx,
                    target,
                    made,
                    cause=Cause("webhook", str(one.position), told.type),
                    by=DESK,
                    conversation_id=told.conversation_id,
                    order_key=told.conversation_id or told.subject_id,
                )


def wants(target: Target, event: str) -> bool:
    """Whether a target subscribed to an event: by its name, by its kind (``ticket.*``), or to all (``*``)."""
    return any(one in (ALL, event) or (one.endswith(".*") and event.startswith(one[:-1])) for one in target.events)


def document_request(target: Target, told: Told) -> requests.Request:
    """The request that tells an event: always its document as JSON; the address and headers may name parts of it."""
    event = {"id": str(told.document.get("cursor", "")), "type": told.type, "name": told.type, "properties": told.document.get("data", {})}
    values = {"event": event, "ticket": {"id": told.document.get("ticket_id") or ""}}
    shape = msgspec.structs.replace(target, content="none", body="")
    address = requests.of(shape, values)
    headers = [("content-type", "application/json"), *[pair for pair in address.headers if pair[0].lower() != "content-type"]]
    return requests.Request(target.method, address.url, headers, msgspec.json.encode(told.document).decode())


def _is_of_target(document: dict[str, Any]) -> bool:
    by = document.get("data", {}).get("by")
    return isinstance(by, dict) and str(by.get("id", "")).startswith(_TARGET)
