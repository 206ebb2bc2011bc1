"""From a reply, or a message that is sent on, to the letter it becomes: to whom, under which subject, in which thread, with whose signature
and which files."""

import html as entities
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from tillside.agents import signature, workspace
from tillside.base import mail, rich_text
from tillside.base.mail import Automatic, File, Letter, Party
from tillside.base.smtp import Undeliverable
from tillside.conversations import attachments, deliveries
from tillside.conversations import conversation as conversations
from tillside.conversations import message as messages
from tillside.conversations.attachments import Attachment
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.customers import listing as people
from tillside.storage.database import Database

MOST_BYTES = 15 * 1024 * 1024
"""Files up to here, together, travel inside: written for mail they grow by a third, and 20 MB is what the large providers take."""
_LONGEST_THREAD = 100
_MOST_ANSWERED = 20
_IS_ANSWER = re.compile(r"re\s*:", re.IGNORECASE)

Link = Callable[[Attachment], str]


class Desk(Struct, frozen=True):
    """What composing needs of the house. `link`: the absolute address a file can be fetched by; "" while the desk knows none."""

    store: Database
    data: Path
    link: Link


async def compose(desk: Desk, message: Message, *, letter_id: str, sender: str) -> Letter:
    """The letter of a reply, or of a message that is sent on. Raises Undeliverable when it has no address to go to, or a file that can
    neither travel nor be linked."""
    talk = await conversations.by_id(desk.store, message.workspace_id, message.conversation_id)
    shop = (await workspace.by_id(desk.store, talk.workspace_id)).name
    if message.is_note:
        return await _sent_on(desk, talk, message, Party(sender, shop), letter_id=letter_id)
    before = await messages.page(desk.store, talk.workspace_id, talk.id, kinds=messages.PUBLIC, before=message.at, count=_LONGEST_THREAD)
    sides = await _sides(desk.store, talk, is_ours=_began_here([*before, message]), named=message.via.get("to", []))
    files, linked = await _files(desk, message)
    recipient = _not_us(sides[0], sender)
    copies, blind = _copied(message, recipient, sender)
    text, html = _bodies(message, await _signature(desk.store, message), linked)
    return Letter(
        id=letter_id,
        at=message.at,
        sender=Party(sender, f"{message.author.name} at {shop}" if message.author.kind == "agent" and message.author.name else shop),
        recipient=recipient,
        copies=copies,
        blind=blind,
        reply_to=_answers_to(sides[1], sender),
        subject=mail.line(message.via.get("subject", ""), mail.LONGEST_SUBJECT) or _subject(talk, shop, is_answer=bool(before)),
        text=text,
        html=html,
        answers=await _thread(desk.store, talk, before),
        automatic=_automatic(message),
        files=files,
    )


async def _sent_on(desk: Desk, talk: Conversation, message: Message, sender: Party, *, letter_id: str) -> Letter:
    """A customer's message on its way to somebody else: in no thread of the customer's, with the files of what is sent on."""
    files, linked = await _files(desk, message)
    text, html = _bodies(message, "", linked)
    if not message.via.get("to"):
        raise Undeliverable("It is not said where this goes.")
    there = _not_us(Party(message.via["to"][0]), sender.address, "This address")
    copies, blind = _copied(message, there, sender.address)
    try:
        _, ours = await _sides(desk.store, talk, is_ours=False)
    except Undeliverable:  # nobody to answer by e-mail, such as in the messenger
        ours = ""
    return Letter(
        id=letter_id,
        at=message.at,
        sender=sender,
        recipient=there,
        copies=copies,
        blind=blind,
        reply_to=_answers_to(ours, sender.address),
        subject=mail.line(message.via.get("subject", ""), mail.LONGEST_SUBJECT) or f"Fwd: {_subject(talk, sender.name, is_answer=False)}",
        text=text,
        html=html,
        automatic="auto-generated" if message.author.kind == "rule" else "",
        files=files,
    )


def _copied(message: Message, recipient: Party, sender: str) -> tuple[list[Party], list[str]]:
    """Who gets it as well, seen and unseen: each once, and never the address it comes from, which would answer itself."""
    there = {mail.address(one).lower() for one in (recipient.address, sender)}
    seen = [one for one in dict.fromkeys(map(mail.plain_address, message.via.get("cc", []))) if one not in there]
    unseen = [one for one in dict.fromkeys(map(mail.plain_address, message.via.get("bcc", []))) if one not in there and one not in seen]
    return [Party(one) for one in seen], unseen


def _began_here(said: Sequence[Message]) -> bool:
    """Whether the shop wrote first; what a merge brought here says nothing of that."""
    own = [one for one in said if one.moved_from is None]
    return bool(own) and own[0].kind == "agent" and len(said) <= _LONGEST_THREAD


async def _sides(store: Database, talk: Conversation, *, is_ours: bool, named: Sequence[str] = ()) -> tuple[Party, str]:
    """The customer, and the address of ours they know. Where the shop wrote first, `to` is the customer; else `from` is. Whichever the
    customer's own address is, that is them. `named`: the address a reply names itself, since its channel has none."""
    begun, went = talk.source.get("from", {}), talk.source.get("to", {})
    profile = (await people.names(store, talk.workspace_id, [talk.profile_id])).get(talk.profile_id) if talk.profile_id else None
    own = profile.email.lower() if profile else ""
    if named:
        return Party(named[0], profile.name if profile else ""), ""
    there = begun.get("address", ""), went.get("address", "")
    is_to = bool(there[1]) and there[0].lower() != own and (there[1].lower() == own or is_ours or not there[0])
    them, we = (went, there[0]) if is_to else (begun, there[1])
    found = them.get("address", "") or own
    if not found:
        raise Undeliverable("The customer has no e-mail address here.")
    return Party(found, them.get("name", "") or (profile.name if profile else "")), we


def _not_us(party: Party, sender: str, whose: str = "The customer's address") -> Party:
    """A letter to the address it comes from would answer itself. Raises Undeliverable."""
    if mail.address(party.address).lower() == sender.lower():
        raise Undeliverable(f"{whose} is the desk's own.")
    return party


def _answers_to(said: str, sender: str) -> str:
    """Where answers go: the address the customer wrote to, where it is one and not the sender anyway."""
    try:
        found = mail.address(said)
    except Undeliverable:
        return ""
    return "" if found.lower() == sender.lower() else found


def _subject(talk: Conversation, shop: str, *, is_answer: bool) -> str:
    subject = mail.line(talk.subject, mail.LONGEST_SUBJECT) or f"Your conversation with {shop}"
    return f"Re: {subject}" if is_answer and not _IS_ANSWER.match(subject) else subject


async def _thread(store: Database, talk: Conversation, before: Sequence[Message]) -> list[str]:
    """The ids this letter answers, oldest first, the one it replies to last: the customer's newest that has one, else our own newest."""
    ours = await deliveries.letters(store, talk.workspace_id, talk.id, count=_LONGEST_THREAD)
    named = [(one, ours.get(one.id) or one.external_id or "") for one in before]
    known = [(one.kind, said) for one, said in named if mail.is_letter_id(said)]
    ids = [said for _, said in known]
    if talk.external_id and mail.is_letter_id(talk.external_id) and talk.external_id not in ids:
        known.insert(0, ("customer", talk.external_id))
        ids.insert(0, talk.external_id)
    if not ids:
        return []
    parent = next((said for kind, said in reversed(known) if kind == "customer"), ids[-1])
    rest = [said for said in dict.fromkeys(ids) if said != parent]
    return [*rest[:1], *rest[1:][-_MOST_ANSWERED:], parent]


async def _signature(store: Database, message: Message) -> str:
    return await signature.of(store, message.workspace_id, message.author.id) if message.author.kind == "agent" else ""


def _bodies(message: Message, signed: str, linked: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The reply as text and as HTML, each with the links to files and the signature under it."""
    text = [message.text, "\n".join(f"{name}: {address}" for name, address in linked), f"-- \n{signed}" if signed else ""]
    links = [f'<a href="{entities.escape(address)}">{entities.escape(name)}</a>' for name, address in linked]
    html = [
        rich_text.clean(message.html) if message.html else rich_text.from_plain(message.text),
        f"<p>{'<br>'.join(links)}</p>" if links else "",
        f"<div><p>-- </p>{rich_text.from_plain(signed)}</div>" if signed else "",
    ]
    head = '<!doctype html><html><head><meta charset="utf-8"></head><body>'
    return "\n\n".join(part for part in text if part) + "\n", f"{head}{''.join(html)}</body></html>\n"


async def _files(desk: Desk, message: Message) -> tuple[list[File], list[tuple[str, str]]]:
    """Files that travel inside, and (name, address) of those too large for that or that lie elsewhere."""
    whose = message.via.get("of", message.id)
    found = (await attachments.of_messages(desk.store, message.workspace_id, [whose])).get(whose, [])
    inside, linked, room = [], [], MOST_BYTES
    for one in found:
        if one.url or one.bytes > room:
            linked.append((one.name, one.url or _linked(desk, one)))
            continue
        room -= one.bytes
        inside.append(File(one.name, one.media_type, await attachments.read(desk.data, one)))
    return inside, linked


def _linked(desk: Desk, one: Attachment) -> str:
    address = desk.link(one)
    if not address:
        raise Undeliverable(f"“{one.name}” is too large for a letter, and without a public address of the desk it cannot be linked.")
    return address


def _automatic(message: Message) -> Automatic:
    """What nobody wrote by hand says so, or two machines would answer each other."""
    return "auto-replied" if message.source == "rule" or message.author.kind in ("rule", "system") else ""
