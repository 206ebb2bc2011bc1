"""Conversations of a browser: begin, go on, read, rate. What it may see is decided in messenger/shelf.py, before anything is read."""

from typing import Any

from starlette.responses import Response

from tillside.agents import hours, workspace
from tillside.agents.actor import DESK, Actor, of_customer
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused
from tillside.conversations import answering, attachments, editing, opening
from tillside.conversations import message as messages
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message, Said
from tillside.edges.messenger import cards, identity, shapes, uploads
from tillside.edges.messenger.call import Ask, answer
from tillside.feeds import activity
from tillside.feeds.whispers import Whisper
from tillside.messenger import codes, settings, shelf, visitor
from tillside.storage.database import Transaction

LONGEST = 20_000
_PAGE = 50


async def state(ask: Ask) -> Response:
    """``GET /messenger/api/state``: everything the panel shows first. `position`: from where the stream goes on."""
    desk, one, shopper = ask.desk, ask.messenger, ask.visitor
    position = await activity.last_position(desk.store, shopper.workspace_id)
    place = await workspace.by_id(desk.store, shopper.workspace_id)
    now = hours.presence(one.week, place.time_zone if place else "UTC", stamps.now())
    opens = shelf.opens_history(ask.connector, shopper)
    mine = await shelf.listed(desk.store, ask.connector, shopper)
    return answer(
        {
            "person": {"name": shopper.name, "email": shopper.email, "trust": shopper.trust.word, "opensHistory": opens},
            "greeting": one.greeting,
            "intro": one.intro,
            "hours": {
                "isOpen": now.is_open,
                "isAlways": one.week.is_always,
                "until": now.until,
                "from": now.start,
                "fromDay": now.start_day,
                "answerMinutes": await settings.answer_minutes(desk.store, ask.connector, one),
            },
            "fields": [
                {"key": field.key, "label": field.label, "kind": field.kind, "isRequired": field.is_required, "choices": field.choices}
                for field in one.fields
            ],
            "conversations": [shapes.conversation(line) for line in mine],
            "order": await cards.newest(ask) if opens else None,
            "asksRating": one.asks_rating,
            "mayProve": True,
            "fileBytes": desk.settings.file_limit_bytes,
            "position": position,
        }
    )


async def thread(ask: Ask) -> Response:
    """``GET /messenger/api/conversations/{id}?before=TIME`` → the conversation and fifty messages, oldest first."""
    found = await _found(ask)
    before = ask.request.query_params.get("before", "")
    until = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    said = await shelf.thread(ask.desk.store, found, before=until, count=_PAGE)
    body = {
        "conversation": shapes.conversation(await shelf.line(ask.desk.store, found)),
        "messages": await drawn(ask, said),
        "before": said[0].at if len(said) == _PAGE else 0,
    }
    return answer(body)


async def begin(ask: Ask) -> Response:
    """``POST /messenger/api/conversations`` with ``{"id", "text", "files", "fields"}``: a new one with its first message."""
    client_id, known = await _repeated(ask)
    if known is not None:
        return await _kept(ask, known)
    answers = _fields(ask)
    shopper = await _named(ask, answers)
    words = await _words(ask, client_id)
    by = _actor(ask)
    async with ask.desk.store.write() as tx:
        found = await messages.by_external_id(tx, shopper.workspace_id, words.external_id or "")
        if found is None:
            begun = await opening.open(tx, shopper.workspace_id, _opening(ask, answers, words.text), by=by)
            await shelf.bind(tx, shopper, begun)
            await _note_answers(tx, ask, begun, answers)
            _, found = await answering.hear(tx, begun, words, by=by)
    return await _kept(ask, found, 201)


async def say(ask: Ask) -> Response:
    """``POST /messenger/api/conversations/{id}/messages`` with ``{"id", "text", "files"}``; the same `id` again changes nothing."""
    conversation = await _found(ask)
    if ask.body.get("files"):  # those of a repeat are taken already; without any the transaction alone decides
        client_id, known = await _repeated(ask)
        if known is not None:
            return await _kept(ask, known)
    else:
        client_id = _client_id(ask)
    words = await _words(ask, client_id)
    async with ask.desk.store.write() as tx:
        known = await messages.by_external_id(tx, conversation.workspace_id, words.external_id or "")
        if known is None:
            conversation, said = await answering.hear(tx, conversation, words, by=_actor(ask))
            await shelf.read_up_to(tx, conversation, "shopper", said.at)
    return await (_kept(ask, known) if known is not None else _shown(ask, conversation, said, 201))


async def typing(ask: Ask) -> Response:
    """``POST …/typing``: heard by agents who look at this moment, and kept nowhere."""
    conversation = await _found(ask)
    name = ask.visitor.name or "Visitor"
    await ask.desk.whispers.tell(Whisper(conversation.workspace_id, conversation.id, "shopper", name))
    return answer({}, 202)


async def seen(ask: Ask) -> Response:
    """``POST …/seen`` with ``{"message"}``: the shopper has read up to this message."""
    conversation = await _found(ask)
    last = await messages.by_id(ask.desk.store, conversation.workspace_id, ask.text("message", 80, required=True))
    if last.conversation_id != conversation.id or last.kind not in shelf.SHOWN:
        raise Refused("This message is not of this conversation.", field="message")
    async with ask.desk.store.write() as tx:
        await answering.see(tx, conversation, last.at)
        await shelf.read_up_to(tx, conversation, "shopper", last.at)
    return answer(shapes.conversation(await shelf.line(ask.desk.store, conversation)))


async def rate(ask: Ask) -> Response:
    """``POST …/rating`` with ``{"score": 1…5, "comment"}``; once the conversation is closed, the last one counts."""
    conversation = await _found(ask)
    if conversation.state != "closed" or not ask.messenger.asks_rating:
        raise Conflict("This conversation is not closed yet.", field="score", hint="Rate it when it is over.")
    score = ask.body.get("score")
    async with ask.desk.store.write() as tx:
        comment = ask.text("comment", 5_000)
        rated = await editing.rate(tx, conversation, score if type(score) is int else 0, comment=comment, by=_actor(ask))
    return answer(shapes.conversation(await shelf.line(ask.desk.store, rated)))


async def person(ask: Ask) -> Response:
    """``POST /messenger/api/person`` with ``{"email", "name", "conversation"}``: where an answer may go. It opens nothing."""
    email = codes.clean(ask.body.get("email"))
    await _named(ask, {"email": email, "name": ask.text("name", 200)})
    return answer({"ok": True})


async def drawn(ask: Ask, said: list[Message]) -> list[dict[str, Any]]:
    files = await attachments.of_messages(ask.desk.store, ask.visitor.workspace_id, [one.id for one in said])
    return [shapes.message(ask.desk, one, files.get(one.id, [])) for one in said]


async def _found(ask: Ask) -> Conversation:
    return await shelf.one(ask.desk.store, ask.connector, ask.visitor, ask.request.path_params["id"])


async def _kept(ask: Ask, message: Message, status: int = 200) -> Response:
    found = await shelf.one(ask.desk.store, ask.connector, ask.visitor, message.conversation_id)
    return await _shown(ask, found, message, status)


async def _shown(ask: Ask, conversation: Conversation, message: Message, status: int) -> Response:
    line = shapes.conversation(await shelf.line(ask.desk.store, conversation))
    return answer({"conversation": line, "message": (await drawn(ask, [message]))[0]}, status)


def _client_id(ask: Ask) -> str:
    """The browser's own id of a message."""
    client_id = ask.text("id", 64, required=True)
    if not client_id.isalnum() or not client_id.isascii():
        raise Refused("The id is letters and digits.", field="id", hint="Make a new one for every message and keep it for each retry.")
    return client_id


async def _repeated(ask: Ask) -> tuple[str, Message | None]:
    """The browser's own id of a message, and the message stored under it before."""
    client_id = _client_id(ask)
    known = await messages.by_external_id(ask.desk.store, ask.visitor.workspace_id, shapes.external_id(ask.visitor.id, client_id))
    return client_id, known


async def _words(ask: Ask, client_id: str) -> Said:
    """What was typed, always as plain text: a shopper's markup is only characters."""
    files = await uploads.own(ask, ask.body.get("files"))
    text = ask.text("text", LONGEST)
    if not text and not files:
        raise Refused("There is no text.", field="text", hint="Write something, or add a file.")
    known = shapes.external_id(ask.visitor.id, client_id)
    return Said(text.replace("\r\n", "\n"), via={"channel": "messenger"}, external_id=known, source="messenger", attachments=files)


def _fields(ask: Ask) -> dict[str, str]:
    """What was asked before the conversation. Raises Refused for what must be said and is not."""
    said = ask.body.get("fields")
    given = said if isinstance(said, dict) else {}
    answers = {field.key: str(given.get(field.key) or "").replace("\0", "").strip()[:2000] for field in ask.messenger.fields}
    if shelf.opens_history(ask.connector, ask.visitor):
        return answers
    for field in ask.messenger.fields:
        if field.is_required and not answers[field.key] and not (field.key == "email" and ask.visitor.email):
            raise Refused(f"{field.label} is empty.", field=field.key)
        if field.kind == "email" and answers[field.key]:
            answers[field.key] = codes.clean(answers[field.key])
    return answers


async def _named(ask: Ask, said: dict[str, str]) -> visitor.Visitor:
    """A stranger gets a profile, with what they typed. Whoever is known better keeps the one they have."""
    shopper, name, email = ask.visitor, said.get("name", ""), said.get("email", "")
    if shopper.trust > 0 and shopper.profile_id:
        return shopper
    if shopper.profile_id and name in ("", shopper.name) and email in ("", shopper.email):
        return shopper
    profile_id = await identity.by_word(ask.desk, ask.connector, shopper.device, name=name, email=email)
    async with ask.desk.store.write() as tx:
        ask.shopper = await visitor.name(tx, shopper, profile_id=profile_id, called=name, email=email)
    return ask.shopper


def _actor(ask: Ask) -> Actor:
    shopper = ask.visitor
    return of_customer(shopper.profile_id or shopper.id, shopper.name or shopper.email or "Visitor")


def _opening(ask: Ask, answers: dict[str, str], text: str) -> opening.Opening:
    shopper = ask.visitor
    subject = answers.get("subject") or text.partition("\n")[0][:80]
    sender = {"id": shopper.profile_id or shopper.id, "name": shopper.name, "address": shopper.email}
    return opening.Opening(
        channel="messenger",
        subject=subject,
        source={"from": {name: value for name, value in sender.items() if value}, "to": {"id": ask.connector.id, "name": ask.connector.name}},
        profile_id=shopper.profile_id,
        connector_id=ask.connector.id,
    )


async def _note_answers(tx: Transaction, ask: Ask, begun: Conversation, answers: dict[str, str]) -> None:
    """What was asked before, beyond who they are, as a note for whoever answers."""
    asked = [field for field in ask.messenger.fields if answers[field.key] and field.key not in ("name", "email")]
    told = [f"{field.label}: {answers[field.key]}" for field in asked]
    if told:
        await answering.note(tx, begun, Said("\n".join(told), source="messenger"), by=DESK)
