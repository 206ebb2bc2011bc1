"""Sending a customer's message on to somebody else, by e-mail: a step only rules have.

It leaves like a reply does, by the row in deliveries.py, and stands in the conversation as a note, so that no shopper reads it. It says
of itself that no person sent it (email/letter.py), never goes to the customer or to an address the desk is written to at, and a letter of
our own that came back is not sent on again.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from tillside.agents.actor import Actor
from tillside.agents.workspace import Workspace
from tillside.automations.terms import Forward
from tillside.automations.vocabulary import doing_said
from tillside.base import rich_text
from tillside.base.errors import Refused
from tillside.conversations import about as persons
from tillside.conversations import answering, deliveries
from tillside.conversations import message as messages
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message, Said
from tillside.macros import steps
from tillside.storage.database import Transaction

_NEWEST = """
select id from message where workspace_id = :w and conversation_id = :id and kind = 'customer' and removed_at is null order by at desc limit 1
"""


async def send_on(tx: Transaction, talk: Conversation, step: Forward, *, about: Message | None, by: Actor, home: Workspace) -> Conversation:
    """Send on what the customer wrote: the message it is `about`, else their newest. Raises Refused naming the step."""
    try:
        found = about if about is not None and about.kind == "customer" else await _newest(tx, talk)
        await _goes_round(tx, talk, {step.to, *step.cc, *step.bcc}, found)
        above = await steps.words(tx, talk, step.html, by=by, home=home) if rich_text.plain(step.html) else Said("")
        subject = await steps.line(tx, talk, step.subject, by=by, home=home)
    except Refused as error:
        raise Refused(f"{doing_said(step)}: {error.message}", field="to", hint=error.hint) from error
    also = {"subject": subject, "cc": step.cc, "bcc": step.bcc}
    via = {"channel": "email", "to": [step.to], "of": found.id, **{name: value for name, value in also.items() if value}}
    head = _head(talk, found, home)
    text = "\n\n".join(part for part in (above.text, head, found.text) if part)
    html = (above.html or rich_text.from_plain(above.text)) + rich_text.from_plain(head) + (found.html or rich_text.from_plain(found.text))
    now, _ = await answering.forward(tx, talk, Said(text, rich_text.clean(html), via=via, source="rule"), by=by)
    return now


async def _newest(tx: Transaction, talk: Conversation) -> Message:
    row = await tx.one(_NEWEST, w=talk.workspace_id, id=talk.id)
    if row is None:
        raise Refused("The customer has written nothing.", field="to", hint="Let it begin with what a customer writes.")
    return await messages.by_id(tx, talk.workspace_id, row[0])


async def _goes_round(tx: Transaction, talk: Conversation, to: set[str], found: Message) -> None:
    """Raises Refused for what would come back here, or to whoever wrote it."""
    one = await persons.who(tx, talk)
    theirs = {each.value.lower() for each in one.handles if each.kind == "email"} if one else set()
    known = {side.get("address", "").lower() for side in talk.source.values()}
    if to & (theirs | known):
        raise Refused("An address of it is the customer's, or one that they write to.", field="to", hint="Forward to somebody else.")
    if await deliveries.of_letter(tx, talk.workspace_id, found.external_id or ""):
        raise Refused("It is a letter of this desk that came back.", field="to", hint="Look at who answers here.")


def _head(talk: Conversation, found: Message, home: Workspace) -> str:
    """What stands above the message: who wrote it, when, and about what."""
    sender = talk.source.get("from", {})
    address = sender.get("address", "")
    when = datetime.fromtimestamp(found.at / 1_000_000, ZoneInfo(home.time_zone)).strftime("%Y-%m-%d %H:%M")
    name = found.author.name or sender.get("name", "") or "The customer"
    head = [f"Forwarded from {home.name}, #{talk.number}", f"From: {name}{f' <{address}>' if address else ''}", f"Date: {when}"]
    return "\n".join([*head, *([f"Subject: {talk.subject}"] if talk.subject else [])])
