"""A part of a transaction that is taken back alone."""

import pytest

from tests.conversations.conftest import room
from tests.conversations.room import Room
from tillside.base.errors import Refused
from tillside.conversations import handing, tagging

__all__ = ["room"]
pytestmark = pytest.mark.anyio


async def test_what_fails_is_taken_back_with_its_notes_and_counts_and_the_rest_stays(room: Room) -> None:
    one = await room.opened()
    since = await room.last_told()
    async with room.desk.store.write() as tx:
        now = await tagging.add(tx, one, ["kept"], by=room.mia)
        with pytest.raises(Refused):
            async with tx.attempt():
                now = await handing.assign(tx, now, room.jonas.id, by=room.mia)
                async with tx.attempt():
                    await tagging.add(tx, now, ["inner"], by=room.mia)
                raise Refused("No.")
        async with tx.attempt():
            await handing.press(tx, one, 1, by=room.mia)
    after = await room.now(one)
    assert (after.assignee_id, after.priority) == ("", 1)
    assert [each.kind for each in await room.told(since)] == ["tag.added", "conversation.tagged", "conversation.prioritised"]
    assert await room.counted() == await room.there()
