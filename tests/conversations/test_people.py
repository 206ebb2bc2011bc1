"""Teams and presence."""

import pytest

from tests.conversations.room import Room
from tillside.agents import agent, presence, team
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused

pytestmark = pytest.mark.anyio


async def test_a_team_has_a_name_of_its_own_and_members(room: Room) -> None:
    crew = await room.do(team.add, room.workspace_id, " Parcels ")
    with pytest.raises(Conflict):
        await room.do(team.add, room.workspace_id, "PARCELS")
    with pytest.raises(Refused):
        await room.do(team.add, room.workspace_id, " ")
    everybody = await agent.every(room.desk.store, room.workspace_id)
    for one in (*everybody, *everybody):
        await room.do(team.join, crew, one)
    assert await team.members(room.desk.store, room.workspace_id) == {crew.id: sorted(one.id for one in everybody)}
    await room.do(team.leave, crew, everybody[0].id)
    assert await team.of_agent(room.desk.store, room.workspace_id, everybody[0].id) == []
    await room.do(team.rename, crew, "parcels")
    assert [one.name for one in await team.every(room.desk.store, room.workspace_id)] == ["parcels"]
    await room.do(team.remove, crew)
    assert await team.every(room.desk.store, room.workspace_id) == []


async def test_being_away_ends_at_its_time_and_a_closed_screen_is_not_here(room: Room) -> None:
    w, mia = room.workspace_id, room.mia.id
    lunch = stamps.now() + 45 * stamps.MINUTE
    await room.do(presence.say, w, mia, "away", until=lunch)
    there = (await presence.every(room.desk.store, w))[mia]
    assert (there.answers(lunch - 1), there.answers(lunch)) == (False, True)
    await room.do(presence.say, w, mia, "available")
    await room.do(presence.see, w, mia)
    there = (await presence.every(room.desk.store, w))[mia]
    assert there.is_here(there.seen_at) and not there.is_here(there.seen_at + presence.GONE_AFTER + 1)
