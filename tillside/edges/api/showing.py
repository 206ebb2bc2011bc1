"""Conversations as tickets (contract 2.2). However many are shown, it takes the same few queries."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from tillside.agents import workspace
from tillside.connectors.connector import Connector
from tillside.conversations import attachments, conversation, message, tags
from tillside.conversations.attachments import Attachment
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.conversations.tags import Worn
from tillside.customers import listing as people
from tillside.customers.listing import Line
from tillside.edges.api import documents
from tillside.edges.api.call import Call
from tillside.edges.api.documents import Address, Comment, Profile, Rating, Ticket
from tillside.edges.api.shapes import time

SCORES: dict[int, documents.Score] = {5: "Amazing", 4: "Great", 3: "Neutral", 2: "Bad", 1: "Terrible"}
PRIORITIES: dict[int, documents.Priority] = {-1: "LOW", 1: "HIGH"}
_STATUS: dict[str, documents.Status] = {"open": "OPEN", "snoozed": "SNOOZED", "closed": "CLOSED"}
_PER_CALL = 20_000


class Around(Struct, frozen=True):
    """What is known around some conversations, gathered at once."""

    slug: str
    origin: str
    key: bytes
    shops: dict[str, Connector]
    people: dict[str, Line]
    tags: dict[str, list[Worn]]
    messages: dict[str, list[Message]]
    files: dict[str, list[Attachment]]


async def tickets(call: Call, shown: Sequence[Conversation], *, with_profile: bool = True) -> list[Ticket]:
    """The tickets of these conversations, with every comment."""
    around = await gather(call, shown)
    return [_ticket(one, around, with_profile=with_profile) for one in shown]


async def ticket(call: Call, one: Conversation, *, with_profile: bool = True) -> Ticket:
    return (await tickets(call, [one], with_profile=with_profile))[0]


async def gather(call: Call, shown: Sequence[Conversation]) -> Around:
    """Eight reads, whatever their number; those that need nothing of each other go to the store at once."""
    store, w, ids = call.desk.store, call.workspace_id, [one.id for one in shown]
    profiles = [one.profile_id for one in shown if one.profile_id]
    said, home, shops, known, worn = await asyncio.gather(
        message.of_many(store, w, ids, count=_PER_CALL),
        workspace.by_id(store, w),
        call.connectors(),
        people.names(store, w, profiles),
        tags.worn(store, w, ids),
    )
    written = [each.id for listed in said.values() for each in listed]
    return Around(
        slug=home.slug,
        origin=call.desk.public_url,
        key=call.desk.vault.key("files"),
        shops={shop.id: shop for shop in shops},
        people=known,
        tags=worn,
        messages=said,
        files=await attachments.of_messages(store, w, written),
    )


def comments(said: Sequence[Message], around: Around) -> list[Comment]:
    return [_comment(each, around) for each in said]


def file_url(origin: str, key: bytes, file: Attachment) -> str:
    """The absolute address of a file."""
    return file.url or origin + attachments.address(key, file)


def _ticket(one: Conversation, around: Around, *, with_profile: bool) -> Ticket:
    shop = around.shops.get(one.connector_id)
    person = around.people.get(one.profile_id or "")
    source = documents.Source(Address(**one.source.get("from", {})), Address(**one.source.get("to", {})))
    email = source.from_.address or (person.email if person else "")
    answered, closed = one.first_response_at, one.first_closed_at
    return Ticket(
        id=one.known_as,
        conversation_no=one.number,
        app_client_id=shop.api_key if shop else None,
        organization_id=around.slug,
        subject=one.subject,
        status=_STATUS[one.before_trash or "open" if one.state == "trash" else one.state],
        is_trashed=one.state == "trash",
        priority=PRIORITIES.get(one.priority),
        assignee_id=one.assignee_id or None,
        team_id=one.team_id or None,
        recipient=source.to.address or source.to.id or "",
        tags=[worn.given for worn in around.tags.get(one.id, [])],
        created_at=time(one.created_at),
        updated_at=time(one.updated_at),
        closed_at=_time(one.closed_at),
        first_closed_at=_time(closed),
        first_response_time=_time(answered),
        first_response_duration=(answered - one.created_at) // 1000 if answered else 0,
        resolution_duration=(closed - one.created_at) // 1000 if closed else 0,
        snoozed_till=None if one.snoozed_until is None else "0" if one.snoozed_until == conversation.UNTIL_REPLY else time(one.snoozed_until),
        last_message_sender_type={"customer": "customer", "agent": "operator"}.get(one.last_by),
        url=f"{around.origin}/conversations/{one.id}",
        cookie_id=f"{shop.api_key if shop else around.slug}_{email}",
        via=documents.Via(one.channel, source),
        customer_profile=_profile(person) if person and with_profile else None,
        custom_fields=one.fields,
        satisfaction_rating=Rating(SCORES[one.rating], one.rating_comment) if one.rating else Rating(),
        scenarioid=None,
        scenarioname=None,
        scenario_id=None,
        scenario_name=None,
        version=one.version,
        comments=comments(around.messages.get(one.id, []), around),
    )


def _comment(said: Message, around: Around) -> Comment:
    is_customer = said.kind == "customer"
    channel = said.via.get("channel")
    return Comment(
        id=said.external_id or said.id,
        type="Comment",
        author_id=said.author.id or None,
        author_name=said.author.name,
        sender_type="customer" if is_customer else "system" if said.kind == "system" else "operator",
        is_operator=not is_customer,
        is_operator_too=not is_customer,
        public=not said.is_note,
        body=said.html or said.text,
        plain_body=said.text,
        html_body=said.html or None,
        attachments=[file_url(around.origin, around.key, file) for file in around.files.get(said.id, [])],
        metadata={},
        via=documents.CommentVia(str(channel)) if channel else documents.CommentVia(),
        delivery=said.state,
        delivery_reason=said.reason,
        created_at=time(said.at),
    )


def _profile(person: Line) -> Profile:
    return Profile(person.id, person.name or None, person.email or None, person.phone or None, "customer" if person.is_customer else "visitor")


def _time(moment: int | None) -> str | None:
    return None if moment is None else time(moment)
