"""Whose turn it is, and what the settings of assignment do by themselves."""

from typing import Any

import pytest

from tests.automations.automated import Automated
from tillside.agents import agent, presence, team
from tillside.agents.agent import Agent
from tillside.automations import assignment
from tillside.automations.assignment import Settings
from tillside.automations.rule import AssignBy
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.conversations import handing, states

pytestmark = pytest.mark.anyio


async def staff(desk: Automated, *names: str) -> list[Agent]:
    async with desk.store.write() as tx:
        return [
            await agent.add(tx, desk.w, f"{name}@fern.example", name=name, role="agent", password="a long enough password") for name in names
        ]


async def here(desk: Automated, *ids: str) -> None:
    async with desk.store.write() as tx:
        for agent_id in ids:
            await presence.say(tx, desk.w, agent_id, "available")


async def settled(desk: Automated, **settings: Any) -> None:
    await desk.room.do(assignment.put, desk.w, Settings(**settings))


async def begun(desk: Automated, count: int, **more: Any) -> list[str]:
    return [(await desk.begins(**more)).assignee_id for _ in range(count)]


async def test_round_robin_gives_to_each_in_turn_and_goes_on_after_a_restart(desk: Automated) -> None:
    mia, jonas = desk.room.mia.id, desk.room.jonas.id
    await desk.rule("assignment", "In turn", [AssignBy()])
    assert await begun(desk, 3) == [mia, jonas, mia]
    assert await begun(await Automated.begun(desk.room), 2) == [jonas, mia]


async def test_of_a_team_only_its_members_and_it_is_the_team_s(desk: Automated) -> None:
    zoe, ben, _ = await staff(desk, "zoe", "ben", "eve")
    shipping = await desk.room.do(team.add, desk.w, "Shipping")
    for one in (zoe, ben):
        await desk.room.do(team.join, shipping, one)
    await desk.rule("assignment", "In turn", [AssignBy(team_id=shipping.id)])
    assert await begun(desk, 3) == [zoe.id, ben.id, zoe.id]
    assert (await desk.begins()).team_id == shipping.id


async def test_balanced_gives_to_whoever_has_fewest_open(desk: Automated) -> None:
    mia, jonas = desk.room.mia.id, desk.room.jonas.id
    for _ in range(3):
        one = await desk.begins(assignee_id=jonas)
    await desk.rule("assignment", "Fewest", [AssignBy("balanced")])
    assert await begun(desk, 3) == [mia, mia, mia]
    await desk.room.do(states.close, one, by=desk.room.mia)
    assert await begun(desk, 1) == [jonas], "a closed one weighs nothing"


async def test_who_is_here_goes_before_who_is_not(desk: Automated) -> None:
    mia, jonas = desk.room.mia.id, desk.room.jonas.id
    await desk.rule("assignment", "In turn", [AssignBy()])
    await here(desk, jonas)
    assert await begun(desk, 2) == [jonas, jonas]
    await desk.room.do(presence.say, desk.w, jonas, "away")
    assert set(await begun(desk, 2)) == {mia, jonas}, "with nobody here it is everybody's turn"


async def test_capacity_is_counted_apart_for_chats_and_for_the_rest(desk: Automated) -> None:
    await settled(desk, chat_capacity=1, ticket_capacity=2)
    await desk.rule("assignment", "In turn", [AssignBy()])
    assert "" not in await begun(desk, 2, channel="whatsapp")
    full = await desk.begins(channel="sms")
    assert full.assignee_id == ""
    (line,) = await desk.trail(full, "rule_skipped")
    assert "room" in line.detail["reason"]
    assert "" not in await begun(desk, 4, channel="email")
    assert await begun(desk, 1, channel="email") == [""]


async def test_somebody_who_cannot_sign_in_gets_nothing(desk: Automated) -> None:
    await desk.rule("assignment", "In turn", [AssignBy()])
    mia = await agent.find(desk.store, desk.w, desk.room.mia.id)
    await desk.room.do(agent.disable, desk.w, desk.room.jonas.id, by=mia)
    assert await begun(desk, 2) == [mia.id, mia.id]


@pytest.mark.parametrize("method", ["manual", "round_robin", "balanced"])
async def test_the_settings_give_a_new_conversation_to_somebody(desk: Automated, method: str) -> None:
    shipping = await desk.room.do(team.add, desk.w, "Shipping")
    await desk.room.do(team.join, shipping, await agent.find(desk.store, desk.w, desk.room.jonas.id))
    default = {"default_agent_id": desk.room.jonas.id} if method == "manual" else {}
    await settled(desk, method=method, default_team_id=shipping.id, on_first_message=True, **default)
    one = await desk.begins()
    assert (one.assignee_id, one.team_id) == (desk.room.jonas.id, shipping.id)
    (line,) = await desk.trail(one, "assigned")
    assert (line.actor.kind, line.actor.name) == ("system", "Assignment")
    await desk.room.do(handing.assign, one, "", by=desk.room.mia)
    assert (await desk.writes(one)).assignee_id == "", "only with the first message"


async def test_what_a_rule_assigned_is_left_alone(desk: Automated) -> None:
    await settled(desk, method="manual", default_agent_id=desk.room.jonas.id, on_first_message=True)
    await desk.rule("assignment", "To Mia", [AssignBy("balanced")])
    assert await begun(desk, 1) == [desk.room.mia.id]


async def test_who_went_home_hands_on_when_the_customer_writes_again(desk: Automated) -> None:
    mia, jonas = desk.room.mia.id, desk.room.jonas.id
    await settled(desk, method="round_robin", when_away=True)
    await here(desk, mia, jonas)
    one = await desk.begins(assignee_id=jonas)
    assert (await desk.writes(one)).assignee_id == jonas
    await desk.room.do(presence.say, desk.w, jonas, "away", until=stamps.now() + stamps.HOUR)
    assert (await desk.writes(one)).assignee_id == mia
    await desk.room.do(presence.say, desk.w, mia, "away", until=stamps.now() + stamps.HOUR)
    assert (await desk.writes(one)).assignee_id == mia, "with nobody here it stays with whoever knows it"


async def test_nothing_is_assigned_by_itself_unless_somebody_said_so(desk: Automated) -> None:
    assert await begun(desk, 1) == [""]


async def test_a_capacity_is_a_number_that_can_be(desk: Automated) -> None:
    with pytest.raises(Refused) as refusal:
        await settled(desk, chat_capacity=-1)
    assert refusal.value.field == "chat_capacity"
