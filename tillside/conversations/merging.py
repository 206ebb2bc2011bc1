"""Two conversations that are one: the messages of one go on in the other. For thirty days it can be taken back; nothing is thrown away."""

from typing import Any

import msgspec
from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import editing, recounting, tagging, tags, trail
from tillside.conversations.conversation import Conversation
from tillside.conversations.trail import UNDO_FOR, Undo
from tillside.storage.database import Transaction

_KEPT = ("state", "before_trash", "closed_at", "first_closed_at", "snoozed_until")
_ALL_OF = "select id from message where workspace_id = :w and conversation_id = :id order by at limit 100000"


class Before(Struct, frozen=True):
    """What a merge changed: how both stood, which messages moved, which tags and orders the other got by it."""

    from_stood: dict[str, Any]
    into_stood: dict[str, Any]
    messages: list[str]
    tags: list[str]
    orders: list[str]


async def merge(tx: Transaction, source: Conversation, into: Conversation, *, by: Actor) -> Conversation:
    """`source` goes on in `into`: messages, tags, orders, followers, drafts. Raises Refused for itself, Conflict when it was merged already."""
    if source.id == into.id:
        raise Refused("A conversation cannot be merged with itself.", field="with", hint="Choose another one.")
    held = {one.id: one for one in [await conversations.hold(tx, each) for each in sorted((source, into), key=lambda one: one.id)]}
    away, here = held[source.id], held[into.id]
    if away.merged_into is not None or here.merged_into is not None:
        raise Conflict("One of the two was merged already.", hint="Load the page again.")
    worn = await tags.worn(tx, here.workspace_id, [away.id, here.id])
    linked = await editing.orders(tx, here.workspace_id, [away.id, here.id])
    new_tags = [one.id for one in worn.get(away.id, []) if one.id not in {each.id for each in worn.get(here.id, [])}]
    new_orders = [one for one in linked.get(away.id, []) if one not in linked.get(here.id, [])]
    moved = [row[0] for row in await tx.read(_ALL_OF, w=here.workspace_id, id=away.id)]
    before = Before(_stood(away), _stood(here), moved, new_tags, new_orders)
    await recounting.move(tx, here.workspace_id, moved, here, moved_from=away.id)
    await _bring_along(tx, away, here)
    is_open = "open" in (away.state, here.state)
    here = await recounting.recount(tx, here, **({"state": "open", "closed_at": None, "snoozed_until": None} if is_open else {}))
    if new_tags:
        here = await tagging.add(tx, here, new_tags, by=by)
    for order_id in new_orders:
        here = await editing.link_order(tx, here, order_id, by=by)
    at = stamps.now()
    merged_id = stamps.new_id("mrg", at)
    closed = {"state": "closed", "merged_into": here.id, "closed_at": at, "snoozed_until": None, "before_trash": ""}
    gone = await recounting.recount(tx, away, **closed, sort_at=away.sort_at)
    await tx.run(
        "insert into merged (workspace_id, id, from_id, into_id, at, by_id, detail) values (:w, :id, :away, :here, :at, :by, :detail)",
        w=here.workspace_id,
        id=merged_id,
        away=away.id,
        here=here.id,
        at=at,
        by=by.id,
        detail=msgspec.json.encode(before).decode(),
    )
    await trail.record(tx, gone, "merged_away", by=by, number=here.number, into=here.id)
    await trail.record(tx, here, "merged", by=by, undo=Undo(merged=merged_id), number=away.number, source=away.id)
    return here


async def part(tx: Transaction, workspace_id: int, merged_id: str, *, by: Actor) -> Conversation:
    """Take a merge back: both stand for themselves again. What came since stays where it came. Raises Unknown, Conflict."""
    row = await tx.one(
        "select from_id, into_id, at, detail, undone_at from merged where workspace_id = :w and id = :id", w=workspace_id, id=merged_id
    )
    if row is None:
        raise Unknown("There is no such merge.")
    from_id, into_id, at, detail, undone_at = row
    if undone_at is not None or stamps.now() - at > UNDO_FOR:
        raise Conflict("This merge cannot be taken back any more.", hint="Split the conversation instead.")
    both = await conversations.by_ids(tx, workspace_id, [from_id, into_id])
    held = {one.id: one for one in [await conversations.hold(tx, both[each]) for each in sorted(both)]}
    away, here = held[from_id], held[into_id]
    before = msgspec.json.decode(detail, type=Before)
    rows = await tx.read(
        "select id from message where workspace_id = :w and conversation_id = :id and moved_from = :away order by at limit 100000",
        w=workspace_id,
        id=here.id,
        away=away.id,
    )
    await recounting.move(tx, workspace_id, [one[0] for one in rows], away, moved_from=None)
    if before.tags:
        here = await tagging.remove(tx, here, before.tags, by=by)
    for order_id in before.orders:
        here = await editing.unlink_order(tx, here, order_id, by=by)
    here = await recounting.recount(tx, here, **_back(here, before.into_stood))
    away = await recounting.recount(tx, away, **before.from_stood, merged_into=None)
    await tx.run("update merged set undone_at = :at where workspace_id = :w and id = :id", at=stamps.now(), w=workspace_id, id=merged_id)
    await trail.record(tx, away, "unmerged", by=by, number=here.number)
    await trail.record(tx, here, "unmerged", by=by, number=away.number)
    return here


async def _bring_along(tx: Transaction, away: Conversation, here: Conversation) -> None:
    """Followers follow on, people in copy stay in copy, and what somebody was writing stands in the other composer, after what stands there."""
    given = {"w": here.workspace_id, "away": away.id, "here": here.id}
    await tx.run(
        "insert into follower_of_conversation (workspace_id, conversation_id, agent_id, at)"
        " select workspace_id, :here, agent_id, at from follower_of_conversation where workspace_id = :w and conversation_id = :away"
        " on conflict do nothing",
        **given,
    )
    await tx.run(
        "insert into participant (workspace_id, conversation_id, address, name, role, profile_id, at)"
        " select workspace_id, :here, address, name, role, profile_id, at from participant where workspace_id = :w and conversation_id = :away"
        " on conflict do nothing",
        **given,
    )
    await tx.run(
        "insert into draft (workspace_id, conversation_id, agent_id, mode, html, updated_at)"
        " select workspace_id, :here, agent_id, mode, html, updated_at from draft where workspace_id = :w and conversation_id = :away"
        " on conflict (workspace_id, conversation_id, agent_id) do update set html = draft.html || excluded.html",
        **given,
    )
    await tx.run("delete from draft where workspace_id = :w and conversation_id = :away", w=here.workspace_id, away=away.id)


def _stood(one: Conversation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _KEPT}


def _back(here: Conversation, stood: dict[str, Any]) -> dict[str, Any]:
    """Back to the state before the merge, unless somebody closed or moved it since."""
    return stood if here.state == "open" and stood["state"] != "open" else {}
