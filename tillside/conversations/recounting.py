"""What the list shows of a conversation, worked out anew from its messages: after messages moved from one to another."""

from typing import Any

from tillside.base import rich_text
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.storage.database import Transaction

_SUMS = """
select
  sum(case when kind in ('customer', 'agent') and state not in ('waiting', 'cancelled') and removed_at is null then 1 else 0 end),
  sum(case when kind = 'note' and removed_at is null then 1 else 0 end),
  max(at),
  max(case when kind = 'agent' and state not in ('waiting', 'cancelled') then at else 0 end)
from message where workspace_id = :w and conversation_id = :id
"""
_LAST = """
select at, text, kind from message where workspace_id = :w and conversation_id = :id and kind in ('customer', 'agent')
  and state not in ('waiting', 'cancelled') and removed_at is null order by at desc limit 1
"""
_UNANSWERED = """
select min(at) from message where workspace_id = :w and conversation_id = :id and kind = 'customer' and removed_at is null and at > :answered
"""


async def recount(tx: Transaction, held: Conversation, **changes: Any) -> Conversation:
    """Write counts, last line, place in the list and waiting time as the messages say; `changes` go with it."""
    sums = await tx.one(_SUMS, w=held.workspace_id, id=held.id)
    messages, notes, newest, answered = (int(one or 0) for one in sums) if sums else (0, 0, 0, 0)
    last = await tx.one(_LAST, w=held.workspace_id, id=held.id)
    first = await tx.one(_UNANSWERED, w=held.workspace_id, id=held.id, answered=answered)
    state = changes.get("state", held.state)
    return await conversations.save(
        tx,
        held,
        **{
            "messages": messages,
            "notes": notes,
            "newest_at": max(newest, held.created_at - 1_000),
            "last_message_at": last[0] if last else None,
            "last_line": rich_text.line(last[1]) if last else "",
            "last_by": last[2] if last else "",
            "sort_at": last[0] if last else held.created_at,
            "waiting_since": first[0] if first and state != "closed" else None,
            **changes,
        },
    )


async def move(tx: Transaction, workspace_id: int, message_ids: list[str], into: Conversation, *, moved_from: str | None) -> None:
    """Give messages to another conversation, each at a time of its own there, with their files and the calls in them."""
    taken = {
        row[0]
        for row in await tx.read(
            "select at from message where workspace_id = :w and conversation_id = :id order by at limit 100000", w=workspace_id, id=into.id
        )
    }
    rows = await tx.read(
        "select id, at from message where workspace_id = :w and id in {list:ids} order by at limit 100000", w=workspace_id, ids=message_ids
    )
    for message_id, at in rows:
        while at in taken:
            at += 1_000
        taken.add(at)
        await tx.run(
            "update message set conversation_id = :into, at = :at, moved_from = :moved_from where workspace_id = :w and id = :id",
            into=into.id,
            at=at,
            moved_from=moved_from,
            w=workspace_id,
            id=message_id,
        )
    for table, column in (("attachment", "message_id"), ("mention", "message_id")):
        await tx.run(
            f"update {table} set conversation_id = :into where workspace_id = :w and {column} in {{list:ids}}",
            into=into.id,
            w=workspace_id,
            ids=message_ids,
        )
