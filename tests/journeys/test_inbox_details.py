"""What stands around an answer: who is called in a note, who is copied in, the fields beside it, who waits too long."""

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.journeys import talks
from tests.journeys.cast import COLLEAGUE, Agent, Desk, until
from tests.journeys.test_inbox import opened, ready, row, write
from tests.support import axe
from tests.support.browser import Problems
from tillside.base import stamps
from tillside.conversations import fields, participants
from tillside.conversations.participants import Participant
from tillside.storage.database import Database


def test_a_name_chosen_after_an_at_reaches_that_colleague_at_once(desk: Desk, agent: Agent, context: BrowserContext) -> None:
    talk = talks.wrote(desk, "A wet pallet", "It is wet")
    assert context.browser is not None
    other = context.browser.new_context(reduced_motion="reduce")
    theirs = ready(Agent(desk, other.new_page()).sign_in(COLLEAGUE).open("/inbox?view=mentions"))
    expect(theirs.locator("[data-bell]")).to_be_hidden()
    page = opened(agent, talk)
    write(page, "Bench 2, @jo", "n")
    expect(page.get_by_role("listbox", name="Names")).to_be_visible()
    expect(page.locator("#names-said")).to_have_text("Jonas Weber, 1 of 1")
    assert page.locator("#editor").get_attribute("aria-activedescendant") == page.locator("#names [aria-selected=true]").get_attribute("id")
    assert not axe.violations(page)
    page.keyboard.press("Enter")
    page.keyboard.type("please look")
    expect(page.locator("#editor [data-agent]")).to_have_text("@Jonas Weber")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--note [data-agent]")).to_have_text("@Jonas Weber")
    expect(theirs.locator("#toasts")).to_contain_text("Mia Larsen mentioned you in #", timeout=3000)
    expect(theirs.locator("[data-bell]")).to_have_text("1")
    expect(theirs.locator("#news")).to_contain_text("1 new")
    theirs.locator("#toasts a").click()
    expect(theirs.locator(".message--note")).to_contain_text("please look")
    theirs.keyboard.press("e")
    expect(theirs.locator("[data-bell]")).to_be_hidden()
    other.close()


def test_names_close_with_escape_and_stay_away_from_replies(desk: Desk, agent: Agent) -> None:
    page = opened(agent, talks.wrote(desk, "An at in a reply", "Where are you?"))
    write(page, "We are @jo")
    expect(page.locator("#names")).to_be_hidden()
    page.locator("#editor").fill("")
    page.keyboard.press("Escape")
    write(page, "@", "n")
    expect(page.locator("#names")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#names")).to_be_hidden()
    expect(page.locator("#editor")).to_be_focused()


def test_whoever_is_copied_in_is_asked_again_by_reply_to_all(desk: Desk, agent: Agent, problems: Problems) -> None:
    problems.expect("422")
    talk = talks.wrote(desk, "Two of us", "Please copy my sister in", channel="email", email="ada@example.com")
    page = opened(agent, talk)
    write(page, "Gladly", "r")
    page.get_by_role("button", name="Cc").click()
    page.get_by_label("Cc", exact=True).fill("not an address")
    page.locator("#editor").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-trouble]")).to_contain_text("is not an e-mail address")
    page.get_by_label("Cc", exact=True).fill("Grace@example.com")
    page.locator("#editor").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread")).to_contain_text("cc grace@example.com")
    assert [one.address for one in copied(desk, talk)] == ["grace@example.com"]
    assert talks.said(desk, talk)[-1].via["cc"] == ["grace@example.com"]
    page.keyboard.press("a")
    expect(page.get_by_label("Cc", exact=True)).to_have_value("grace@example.com")


def test_fields_are_filled_beside_the_conversation(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Which reason?", "It broke")
    define(desk)
    page = opened(agent, talk)
    page.get_by_label("Reason").select_option("Return › Damaged")
    expect(page.locator("#thread")).to_contain_text("changed reason")
    page.get_by_label("Promised by").fill("2026-12-24")
    expect(page.locator("#thread")).to_contain_text("changed promisedBy")
    assert talks.read(desk, talk).fields == {"reason": "Return::Damaged", "promisedBy": "2026-12-24"}
    page.keyboard.press("Escape")
    page.locator("#conversation").focus()
    page.reload()
    expect(page.get_by_label("Reason")).to_have_value("Return::Damaged")


def test_who_waits_for_more_than_four_hours_has_a_list(desk: Desk, agent: Agent) -> None:
    late = talks.wrote(desk, "Since this morning", "Anybody?", at=stamps.now() - 5 * stamps.HOUR)
    fresh = talks.wrote(desk, "Just now", "Hello")
    page = ready(agent.open("/inbox?view=waiting"))
    expect(row(page, late)).to_be_visible()
    expect(row(page, fresh)).to_have_count(0)
    assert_count(page, "1")
    row(page, late).get_by_role("link").first.click()
    expect(page.locator(f"#conversation[data-conversation={late}]")).to_be_visible()
    write(page, "Here we are", "r")
    page.keyboard.press("Control+Shift+Enter")
    until(lambda: page.locator('[data-count="waiting"]').first.inner_text() == "0", "nobody to wait")


def assert_count(page: Page, count: str) -> None:
    expect(page.locator('.queue__views [data-count="waiting"]')).to_have_text(count)


def define(desk: Desk) -> None:
    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            await fields.add(tx, workspace_id, "Reason", format="choice", choices=("Return::Damaged", "Question"))
            await fields.add(tx, workspace_id, "Promised by", format="date")

    talks.do(desk, work)


def copied(desk: Desk, talk: str) -> list[Participant]:
    async def work(store: Database, workspace_id: int) -> list[Participant]:
        return [one for one in await participants.of_conversation(store, workspace_id, talk) if one.role == "cc"]

    return talks.do(desk, work)


def test_a_message_that_comes_while_one_closes_does_not_keep_the_next_from_opening(desk: Desk, agent: Agent) -> None:
    second, first = talks.wrote(desk, "Comes after it", "Hello"), talks.wrote(desk, "Closed meanwhile", "Hello")
    page = opened(agent, first)
    held: list[Route] = []
    page.route("**/closure", lambda route: held.append(route))
    with page.expect_request("**/closure"):
        page.keyboard.press("c")
    talks.writes_again(desk, first, "One more thing")
    expect(page.locator("#thread")).to_contain_text("One more thing")
    held[0].continue_()
    until(lambda: talks.read(desk, first).state == "closed", "it to be closed")
    expect(page.locator("#conversation")).not_to_have_attribute("data-conversation", first)
    assert talks.read(desk, second).is_open


def test_a_desk_that_does_not_answer_once_is_asked_again_for_what_is_new(desk: Desk, agent: Agent, problems: Problems) -> None:
    problems.expect("503")
    page = opened(agent, talks.wrote(desk, "Out of breath", "Hello"))
    answers = [503]
    page.route("**/news?*", lambda route: route.fulfill(status=answers.pop()) if answers else route.continue_())
    talks.writes_again(desk, str(page.locator("#conversation").get_attribute("data-conversation")), "Are you still there?")
    expect(page.locator("#thread")).to_contain_text("Are you still there?")
    assert not answers


def test_what_is_written_while_an_answer_is_on_its_way_is_the_next_one(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Two in a row", "Hello")
    page = opened(agent, talk)
    held: list[Route] = []
    page.route("**/messages", lambda route: held.append(route))
    write(page, "For the team", "n")
    with page.expect_request("**/messages"):
        page.keyboard.press("Control+Enter")
    write(page, "Yes, it is dotted. See you")
    held[0].continue_()
    expect(page.locator(".message--note")).to_contain_text("For the team")
    expect(page.locator("#editor")).to_have_text("Yes, it is dotted. See you")
    expect(page.locator("#editor")).to_be_focused()
    page.unroute("**/messages")
    page.keyboard.type(" soon")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--ours")).to_contain_text("Yes, it is dotted. See you soon")
    assert [one.text for one in talks.said(desk, talk)] == ["Hello", "For the team", "Yes, it is dotted. See you soon"]


def test_what_the_desk_did_not_take_comes_back_with_what_was_written_since(desk: Desk, agent: Agent, problems: Problems) -> None:
    problems.expect("503")
    page = opened(agent, talks.wrote(desk, "Not taken", "Hello"))
    held: list[Route] = []
    page.route("**/messages", lambda route: held.append(route))
    write(page, "The first half")
    with page.expect_request("**/messages"):
        page.keyboard.press("Control+Enter")
    write(page, " and the second")
    held[0].fulfill(status=503, body="<h1>Busy</h1>")
    expect(page.locator("[data-trouble]")).to_be_visible()
    expect(page.locator("#editor")).to_have_text("The first half and the second")
