"""Rules as people write them: lists, the sentence as a plain form, what stays when something is wrong, and who may."""

import asyncio
import re
from html import unescape
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import Visitor
from tillside.agents import team, workspace
from tillside.agents.actor import Actor
from tillside.automations import rule as rules
from tillside.automations.conditions import Condition
from tillside.automations.rule import Rule
from tillside.automations.terms import Terms, Trigger
from tillside.conversations import answering, fields, message, opening, tags, trail
from tillside.conversations.opening import Opening
from tillside.macros import step

pytestmark = pytest.mark.anyio

DAMAGED = {
    "list": "tagging",
    "name": "Damaged on arrival",
    "when-0-kind": "customer_wrote",
    "if-0-0-kind": "lastMessage.text",
    "if-0-0-op": "contains",
    "if-0-0-value": "bent, torn",
    "do-0-kind": "tag",
    "do-0-tags-more": "damaged",
    "after-then": "on",
    "after-live": "1",
}


async def kept(house: Starlette) -> list[Rule]:
    store = house.state.desk.store
    return await rules.every(store, (await workspace.chosen(store, "fernfold")).id)


async def add(house: Starlette, name: str, list_name: Any = "tagging", *, live: bool = True) -> Rule:
    store = house.state.desk.store
    terms = Terms([Trigger("customer_wrote")], [[Condition("ticket.subject", "contains", ["x"])]], [step.Tag(add=["x"])])
    async with store.write() as tx:
        return await rules.add(tx, (await workspace.chosen(store, "fernfold")).id, list_name, name, terms, live=live)


def field(text: str, name: str) -> str:
    """What stands in an input of the page."""
    found = re.search(rf'<input[^>]*\bname="{re.escape(name)}"[^>]*\bvalue="([^"]*)"', text)
    assert found, name
    return unescape(found[1])


def chosen(text: str, name: str) -> str:
    """What is chosen in a select of the page."""
    whole = re.search(rf'<select[^>]*\bname="{re.escape(name)}".*?</select>', text, re.DOTALL)
    assert whole, name
    found = re.search(r'<option value="([^"]*)" selected>', whole[0])
    return found[1] if found else ""


async def test_an_empty_list_teaches_with_a_rule_that_opens_ready(mia: Visitor) -> None:
    page = (await mia.get("/rules")).text
    links = re.findall(r'href="(/rules/new\?list=\w+&amp;example=[\w-]+)"', page)
    assert len(links) == 3
    for link in links:
        opened = (await mia.get(unescape(link))).text
        assert 'class="blank' in opened and field(opened, "name")


async def test_every_ready_rule_is_whole(house: Starlette, mia: Visitor) -> None:
    """What an example opens with can be saved as it is."""
    store = house.state.desk.store
    async with store.write() as tx:
        await team.add(tx, (await workspace.chosen(store, "fernfold")).id, "VIP care")
    for link in re.findall(r'href="(/rules/new\?list=\w+&amp;example=[\w-]+)"', (await mia.get("/rules")).text):
        form = form_of((await mia.get(unescape(link))).text)
        assert (await mia.post("/rules", **form, act="unseen")).status_code == 303, link
    assert [one.list for one in await kept(house)] == ["assignment", "tagging", "reply"]


async def test_a_sentence_becomes_a_rule_and_reads_the_same_again(house: Starlette, mia: Visitor) -> None:
    answer = await mia.post("/rules", **DAMAGED, act="unseen")
    (one,) = await kept(house)
    assert answer.headers["location"] == f"/rules/{one.id}?saved=1" and one.is_live
    assert one.terms.when == [Trigger("customer_wrote")]
    assert one.terms.blocks == [[Condition("lastMessage.text", "contains", ["bent", "torn"])]]
    (made,) = await tags.every(house.state.desk.store, one.workspace_id)
    assert made.name == "damaged" and one.terms.steps == [step.Tag(add=[made.id])]
    page = (await mia.get(f"/rules/{one.id}")).text
    assert "When a customer writes, if the text of the message contains any of “bent” or “torn”, then add tag damaged." in unescape(page)
    assert field(page, "if-0-0-value") == "bent, torn" and chosen(page, "when-0-kind") == "customer_wrote"


async def test_rows_come_and_go_without_losing_what_was_typed(mia: Visitor) -> None:
    more = await mia.post("/rules/drafts", **DAMAGED, act="add-step")
    assert more.status_code == 200 and field(more.text, "if-0-0-value") == "bent, torn"
    assert chosen(more.text, "do-1-kind") == "tag"
    block = await mia.post("/rules/drafts", **DAMAGED, act="add-block")
    assert chosen(block.text, "if-1-0-kind") == "ticket.subject"
    gone = await mia.post("/rules/drafts", **DAMAGED, act="drop-row-0-0")
    assert 'name="if-0-0-kind"' not in gone.text and "nothing more is asked" in gone.text


async def test_steps_are_put_in_order_by_buttons(mia: Visitor) -> None:
    two = DAMAGED | {"do-1-kind": "close"}
    moved = await mia.post("/rules/drafts", **two, act="up-step-1")
    assert (chosen(moved.text, "do-0-kind"), chosen(moved.text, "do-1-kind")) == ("close", "tag")
    assert "damaged" in moved.text
    same = await mia.post("/rules/drafts", **two, act="up-step-0")
    assert chosen(same.text, "do-0-kind") == "tag"


async def test_another_kind_brings_its_own_blanks(house: Starlette, mia: Visitor) -> None:
    store = house.state.desk.store
    async with store.write() as tx:
        home = await workspace.chosen(store, "fernfold")
        await fields.add(tx, home.id, "Reason", format="choice", choices=["Return::Damaged", "Late"])
        gift = await tags.add(tx, home.id, "gift")
    page = (
        await mia.post(
            "/rules/drafts", **DAMAGED | {"if-0-0-kind": "conversation.tags", "do-0-kind": "field", "do-0-key": "reason"}, act="shape"
        )
    ).text
    assert f'type="checkbox" name="if-0-0-value" value="{gift.id}"' in page and "Return › Damaged" in page
    money = (await mia.post("/rules/drafts", **DAMAGED | {"if-0-0-kind": "order.amount", "if-0-0-op": "more"}, act="shape")).text
    assert 'inputmode="decimal"' in money and "<span>EUR</span>" in money
    date = (await mia.post("/rules/drafts", **DAMAGED | {"if-0-0-kind": "ticket.createdAt", "if-0-0-op": "before"}, act="shape")).text
    assert re.search(r'name="if-0-0-value" type="date"', date)


async def test_a_value_of_the_shop_s_own_is_asked_by_its_name(house: Starlette, mia: Visitor) -> None:
    own = {"if-0-0-kind": "event.properties.", "if-0-0-key": "points", "if-0-0-op": "at_least", "if-0-0-value": "12,5"}
    event = {"when-0-kind": "custom_event", "when-0-names": "loyalty_changed"}
    assert (await mia.post("/rules", **DAMAGED | event | own, act="unseen")).status_code == 303
    (one,) = await kept(house)
    assert one.terms.blocks == [[Condition("event.properties.points", "at_least", "12.5")]]
    page = unescape((await mia.get(f"/rules/{one.id}")).text)
    assert "your shop sends an event: loyalty_changed, if the event’s points is at least 12.5" in page and field(page, "if-0-0-key") == "points"
    nameless = await mia.post("/rules", **DAMAGED | own | {"if-0-0-key": ""}, act="unseen")
    assert nameless.status_code == 422 and "It has no name yet." in nameless.text


@pytest.mark.parametrize(
    ("changed", "place", "words"),
    [
        ({"name": ""}, "name", "no name yet"),
        ({"if-0-0-value": ""}, "if-0-0", "Nothing is chosen to compare with"),
        ({"if-0-0-kind": "order.amount", "if-0-0-op": "more", "if-0-0-value": "lots"}, "if-0-0", "This is not a number"),
        ({"when-0-kind": "waiting", "when-0-amount": "soon", "when-0-unit": "hour"}, "when-0", "How long is not clear"),
        ({"do-0-tags-more": ""}, "do-0", "No tag is chosen"),
        ({"do-0-kind": "reply"}, "do-0", "Nothing is written yet"),
    ],
)
async def test_what_is_wrong_stands_beside_its_row_and_the_rest_is_kept(
    house: Starlette, mia: Visitor, changed: dict[str, str], place: str, words: str
) -> None:
    answer = await mia.post("/rules", **DAMAGED | changed, act="unseen")
    assert answer.status_code == 422 and not await kept(house)
    beside = re.search(rf'id="{place}-error"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    assert beside and words in beside[1]
    assert "customer_wrote" in answer.text and ("bent" in answer.text or "if-0-0-value" in changed)


async def test_letters_have_their_blanks_and_what_a_run_did_is_taken_back_by_its_button(house: Starlette, mia: Visitor) -> None:
    store = house.state.desk.store
    home = await workspace.chosen(store, "fernfold")
    letters = {"do-1-kind": "forward", "do-1-to": "repairs@supplier.example", "do-1-text": "Please look.", "do-2-kind": "reply"}
    letters |= {
        "do-2-text": "We look.",
        "do-2-way": "mail",
        "do-2-more": "more",
        "do-2-subject": "Your pen",
        "do-2-cc": "boss@shop.example nobody",
    }
    wrong = await mia.post("/rules", **DAMAGED, **letters, act="unseen")
    assert wrong.status_code == 422 and "“nobody” is not an e-mail address." in wrong.text
    assert field(wrong.text, "do-2-subject") == "Your pen" and field(wrong.text, "do-1-to") == "repairs@supplier.example"
    assert chosen(wrong.text, "do-2-way") == "mail" and 'aria-describedby="do-2-error"' in wrong.text
    letters["do-2-cc"] = "boss@shop.example"
    reads = unescape((await mia.post("/rules/drafts", **DAMAGED, **letters)).text)
    assert "then forward the message to repairs@supplier.example with “Please look.”, then reply “We look.”, by e-mail too," in reads
    assert "subject “Your pen”, copied to boss@shop.example." in reads
    assert (await mia.post("/rules", **DAMAGED, **letters, act="unseen")).status_code == 303
    ada = Actor("customer", "cus_ada", "Ada")
    async with store.write() as tx:
        source = {"from": {"address": "ada@example.com"}}
        talk = await opening.open(tx, home.id, Opening(channel="email", subject="A pen", source=source), by=ada)
        await answering.hear(tx, talk, message.said("It came bent."), by=ada)
    async with asyncio.timeout(20):
        while not any(one.kind == "rule_applied" for one in await trail.page(store, talk)):
            await asyncio.sleep(0.02)
    page = unescape((await mia.get(f"/conversations/{talk.id}?view=open")).text)
    assert "forwarded to repairs@supplier.example" in page and "cc boss@shop.example" in page and "Take back everything this run did" in page
    (change,) = re.findall(r'name="change" value="(trl_\w+)"', page)
    assert (await mia.post("/changes/undoing", change=change, conversation=talk.id)).status_code == 303
    page = unescape((await mia.get(f"/conversations/{talk.id}?view=open")).text)
    assert "took back what the rule Damaged on arrival did" in page and "forwarded to" not in page and "We look." not in page
    assert (await mia.post("/changes/undoing", change=change, conversation=talk.id)).status_code == 409


async def test_saving_leads_over_the_simulation(house: Starlette, mia: Visitor) -> None:
    first = await mia.post("/rules", **DAMAGED, act="save")
    assert first.status_code == 200 and "Not saved yet" in first.text and not await kept(house)
    assert "Nothing was sent or changed" in first.text
    seen = field(first.text, "seen")
    changed = await mia.post("/rules", **DAMAGED | {"if-0-0-value": "wet"}, seen=seen, act="save")
    assert "Not saved yet" in changed.text and not await kept(house), "what was simulated is not what would be saved"
    assert (await mia.post("/rules", **DAMAGED, seen=seen, act="save")).status_code == 303
    assert len(await kept(house)) == 1


async def test_a_simulation_asks_for_no_name_and_stores_nothing(house: Starlette, mia: Visitor) -> None:
    answer = await mia.post("/rules/simulations", **DAMAGED | {"name": ""})
    assert answer.status_code == 200 and "in the last 30 days" in answer.text and not await kept(house)


async def test_a_rule_is_changed_paused_copied_and_removed(house: Starlette, mia: Visitor) -> None:
    one = await add(house, "Old name")
    path = f"/rules/{one.id}"
    form = DAMAGED | {"name": "New name", "version": str(one.version), "rule": one.id}
    assert (await mia.post(path, **form, act="unseen")).status_code == 303
    assert (await kept(house))[0].name == "New name"
    assert (await mia.post(path + "/switch", live="0", back="rule")).headers["location"] == path
    assert not (await kept(house))[0].is_live
    await mia.post(path + "/copies")
    assert [(one.name, one.is_live) for one in await kept(house)] == [("New name", False), ("New name (copy)", False)]
    assert (await mia.post(path + "/removal")).headers["location"] == "/rules?removed=1"
    assert (await mia.get(path)).status_code == 404


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(house: Starlette, mia: Visitor) -> None:
    one = await add(house, "Old name")
    form = DAMAGED | {"version": str(one.version), "rule": one.id}
    await mia.post(f"/rules/{one.id}", **form, act="unseen")
    late = await mia.post(f"/rules/{one.id}", **form | {"name": "Mine"}, act="unseen")
    assert late.status_code == 409 and field(late.text, "name") == "Mine" and "What you typed is kept" in late.text
    assert (await kept(house))[0].name == DAMAGED["name"]


async def test_rules_change_places_by_form_and_by_script(house: Starlette, mia: Visitor) -> None:
    first, second = [await add(house, name) for name in ("First", "Second")]
    assert (await mia.post(f"/rules/{second.id}/place", to="1")).headers["location"] == "/rules#list-tagging"
    assert [one.name for one in await kept(house)] == ["Second", "First"]
    mia.http.headers["hx-request"] = "true"
    piece = await mia.post(f"/rules/{first.id}/place", to="1")
    assert piece.status_code == 200 and "First is now 1 of 2." in piece.text and "<html" not in piece.text


async def test_who_may_not_change_rules_reads_them(house: Starlette, jonas: Visitor) -> None:
    one = await add(house, "Bent corners")
    page = (await jonas.get(f"/rules/{one.id}")).text
    assert "a customer writes" in page and "<select" not in page and "Only an admin changes rules" in page
    assert (await jonas.get("/rules/new?list=tagging")).status_code == 403
    assert (await jonas.post(f"/rules/{one.id}/switch", live="0")).status_code == 403
    assert 'role="switch"' not in (await jonas.get("/rules")).text


async def test_rules_leave_as_a_file_and_come_in_with_a_report(house: Starlette, mia: Visitor) -> None:
    await add(house, "Bent corners")
    given = await mia.get("/rules/export")
    assert given.headers["content-disposition"] == 'attachment; filename="fernfold-rules.json"' and "Bent corners" in given.text
    stranger = given.text.replace('"Bent corners"', '"Handed over"').replace('"do": "tag"', '"do": "team", "team_id": "Nowhere"')
    both = given.text.replace('"rules": [', '"rules": [' + stranger.partition('"rules": [')[2].rpartition("]")[0] + ",", 1)
    report = await mia.post("/rules/import", text=both)
    assert report.status_code == 201 and "1 rule added, 1 left out" in report.text and "team “Nowhere”" in unescape(report.text)
    assert [(one.name, one.is_live) for one in await kept(house)] == [("Bent corners", True), ("Bent corners", False)]
    for wrong in ("", "[1]", '{"format": "other"}'):
        answer = await mia.post("/rules/import", text=wrong)
        assert answer.status_code == 422 and 'id="file-error"' in answer.text


async def test_hours_are_kept_and_refused_beside_their_field(mia: Visitor) -> None:
    week = {"presence": "hours", "Monday-start": "09:00", "Monday-end": "17:00", "free": "2026-12-25\n2026-12-26"}
    assert (await mia.post("/settings/hours", **week)).status_code == 303
    page = (await mia.get("/settings/hours")).text
    assert "2026-12-26" in page and field(page, "Monday-end") == "17:00" and field(page, "Tuesday-start") == ""
    wrong = await mia.post("/settings/hours", **week | {"free": "Christmas"})
    assert wrong.status_code == 422 and 'id="free-error"' in wrong.text and "Christmas" in wrong.text
    upside_down = await mia.post("/settings/hours", **week | {"Monday-end": "08:00"})
    assert upside_down.status_code == 422 and 'id="week-error"' in upside_down.text


async def test_assignment_is_kept_and_refused_beside_its_field(house: Starlette, mia: Visitor) -> None:
    form = {"method": "balanced", "default_agent_id": "", "default_team_id": "", "chat_capacity": "4", "ticket_capacity": "0", "when_away": "1"}
    assert (await mia.post("/settings/assignment", **form)).status_code == 303
    page = (await mia.get("/settings/assignment")).text
    assert (
        field(page, "chat_capacity") == "4"
        and re.search(r'value="balanced" checked', page)
        and re.search(r'name="when_away"[^>]* checked', page)
    )
    wrong = await mia.post("/settings/assignment", **form | {"chat_capacity": "many"})
    assert wrong.status_code == 422 and 'id="chat_capacity-error"' in wrong.text
    foreign = await mia.post("/settings/assignment", **form | {"default_agent_id": "agt_of_somebody_else"})
    assert foreign.status_code == 422 and 'id="default_agent_id-error"' in foreign.text


def form_of(text: str) -> dict[str, str]:
    """The rule form of a page as a browser without script would send it, with one value for each name."""
    found = dict(re.findall(r'<(?:input|select|textarea)[^>]*\bname="((?:when|if|do|after)-[\w-]+|list|name|version|rule|seen)"()', text))
    for name in found:
        inputs = re.findall(rf'<input[^>]*\bname="{name}"[^>]*>', text)
        ticked = [one for one in inputs if 'type="checkbox"' not in one or " checked" in one]
        area = re.search(rf'<textarea[^>]*\bname="{name}"[^>]*>(.*?)</textarea>', text, re.DOTALL)
        value = re.search(r'\bvalue="([^"]*)"', ticked[0]) if ticked else None
        found[name] = unescape(area[1] if area else value[1] if value else "" if inputs else chosen(text, name))
    return found
