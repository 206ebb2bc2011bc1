"""Where a conversation stands: open, snoozed, closed or in the trash, and the ways between."""

from typing import Any

from tillside.agents.actor import DESK, Actor
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused
from tillside.conversations import conversation as conversations
from tillside.conversations import trail
from tillside.conversations.conversation import UNTIL_REPLY, Conversation
from tillside.storage.database import Database, Transaction

_LONGEST_SNOOZE = 3660 * stamps.DAY
_DUE = f"""
select {conversations.COLUMNS} from conversation where state = 'snoozed' and snoozed_until > 0 and snoozed_until <= :at
order by snoozed_until, workspace_id, id limit :count
"""


async def close(tx: Transaction, conversation: Conversation, *, by: Actor) -> Conversation:
    """Done: nobody waits for an answer any more."""
    held = await conversations.hold(tx, conversation)
    if held.state == "closed":
        return held
    at = stamps.now()
    changes: dict[str, Any] = {**_LEAVING, "state": "closed", "closed_at": at, "waiting_since": None}
    if held.first_closed_at is None:
        changes["first_closed_at"] = at
    return await trail.changed(tx, held, "closed", changes, by=by, audience="all")


async def reopen(tx: Transaction, conversation: Conversation, *, by: Actor, reason: str = "") -> Conversation:
    """Back to open, from wherever it was."""
    held = await conversations.hold(tx, conversation)
    changes = {**_LEAVING, "state": "open"}
    return await trail.changed(tx, held, "reopened", changes, by=by, audience="all", reason=reason) if not held.is_open else held


async def snooze(tx: Transaction, conversation: Conversation, until: int, *, by: Actor) -> Conversation:
    """Out of sight until a time in microseconds, or until the customer replies (`UNTIL_REPLY`). Raises Refused for a time gone by."""
    at = stamps.now()
    if until != UNTIL_REPLY and not at < until < at + _LONGEST_SNOOZE:
        raise Refused("A conversation sleeps until a later time, at most ten years.", field="until", hint="Choose a time to come.")
    held = await conversations.hold(tx, conversation)
    changes = {**_LEAVING, "state": "snoozed", "snoozed_until": until}
    return await trail.changed(tx, held, "snoozed", changes, by=by, until=until or "reply")


async def wake(tx: Transaction, conversation: Conversation, *, by: Actor = DESK) -> Conversation:
    """The snooze ends: open again, and at the top of its list, since whoever set it wants to see it now."""
    held = await conversations.hold(tx, conversation)
    if held.state != "snoozed":
        return held
    at = max(stamps.now(), held.sort_at)
    return await trail.changed(tx, held, "woken", {**_LEAVING, "state": "open", "sort_at": at}, by=by)


async def trash(tx: Transaction, conversation: Conversation, *, by: Actor) -> Conversation:
    held = await conversations.hold(tx, conversation)
    if held.state == "trash":
        return held
    return await trail.changed(tx, held, "trashed", {"state": "trash", "before_trash": held.state}, by=by)


async def restore(tx: Transaction, conversation: Conversation, *, by: Actor) -> Conversation:
    """Out of the trash, to where it was before. Raises Conflict when it is not there."""
    held = await conversations.hold(tx, conversation)
    if held.state != "trash":
        raise Conflict("The conversation is not in the trash.")
    return await trail.changed(tx, held, "restored", {"state": held.before_trash or "open", "before_trash": ""}, by=by)


async def wake_due(store: Database, *, at: int, count: int = 100) -> int:
    """Wake what slept long enough, each in a transaction of its own; how many. For the loop, over all workspaces."""
    due = [conversations.from_row(row) for row in await store.read(_DUE, at=at, count=count)]
    for conversation in due:
        async with store.write() as tx:
            held = await conversations.hold(tx, conversation)
            if held.state == "snoozed" and held.snoozed_until and held.snoozed_until <= at:
                await wake(tx, held)
    return len(due)


_LEAVING: dict[str, Any] = {"closed_at": None, "snoozed_until": None, "before_trash": ""}
"""What a conversation leaves behind with its state."""
