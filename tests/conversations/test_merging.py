"""Merging, splitting and changes of many: nothing is lost, nothing is doubled, and all of it leads back."""

import pytest

from tests.conversations.room import ADA, Room
from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused
from tillside.conversations import (
    answering,
    bulk,
    conversation,
    counts,
    drafts,
    merging,
    message,
    participants,
    splitting,
    states,
    tagging,
    trail,
    undoing,
)
from tillside.conversations.bulk import Job
from tillside.conversations.conversation import Conversation
from tillside.storage.database import Transaction

pytestmark = pytest.mark.anyio


async def two(room: Room) -> tuple[Conversation, Conversation]:
    """Two conversations whose messages alternate; the second has a tag, a note, a follower and a draft."""
    first, second = await room.opened(""), await room.opened("")
    for number in range(3):
        await room.heard(first, f"first {number}")
        await room.heard(second, f"second {number}")
    async with room.desk.store.write() as tx:
        await answering.note(tx, second, message.Said("between us"), by=room.mia)
        await tagging.add(tx, second, ["vip"], by=room.mia)
        await participants.follow(tx, second, room.jonas.id, by=room.jonas)
        await drafts.keep(tx, room.workspace_id, second.id, room.mia.id, "<p>half an answer</p>")
    return first, second


async def merged(room: Room, away: Conversation, here: Conversation) -> Conversation:
    async with room.desk.store.write() as tx:
        return await merging.merge(tx, await room.now(away), await room.now(here), by=room.mia)


async def exact(room: Room) -> None:
    assert {cell: count for cell, count in (await room.counted()).items() if count} == await room.there()


async def test_a_merge_brings_everything_into_one_thread_in_its_order(room: Room) -> None:
    first, second = await two(room)
    here = await merged(room, second, first)
    assert await room.texts(first) == ["first 0", "second 0", "first 1", "second 1", "first 2", "second 2", "between us"]
    assert (here.messages, here.notes, here.last_line) == (6, 1, "second 2")
    away = await room.now(second)
    assert (away.state, away.merged_into, away.messages, away.waiting_since) == ("closed", first.id, 0, None)
    assert await participants.followers(room.desk.store, room.workspace_id, first.id) == [room.jonas.id]
    kept = await drafts.find(room.desk.store, room.workspace_id, first.id, room.mia.id)
    assert kept is not None and "half an answer" in kept.html
    assert (await conversation.current(room.desk.store, away)).id == first.id
    await exact(room)


async def test_a_merge_taken_back_leaves_both_as_they_were(room: Room) -> None:
    first, second = await two(room)
    before = [await room.now(first), await room.now(second)]
    said = [await room.texts(first), await room.texts(second)]
    await merged(room, second, first)
    await room.heard(first, "and since then")
    step = next(one for one in await trail.page(room.desk.store, first) if one.kind == "merged")
    async with room.desk.store.write() as tx:
        await undoing.undo(tx, room.workspace_id, step.id, by=room.mia)
    after = [await room.now(first), await room.now(second)]
    assert [await room.texts(first), await room.texts(second)] == [[*said[0], "and since then"], said[1]]
    names = ("state", "messages", "notes", "last_line", "last_by", "waiting_since", "merged_into", "sort_at")
    assert [getattr(after[1], name) for name in names] == [getattr(before[1], name) for name in names]
    assert (after[0].notes, after[0].messages, after[0].waiting_since) == (0, 4, before[0].waiting_since)
    await exact(room)
    with pytest.raises(Conflict):
        async with room.desk.store.write() as tx:
            await undoing.undo(tx, room.workspace_id, step.id, by=room.mia)


async def test_what_was_merged_is_not_merged_again_nor_with_itself(room: Room) -> None:
    first, second = await two(room)
    with pytest.raises(Refused):
        await merged(room, first, first)
    await merged(room, second, first)
    with pytest.raises(Conflict):
        await merged(room, second, first)


async def test_a_split_goes_on_as_its_own_and_is_taken_back(room: Room) -> None:
    talk = await room.opened("")
    for text in ("one", "two", "three"):
        await room.heard(talk, text)
    second = (await message.page(room.desk.store, room.workspace_id, talk.id))[1]
    async with room.desk.store.write() as tx:
        made = await splitting.split(tx, talk, second.id, subject="The other one", by=room.mia)
    assert (await room.texts(talk), await room.texts(made)) == (["one"], ["two", "three"])
    assert (made.subject, made.messages, (await room.now(talk)).messages) == ("The other one", 2, 1)
    await exact(room)
    step = next(one for one in await trail.page(room.desk.store, talk) if one.kind == "split")
    async with room.desk.store.write() as tx:
        await undoing.undo(tx, room.workspace_id, step.id, by=room.mia)
    assert await room.texts(talk) == ["one", "two", "three"]
    assert (await room.now(made)).merged_into == talk.id


async def test_a_split_that_leaves_nothing_behind_is_refused(room: Room) -> None:
    talk = await room.opened("")
    await room.heard(talk, "one")
    first = (await message.page(room.desk.store, room.workspace_id, talk.id))[0]
    with pytest.raises(Refused):
        async with room.desk.store.write() as tx:
            await splitting.split(tx, talk, first.id, subject="", by=room.mia)


async def no_text(tx: Transaction, talk: Conversation, macro_id: str, by: Actor) -> None:
    raise Refused("Nothing is known for order name.")


async def through(room: Room, job: Job) -> Job:
    while await bulk.work_due(room.desk.store, at=stamps.now(), count=100, answer=no_text):
        pass
    return await bulk.by_id(room.desk.store, room.workspace_id, job.id)


async def begun(room: Room, act: bulk.Act, ids: list[str], given: str = "") -> Job:
    async with room.desk.store.write() as tx:
        return await bulk.start(tx, room.workspace_id, act, given, ids, by=room.mia)


async def test_many_are_closed_counted_and_opened_again(room: Room) -> None:
    talks = [await room.opened("") for number in range(7)]
    job = await through(room, await begun(room, "close", [talk.id for talk in talks]))
    assert (job.state, job.done, job.failed) == ("done", 7, 0)
    assert {(await room.now(talk)).state for talk in talks} == {"closed"}
    async with room.desk.store.write() as tx:
        back = await bulk.undo(tx, job, by=room.mia)
    assert (await through(room, back)).done == 7
    assert {(await room.now(talk)).state for talk in talks} == {"open"}
    await exact(room)


async def test_what_refuses_is_counted_and_left_as_it_was(room: Room) -> None:
    talk = await room.opened("")
    job = await through(room, await begun(room, "close", [talk.id, "cnv_gone"]))
    assert (job.state, job.done, job.failed) == ("done", 1, 1)
    answered = await through(room, await begun(room, "reply", [talk.id], "mac_any"))
    assert (answered.done, answered.failed) == (0, 1)
    assert await room.texts(talk) == []


async def test_a_stopped_job_goes_no_further(room: Room) -> None:
    talks = [await room.opened("") for number in range(60)]
    job = await begun(room, "close", [talk.id for talk in talks])
    await bulk.work_due(room.desk.store, at=stamps.now(), count=100, answer=no_text)
    async with room.desk.store.write() as tx:
        await bulk.stop(tx, job)
    ended = await through(room, job)
    assert (ended.state, 0 < ended.done < 60) == ("stopped", True)
    cells = await counts.every(room.desk.store, room.workspace_id)
    assert counts.total(cells, state="closed") == ended.done


async def test_what_somebody_changed_meanwhile_is_not_taken_back(room: Room) -> None:
    one, other = await room.opened(""), await room.opened("")
    job = await through(room, await begun(room, "close", [one.id, other.id]))
    async with room.desk.store.write() as tx:
        await states.reopen(tx, await room.now(one), by=ADA)
        await states.trash(tx, await room.now(one), by=room.jonas)
    async with room.desk.store.write() as tx:
        back = await bulk.undo(tx, job, by=room.mia)
    ended = await through(room, back)
    assert (ended.done, ended.failed) == (1, 1)
    assert ((await room.now(one)).state, (await room.now(other)).state) == ("trash", "open")
