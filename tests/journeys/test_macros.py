"""Macros in a real browser: seen before they are sent, left out in part, taken back whole; written, made from an answer, brought in."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys import talks
from tests.journeys.cast import COLLEAGUE, EMAIL, Agent, Desk, until
from tests.journeys.test_inbox import opened, ready, write
from tests.support import fit
from tests.support.browser import Problems
from tillside.base import rich_text
from tillside.conversations import fields
from tillside.macros import macro as macros
from tillside.macros.macro import Macro
from tillside.macros.step import ME, Assign, Close, Note, Priority
from tillside.storage.database import Database

DAMAGED = "<p>Thank you for the photographs, {{customer.first_name|there}}.</p><p>A new one for {{order.name}} leaves us today.</p>"


def known(desk: Desk) -> dict[str, Macro]:
    async def work(store: Database, workspace_id: int) -> dict[str, Macro]:
        return {one.name: one for one in await macros.shared(store, workspace_id)}

    return talks.do(desk, work)


def chosen(page: Page, words: str, shows: str) -> None:
    """Open the macros and find one."""
    page.keyboard.press("/")
    expect(page.locator("#macro-find")).to_be_focused()
    page.keyboard.type(words)
    expect(page.locator("#macro-preview")).to_contain_text(shows)


def customer_of(desk: Desk, number: str) -> str:
    talks.customer(desk, f"ingrid{number}@example.com", "Ingrid", number)
    text = f"The parcel for #{number} came today"
    return talks.wrote(desk, f"Corners bent {number}", text, name="Ingrid Example", email=f"ingrid{number}@example.com")


def test_what_a_macro_does_is_seen_left_out_in_part_and_sent_with_it(desk: Desk, agent: Agent) -> None:
    talk = customer_of(desk, "10422")
    after = talks.wrote(desk, "The next one", "Hello?")
    talks.macro(desk, "Damaged: send again", DAMAGED, ("packing-bench-2",), [Assign(ME), Note("<p>Bench 2 again</p>"), Close()])
    page = opened(agent, talk)
    chosen(page, "dam send", "Thank you for the photographs, Ingrid")
    boxes = page.locator("#macro-preview .tick")
    expect(boxes).to_have_text(
        [
            re.compile("Add tag packing-bench-2"),
            "Assign to me",
            re.compile("Add the note “Bench 2 again” once it has left"),
            re.compile("Close"),
        ]
    )
    expect(page.locator("#macro-list mark")).to_have_text(["Dam", "send"])
    fit.check(page, name="macro with steps")
    boxes.filter(has_text="Assign").get_by_role("checkbox").uncheck()
    page.keyboard.press("Enter")
    expect(page.locator("#editor")).to_contain_text("A new one for #10422 leaves us today")
    expect(page.locator("#steps .act")).to_have_text(
        [re.compile("packing-bench-2"), re.compile("Add the note"), re.compile("Close the conversation")]
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("sent and closed")
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", after)
    found = talks.read(desk, talk)
    assert (found.state, found.assignee_id, talks.worn(desk, talk)) == ("closed", "", ["packing-bench-2"])
    assert [one.kind for one in talks.said(desk, talk)] == ["customer", "agent"], "the note waits for the reply"
    until(lambda: [one.kind for one in talks.said(desk, talk)] == ["customer", "agent", "note"], "the note once the reply has left", 25)


def test_undo_takes_back_the_reply_and_everything_that_went_with_it(desk: Desk, agent: Agent) -> None:
    talk = customer_of(desk, "10423")
    talks.macro(
        desk, "Urgent reply", "<p>At once, {{customer.first_name}}</p>", ("urgent",), [Priority(1), Assign(ME), Note("<p>No</p>"), Close()]
    )
    page = opened(agent, talk)
    chosen(page, "urgent", "At once, Ingrid")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("sent and closed")
    assert talks.read(desk, talk).priority == 1
    page.keyboard.press("z")
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", talk)
    expect(page.locator("#editor")).to_contain_text("At once, Ingrid")
    expect(page.locator("#steps .act")).to_have_count(5)
    found = talks.read(desk, talk)
    assert (found.state, found.priority, found.assignee_id, talks.worn(desk, talk)) == ("open", 0, "", [])
    assert [one.kind for one in talks.said(desk, talk)] == ["customer"]


def test_a_chip_is_left_out_below_the_text_and_the_way_it_is_sent_outweighs_the_macro(desk: Desk, agent: Agent) -> None:
    talk = customer_of(desk, "10424")
    talks.macro(desk, "Sleepy", "<p>Tell us when it came</p>", ("asked", "waits"), [Priority(1), Close()])
    page = opened(agent, talk)
    chosen(page, "sleepy", "Tell us when")
    page.keyboard.press("Enter")
    page.locator("#steps").get_by_role("button", name="Leave out: Set the priority to high").click()
    expect(page.locator("#steps .act")).to_have_count(2)
    page.locator('details[data-menu="send"] summary').click()
    page.get_by_role("button", name=re.compile("^Send and snooze")).click()
    expect(page.locator("#toasts")).to_contain_text("sent and asleep")
    found = talks.read(desk, talk)
    assert (found.state, found.priority, sorted(talks.worn(desk, talk))) == ("snoozed", 0, ["asked", "waits"])


def test_after_a_macro_was_sent_the_composer_is_empty(desk: Desk, agent: Agent) -> None:
    talk = customer_of(desk, "10430")
    talks.macro(desk, "Quietly", "<p>Only words</p>", ("quiet",))
    page = opened(agent, talk)
    chosen(page, "quietly", "Only words")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("sent")
    expect(page.locator("#thread")).to_contain_text("Only words")
    expect(page.locator("#editor")).to_have_text("")
    expect(page.locator("#steps .act")).to_have_count(0)
    expect(page.locator("#head")).to_contain_text("quiet")


def test_a_macro_that_was_changed_meanwhile_is_chosen_again(desk: Desk, agent: Agent, problems: Problems) -> None:
    problems.expect("409")
    talk = customer_of(desk, "10425")
    talks.macro(desk, "Moving", "<p>Hello there</p>", (), [Close()])
    page = opened(agent, talk)
    chosen(page, "moving", "Hello there")
    page.keyboard.press("Enter")
    expect(page.locator("#steps .act")).to_have_count(1)

    async def change(store: Database, workspace_id: int) -> None:
        one = known_there[0]
        async with store.write() as tx:
            await macros.change(tx, one, name=one.name, html=one.html, subject="", steps=[Priority(1)])

    known_there = [known(desk)["Moving"]]
    talks.do(desk, change)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-newer], [data-trouble]").filter(visible=True).first).to_be_visible()
    expect(page.locator("#editor")).to_contain_text("Hello there")
    assert [one.kind for one in talks.said(desk, talk)] == ["customer"]
    assert talks.read(desk, talk).state == "open"


def test_a_macro_without_a_text_is_done_at_once_and_taken_back(desk: Desk, agent: Agent) -> None:
    talk = customer_of(desk, "10426")
    talks.macro(desk, "Spam it", "", ("spam",), [Close()])
    page = opened(agent, talk)
    chosen(page, "spam", "This macro writes nothing")
    expect(page.locator("#macro-enter")).to_have_text("do it")
    page.keyboard.press("Enter")
    until(lambda: talks.read(desk, talk).state == "closed", "the conversation to be closed")
    assert talks.worn(desk, talk) == ["spam"]
    expect(page.locator("#toasts")).to_contain_text("done")
    page.keyboard.press("z")
    until(lambda: talks.read(desk, talk).state == "open", "it to be open again")
    assert talks.worn(desk, talk) == []


def test_an_answer_becomes_a_macro_with_its_names_turned_into_variables(desk: Desk, agent: Agent) -> None:
    talk = customer_of(desk, "10427")
    page = opened(agent, talk)
    write(page, "Hello Ingrid, your order #10427 is on its way: https://dhl.example/10427")
    page.locator('details[data-menu="send"] summary').click()
    page.get_by_role("button", name=re.compile("^Save as macro")).click()
    page.wait_for_url(f"**/conversations/{talk}/macro")
    expect(page.get_by_role("status").first).to_contain_text("customer first name")
    text = page.locator("#html-box")
    expect(text).to_contain_text("Hello {{customer.first_name|there}}, your order {{order.name}} is on its way: {{order.tracking_url}}")
    expect(page.locator("#html")).to_be_hidden()
    expect(page.locator("#preview")).to_contain_text("Hello Ingrid, your order #10427")
    fit.check(page, name="macro from an answer")
    page.locator("#name").fill("Where is it, from an answer")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Macros")
    assert "{{order.tracking_url}}" in known(desk)["Where is it, from an answer"].html
    opened(agent, talk)
    expect(page.locator("#editor")).to_contain_text("Hello Ingrid")


def test_steps_are_added_moved_by_key_and_kept(desk: Desk, agent: Agent) -> None:
    talks.do(desk, _reason)
    page = agent.open("/settings/macros")
    page.get_by_role("link", name="Write a macro").first.click()
    page.locator("#name").fill("Refund and tell")
    page.locator("#html-box").fill("Hello {{customer.first_name|there}}")
    for kind in ("tag", "field", "close"):
        page.locator("#new-step").select_option(kind)
        page.get_by_role("button", name="Add this step").click()
        expect(page.locator("[data-step-row]").last).to_contain_text({"tag": "tags", "field": "field", "close": "Close"}[kind])
    page.locator("#step-0-add").fill("refund")
    page.locator("#step-1-value").select_option("Return::Damaged")
    page.locator("[data-step-name]").last.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-step-name]")).to_have_text(["Add or take off tags", "Close the conversation", "Set a field"])
    expect(page.locator("[data-step-name]").nth(1)).to_be_focused()
    expect(page.locator("#step-2-value")).to_have_value("Return::Damaged")
    expect(page.locator("#preview")).to_contain_text("Set Reason to Return › Damaged")
    fit.check(page, name="macro editor")
    page.get_by_role("button", name="Add the macro").click()
    expect(page.locator("#main")).to_contain_text("Answers, Add tag refund, Close the conversation, Set Reason to Return › Damaged")
    page.locator("#q").fill("return refund")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_macro_is_written_in_the_editor_of_the_composer(desk: Desk, agent: Agent, pictures: Path | None) -> None:
    bare = talks.wrote(desk, "", "Where is it?", name="Ingrid Example")
    came = '<table><tbody><tr><td>Pots</td></tr></tbody></table><p><a href="{{order.tracking_url}}">here</a></p>'
    talks.macro(desk, "Brought in from elsewhere", came)
    page = agent.open("/settings/macros/new")
    expect(page.locator("#macro[data-ready]")).to_have_count(1)
    page.locator("#name").fill("Formatted")
    page.locator("#html-label").click()
    page.keyboard.type("Dear ")
    page.locator(".values summary").click()
    page.get_by_role("button", name="{{customer.first_name}}", exact=True).click()
    page.keyboard.type(", it is ")
    page.get_by_role("button", name="Bold").first.click()
    page.keyboard.type("late")
    expect(page.locator("#html-box b")).to_have_text("late")
    page.locator("#subject").fill("Late, {{customer.first_name}}")
    page.locator("#new-step").select_option("note")
    page.get_by_role("button", name="Add this step").click()
    note = page.get_by_role("textbox", name="Note")
    expect(note).to_be_focused()
    page.keyboard.type("Called ")
    page.keyboard.press("Control+i")
    page.keyboard.type("twice")
    expect(page.locator("textarea:visible")).to_have_count(0)
    page.locator("#conversation").fill(str(talks.read(desk, bare).number))
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Set the subject to “Late, Ingrid”")
    expect(page.locator("#preview b")).to_have_text("late")
    fit.check(page, pictures=pictures, name="macro with formatted text")
    page.get_by_role("button", name="Add the macro").click()
    expect(page.locator("h1")).to_have_text("Macros")
    made = known(desk)["Formatted"]
    assert rich_text.plain(made.html) == "Dear {{customer.first_name}}, it is late" and "<b>late</b>" in made.html
    assert isinstance(made.steps[0], Note) and "<i>twice</i>" in made.steps[0].html
    page.locator("tr", has_text="Brought in from elsewhere").locator("[data-row]").click()
    expect(page.locator("#html-box td")).to_have_text("Pots")
    page.locator("#name").fill("Brought in and named")
    page.get_by_role("button", name="Keep it").last.click()
    expect(page.locator("h1")).to_have_text("Macros")
    kept = known(desk)["Brought in and named"].html
    assert 'href="{{order.tracking_url}}"' in kept and "<td>Pots</td>" in kept


def test_a_macro_names_a_conversation_that_has_no_subject_and_undo_takes_the_name_back(desk: Desk, agent: Agent, pictures: Path | None) -> None:
    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            await macros.add(
                tx, workspace_id, "Sorry", "<p>Dear {{customer.first_name}}, <b>sorry</b></p>", subject="Late, {{customer.first_name}}"
            )

    talks.do(desk, work)
    bare = talks.wrote(desk, "", "Where is it?", name="Ingrid Example")
    page = opened(agent, talks.wrote(desk, "The corner is bent", "Look", name="Ingrid Example"))
    chosen(page, "sorry", "Dear Ingrid, sorry")
    first = page.locator("#macro-preview .tick").first
    expect(first).to_have_text("Set the subject to “Late, Ingrid” instead of “The corner is bent”")
    expect(first.get_by_role("checkbox")).not_to_be_checked()
    fit.check(page, pictures=pictures, name="macro that names a subject")
    page = opened(agent, bare)
    chosen(page, "sorry", "Dear Ingrid, sorry")
    expect(page.locator("#macro-preview .tick").first).to_have_text("Set the subject to “Late, Ingrid”")
    page.keyboard.press("Enter")
    expect(page.locator("#editor b")).to_have_text("sorry")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("sent")
    assert talks.read(desk, bare).subject == "Late, Ingrid"
    page.keyboard.press("z")
    expect(page.locator("#editor")).to_contain_text("Dear Ingrid")
    assert talks.read(desk, bare).subject == ""


async def _reason(store: Database, workspace_id: int) -> None:
    async with store.write() as tx:
        await fields.add(tx, workspace_id, "Reason", format="choice", choices=["Return::Damaged", "Question"])


def test_a_macro_is_written_without_a_script(desk: Desk, context: BrowserContext) -> None:
    assert context.browser is not None
    plain = context.browser.new_context(java_script_enabled=False)
    page = Agent(desk, plain.new_page()).sign_in().open("/settings/macros/new")
    page.locator("#name").fill("By form alone")
    for kind in ("priority", "snooze"):
        page.locator("#new-step").select_option(kind)
        page.get_by_role("button", name="Add this step").click()
    page.get_by_role("button", name="Move up").click()
    expect(page.locator("[data-step-name]")).to_have_text(["Snooze", "Set the priority"])
    page.locator("#step-0-count").fill("0")
    page.get_by_role("button", name="Take out").last.click()
    page.get_by_role("button", name="Add the macro").click()
    expect(page.get_by_role("alert")).to_contain_text("A snooze lasts at least a minute")
    page.locator("#step-0-count").fill("2")
    page.get_by_role("button", name="Add the macro").click()
    expect(page.locator("#main")).to_contain_text("Snooze for 2 days")
    plain.close()


def test_a_macro_is_used_without_a_script(desk: Desk, context: BrowserContext) -> None:
    talk = customer_of(desk, "10429")
    talks.macro(desk, "Plainly", "<p>Hi {{customer.first_name}}</p>", ("plain",), [Priority(1), Close()])
    assert context.browser is not None
    plain = context.browser.new_context(java_script_enabled=False)
    page = Agent(desk, plain.new_page()).sign_in().open(f"/conversations/{talk}")
    page.get_by_role("link", name="Macros", exact=True).last.click()
    page.get_by_role("link", name="Plainly").click()
    expect(page.locator("#words")).to_have_value("Hi Ingrid")
    page.get_by_label("Close the conversation").uncheck()
    page.locator("[data-send]").first.click()
    expect(page.locator("#thread")).to_contain_text("Hi Ingrid")
    found = talks.read(desk, talk)
    assert (found.state, found.priority, talks.worn(desk, talk)) == ("open", 1, ["plain"])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#words")).to_have_value("Hi Ingrid")
    found = talks.read(desk, talk)
    assert (found.state, found.priority, talks.worn(desk, talk)) == ("open", 0, [])
    plain.close()


def test_macros_of_another_desk_are_brought_in_with_a_report(desk: Desk, agent: Agent) -> None:
    text = (
        "Name,Subject,Description,Tags,Assign,Priority,Update Field,Last Order,HTTP Target,Close,Available To - Brands,Available To - Agents,"
        "Created By\r\n"
        f'Brought in,,"Hi %First Name%, %Order Name%",wismo,{COLLEAGUE},High,,,,Yes,,All,{EMAIL}\r\n'
        ",,without a name,,,,,,,,,,\r\n"
        "Half,,Bye,,Somebody Gone,,,,Old hook,,,,\r\n"
    )
    page = agent.open("/settings/macros")
    page.get_by_role("link", name="Bring in from a file").click()
    for times in ("first", "again"):
        page.locator("#file").set_input_files({"name": "macros.csv", "mimeType": "text/csv", "buffer": text.encode("utf-16")})
        page.get_by_role("button", name="Bring them in").click()
        expect(page.locator("#report .card__head")).to_contain_text("2 new" if times == "first" else "2 as it was")
    expect(page.locator("#report .card__head")).to_contain_text("1 left out")
    expect(page.locator("#report")).to_contain_text("It has no name.")
    expect(page.locator("#report")).to_contain_text("Assign “Somebody Gone”: there is no such agent or team")
    fit.check(page, name="macros brought in")
    talk = customer_of(desk, "10428")
    page = opened(agent, talk)
    chosen(page, "brought", "Hi Ingrid, #10428")
    expect(page.locator("#macro-preview .tick")).to_have_count(4)


def test_only_who_wrote_it_or_an_admin_changes_what_everybody_uses(desk: Desk, context: BrowserContext, agent: Agent) -> None:
    talks.macro(desk, "House rule", "<p>As ever</p>")
    page = ready(agent.open("/inbox?view=open"))
    assert context.browser is not None
    other = context.browser.new_context()
    theirs = Agent(desk, other.new_page()).sign_in(COLLEAGUE).open("/settings/macros?q=house")
    expect(theirs.get_by_role("button", name="Remove")).to_have_count(0)
    theirs.get_by_role("link", name="House rule").click()
    expect(theirs.locator("#main")).to_contain_text("Only who wrote it, or an admin, changes it")
    expect(theirs.get_by_role("button", name="Keep it").filter(visible=True)).to_have_count(0)
    other.close()
    page.goto(f"{desk.url}/settings/macros?q=house")
    page.get_by_role("button", name="Remove House rule").click()
    expect(page.locator("h1")).to_have_text("Macros")
    assert "House rule" not in known(desk)
