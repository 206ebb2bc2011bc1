"""Macros by HTTP: what goes with an answer, who may use and who may change one, and that a preview shows text as text."""

import re
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.agent.test_inbox import placed
from tests.agent.visitor import Visitor
from tillside.actions import action as actions
from tillside.agents import agent as agents
from tillside.agents import team as teams
from tillside.agents.actor import DESK
from tillside.conversations import conversation as conversations
from tillside.conversations import editing, message, opening, tags, trail
from tillside.conversations.conversation import Conversation
from tillside.conversations.opening import Opening
from tillside.edges.http.desk import Desk
from tillside.macros import macro as macros
from tillside.macros import step
from tillside.macros.macro import Macro
from tillside.macros.step import Close, Priority, Snooze, Step, Tag
from tillside.targets import target as targets

pytestmark = pytest.mark.anyio
STEPS: list[Step] = [Tag(["wismo"]), Priority(1), Close()]


async def written(house: Starlette, name: str = "Wismo", html: str = "<p>Hi</p>", **more: Any) -> Macro:
    desk: Desk = house.state.desk
    async with desk.store.write() as tx:
        return await macros.add(tx, 1, name, html, **{"steps": STEPS, **more})


async def answered(house: Starlette, visitor: Visitor, **fields: str) -> tuple[int, Conversation, list[str]]:
    """A conversation answered by a form; its status, how the conversation is now, and its tags."""
    desk: Desk = house.state.desk
    own = await placed(house, 1, f"mine {len(fields)}")
    answer = await visitor.post(f"/conversations/{own.talk.id}/messages", **{"mode": "reply", "text": "Hi", **fields})
    now = await conversations.by_id(desk.store, 1, own.talk.id)
    worn = (await tags.worn(desk.store, 1, [now.id])).get(now.id, [])
    return answer.status_code, now, [one.name for one in worn]


async def test_without_a_word_on_its_steps_a_macro_does_all_of_them(house: Starlette, mia: Visitor) -> None:
    one = await written(house)
    status, now, worn = await answered(house, mia, macro=one.id)
    assert (status, now.state, now.priority, worn) == (303, "closed", 1, ["wismo"])


async def test_what_was_left_out_is_not_done(house: Starlette, mia: Visitor) -> None:
    one = await written(house)
    status, now, worn = await answered(house, mia, macro=one.id, steps="shown", step=step.mark(1, STEPS[1]))
    assert (status, now.state, now.priority, worn) == (303, "open", 1, [])
    status, now, worn = await answered(house, mia, macro=one.id, steps="shown")
    assert (status, now.state, now.priority, worn) == (303, "open", 0, [])


async def test_a_step_that_is_not_the_one_that_was_seen_stops_the_answer(house: Starlette, mia: Visitor) -> None:
    one = await written(house)
    status, now, worn = await answered(house, mia, macro=one.id, steps="shown", step=step.mark(1, Priority(-1)))
    assert (status, now.state, now.priority, worn, now.newest_at) == (409, "open", 0, [], now.last_message_at)


async def test_a_step_that_cannot_be_done_stops_the_answer_and_is_named(house: Starlette, mia: Visitor) -> None:
    one = await written(house, steps=[Tag(["wismo"]), step.Assign("agt_gone")])
    own = await placed(house, 1, "mine")
    answer = await mia.post(f"/conversations/{own.talk.id}/messages", mode="reply", text="My words", macro=one.id)
    assert answer.status_code == 422 and "Assign to agt_gone: There is no such agent." in answer.text and "My words" in answer.text
    assert len(await message.page(house.state.desk.store, 1, own.talk.id, waiting=True)) == 1


async def test_how_it_is_sent_outweighs_what_the_macro_does_with_the_state(house: Starlette, mia: Visitor) -> None:
    one = await written(house, steps=[Snooze(), Priority(1)])
    _, now, _ = await answered(house, mia, macro=one.id, then="close")
    assert (now.state, now.priority) == ("closed", 1)


async def test_a_team_s_macro_is_for_the_team(house: Starlette, mia: Visitor, jonas: Visitor) -> None:
    desk: Desk = house.state.desk
    async with desk.store.write() as tx:
        crew = await teams.add(tx, 1, "Orders")
    one = await written(house, team_id=crew.id)
    assert (await jonas.get(f"/settings/macros/{one.id}")).status_code == 404
    assert (await mia.get(f"/settings/macros/{one.id}")).status_code == 200, "an admin looks after all of them"
    async with desk.store.write() as tx:
        await teams.join(tx, crew, next(each for each in await agents.every(tx, 1) if each.name == "Jonas Weber"))
    assert (await jonas.post(f"/settings/macros/{one.id}", name="Ours", text="New", scope=crew.id)).status_code == 303
    async with desk.store.write() as tx:
        other = await teams.add(tx, 1, "Others")
    refused = await jonas.post(f"/settings/macros/{one.id}", name="Ours", text="New", scope=other.id)
    assert refused.status_code == 422 and "You are not in this team" in refused.text


async def test_everybody_s_macro_is_changed_by_who_wrote_it_and_by_admins(house: Starlette, mia: Visitor, jonas: Visitor) -> None:
    theirs = await written(house)
    for path in (f"/settings/macros/{theirs.id}", f"/settings/macros/{theirs.id}/removal"):
        assert (await jonas.post(path, name="Wismo", text="Mine now")).status_code == 403
    assert (await jonas.post("/settings/macros", name="By Jonas", text="Hello", scope="")).status_code == 303
    desk: Desk = house.state.desk
    own = next(one for one in await macros.shared(desk.store, 1) if one.name == "By Jonas")
    assert (await jonas.post(f"/settings/macros/{own.id}", name="By Jonas", text="Hello again")).status_code == 303
    assert (await mia.post(f"/settings/macros/{own.id}/removal")).status_code == 303


async def test_a_wrong_step_is_told_beside_its_row_and_the_rest_of_the_form_stays(house: Starlette, mia: Visitor) -> None:
    fields = {"name": "Odd", "text": "Hello", "step.0.do": "close", "step.1.do": "assign", "step.1.agent_id": "agt_gone"}
    answer = await mia.post("/settings/macros", **fields)
    assert answer.status_code == 422 and "There is no such agent." in answer.text
    assert re.search(r'id="step-1".*role="alert"', answer.text, re.DOTALL) and 'value="Odd"' in answer.text


async def test_agents_bring_no_macros_in(house: Starlette, jonas: Visitor) -> None:
    assert (await jonas.get("/settings/macros/import")).status_code == 403


async def test_a_preview_shows_values_as_text_and_leads_nowhere_dangerous(house: Starlette, mia: Visitor) -> None:
    desk: Desk = house.state.desk
    source = {"from": {"name": 'javascript:alert(1)//"><img src=x onerror=alert(1)>', "address": "a@b.example"}}
    async with desk.store.write() as tx:
        talk = await opening.open(tx, 1, Opening(channel="email", subject="x", source=source), by=DESK)
    one = await written(house, html='<p>{{customer.name}} <a href="{{customer.name}}">here</a></p>')
    text = (await mia.get(f"/macros/{one.id}/preview?conversation={talk.id}")).text
    assert "<img" not in text and 'href="javascript' not in text and "&lt;img" in text


async def test_an_action_and_a_target_are_steps_with_what_they_ask_for(house: Starlette, mia: Visitor) -> None:
    desk: Desk = house.state.desk
    form = {"type": "object", "properties": {"amount": {"type": "string", "title": "How much", "x-money": True}}}
    async with desk.store.write() as tx:
        target = (await targets.add(tx, desk.vault, 1, targets.Draft(name="Cart", url="https://cart.example/refunds"))).target
        action = await actions.add(tx, 1, actions.Plan("Refund", target.id, form=form))
    page = await mia.post("/settings/macros", name="Both", text="", do="add", new="action")
    assert "How much" in page.text and 'name="step.0.input.amount"' in page.text and "Empty: all of it." in page.text
    rows = {"step.0.do": "action", "step.0.action_id": action.id, "step.0.input.amount": "5.00", "step.1.do": "target"}
    done = await mia.post("/settings/macros", name="Both", text="", **rows, **{"step.1.target_id": target.id})
    assert done.status_code == 303, done.text
    [one] = await macros.shared(desk.store, 1)
    assert one.steps == [step.RunAction(action.id, {"amount": "5.00"}), step.CallTarget(target.id)]
    assert "Run Refund, Call Cart" in (await mia.get("/settings/macros")).text
    shown = (await mia.get(f"/settings/macros/{one.id}")).text
    assert 'value="5.00"' in shown


async def test_a_macro_s_subject_is_a_step_that_is_offered_where_there_is_one(house: Starlette, mia: Visitor) -> None:
    desk: Desk = house.state.desk
    one = await written(house, subject="Your order, {{customer.name|friend}}", steps=[Priority(1)])
    mark = step.mark(0, step.Subject(one.subject))
    own = await placed(house, 1, "mine")
    path = f"/conversations/{own.talk.id}"
    shown = (await mia.get(f"/macros/{one.id}/preview?conversation={own.talk.id}")).text
    assert f'value="{mark}" data-step>' in shown, "not ticked: it has a subject"
    assert "Set the subject to “Your order, friend”" in shown and "instead of “mine”" in shown
    await mia.post(f"{path}/messages", mode="reply", text="Hi", macro=one.id)
    assert (await conversations.by_id(desk.store, 1, own.talk.id)).subject == "mine"
    done = await mia.post(f"{path}/messages", mode="reply", text="Hi", macro=one.id, steps="shown", step=mark)
    now = await conversations.by_id(desk.store, 1, own.talk.id)
    assert (now.subject, now.priority) == ("Your order, friend", 1)
    undo = re.search(r"done=([\w,]+)", done.headers["location"])
    assert undo
    lines = {line.id: line.kind for line in await trail.page(desk.store, now)}
    assert "renamed" in [lines[word] for word in undo[1].split(",")], "the toast takes it back with the rest"
    async with desk.store.write() as tx:
        await editing.rename(tx, now, "", by=DESK)
    shown = (await mia.get(f"/macros/{one.id}/preview?conversation={own.talk.id}")).text
    assert f'value="{mark}" data-step checked>' in shown
    assert f'value="{mark}" checked' in (await mia.get(f"{path}?macro={one.id}")).text, "and without a script"
    await mia.post(f"{path}/messages", mode="reply", text="Hi", macro=one.id)
    assert (await conversations.by_id(desk.store, 1, own.talk.id)).subject == "Your order, friend"
    assert "Set the subject to “Your order, {{customer.name|friend}}”" in (await mia.get("/settings/macros")).text


async def test_a_subject_with_a_hole_is_only_offered(house: Starlette, mia: Visitor) -> None:
    one = await written(house, subject="About {{order.name}}", steps=[])
    own = await placed(house, 1, "mine")
    desk: Desk = house.state.desk
    async with desk.store.write() as tx:
        await editing.rename(tx, own.talk, "", by=DESK)
    shown = (await mia.get(f"/macros/{one.id}/preview?conversation={own.talk.id}")).text
    assert "About ⟨order name⟩" in shown and "data-step>" in shown
    page = await mia.post(
        "/settings/macros", name="Odd", text="", subject="About {{order.name}}", do="preview", conversation=str(own.talk.number)
    )
    assert "About ⟨order name⟩" in page.text
