"""The inbox in a real browser: finding, answering, sending, taking back; what is typed is never lost."""

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.conftest import Store
from tests.journeys import talks
from tests.journeys.cast import COLLEAGUE, Agent, Desk, until
from tests.support.browser import Problems

WISMO = "<p>Hello {{customer.first_name|there}},</p><p>your order {{order.name}} is {{order.state}}.</p>"


@pytest.fixture
def inbox(agent: Agent) -> Page:
    return ready(agent.open("/inbox?view=open"))


def ready(page: Page) -> Page:
    expect(page.locator("#desk[data-ready]")).to_have_count(1)
    return page


def opened(agent: Agent, conversation_id: str) -> Page:
    return ready(agent.open(f"/conversations/{conversation_id}?view=open"))


def row(page: Page, conversation_id: str) -> Locator:
    return page.locator(f"#row-{conversation_id}")


def write(page: Page, text: str, key: str = "r") -> None:
    page.keyboard.press(key)
    expect(page.locator("#editor")).to_be_focused()
    page.keyboard.type(text)


def state_is(desk: Desk, conversation_id: str, state: str) -> None:
    until(lambda: talks.read(desk, conversation_id).state == state, f"{conversation_id} to be {state}")


class Presses:
    """Counts every key that is pressed; a chord is one. Typing words is not counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def __call__(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)


def test_where_is_my_parcel_takes_at_most_six_keys_from_the_list(desk: Desk, agent: Agent) -> None:
    talks.customer(desk, "tomasz@example.com", "Tomasz", "10397")
    talks.macro(desk, "Where is my parcel", WISMO, ("wismo",))
    first = talks.wrote(desk, "Where is my parcel?", "Order 10397, please", name="Tomasz Example", email="tomasz@example.com")
    second = talks.wrote(desk, "Another question", "Do you sell ink?")
    page = ready(agent.open("/inbox?view=open"))
    press = Presses(page)
    press("j")
    expect(row(page, first).locator("[data-row]")).to_be_focused()
    press("Enter")
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", first)
    expect(page.locator("#order-pane")).to_contain_text("#10397")
    press("/")
    expect(page.locator("#macro-find")).to_be_focused()
    page.keyboard.type("where")
    expect(page.locator("#macro-preview")).to_contain_text("your order #10397 is on the way")
    press("Enter")
    expect(page.locator("#editor")).to_contain_text("Hello Tomasz")
    press("Control+Shift+Enter")
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", second)
    assert press.count <= 6
    assert talks.read(desk, first).state == "closed"
    waiting = talks.said(desk, first)[-1]
    assert waiting.is_waiting and "your order #10397 is on the way" in waiting.text
    expect(page.locator("#toasts")).to_contain_text("sent and closed")
    expect(row(page, first)).to_have_count(0)


def test_a_sent_reply_is_taken_back_within_ten_seconds_with_its_text(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Undo me", "Hello?")
    page = opened(agent, talk)
    write(page, "This was too early")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#toasts")).to_contain_text("sent and closed")
    page.keyboard.press("z")
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", talk)
    expect(page.locator("#editor")).to_contain_text("This was too early")
    assert talks.read(desk, talk).state == "open"
    assert [one.text for one in talks.said(desk, talk)] == ["Hello?"]


def test_a_reply_that_is_left_alone_goes_out(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Send me", "Hello?")
    page = opened(agent, talk)
    write(page, "A real answer")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread")).to_contain_text("Goes out")
    until(lambda: not talks.said(desk, talk)[-1].is_waiting, "the reply to go out", 25)
    expect(page.locator("#thread")).to_contain_text("Sent")
    assert talks.read(desk, talk).waiting_since is None


def test_two_agents_collide_and_see_it(desk: Desk, agent: Agent, context: BrowserContext) -> None:
    talk = talks.wrote(desk, "Both of us", "Anybody there?")
    page = opened(agent, talk)
    assert context.browser is not None
    other = context.browser.new_context(reduced_motion="reduce")
    theirs = opened(Agent(desk, other.new_page()).sign_in(COLLEAGUE), talk)
    expect(page.locator("#watching")).to_contain_text("Jonas is looking", timeout=3000)
    write(theirs, "I take")
    expect(page.locator("#company")).to_contain_text("Jonas is answering", timeout=3000)
    expect(page.locator(f"#watch-{talk}")).to_contain_text("Jonas Weber is writing")
    theirs.goto(f"{desk.url}/customers")
    expect(page.locator("#company")).to_be_empty(timeout=5000)
    other.close()


def test_a_note_that_names_a_colleague_reaches_their_list(desk: Desk, agent: Agent, context: BrowserContext) -> None:
    talk = talks.wrote(desk, "A pallet", "It is wet")
    page = opened(agent, talk)
    write(page, "@Jonas please look at bench 2", "n")
    expect(page.locator("#composer")).to_have_class(re.compile("composer--note"))
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--note")).to_contain_text("bench 2")
    assert context.browser is not None
    other = context.browser.new_context(reduced_motion="reduce")
    theirs = ready(Agent(desk, other.new_page()).sign_in(COLLEAGUE).open("/inbox?view=mentions"))
    expect(row(theirs, talk)).to_be_visible()
    theirs.keyboard.press("Enter")
    expect(theirs.locator(".message--note")).to_contain_text("bench 2")
    theirs.keyboard.press("e")
    expect(row(theirs, talk)).to_have_count(0)
    other.close()


def test_new_arrivals_wait_behind_a_pill(desk: Desk, inbox: Page) -> None:
    expect(inbox.locator("#rows .row-card").first).to_be_visible()
    before = inbox.locator("#rows .row-card").count()
    counted = inbox.locator("h1 + [data-count]")
    was = int(counted.inner_text())
    talks.wrote(desk, "I am new", "Hi")
    expect(inbox.locator("#news")).to_contain_text("1 new")
    expect(counted).to_have_text(str(was + 1))
    assert inbox.locator("#rows .row-card").count() == before
    inbox.locator("#news button").click()
    expect(inbox.locator("#rows")).to_contain_text("I am new")
    expect(inbox.locator("#news")).to_be_empty()


def test_a_message_that_comes_while_one_answers_is_read_first(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Wait", "First")
    page = opened(agent, talk)
    write(page, "My answer")
    talks.writes_again(desk, talk, "Never mind, it came")
    expect(page.locator("#thread")).to_contain_text("Never mind, it came")
    read_first = page.get_by_role("button", name="Read new message first")
    expect(read_first).to_be_visible()
    read_first.click()
    expect(page.locator("#editor")).to_contain_text("My answer")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("sent")


def test_snoozed_it_leaves_and_comes_back_when_the_customer_writes(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Sleep", "Later please")
    page = opened(agent, talk)
    page.keyboard.press("s")
    page.keyboard.press("r")
    state_is(desk, talk, "snoozed")
    expect(row(page, talk)).to_have_count(0)
    talks.writes_again(desk, talk, "Now")
    state_is(desk, talk, "open")
    expect(page.locator("#news")).to_contain_text("new")


def test_sent_later_is_cancelled_when_the_customer_answers_first(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Later", "When?")
    page = opened(agent, talk)
    write(page, "Just asking whether it arrived")
    page.locator('details[data-menu="send"] summary').click()
    page.get_by_role("button", name=re.compile("^Tomorrow")).last.click()
    expect(page.locator("#toasts")).to_contain_text("goes out")
    assert talks.said(desk, talk)[-1].unless_answered
    talks.writes_again(desk, talk, "It came")
    until(lambda: [one.text for one in talks.said(desk, talk)] == ["When?", "It came"], "the reply to be cancelled")


def test_every_fact_of_the_head_is_changed_and_taken_back(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Facts", "Hello")
    page = opened(agent, talk)
    page.keyboard.press("i")
    until(lambda: talks.read(desk, talk).assignee_id, "somebody to have it")
    expect(page.locator("#head")).to_contain_text("Mia Larsen")
    page.keyboard.press("z")
    until(lambda: not talks.read(desk, talk).assignee_id, "nobody to have it")
    page.keyboard.press("t")
    page.keyboard.type("damaged")
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_contain_text("damaged")
    page.locator("#subject").fill("Facts, corrected")
    page.keyboard.press("Enter")
    until(lambda: talks.read(desk, talk).subject == "Facts, corrected", "the subject")
    page.locator("#conversation").focus()
    page.keyboard.press("c")
    expect(page.locator("#toasts")).to_contain_text("closed")
    page.keyboard.press("z")
    state_is(desk, talk, "open")


def test_the_command_bar_finds_by_number_and_does_by_name(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Find me by number", "Hello")
    number = talks.read(desk, talk).number
    page = ready(agent.open("/inbox?view=open"))
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Do or find anything")).to_be_visible()
    page.keyboard.type(f"#{number}")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", talk)
    page.keyboard.press("Control+k")
    page.keyboard.type("assign to me")
    page.keyboard.press("Enter")
    until(lambda: talks.read(desk, talk).assignee_id, "somebody to have it")


def test_a_draft_survives_a_killed_server(store: Store, page: Page, problems: Problems) -> None:
    problems.expect("ERR_")
    desk = Desk(store)
    desk.furnish()
    talk = talks.wrote(desk, "Killed", "Hello")
    agent = Agent(desk, page).sign_in()
    opened(agent, talk)
    write(page, "The first half is on the desk")
    expect(page.locator("#kept")).to_contain_text("Draft kept")
    desk.process.kill9()
    page.keyboard.type(" and the second half is here")
    expect(page.locator("#kept")).to_contain_text("Kept in this browser")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer [role=alert]")).to_contain_text("Your text is kept")
    desk.start()
    page.reload()
    expect(page.locator("#editor")).to_contain_text("The first half is on the desk and the second half is here")
    expect(page.locator("#kept")).to_contain_text("Draft kept")
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("#editor")).to_contain_text("and the second half is here")
    desk.close()


def test_pictures_and_files_go_with_the_answer(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Files", "Send me the invoice")
    page = opened(agent, talk)
    page.locator("#composer input[type=file]").set_input_files({"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x"})
    expect(page.locator("#files input[name=attachment]")).to_have_count(1)
    page.reload()
    expect(page.locator("#files")).to_contain_text("invoice.pdf")
    write(page, "Here it is")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--ours .file")).to_contain_text("invoice.pdf")
    with page.expect_download() as got:
        page.locator(".message--ours .file").click()
    assert got.value.suggested_filename == "invoice.pdf"


def test_an_answer_sent_while_a_file_is_on_its_way_leaves_with_the_file(desk: Desk, agent: Agent) -> None:
    page = opened(agent, talks.wrote(desk, "Slow line", "Send me the invoice"))
    held: list[Route] = []
    page.route("**/conversations/*/files", lambda route: held.append(route))
    write(page, "Here it is, late")
    page.locator("#composer input[type=file]").set_input_files({"name": "late.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 y"})
    expect(page.locator("#files [aria-busy]")).to_have_text("late.pdf")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-trouble]")).to_have_text("Sent as soon as the file is here.")
    held[0].continue_()
    expect(page.locator(".message--ours .file")).to_contain_text("late.pdf")
    expect(page.locator(".message--ours")).to_contain_text("Here it is, late")


def test_everything_works_without_a_script(desk: Desk, context: BrowserContext) -> None:
    talk = talks.wrote(desk, "Plain", "Do you read me?")
    assert context.browser is not None
    plain = context.browser.new_context(java_script_enabled=False)
    page = Agent(desk, plain.new_page()).sign_in().open("/inbox?view=open")
    row(page, talk).locator("[data-row]").click()
    expect(page.locator("#thread")).to_contain_text("Do you read me?")
    page.locator("#words").fill("Loud and clear")
    page.locator("[data-send]").first.click()
    expect(page.locator("#thread")).to_contain_text("Loud and clear")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#words")).to_have_value("Loud and clear")
    page.get_by_role("button", name="Close c").click()
    expect(page.locator("#head")).to_contain_text("Closed")
    plain.close()
