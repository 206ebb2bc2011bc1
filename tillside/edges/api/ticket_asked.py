"""From what an integrator sends about a ticket to what the house does: who writes, on which channel, with which files and words."""

from typing import Any

from msgspec import Struct

from tillside.agents import actor
from tillside.agents.actor import Actor
from tillside.base.errors import Busy, Refused, Unknown
from tillside.connectors.connector import Connector
from tillside.conversations import answering, attachments, message
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.customers import identity, lookup
from tillside.edges.api import asked, intake
from tillside.edges.api.asked import CommentAsked, New, Party
from tillside.edges.api.call import Call
from tillside.events import people
from tillside.events.notes import Notes
from tillside.events.shapes import Claims
from tillside.storage.database import Transaction

_BY_PHONE = frozenset(("phone", "aircall", "sms", "whatsapp"))
_MOST_FILES = 20


class Sender(Struct, frozen=True):
    """The customer of a ticket: their profile, if anything names them, and how they are called."""

    profile_id: str | None
    name: str

    @property
    def actor(self) -> Actor:
        return actor.of_customer(self.profile_id or "", self.name)


def channel(new: New) -> str:
    """The channel of a new ticket. Raises Refused for one we do not have, as upstream does (400)."""
    said = (new.via.channel if new.via else None) or ""
    if said and said not in conversations.CHANNELS:
        hint = f"Use one of: {', '.join(conversations.CHANNELS)}."
        raise Refused(f'Invalid value: "{said[:40]}" is not a channel.', field="ticket.via.channel", hint=hint)
    party = customer_party(new)
    return said or ("email" if party and party.address else "api")


def customer_party(new: New) -> Party | None:
    """The side of the customer: whom an operator writes to, else who writes."""
    source = new.via.source if new.via else None
    if source is None:
        return None
    is_outbound = new.comment.sender_type == "operator" and _reached(source.to)
    return source.to if is_outbound else source.from_


async def sender(call: Call, connector: Connector | None, new: New, on: str) -> Sender:
    """Whose ticket it is. Somebody unknown becomes a customer first, through the log as ``POST /v1/customers`` does; raises Busy when
    that is not worked in in time: then nothing of the ticket is stored, and the same call works a moment later."""
    traits = _traits(new, on)
    name = str(traits.get("name") or " ".join(str(traits[part]) for part in ("firstName", "lastName") if part in traits))
    claims = _claims(traits, connector.region if connector else "")
    if not claims or connector is None:
        return Sender(None, name)
    found = await _profile(call, connector, claims)
    if found is None:
        event: dict[str, Any] = {"event": "identify", "appClientId": connector.api_key, "userProperties": traits}
        taken = await intake.take(call, connector, [event], inside=("userProperties", "ticket.via.source.from"))
        found = await _profile(call, connector, claims) if taken.is_passed else None
        if found is None:
            raise Busy("The customer is stored, but not worked in yet. Send the ticket again in a moment.")
    return Sender(found, name)


def source(new: New) -> dict[str, dict[str, str]]:
    """Both sides as they are kept: without what is null or blank."""
    said = new.via.source if new.via else None
    sides = {"from": said.from_ if said else None, "to": said.to if said else None}
    return {side: kept for side, party in sides.items() if (kept := side_of(party))}


def side_of(party: Party | None) -> dict[str, str]:
    """One side: address, id and name, where they are stated."""
    if party is None:
        return {}
    whole = party.name or " ".join(part for part in (party.first_name, party.last_name) if part)
    told = {"address": party.address or party.email, "id": party.id if party.id is not None else None, "name": whole}
    return {name: str(value).strip()[:500] for name, value in told.items() if value is not None and str(value).strip()}


async def say(
    tx: Transaction,
    call: Call,
    one: Conversation,
    comment: CommentAsked,
    *,
    customer: Actor,
    by: Actor,
    sends: bool,
    place: str = "ticket.comment",
) -> Conversation:
    """Write a comment: a customer's message, a note, or an operator's reply. One with an id that is there already is not written again."""
    external_id = str(comment.id) if comment.id not in (None, "") else None
    if external_id is not None:
        known = await message.by_external_id(tx, call.workspace_id, external_id)
        if known is not None and known.conversation_id == one.id:
            return one
    files = comment.attachments or []
    words = await words_of(tx, call, one, comment.body, files, external_id=external_id, by=by, field=f"{place}.body")
    if comment.is_customers:
        return (await answering.hear(tx, one, words, by=customer))[0]
    if comment.public is False:
        return (await answering.note(tx, one, words, by=by))[0]
    return (await answering.reply(tx, one, words, by=by, delivers=sends or comment.send is True))[0]


async def words_of(
    tx: Transaction, call: Call, one: Conversation, body: str, urls: list[str], *, by: Actor, field: str, external_id: str | None = None
) -> message.Said:
    """A body and its files as words. Raises Refused with the field."""
    if len(urls) > _MOST_FILES:
        raise Refused(f"At most {_MOST_FILES} attachments.", field="attachments", hint="Send them in several comments.")
    files = tuple([await _file(tx, call, url, by=by) for url in urls if url])
    try:
        return message.said(body, via={"channel": one.channel}, external_id=external_id, source="api", attachments=files)
    except Refused as error:
        error.field = field
        raise


def plain_tags(said: list[asked.Word | None]) -> list[str]:
    return [str(word) for word in said if word is not None]


async def _file(tx: Transaction, call: Call, url: str, *, by: Actor) -> str:
    """The id of a file named by its address: one uploaded here, or one that lies elsewhere."""
    own = f"{call.desk.public_url}/files/{call.workspace_id}/"
    if not url.startswith(own):
        return (await attachments.refer(tx, call.workspace_id, url, by=by)).id
    attachment_id, _, rest = url.removeprefix(own).partition("/")
    key = call.desk.vault.key("files")
    try:
        known = await attachments.by_id(tx, call.workspace_id, attachment_id)
    except Unknown as error:
        raise Refused("An attachment is not here.", field="attachments", hint="Upload it first, and send its url.") from error
    if not attachments.is_signed(key, call.workspace_id, attachment_id, rest.partition("/")[0]):
        raise Refused("The address of an attachment is not whole.", field="attachments", hint="Send the url as the upload answered it.")
    return known.id if known.message_id is None else (await attachments.again(tx, known, by=by)).id


def _reached(party: Party | None) -> bool:
    return party is not None and any(value not in (None, "") for value in (party.address, party.id, party.email, party.phone))


def _traits(new: New, on: str) -> dict[str, Any]:
    """What is said of the customer, under the names of the contract; nothing that is null or blank."""
    party, person = customer_party(new) or Party(), new.customer_profile or asked.Person()
    by_id = party.id if on in _BY_PHONE else None
    said: dict[str, Any] = {
        "uid": party.uid or person.uid,
        "email": next((one for one in (party.address, party.email, person.email) if one and "@" in one), None),
        "phone": party.phone or by_id or person.phone,
        "firstName": person.first_name or party.first_name,
        "lastName": person.last_name or party.last_name,
        "name": person.name or party.name,
    }
    return {name: str(value) for name, value in said.items() if value not in (None, "")}


def _claims(traits: dict[str, Any], region: str) -> Claims:
    return people.read_claims(people.read_traits(traits, Notes(), "customer"), {}, region)


async def _profile(call: Call, connector: Connector, claims: Claims) -> str | None:
    store, w = call.desk.store, call.workspace_id
    vouched = await lookup.holder(store, w, identity.handles(claims, connector.id, identity.VOUCHED))
    return vouched or (None if claims.uid else await lookup.anybody(store, w, claims))
