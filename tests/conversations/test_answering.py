"""What is said, and what it does to the conversation."""

import itertools

import pytest

from tests.conversations.room import ADA, SCRIPT, Room
from tillside.base import stamps
from tillside.base.errors import Conflict, NotAllowed, Refused
from tillside.conversations import answering, drafts, inbox, message, participants, states, trail, undoing
from tillside.conversations.conversation import UNTIL_REPLY
from tillside.conversations.inbox import Filters

pytestmark = pytest.mark.anyio


async def test_a_customer_s_message_waits_for_an_answer(room: Room) -> None:
    one = await room.opened()
    assert (one.state, one.last_line, one.last_by, one.messages) == ("open", "Where is my parcel?", "customer", 1)
    assert one.waiting_since == one.last_message_at == one.sort_at
    again = await room.heard(one, "Anybody there?")
    assert again.waiting_since == one.waiting_since, "it waits since the first unanswered message"


async def test_an_answer_ends_the_waiting_and_is_timed_once(room: Room) -> None:
    one = await room.opened()
    answered, reply = await room.replied(one)
    assert (answered.waiting_since, answered.first_response_at, answered.last_by) == (None, reply.at, "agent")
    later, _ = await room.replied(await room.heard(answered))
    assert later.first_response_at == reply.at


@pytest.mark.parametrize("state", ["closed", "snoozed", "asleep until a reply", "trash"])
async def test_a_customer_s_message_brings_a_conversation_back(room: Room, state: str) -> None:
    one = await room.opened()
    if state == "closed":
        one = await room.do(states.close, one, by=room.mia)
    elif state == "trash":
        one = await room.do(states.trash, one, by=room.mia)
    else:
        until = UNTIL_REPLY if state != "snoozed" else stamps.now() + stamps.DAY
        one = await room.do(states.snooze, one, until, by=room.mia)
    assert not one.is_open
    back = await room.heard(one, "Still here")
    assert (back.state, back.snoozed_until, back.closed_at, back.before_trash) == ("open", None, None, "")


async def test_times_of_messages_differ_by_a_millisecond_at_least(room: Room) -> None:
    one = await room.opened()
    async with room.desk.store.write() as tx:
        for number in range(20):
            one, _ = await answering.hear(tx, one, message.said(f"{number}"), by=ADA)
            one, _ = await answering.note(tx, one, message.said(f"note {number}"), by=room.mia)
    times = [each.at // 1000 for each in await message.page(room.desk.store, room.workspace_id, one.id, count=100)]
    assert len(times) == 41 and all(before < after for before, after in itertools.pairwise(times))


async def test_a_note_never_reaches_the_shopper(room: Room) -> None:
    one = await room.opened()
    since = await room.last_told()
    noted, _ = await room.do(answering.note, one, message.said("He sounds cross"), by=room.mia)
    assert {line.audience for line in await room.told(since)} == {"agents"}
    assert await room.texts(one, kinds=message.PUBLIC) == ["Where is my parcel?"]
    assert (noted.last_line, noted.sort_at, noted.waiting_since) == (one.last_line, one.sort_at, one.waiting_since)


async def test_a_note_names_colleagues_until_they_have_looked(room: Room) -> None:
    one = await room.opened()
    _, note = await room.do(answering.note, one, message.said("Look"), by=room.mia, mentions=[room.jonas.id, room.mia.id, "agt_nobody"])
    store, w = room.desk.store, room.workspace_id
    theirs = Filters(mentions_of="me").of(room.jonas.id)
    assert [each.id for each in await inbox.page(store, w, theirs)] == [one.id]
    assert (await inbox.badges(store, w, room.jonas.id)).mentions == 1
    assert (await inbox.badges(store, w, room.mia.id)).mentions == 0
    assert await participants.open_mentions(store, w, room.jonas.id, one.id) == [note.id]
    assert await room.do(participants.done_with_mention, w, room.jonas.id, [note.id]) == 1
    assert await inbox.page(store, w, theirs) == []


async def test_a_waiting_reply_is_seen_by_agents_only_and_goes_out_at_its_time(room: Room) -> None:
    one = await room.opened()
    since = await room.last_told()
    at = stamps.now() + 10 * stamps.SECOND
    waiting, reply = await room.replied(one, send_at=at)
    assert (waiting.waiting_since, waiting.first_response_at, waiting.messages) == (one.waiting_since, None, 1)
    assert {line.audience for line in await room.told(since)} == {"agents"}
    assert await room.texts(one) == ["Where is my parcel?"]
    assert (await room.texts(one, waiting=True))[-1] == "On its way."
    assert await answering.send_due(room.desk.store, at=at - 1) == 0
    assert await answering.send_due(room.desk.store, at=at) == 1
    assert await answering.send_due(room.desk.store, at=at) == 0
    gone = await room.now(one)
    assert (gone.waiting_since, gone.messages, gone.last_line) == (None, 2, "On its way.")
    assert (await message.by_id(room.desk.store, room.workspace_id, reply.id)).state == "stored"


async def test_a_reply_taken_back_is_a_draft_again(room: Room) -> None:
    one = await room.opened()
    _, reply = await room.replied(one, "<p>On <b>its</b> way</p>", send_at=stamps.now() + stamps.HOUR)
    (step, *_) = await trail.page(room.desk.store, one)
    assert step.kind == "reply_planned" and step.may_be_undone(stamps.now())
    await room.do(undoing.undo, room.workspace_id, step.id, by=room.mia)
    kept = await drafts.find(room.desk.store, room.workspace_id, one.id, room.mia.id)
    assert kept is not None and kept.html == "<p>On <b>its</b> way</p>"
    assert await answering.send_due(room.desk.store, at=stamps.now() + stamps.DAY) == 0
    with pytest.raises(Conflict):
        await room.do(answering.send, room.workspace_id, reply.id)


async def test_what_was_meant_for_a_silent_customer_does_not_go_out_once_they_write(room: Room) -> None:
    one = await room.opened()
    _, reply = await room.replied(one, "Any news?", send_at=stamps.now() + stamps.DAY, unless_answered=True)
    _, other = await room.replied(one, "Promised for tomorrow.", send_at=stamps.now() + stamps.DAY)
    await room.heard(one, "It came")
    found = [await message.by_id(room.desk.store, room.workspace_id, each.id) for each in (reply, other)]
    assert [each.state for each in found] == ["cancelled", "waiting"]
    assert found[0].reason == "the customer wrote first"


async def test_a_reply_that_went_out_cannot_be_taken_back(room: Room) -> None:
    _, reply = await room.replied(await room.opened())
    with pytest.raises(Conflict):
        await room.do(answering.cancel, room.workspace_id, reply.id, by=room.mia)


async def test_markup_is_cleaned_and_text_stays_text(room: Room) -> None:
    one = await room.opened("<p>Hi<script>steal()</script> <a href='javascript:x()'>you</a><img src=x onerror=y()></p>")
    (heard,) = await message.page(room.desk.store, room.workspace_id, one.id)
    assert "script" not in heard.html and "onerror" not in heard.html and heard.text.startswith("Hi")
    plain = message.said("1 < 2 and <ada@example.com> wrote")
    assert (plain.html, plain.text) == ("", "1 < 2 and <ada@example.com> wrote")
    with pytest.raises(Refused):
        message.said("<p> </p>")


async def test_only_its_author_changes_a_note(room: Room) -> None:
    _, note = await room.do(answering.note, await room.opened(), message.said("frist"), by=room.mia)
    with pytest.raises(NotAllowed):
        await room.do(answering.edit_note, note, message.said("mine"), by=room.jonas)
    await room.do(answering.edit_note, note, message.said("first"), by=room.mia)
    now = await message.by_id(room.desk.store, room.workspace_id, note.id)
    assert now.text == "first" and now.edited_at is not None


async def test_a_message_taken_away_is_nowhere_to_be_read(room: Room) -> None:
    one, reply = await room.replied(await room.opened(), "Card number 4111 1111")
    left = await room.do(answering.remove, reply, by=room.jonas)
    assert (left.last_line, left.last_by, left.messages) == ("Where is my parcel?", "customer", 1)
    assert await room.texts(one) == ["Where is my parcel?"]
    assert (await trail.page(room.desk.store, one))[0].actor == room.jonas


async def test_how_a_reply_fares_is_told_once(room: Room) -> None:
    one, reply = await room.replied(await room.opened())
    since = await room.last_told()
    await room.do(answering.mark, reply, "failed", reason="550 no such user")
    await room.do(answering.mark, reply, "failed", reason="550 no such user")
    await room.do(answering.mark, reply, "sent")
    await room.do(answering.see, one, reply.at)
    await room.do(answering.see, one, reply.at)
    assert [line.kind for line in await room.told(since)] == ["message.marked", "message.marked", "message.seen"]
    assert (await message.by_id(room.desk.store, room.workspace_id, reply.id)).state == "seen"


async def test_a_draft_is_kept_changed_and_dropped(room: Room) -> None:
    one, store, w = await room.opened(), room.desk.store, room.workspace_id
    since = await room.last_told()
    for html in ("<p>Dear</p>", "<p>Dear Ada</p>"):
        await room.do(drafts.keep, w, one.id, room.mia.id, html, mode="note")
    kept = await drafts.find(store, w, one.id, room.mia.id)
    assert kept is not None and (kept.html, kept.mode) == ("<p>Dear Ada</p>", "note")
    assert [each.id for each in await inbox.page(store, w, Filters(drafts_of=room.mia.id))] == [one.id]
    await room.do(drafts.keep, w, one.id, room.mia.id, "<p></p>")
    assert await drafts.of_conversation(store, w, one.id) == []
    assert [line.kind for line in await room.told(since)] == ["draft.begun", "draft.ended"]


async def test_who_said_it_stays_with_it(room: Room) -> None:
    one = await room.opened()
    await room.replied(one, "Written by a script", by=SCRIPT)
    said = await message.page(room.desk.store, room.workspace_id, one.id)
    assert [each.author for each in said] == [ADA, SCRIPT]
