"""What is found: by words, beginnings, phrases, slips of the hand and operators; kept up with every change; never another company's."""

import msgspec
import pytest

from tests.conversations.room import ADA
from tests.search.questions import Questions
from tillside.base import stamps
from tillside.conversations import answering, conversation, editing, handing, indexing, merging, message, splitting, states, tagging
from tillside.search import finding, marking, rebuild, walking

pytestmark = pytest.mark.anyio


async def test_words_are_found_by_their_beginnings_the_newest_first(asking: Questions) -> None:
    await asking.opened("One", "The parcel is late", "No parcels came")
    await asking.opened("Two", "A postcard", "PARCEL again")
    assert await asking.texts("parc") == ["PARCEL again", "No parcels came", "The parcel is late"]
    assert await asking.texts("parc late") == ["The parcel is late"]
    assert await asking.texts("cel") == []


async def test_pages_follow_each_other_without_a_gap_or_a_double(asking: Questions) -> None:
    for number in range(15):
        await asking.opened("Talk", f"pen {number}", "nothing" if number % 3 else f"another pen, {number}")
    everything = await asking.texts("pen")
    assert len(everything) == 20 and len(set(everything)) == 20
    for count in (1, 3, 7):
        assert await asking.texts("pen", count=count) == everything


async def test_a_quoted_phrase_stands_as_it_is(asking: Questions) -> None:
    await asking.opened("Ink", "A blue pen please", "A pen, blue", "Blue pens")
    assert await asking.texts('"blue pen"') == ["A blue pen please"]
    assert await asking.texts("blue-pen") == ["Blue pens", "A blue pen please"]


async def test_scripts_without_spaces_are_found_in_the_middle(asking: Questions) -> None:
    await asking.opened("注文", "荷物はどこですか", "こんにちは")
    assert await asking.texts("どこ") == ["荷物はどこですか"]
    assert await asking.subjects("文") == ["注文"]


async def test_case_accents_and_marks_make_no_difference(asking: Questions) -> None:
    await asking.opened("Café", "GRÖSSE M", "größer")
    assert await asking.texts("grosse") == await asking.texts("Größe") == ["größer", "GRÖSSE M"]
    assert await asking.subjects("cafe") == ["Café"]


@pytest.mark.parametrize("typed", ["parcle", "parcl", "parccel", "parxel"])
async def test_a_slip_of_the_hand_is_mended_when_nothing_is_called_so(asking: Questions, typed: str) -> None:
    await asking.opened("One", "The parcel is late")
    assert await asking.texts(typed) == ["The parcel is late"]
    assert (await asking.meant(typed)).mended == {typed: ["parcel"]}


async def test_a_word_that_is_said_is_never_mended(asking: Questions) -> None:
    await asking.opened("One", "The pencil is late", "A pencel of light")
    assert await asking.texts("pencel") == ["A pencel of light"]
    assert (await asking.meant("10423")).mended == {}


async def test_operators_narrow(asking: Questions) -> None:
    room = asking.room
    mine = await asking.opened("Mine", "thanks a lot")
    closed = await asking.opened("Closed", "thanks so much")
    await room.do(handing.assign, mine, room.mia.id, by=room.mia)
    await room.do(tagging.add, mine, ["Gift card"], by=room.mia)
    await room.do(handing.press, mine, 1, by=room.mia)
    await room.do(states.close, closed, by=room.mia)
    for typed in ("assignee:me", "assignee:Mia", 'tag:"gift card"', "priority:high", "status:open", "channel:email status:open"):
        assert await asking.texts(f"thanks {typed}") == ["thanks a lot"], typed
        assert await asking.subjects(typed) == ["Mine"], typed
    assert await asking.texts("thanks status:closed") == ["thanks so much"]
    assert await asking.texts("thanks assignee:nobody") == ["thanks so much"]
    assert await asking.texts("thanks channel:sms") == []
    assert sorted(await asking.subjects("status:open status:closed")) == ["Closed", "Mine"]


async def test_trash_is_found_only_when_it_is_asked_for(asking: Questions) -> None:
    gone = await asking.opened("Junk", "win a prize")
    await asking.room.do(states.trash, gone, by=asking.room.mia)
    assert await asking.texts("prize") == [] and await asking.subjects("junk") == []
    assert await asking.texts("prize status:trash") == ["win a prize"] and await asking.subjects("junk status:trash") == ["Junk"]


async def test_whoever_said_it_is_found_by_name_and_address(asking: Questions) -> None:
    source = {"from": {"name": "Ada Lovelace", "address": "ada@engine.example"}}
    one = await asking.opened("Engine", "It halts", source=source)
    await asking.room.replied(one, "It does not halt")
    assert await asking.texts("halt from:ada@engine.example") == ["It halts"]
    assert await asking.texts("from:mia") == ["It does not halt"]
    assert await asking.subjects("from:lovelace") == ["Engine"] and await asking.subjects("ada") == ["Engine"]
    assert await asking.subjects(f"#{one.number}") == ["Engine"]


async def test_days_are_those_of_the_desk_and_there_is_no_oldest(asking: Questions) -> None:
    one = await asking.opened("Old", "first words")
    await asking.room.heard(one, "last words")
    store, day = asking.room.desk.store, 1_767_222_000_000_000  # midnight in Oslo, before 2026-01-01
    async with store.write() as tx:
        for at, text in ((day - stamps.SECOND, "first words"), (day, "last words")):
            await tx.run("update message set at = :at where text = :text", at=at, text=text)
        await tx.run("update conversation set created_at = :at", at=day - stamps.SECOND)
    await rebuild.again(store, tell=lambda count: None)
    assert await asking.texts("words before:2026-01-01") == ["first words"]
    assert await asking.texts("words after:2026-01") == ["last words"]
    assert await asking.texts("words after:2026-01-01 before:2026-01-02") == ["last words"]
    assert await asking.subjects("before:2026") == await asking.subjects("old before:2026-01-01") == ["Old"]
    assert await asking.subjects("after:2026") == await asking.subjects("old after:2026-01-01") == []


@pytest.mark.parametrize("typed", ["assignee:zoe", "team:returns", "tag:vip", "order:4711"])
async def test_a_name_nobody_has_is_said_in_a_sentence(asking: Questions, typed: str) -> None:
    (problem,) = (await asking.meant(typed)).problems
    assert typed.partition(":")[2] in problem and problem.endswith(".")
    assert (await asking.meant(typed)).groups == ()


async def test_a_reply_is_found_when_it_went_out(asking: Questions) -> None:
    one = await asking.opened("Talk")
    _, planned = await asking.room.replied(one, "perhaps tomorrow", send_at=stamps.now() + stamps.HOUR)
    _, taken = await asking.room.replied(one, "perhaps never", send_at=stamps.now() + stamps.HOUR)
    assert await asking.texts("perhaps") == []
    await asking.room.do(answering.send, one.workspace_id, planned.id)
    await asking.room.do(answering.cancel, one.workspace_id, taken.id, by=asking.room.mia)
    assert await asking.texts("perhaps") == ["perhaps tomorrow"]


async def test_edits_and_removals_are_followed(asking: Questions) -> None:
    room = asking.room
    one = await asking.opened("Before", "seen by everybody")
    _, note = await room.do(answering.note, one, message.said("between us"), by=room.mia)
    assert await asking.texts("between") == ["between us"]
    await room.do(answering.edit_note, note, message.said("only among agents"), by=room.mia)
    assert await asking.texts("between") == [] and await asking.texts("among") == ["only among agents"]
    for each in await message.page(room.desk.store, room.workspace_id, one.id):
        await room.do(answering.remove, each, by=room.mia)
    assert await asking.texts("among") == [] == await asking.texts("seen")
    await room.do(editing.rename, await room.now(one), "After", by=room.mia)
    assert await asking.subjects("before") == [] and await asking.subjects("after") == ["After"]


async def test_merging_and_splitting_are_followed(asking: Questions) -> None:
    room = asking.room
    away, here = await asking.opened("Away", "moved words"), await asking.opened("Here", "stayed")
    await room.do(merging.merge, away, here, by=room.mia)

    async def place() -> str:
        found = await finding.messages(room.desk.store, room.workspace_id, await asking.meant("moved"))
        (said,) = await finding.said(room.desk.store, found.positions)
        return said.conversation_id

    assert await place() == here.id
    moved = next(one for one in await message.page(room.desk.store, room.workspace_id, here.id) if one.text == "stayed")
    await room.do(splitting.split, await room.now(here), moved.id, subject="Split", by=room.mia)
    assert await place() == here.id and await asking.subjects("split") == ["Split"]


async def test_one_company_never_finds_the_words_of_another(asking: Questions) -> None:
    other = await Questions.furnished(asking.room.desk, 2)
    await other.opened("Secret plan", "canary sings", source={"from": {"name": "Zoe", "address": "zoe@other.example"}})
    await asking.opened("Plan", "canaries fly")
    assert await asking.texts("canar") == ["canaries fly"] and await other.texts("canar") == ["canary sings"]
    assert await asking.subjects("plan") == ["Plan"] and await asking.subjects("zoe") == [] == await asking.texts("from:zoe")
    assert (await asking.meant("sinfs")).mended == {}
    assert (await other.meant("sinfs")).mended == {"sinfs": ["sings"]}


async def test_an_index_built_anew_is_the_same(asking: Questions) -> None:
    other = await Questions.furnished(asking.room.desk, 2)
    for number in range(6):
        one = await (asking, other)[number % 2].opened(f"Talk {number}", f"word {number}", "something else")
        await asking.room.heard(one, f"later word {number}") if number % 2 == 0 else None
    store = asking.room.desk.store
    before = await asking.texts("word"), await asking.subjects("talk"), await other.texts("word")
    standing = await rebuild.standing(store)
    assert standing.is_whole
    told: list[int] = []
    assert await rebuild.again(store, tell=told.append) == standing.there == sum(told)
    assert (await asking.texts("word"), await asking.subjects("talk"), await other.texts("word")) == before
    assert (await rebuild.standing(store)).is_whole


async def test_words_in_the_conversations_of_an_order(asking: Questions) -> None:
    room = asking.room
    one, other = await asking.opened("Bent", "my parcel", "and more"), await asking.opened("Else", "a parcel")
    store = room.desk.store
    async with store.write() as tx:
        await tx.run(
            "insert into orders (workspace_id, id, connector_id, kind, number, profile_id, name, state, placed_at, currency, amount, value,"
            " counts, trust, has_held, items, summary, doc)"
            " values (:w, 'ord_1', 'con_1', 'order', '1001', 'cus_1', '#1001', 'open', 1, 'EUR', 1, 1, 1, 3, 0, 1, '', '{}')",
            w=room.workspace_id,
        )
        await editing.link_order(tx, await conversation.by_id(tx, room.workspace_id, one.id), "ord_1", by=ADA)
    assert await asking.texts("parcel order:1001") == ["my parcel"] and await asking.subjects("order:1001") == ["Bent"]
    assert await asking.subjects("bent order:1001 status:open") == ["Bent"] and await asking.subjects("else order:1001") == []
    assert other.number == one.number + 1


async def test_a_page_costs_so_much_and_says_how_far_it_came(asking: Questions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_LOOKED_AT", 5)
    monkeypatch.setattr(walking, "AT_ONCE", 2)
    room = asking.room
    rare = await asking.opened("Rare", "thanks from the bottom")
    await room.do(tagging.add, rare, ["vip"], by=room.mia)
    for _ in range(3):
        await asking.opened("Common", *["thanks"] * 4)
    meant = await asking.meant("thanks tag:vip")
    found = await finding.messages(room.desk.store, room.workspace_id, meant)
    assert found.positions == [] and found.further is not None and found.reached is not None
    assert await asking.texts("thanks tag:vip") == ["thanks from the bottom"]


async def test_what_was_found_is_marked_where_it_stands(asking: Questions) -> None:
    meant = await asking.meant('großes "blue pen"')
    text = f"{'so many words ' * 30}ein GROSSES Lob, a blue pen and <b>more</b> {'after that ' * 50}"
    pieces = marking.line(text, meant.every)
    assert [piece.text for piece in pieces if piece.is_found] == ["GROSSES", "blue pen"]
    said = "".join(piece.text for piece in pieces)
    assert said.startswith("…") and said.endswith("…") and said.strip("…") in text
    assert msgspec.to_builtins(marking.line("nothing here", meant.every)) == [{"text": "nothing here", "is_found": False}]


async def test_a_message_of_the_greatest_length_is_taken_in(asking: Questions) -> None:
    text = " ".join(chr(0x10400 + place % 40) * 9 + str(place) for place in range(message.LONGEST // 14))
    await asking.opened("Long", text[: message.LONGEST], "ﷺ" * 50_000)
    assert len(await asking.texts(text.split()[7])) == 1
    assert len(text.split()) > indexing.MOST_WORDS
