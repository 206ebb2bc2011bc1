"""Lists: which conversations, in which order, page by page, and how many."""

import pytest

from tests.conversations.room import Room
from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import drafts, editing, handing, inbox, participants, states, tagging, tags, views
from tillside.conversations.conversation import Conversation
from tillside.conversations.inbox import STANDARD, Filters

pytestmark = pytest.mark.anyio


async def listed(room: Room, filters: Filters, **more: object) -> list[int]:
    """The numbers of a list, in its order."""
    return [one.number for one in await inbox.page(room.desk.store, room.workspace_id, filters, **more)]  # type: ignore[arg-type]  # named by each test


async def several(room: Room, count: int) -> list[Conversation]:
    return [await room.opened(f"Question {number}") for number in range(1, count + 1)]


async def test_every_standard_list_shows_its_own(room: Room) -> None:
    ones = await several(room, 6)
    await room.do(handing.assign, ones[0], room.mia.id, by=room.mia)
    await room.do(states.snooze, ones[1], conversations.UNTIL_REPLY, by=room.mia)
    await room.do(states.close, ones[2], by=room.mia)
    await room.do(states.trash, ones[3], by=room.mia)
    await room.do(drafts.keep, room.workspace_id, ones[4].id, room.mia.id, "<p>Hm</p>")
    await room.replied(ones[5], send_at=stamps.now() + stamps.DAY)
    await room.do(participants.follow, ones[5], room.mia.id, by=room.mia)
    found = {name: await listed(room, filters.of(room.mia.id)) for name, filters in STANDARD.items()}
    assert found == {
        "mine": [1],
        "unassigned": [6, 5],
        "open": [6, 5, 1],
        "waiting": [],
        "snoozed": [2],
        "closed": [3],
        "trash": [4],
        "mentions": [],
        "drafts": [5],
        "outbox": [6],
        "following": [6],
    }
    badges = await inbox.badges(room.desk.store, room.workspace_id, room.mia.id)
    counted = [name for name in found if name not in ("following", "waiting")]
    assert {name: getattr(badges, name) for name in counted} == {name: len(found[name]) for name in counted}
    assert badges.channels == {"email": 3}


async def test_who_waits_too_long_is_listed_the_longest_first(room: Room) -> None:
    for hours in (5, 1, 7):
        with stamps.as_of(stamps.now() - hours * stamps.HOUR):
            await room.opened()
    assert await listed(room, STANDARD["waiting"], sort="waiting") == [3, 1]


async def test_a_common_tag_gives_the_same_list_however_it_is_walked(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, one in enumerate(await several(room, 7)):
        await room.do(tagging.add, one, ["often"] if number % 3 else ["often", "seldom"], by=room.mia)
    often, seldom = [(await tags.meant(room.desk.store, room.workspace_id, [name]))[name].id for name in ("often", "seldom")]
    for tag_ids in ([often], [seldom], [often, seldom]):
        filters = Filters(states=["open"], tag_ids=tag_ids)
        sorted_by_hand = await listed(room, filters, sort="waiting")
        monkeypatch.setattr(inbox, "_COMMON", 0)
        assert await listed(room, filters, sort="waiting") == sorted_by_hand
        monkeypatch.undo()


async def test_a_list_goes_on_after_the_last_line_and_never_doubles_one(room: Room) -> None:
    await several(room, 7)
    for sort in inbox._KEYS:
        seen: list[int] = []
        after = None
        while page := await inbox.page(room.desk.store, room.workspace_id, Filters(states=["open"]), sort=sort, after=after, count=3):
            seen += [one.number for one in page]
            after = inbox.place(page[-1], sort)
        assert sorted(seen) == list(range(1, 8)), sort
        rising = sort in ("oldest", "waiting", "created_first", "updated_first")
        assert seen == (sorted(seen) if rising else sorted(seen, reverse=True)), sort


async def test_who_waits_longest_comes_first_and_who_was_answered_last(room: Room) -> None:
    ones = await several(room, 3)
    await room.replied(ones[0])
    assert await listed(room, Filters(states=["open"]), sort="waiting") == [2, 3, 1]
    assert await listed(room, Filters(states=["open"], is_waiting=True), sort="waiting") == [2, 3]


async def test_filters_narrow_together(room: Room) -> None:
    ones = await several(room, 4)
    vip = await room.do(tags.add, room.workspace_id, "vip")
    late = await room.do(tags.add, room.workspace_id, "late")
    for one in ones[:3]:
        await room.do(tagging.add, one, ["vip"], by=room.mia)
    await room.do(tagging.add, ones[1], ["late"], by=room.mia)
    await room.do(states.close, ones[2], by=room.mia)
    await room.do(handing.press, ones[0], 1, by=room.mia)
    await room.do(editing.rate, ones[2], 2, by=room.mia)
    assert await listed(room, Filters(tag_ids=[vip.id])) == [3, 2, 1]
    assert await listed(room, Filters(tag_ids=[vip.id], states=["open"])) == [2, 1]
    assert await listed(room, Filters(tag_ids=[vip.id, late.id])) == [2]
    assert await listed(room, Filters(tag_ids=[vip.id], priority=1, channel="email")) == [1]
    assert await listed(room, Filters(channel="sms")) == []
    assert await listed(room, Filters(rated=[1, 2])) == [3]
    assert await listed(room, Filters(created_from=ones[1].created_at, created_to=ones[3].created_at), sort="created_first") == [2, 3]
    assert await inbox.count(room.desk.store, room.workspace_id, Filters(tag_ids=[vip.id], states=["open"])) == 2


async def test_a_tag_s_list_moves_with_its_conversations(room: Room) -> None:
    ones = await several(room, 2)
    vip = await room.do(tags.add, room.workspace_id, "vip")
    for one in ones:
        await room.do(tagging.add, one, [vip.id], by=room.mia)
    await room.heard(ones[0], "And another thing")
    assert await listed(room, Filters(tag_ids=[vip.id], states=["open"])) == [1, 2]
    assert await inbox.newer(room.desk.store, room.workspace_id, Filters(tag_ids=[vip.id], states=["open"]), ones[1].sort_at) == 1


async def test_nobody_s_profiles_have_no_conversations(room: Room) -> None:
    await several(room, 1)
    assert await listed(room, Filters(profile_ids=[])) == []
    assert await inbox.of_person(room.desk.store, room.workspace_id, "cus_stranger") == []


async def test_a_saved_list_is_its_owner_s_or_everybody_s(room: Room) -> None:
    mine = await room.do(views.add, room.workspace_id, "VIP", Filters(states=["open"], priority=1), owner_id=room.mia.id, sort="waiting")
    shared = await room.do(views.add, room.workspace_id, "All open", Filters(states=["open"]))
    assert await views.of_agent(room.desk.store, room.workspace_id, room.mia.id) == [shared, mine]
    assert await views.of_agent(room.desk.store, room.workspace_id, room.jonas.id) == [shared]
    with pytest.raises(Unknown):
        await views.by_id(room.desk.store, room.workspace_id, mine.id, agent_id=room.jonas.id)
    await room.do(views.change, mine, name="Ours", filters=mine.filters, sort="newest", position=3)
    assert (await views.by_id(room.desk.store, room.workspace_id, mine.id, agent_id=room.mia.id)).name == "Ours"
    await room.do(views.remove, mine)
    assert await views.of_agent(room.desk.store, room.workspace_id, room.mia.id) == [shared]
