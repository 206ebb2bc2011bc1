"""How a conversation begins."""

from typing import Any

from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base import rich_text, stamps
from tillside.base.errors import Conflict, Refused
from tillside.conversations import channels, trail
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.storage.database import Transaction

LONGEST_SUBJECT = 500
_NUMBER = """
insert into counter (workspace_id, name, value) values (:w, 'conversation', 1)
on conflict (workspace_id, name) do update set value = counter.value + 1 returning value
"""


class Opening(Struct, frozen=True, kw_only=True):
    """What is known of a conversation when it begins. `external_id`: what an integrator calls it."""

    channel: str
    subject: str = ""
    external_id: str | None = None
    source: dict[str, dict[str, str]] = {}
    profile_id: str | None = None
    connector_id: str = ""
    priority: int = conversations.NORMAL
    assignee_id: str = conversations.NOBODY
    team_id: str = ""
    fields: dict[str, Any] = {}


async def open(tx: Transaction, workspace_id: int, opening: Opening, *, by: Actor) -> Conversation:
    """A new conversation, open and empty; the first message is another verb. Raises Refused for a channel there is not, Conflict
    for an id that is taken."""
    if opening.channel not in conversations.CHANNELS:
        raise Refused(f'"{opening.channel[:40]}" is not a channel.', field="channel", hint=f"Use one of: {', '.join(conversations.CHANNELS)}.")
    row = await tx.one(_NUMBER, w=workspace_id)  # whoever opens waits here for the one before, so the next question sees what they wrote
    if opening.external_id is not None and await conversations.known_as(tx, workspace_id, opening.external_id) is not None:
        raise Conflict("There is a conversation with this id already.", field="id", hint="Read it, or choose another id.")
    at = stamps.now()
    conversation = Conversation(
        workspace_id=workspace_id,
        id=stamps.new_id("cnv", at),
        number=row[0] if row else 1,
        external_id=opening.external_id,
        subject=subject_of(opening.subject),
        state="open",
        before_trash="",
        priority=opening.priority,
        channel=opening.channel,
        source=opening.source,
        profile_id=opening.profile_id,
        connector_id=opening.connector_id,
        assignee_id=opening.assignee_id,
        team_id=opening.team_id,
        snoozed_until=None,
        created_at=at,
        updated_at=at,
        closed_at=None,
        first_closed_at=None,
        first_response_at=None,
        waiting_since=None,
        last_message_at=None,
        last_line="",
        last_by="",
        newest_at=at - 1_000,
        messages=0,
        notes=0,
        rating=None,
        rating_comment="",
        rating_asked_at=None,
        rated_at=None,
        fields=opening.fields,
        merged_into=None,
        sort_at=at,
        version=1,
    )
    await conversations.insert(tx, conversation)
    if opening.connector_id:
        await channels.meet(tx, workspace_id, opening.connector_id, opening.channel)
    await trail.record(tx, conversation, "opened", by=by, audience="all", channel=opening.channel)
    return conversation


def subject_of(said: str) -> str:
    """One line of bounded length."""
    return rich_text.line(said.replace("\0", ""), LONGEST_SUBJECT)
