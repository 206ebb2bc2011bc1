"""What a target's answer does here: fields of the conversation, a card beside it, a note in it. Applied in the settling transaction."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base.errors import Refused
from tillside.base.outbound import Answer
from tillside.conversations import answering, editing
from tillside.conversations import conversation as conversations
from tillside.conversations.message import Said
from tillside.storage.database import Transaction
from tillside.targets import pointer
from tillside.targets.calls import Call
from tillside.targets.shape import Shape
from tillside.targets.target import Target

Facts = list[tuple[str, str]]
_LONGEST_FACT = 500
_MOST_LINES = 20
_CARD = """
insert into target_card (workspace_id, conversation_id, target_id, facts, fetched_at, tried_at, reason)
values (:w, :conversation, :target, :facts, :at, :at, '')
on conflict (workspace_id, conversation_id, target_id) do update set facts = excluded.facts, fetched_at = excluded.fetched_at,
  tried_at = excluded.tried_at, reason = ''
"""


class Drawn(Struct, frozen=True):
    """What the pointers of a target found: conversation fields and customer fields by key, and what is shown, by label."""

    fields: dict[str, Any] = {}
    customer: dict[str, Any] = {}
    facts: Facts = []


def drawn(target: Shape, answer: Answer) -> Drawn | None:
    """What is to be taken out of an answer; None where nothing is, or it is not JSON."""
    if not target.mapping or answer.is_cut:
        return None
    try:
        document = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    return read(target, document)


def read(target: Shape, document: Any) -> Drawn:
    """The same of a decoded document. What a pointer does not find is left out: an answer without it changes nothing."""
    found = [(one, pointer.found(document, one.pointer)) for one in target.mapping]
    there = [(one, value) for one, value in found if value is not pointer.NOTHING]
    return Drawn(
        {one.key: value for one, value in there if one.into == "field"},
        {one.key: value for one, value in there if one.into == "customer" and isinstance(value, str | int | float | bool)},
        [(one.key, said(value)) for one, value in there if one.into == "shown"],
    )


async def apply(tx: Transaction, call: Call, target: Target, found: Drawn, *, at: int) -> None:
    """Write it into the call's conversation. A field that cannot take the value is told in a note, since nobody sees a log."""
    if not call.conversation_id:
        return
    by = actor(target)
    talk = await conversations.by_id(tx, call.workspace_id, call.conversation_id)
    lines = [f"{label}: {value}" for label, value in found.facts] if target.shows == "note" else []
    for key, value in found.fields.items():
        try:
            talk = await editing.set_fields(tx, talk, {key: value}, by=by)
        except Refused as error:
            lines.append(f"The answer for {key} was not kept: {error.message} {error.hint}")
    if lines:
        await answering.note(tx, talk, Said(f"{target.name} answered:\n" + "\n".join(lines[:_MOST_LINES]), source="api"), by=by)
    if target.shows == "card":
        await show(tx, call.workspace_id, call.conversation_id, target.id, found.facts, at=at)


async def show(tx: Transaction, workspace_id: int, conversation_id: str, target_id: str, facts: Sequence[tuple[str, str]], *, at: int) -> None:
    """Keep what is shown beside the conversation."""
    kept = msgspec.json.encode(list(facts)).decode()
    await tx.run(_CARD, w=workspace_id, conversation=conversation_id, target=target_id, facts=kept, at=at)


def actor(target: Target) -> Actor:
    """Who did what an answer did: the desk itself, under the target's name."""
    return Actor("system", target.id, target.name)


def said(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text.replace("\0", "")[:_LONGEST_FACT]
