"""Cards: what a target says about a conversation's customer or order, fetched when somebody looks, kept for a while, shown beside it.

The page never waits for a target: it shows what is kept (`of_conversation`), and asks for what is due on its own (`fetched`).
"""

import msgspec
from msgspec import Struct

from tillside.agents.workspace import Workspace
from tillside.base import stamps
from tillside.conversations.conversation import Conversation
from tillside.storage.database import Database, Row
from tillside.targets import mapping, outcomes, values
from tillside.targets import request as requests
from tillside.targets import target as targets
from tillside.targets.caller import Caller, Sent
from tillside.targets.mapping import Facts
from tillside.targets.target import Target

RETRY = 30 * stamps.SECOND
"""A target that failed is not asked again sooner, however often people look."""
_KEPT = """
select target_card.target_id, target.name, facts, fetched_at, tried_at, target_card.reason from target_card join target
  on target.workspace_id = target_card.workspace_id and target.id = target_card.target_id and target.state <> 'removed'
where target_card.workspace_id = :w and target_card.conversation_id = :conversation order by target.folded, target_card.target_id limit 50
"""
_FAILED = """
insert into target_card (workspace_id, conversation_id, target_id, facts, fetched_at, tried_at, reason)
values (:w, :conversation, :target, '[]', null, :at, :reason)
on conflict (workspace_id, conversation_id, target_id) do update set tried_at = excluded.tried_at, reason = excluded.reason
"""


class Card(Struct, frozen=True):
    """`facts`: labels with values, as they were at `fetched_at`; `reason`: why the last look failed, then the facts are older; `is_due`: it
    is to be fetched (again)."""

    target_id: str
    name: str
    facts: Facts = []
    fetched_at: int | None = None
    tried_at: int | None = None
    reason: str = ""
    is_due: bool = False


async def of_conversation(store: Database, workspace_id: int, conversation_id: str, *, at: int) -> list[Card]:
    """What is shown beside a conversation: the cards of targets that are asked, then what others answered."""
    kept = {one.target_id: one for one in map(_card, await store.read(_KEPT, w=workspace_id, conversation=conversation_id))}
    asked = await targets.cards(store, workspace_id)
    found = []
    for target in asked:
        card = kept.pop(target.id, Card(target.id, target.name))
        found.append(msgspec.structs.replace(card, is_due=is_due(card, target, at=at)))
    return found + [one for one in kept.values() if one.facts]


async def fetched(store: Database, caller: Caller, home: Workspace, talk: Conversation, target: Target, *, origin: str = "", at: int) -> Card:
    """The card of one target, asked for if it is due. What was kept stays when that fails, with the reason."""
    kept = next((one for one in await of_conversation(store, home.id, talk.id, at=at) if one.target_id == target.id), None)
    if kept is None or not kept.is_due:
        return kept or Card(target.id, target.name, reason="This target shows no card any more.")
    made = requests.of(target, await values.of(store, home, talk, origin=origin))
    unsealed = await caller.unsealed(store, target, at=at)
    sent = await caller.send(target, made, unsealed, call_id=stamps.new_id("dlv", at), number=1, at=at)
    found = mapping.drawn(target, sent.answer) if sent.answer and 200 <= sent.answer.status < 300 else None
    given = {"w": home.id, "conversation": talk.id, "target": target.id}
    async with store.write(urgent=False) as tx:
        if found is not None:
            await mapping.show(tx, home.id, talk.id, target.id, found.facts, at=at)
            return Card(target.id, target.name, found.facts, at, at)
        reason = _reason(sent)
        await tx.run(_FAILED, **given, at=at, reason=reason)
    return Card(target.id, target.name, kept.facts, kept.fetched_at, at, reason)


def is_due(card: Card, target: Target, *, at: int) -> bool:
    if card.reason:
        return card.tried_at is None or at - card.tried_at >= RETRY
    return card.fetched_at is None or at - card.fetched_at >= target.card_seconds * stamps.SECOND


def _reason(sent: Sent) -> str:
    if sent.failure is not None:
        return sent.failure.reason
    assert sent.answer is not None
    if 200 <= sent.answer.status < 300:
        return "The answer is not JSON, or too long." if not sent.answer.problem else sent.answer.problem
    return f"It answered {sent.answer.status}. {outcomes.HINTS.get(sent.answer.status, '')}".strip()


def _card(row: Row) -> Card:
    target_id, name, facts, fetched_at, tried_at, reason = row
    return Card(target_id, name, msgspec.json.decode(facts, type=Facts), fetched_at, tried_at, reason)
