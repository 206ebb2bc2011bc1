"""Answering: sending, taking back, drafts and files. What somebody typed is never lost: a refused answer comes back with its text."""

import re
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from tillside.agents import actor, answered
from tillside.agents import agent as agents
from tillside.agents.access import Act
from tillside.base import rich_text, stamps
from tillside.base.errors import Conflict, DeskError, Refused
from tillside.conversations import answering, attachments, drafts, message, participants, states, trail, undoing, uploads
from tillside.conversations import conversation as conversations
from tillside.conversations.attachments import Attachment
from tillside.conversations.conversation import MAIL, Conversation
from tillside.conversations.message import Message, Said
from tillside.edges.agent import acts, compose, conversation, format, guard, letters, naps, using
from tillside.edges.agent.acts import Toast
from tillside.edges.agent.guard import Visit
from tillside.edges.http import answers
from tillside.edges.http.routes import Guarded
from tillside.storage.database import Transaction

_MENTION = re.compile(r'data-agent="([a-z0-9_]{1,40})"')
_ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")
_MOST_COPIES = 20
_MOST_CHANGES = 50
_AT = re.compile(r"(?<![\w@])@([\w'-]+(?: [\w'-]+)?)")


def routes() -> list[Guarded]:
    one = "/conversations/{conversation_id}"
    return [
        guard.page(one + "/messages", write, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/messages/{message_id}/cancellation", cancel, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/draft", keep, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/files", attach, allow=Act.ANSWER, methods=["POST"]),
        guard.page("/attachments/{attachment_id}", serve, allow=Act.READ),
        guard.page("/attachments/{attachment_id}/removal", leave_out, allow=Act.ANSWER, methods=["POST"]),
        guard.page("/changes/undoing", undo, allow=Act.ANSWER, methods=["POST"]),
    ]


async def write(visit: Visit) -> Response:
    """``POST …/messages`` with mode, html or text, then ("", close, snooze, later:µs, later:moment), known (µs), once, attachment, and of a
    macro macro, steps, step (see using.py).

    `known` is the newest message that was read: where the customer wrote after it, nothing is sent and the answer is 409.
    """
    talk = await acts.meant(visit)
    since = stamps.now()
    try:
        await _take_files(visit, talk)
        written = await _write(visit, talk)
    except DeskError as error:
        return await _back(visit, talk, error)
    return await _sent(visit, talk, written, since)


async def _write(visit: Visit, talk: Conversation) -> Message | None:
    """The message, or None where this very sending was taken before."""
    form, me = visit.form, actor.of_agent(visit.agent)
    words, then = _words(visit, talk), form.get("then", "")
    is_note = form.get("mode") == "note"
    once = form.get("once", "")[: answered.LONGEST_NAME]
    send_at = _send_at(visit, then)
    async with visit.desk.store.write() as tx:
        if once and await answered.find(tx, visit.workspace.id, visit.agent.id, once, talk.id):
            return None
        if is_note:
            named = await _mentioned(visit, words)
            _, made = await answering.note(tx, talk, words, by=me, mentions=named)
            await using.with_answer(visit, tx, talk, made)
        else:
            await _nothing_newer(tx, talk, form.get("known", ""))
            _, made = await answering.reply(tx, talk, words, by=me, send_at=send_at, unless_answered=then.startswith("later:"))
            for address in words.via.get("cc", []):
                await participants.take_part(tx, talk, address, role="cc")
            await using.with_answer(visit, tx, talk, made)
            await _and_then(visit, tx, talk, then)
        await drafts.drop(tx, visit.workspace.id, talk.id, visit.agent.id)
        if once:
            await answered.keep(tx, visit.workspace.id, visit.agent.id, once, digest=talk.id, status=200, body=made.id)
    return made


def _words(visit: Visit, talk: Conversation) -> Said:
    """What was written, whom it goes to besides the customer, and the files that go with it. Raises Refused."""
    html = visit.form.get("html", "").strip()
    files = tuple(visit.form.getlist("attachment")[:20])
    body = rich_text.clean(html) if html else visit.form.get("text", "")
    copies = _copies(visit) if talk.channel in MAIL and visit.form.get("mode") != "note" else []
    words = message.said(body, attachments=files, via={"channel": talk.channel, **({"cc": copies} if copies else {})})
    if visit.form.get("mode") != "note" and letters.GAP[0] in words.text + words.html:
        raise Refused("A value is missing in this answer.", field="text", hint="Fill in what stands between ⟨ and ⟩.")
    return words


def _copies(visit: Visit) -> list[str]:
    """The addresses of the field Cc. Raises Refused for what is none."""
    said = [word for word in re.split(r"[\s,;]+", visit.form.get("cc", "")) if word]
    wrong = next((word for word in said if not _ADDRESS.fullmatch(word)), None)
    if wrong is not None or len(said) > _MOST_COPIES:
        raise Refused(
            f"{wrong[:80]} is not an e-mail address." if wrong else f"At most {_MOST_COPIES} copies.",
            field="cc",
            hint="Set addresses apart by commas.",
        )
    return list(dict.fromkeys(word.lower() for word in said))


def _send_at(visit: Visit, then: str) -> int:
    """When it goes out: in ten seconds, so that it can be taken back, or at the time that was chosen. Raises Refused."""
    kind, _, when = then.partition(":")
    if kind != "later":
        return stamps.now() + acts.UNDO_FOR
    at = naps.typed(visit.form.get("moment", ""), visit.workspace.time_zone) if when == "moment" else int(when) if when.isdigit() else 0
    if at <= stamps.now():
        raise Refused("That time has gone by.", field="moment", hint="Choose a time to come.")
    return at


async def _nothing_newer(tx: Transaction, talk: Conversation, said: str) -> None:
    """Raises Conflict when the customer wrote after what was read."""
    known = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
    row = await tx.one(
        "select max(at) from message where workspace_id = :w and conversation_id = :id and kind = 'customer'", w=talk.workspace_id, id=talk.id
    )
    if known and row and row[0] and row[0] > known:
        raise Conflict("The customer wrote while you were answering.", hint="Read the new message first, then send again.")


async def _and_then(visit: Visit, tx: Transaction, talk: Conversation, then: str) -> None:
    me = actor.of_agent(visit.agent)
    if then == "close":
        await states.close(tx, talk, by=me)
    if then == "snooze":
        await states.snooze(tx, talk, naps.until_answered(visit.workspace.time_zone)[1], by=me)


async def _mentioned(visit: Visit, words: Said) -> list[str]:
    """The agents a note names: by the editor's mark, or by @ and a name or first name that only one of them has."""
    found = set(_MENTION.findall(words.html))
    staff = [one for one in await agents.every(visit.desk.store, visit.workspace.id) if one.is_active]
    for said in _AT.findall(words.text):
        for name in (said, said.split(" ")[0]):
            meant = [one.id for one in staff if name.casefold() in (one.name.casefold(), one.name.split(" ")[0].casefold())]
            if len(meant) == 1:
                found.add(meant[0])
                break
    return sorted(found)


async def _sent(visit: Visit, talk: Conversation, written: Message | None, since: int) -> Response:
    before, talk = talk.state, await conversations.by_id(visit.desk.store, talk.workspace_id, talk.id)
    is_note = visit.form.get("mode") == "note"
    words = f"Note added to #{talk.number}" if is_note else f"#{talk.number} " + _outcome(visit, talk, written, since)
    undo = [] if is_note else await acts.undoable(visit.desk.store, talk, visit.agent.id, since)
    if not acts.is_piece(visit):
        done = f"&done={','.join(undo)}" if undo else ""
        return visit.go(f"/conversations/{talk.id}?view={acts.view_of(visit)}{done}")
    toast = Toast(stamps.new_id("tst"), words, talk.id, undo)
    fresh = await conversation.opened(visit, talk, await conversation.place_of(visit))
    return visit.page("inbox/_sent.html", status=200, toast=toast, moves=talk.state not in (before, "open"), **fresh)


def _outcome(visit: Visit, talk: Conversation, written: Message | None, since: int) -> str:
    then = visit.form.get("then", "")
    if then == "close" or (talk.closed_at or 0) >= since:
        return "sent and closed"
    if then == "snooze":
        return "sent and asleep"
    if then.startswith("later:") and written and written.send_at:
        return f"goes out {format.soon(written.send_at, visit.workspace.time_zone)}"
    return "sent"


async def _back(visit: Visit, talk: Conversation, error: DeskError) -> Response:
    """Nothing was sent: a script keeps the text it has; a plain form gets its page again with the text in it."""
    told = answers.told(error)
    hint = getattr(error, "hint", "")
    if acts.is_piece(visit):
        return visit.page("inbox/_trouble.html", status=told.status, words=f"{error.message} {hint} Your text is kept.".replace("  ", " "))
    text = visit.form.get("text", "")
    given = await conversation.whole(visit, talk, await conversation.place_of(visit))
    mode = "note" if visit.form.get("mode") == "note" else "reply"
    given |= await compose.composer(visit, talk, known=given["known"], trouble=f"{error.message} {hint}", text=text, mode=mode)  # type: ignore[arg-type]  # the time put there by compose
    return visit.page("inbox/page.html", status=told.status, toast=None, **given)


async def cancel(visit: Visit) -> Response:
    """``POST …/messages/{id}/cancellation``: a waiting reply does not go out; its text is the draft again."""
    talk = await acts.meant(visit)
    since = stamps.now()
    async with visit.desk.store.write() as tx:
        found = await message.by_id(tx, visit.workspace.id, visit.request.path_params["message_id"])
        if found.conversation_id != talk.id:
            raise Conflict("This message belongs to another conversation.", hint="Load the page again.")
        await answering.cancel(tx, visit.workspace.id, found.id, by=actor.of_agent(visit.agent))
    return await acts.answer(visit, talk, f"The reply to #{talk.number} is a draft again", since=since, draft=True)


async def undo(visit: Visit) -> Response:
    """``POST /changes/undoing`` with change (lines of the trail, newest first): all of them are taken back, or none."""
    changes = [one for one in visit.form.getlist("change") if one][:_MOST_CHANGES]
    if not changes:
        raise Refused("There is nothing to take back.", field="change", hint="Look into everything that was done.")
    since = stamps.now()
    talk: Conversation | None = None
    left: list[str] = []
    steps = [await trail.one(visit.desk.store, visit.workspace.id, one) for one in changes]
    async with visit.desk.store.write() as tx:
        for one in changes:
            talk, kept = await undoing.take_back(tx, visit.workspace.id, one, by=actor.of_agent(visit.agent))
            left += kept
    assert talk is not None
    is_text = any(step.undo is not None and step.undo.message for step in steps)
    words = f"#{talk.number} is as it was" if not left else f"#{talk.number} is as it was, but not {', '.join(left)}"
    return await acts.answer(visit, talk, words, since=since + stamps.DAY, draft=is_text, returns=True)


async def keep(visit: Visit) -> Response:
    """``POST …/draft`` with mode, html: kept for this agent. The answer says when, for the line under the text."""
    talk = await acts.meant(visit)
    html = rich_text.clean(visit.form.get("html", ""))
    mode: drafts.Mode = "note" if visit.form.get("mode") == "note" else "reply"
    async with visit.desk.store.write() as tx:
        await drafts.keep(tx, visit.workspace.id, talk.id, visit.agent.id, html, mode=mode)
    at = stamps.now()
    told = {"kept": format.moment(at, visit.workspace.time_zone), "at": at}
    return Response(msgspec.json.encode(told), headers={"Cache-Control": "no-store"}, media_type="application/json")


async def attach(visit: Visit) -> Response:
    """``POST …/files`` with one file: kept beside the draft. The answer is its line in the composer."""
    talk = await acts.meant(visit)
    found = await _take_files(visit, talk)
    if not found:
        raise Refused("There is no file.", field="file", hint="Choose one.")
    if not acts.is_piece(visit):
        return visit.go(f"/conversations/{talk.id}?view={acts.view_of(visit)}")
    return visit.page("inbox/_file.html", file=found[-1])


async def leave_out(visit: Visit) -> Response:
    """``POST /attachments/{id}/removal``: an upload that is not sent after all."""
    async with visit.desk.store.write() as tx:
        await uploads.drop(tx, visit.workspace.id, visit.request.path_params["attachment_id"], visit.agent.id)
    return Response(status_code=204)


async def serve(visit: Visit) -> Response:
    """``GET /attachments/{id}``: always as a download of the kind its first bytes say; pictures are shown by the page that names them."""
    found = await attachments.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["attachment_id"])
    content = await attachments.read(visit.desk.data, found)
    name = quote(found.name)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "private, max-age=86400"}
    return Response(content, headers=headers, media_type=found.media_type or "application/octet-stream")


async def _take_files(visit: Visit, talk: Conversation) -> list[Attachment]:
    """Files that came with the form itself, as they do without a script; they join the message by its field attachment."""
    found = []
    for file in visit.files:
        content = await file.read()
        by = actor.of_agent(visit.agent)
        one = await attachments.keep(
            visit.desk.store, visit.desk.data, visit.workspace.id, content, name=file.filename or "", limit=guard.FILES_LIMIT_BYTES, by=by
        )
        async with visit.desk.store.write() as tx:
            await uploads.lay(tx, one, talk.id)
        found.append(one)
    if found:
        said = [(name, value) for name, value in visit.form.multi_items()] + [("attachment", one.id) for one in found]
        visit.form = guard.Form(said)
    return found
