"""Rules in a real browser: a sentence is built, simulated, saved, fires once, explains itself; two that would answer each other are stopped."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import Store
from tests.journeys import talks
from tests.journeys.cast import COLLEAGUE, Agent, Desk, until
from tests.support import fit
from tests.support.browser import Problems
from tillside.agents import team
from tillside.automations import rule as rules
from tillside.automations.conditions import Condition
from tillside.automations.rule import Rule
from tillside.automations.terms import ListName, Terms, Trigger
from tillside.base import stamps
from tillside.conversations import conversation as conversations
from tillside.conversations import fields, tags, trail
from tillside.conversations.trail import Step
from tillside.macros import step
from tillside.storage.database import Database

BENT = "The corners of two notebooks came bent."


def write(desk: Desk, name: str, terms: Terms, *, list_name: ListName = "tagging", live: bool = True) -> Rule:
    async def work(store: Database, workspace_id: int) -> Rule:
        async with store.write() as tx:
            return await rules.add(tx, workspace_id, list_name, name, terms, live=live)

    return talks.do(desk, work)


def pause_all(desk: Desk) -> None:
    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            for one in await rules.live(tx, workspace_id):
                await rules.set_live(tx, one, False)

    talks.do(desk, work)


def lines(desk: Desk, conversation_id: str, *kinds: str) -> list[Step]:
    async def work(store: Database, workspace_id: int) -> list[Step]:
        talk = await conversations.by_id(store, workspace_id, conversation_id)
        return [one for one in await trail.page(store, talk) if not kinds or one.kind in kinds]

    return talks.do(desk, work)


def ready(page: Page) -> Page:
    expect(page.locator("html[data-scripted]")).to_have_count(1)
    return page


@pytest.fixture(scope="module", autouse=True)
def furnished(desk: Desk) -> None:
    """Teams, tags and a field to choose from."""

    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            await team.add(tx, workspace_id, "VIP care")
            for name in ("damaged", "gift", "wismo", "ping", "pong"):
                await tags.add(tx, workspace_id, name)
            await fields.add(tx, workspace_id, "Reason", format="choice", choices=["Return::Damaged", "Late"])

    talks.do(desk, work)


def test_a_rule_is_built_simulated_saved_fires_once_and_explains_itself(desk: Desk, agent: Agent) -> None:
    earlier = talks.wrote(desk, "Two notebooks", BENT)
    other = talks.wrote(desk, "Do you sell ink?", "In green, please.")
    page = build(agent)
    page.get_by_role("button", name="Simulate").click()
    trial = page.locator("#trial")
    expect(trial).to_contain_text("1 of 2 conversations in the last 30 days")
    expect(trial.get_by_role("link", name="Two notebooks")).to_have_attribute("href", f"/conversations/{earlier}")
    expect(trial).to_contain_text("Nothing was sent or changed")
    assert not lines(desk, earlier, "rule_applied", "tagged")
    page.get_by_role("button", name="Save rule").click()
    page.wait_for_url("**/rules/rul_*")
    expect(page.get_by_text("Saved.", exact=False)).to_be_visible()
    rule_url = page.url.partition("?")[0]
    hit = talks.wrote(desk, "Bent as well", "One pad came BENT.")
    until(lambda: lines(desk, hit, "rule_applied"), "the rule to be applied")
    talks.writes_again(desk, other, "It is not bent, is it? No: ink only.")
    until(lambda: lines(desk, other, "rule_applied"), "the other to be tagged too")
    assert len(lines(desk, hit, "rule_applied")) == 1 and not lines(desk, earlier, "rule_applied")
    explains(agent, hit, rule_url)


def build(agent: Agent) -> Page:
    """The sentence, blank by blank."""
    page = ready(agent.open("/rules/new?list=tagging"))
    page.get_by_label("Name of the rule").fill("Damaged on arrival")
    page.get_by_label("What is looked at").select_option(label="the text of the message")
    expect(page.locator("#reads")).to_contain_text("the text of the message")
    page.get_by_label("Words, set apart by commas").fill("bent, torn")
    page.locator("#do-0-tags").click()
    page.get_by_label("damaged", exact=True).check()
    expect(page.locator("#do-0-tags")).to_contain_text("damaged")
    page.keyboard.press("Escape")
    expect(page.locator("#do-0-tags")).to_be_focused()
    page.get_by_role("button", name="Add a step").click()
    page.locator("#do-1-kind").select_option(label="set the priority to")
    page.locator("#do-1-priority").select_option(label="high")
    expect(page.locator("#reads")).to_contain_text("When a customer writes, if the text of the message contains any of “bent” or “torn”")
    expect(page.locator("#reads")).to_contain_text("then add tag damaged, then set the priority to high.")
    return page


def explains(agent: Agent, hit: str, rule_url: str) -> None:
    """In the thread, on the rule's page, and where it did not run."""
    page = agent.open(f"/conversations/{hit}?view=open")
    line = page.locator(".happened--rule")
    expect(line).to_have_count(1)
    line.locator("summary").click()
    expect(line).to_contain_text("One pad came BENT.")
    line.get_by_role("button", name="Take back").click()
    expect(page.locator("#thread")).to_contain_text("took back what the rule Damaged on arrival did")
    expect(line).to_have_count(0)
    page.goto(rule_url)
    expect(page.locator("#fired")).to_contain_text("has run 2 times")
    expect(page.locator("#fired").get_by_text("Bent as well")).to_be_visible()
    quiet = talks.wrote(agent.desk, "Opening hours?", "When are you open?")
    page = agent.open(f"/conversations/{quiet}/rules")
    page.locator("#why-rule").select_option(label="Damaged on arrival")
    page.get_by_role("button", name="Ask why not").click()
    expect(page.locator("#answer")).to_contain_text("It would not run now.")
    expect(page.locator("#answer .seen__one--no")).to_contain_text("Does not hold")
    expect(page.locator("#answer .seen__one--no")).to_contain_text("When are you open?")


def test_two_rules_that_would_answer_each_other_are_stopped(desk: Desk, agent: Agent) -> None:
    pause_all(desk)
    known = {one.name: one.id for one in talks.do(desk, lambda store, workspace_id: tags.every(store, workspace_id))}
    there = Terms([Trigger("tag_added", tags=[known["gift"], known["pong"]])], [], [step.Tag(add=["ping"], remove=["pong"])])
    back = Terms([Trigger("tag_added", tags=[known["ping"]])], [], [step.Tag(add=["pong"], remove=["ping"])])
    ping, pong = write(desk, "Ping", there), write(desk, "Pong", back)
    talk = talks.wrote(desk, "A loop", "Hello", tags=["gift"])
    until(lambda: {one.actor.id for one in lines(desk, talk, "rule_applied")} == {ping.id, pong.id}, "both rules")
    marker = talks.wrote(desk, "Another loop", "Hello", tags=["gift"])
    until(lambda: len({one.actor.id for one in lines(desk, marker, "rule_applied")}) == 2, "what happened later, so the first is over")
    assert len(lines(desk, talk, "rule_applied")) == 2
    page = agent.open(f"/conversations/{talk}?view=open")
    expect(page.locator(".happened--rule")).to_have_count(2)
    pause_all(desk)


def test_lists_are_put_in_order_by_keys_and_by_hand(desk: Desk, agent: Agent) -> None:
    terms = Terms([Trigger("rated")], [], [step.Close()])
    for name in ("One", "Two", "Three"):
        write(desk, name, terms, list_name="reply", live=False)
    page = ready(agent.open("/rules"))
    names = page.locator("#list-reply .ruled__name")
    expect(names).to_have_text(["One", "Two", "Three"])
    page.get_by_role("link", name="Three").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(names).to_have_text(["One", "Three", "Two"])
    expect(page.locator("#said")).to_have_text("Three is now 2 of 3.")
    expect(page.get_by_role("link", name="Three")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(names).to_have_text(["Three", "One", "Two"])
    page.locator("#list-reply [data-grip]").nth(2).drag_to(page.locator("#list-reply .ruled__one").nth(0), target_position={"x": 200, "y": 4})
    expect(names).to_have_text(["Two", "Three", "One"])
    page.locator("#list-reply").get_by_role("switch", name="Two").click()
    expect(page.locator("#list-reply").get_by_role("switch", name="Two")).to_have_attribute("aria-checked", "true")
    page.reload()
    expect(names).to_have_text(["Two", "Three", "One"])
    pause_all(desk)


def test_steps_change_places_by_keys_and_what_is_typed_stays(agent: Agent) -> None:
    page = ready(agent.open("/rules/new?list=tagging&example=damaged"))
    page.locator("#do-1-priority").focus()
    page.locator("#do-0-tags").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#do-0-kind")).to_have_value("priority")
    expect(page.locator("#do-1-tags")).to_contain_text("damaged")
    expect(page.get_by_label("Words, set apart by commas").first).to_have_value("damaged, bent, torn, broken, ødelagt")


def test_two_buttons_in_one_breath_both_count(agent: Agent) -> None:
    page = ready(agent.open("/rules/new?list=tagging"))
    page.evaluate(
        "() => { for (const place of ['#word-when', '#word-do']) "
        "document.querySelector(place).closest('.rule__clause').querySelector('[value^=add-]').click(); }"
    )
    expect(page.locator("#when-1-kind")).to_be_visible()
    expect(page.locator("#do-1-kind")).to_be_visible()


def test_a_blank_works_from_the_moment_it_is_there(agent: Agent) -> None:
    page = ready(agent.open("/rules/new?list=tagging"))
    page.evaluate(
        "() => new MutationObserver(() => { const kind = document.querySelector('#do-1-kind'); if (!kind || kind.value === 'priority') return;"
        " kind.value = 'priority'; kind.dispatchEvent(new Event('change', { bubbles: true })); })"
        ".observe(document.body, { childList: true, subtree: true })"
    )
    page.get_by_role("button", name="Add a step").click()
    expect(page.locator("#do-1-priority")).to_be_visible()


def test_what_was_simulated_is_stale_from_the_first_change(agent: Agent) -> None:
    page = ready(agent.open("/rules/new?list=tagging&example=damaged"))
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("button", name="Save rule")).to_be_visible()
    page.get_by_label("Words, set apart by commas").first.fill("wet")
    expect(page.get_by_role("button", name="Save rule")).to_be_hidden()
    expect(page.get_by_text("The rule was changed since.")).to_be_visible()
    expect(page.get_by_role("button", name="Save without simulating")).to_be_visible()


def test_without_script_the_same_form_is_filled_in_by_buttons(desk: Desk, context: BrowserContext, agent: Agent) -> None:
    assert context.browser is not None
    plain = context.browser.new_context(java_script_enabled=False)
    plain.add_cookies(desk.cookies)
    page = plain.new_page()
    page.goto(desk.url + "/rules/new?list=tagging")
    page.get_by_label("Name of the rule").fill("By hand")
    page.get_by_label("What is looked at").select_option(label="the customer’s number of orders")
    page.locator("#if-0-0").get_by_role("button", name="Set").click()
    page.get_by_label("Number").fill("5")
    page.get_by_label("How it is compared").select_option(label="is at least")
    page.get_by_role("button", name="Add a step").click()
    page.locator("#do-1-kind").select_option(label="close it")
    page.locator("#do-0").get_by_role("button", name="Take step 1 out").click()
    page.get_by_role("button", name="Simulate", exact=True).last.click()
    expect(page.locator("#reads")).to_have_text(
        "When a customer writes, if the customer’s number of orders is at least 5, then close the conversation."
    )
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_text("Saved.", exact=False)).to_be_visible()
    plain.close()
    pause_all(desk)


Go = Callable[[Agent], object]


def simulated(agent: Agent) -> None:
    page = ready(agent.open("/rules/new?list=tagging&example=damaged"))
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("button", name="Save rule")).to_be_visible()


def in_error(agent: Agent) -> None:
    page = ready(agent.open("/rules/new?list=tagging"))
    page.get_by_role("button", name="Add a step").click()
    expect(page.locator("#do-1-kind")).to_be_visible()
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#do-0-error")).to_be_visible()


def everything(agent: Agent) -> None:
    """A rule with every kind of row."""
    page = ready(agent.open("/rules/new?list=reply&example=out-of-hours"))
    page.locator("#do-0-more").select_option("more")
    expect(page.locator("#do-0-subject")).to_be_visible()
    for at, kind in enumerate(("tag", "field", "snooze", "forward", "assign_by"), start=1):
        page.get_by_role("button", name="Add a step").click()
        expect(page.locator(f"#do-{at}-kind")).to_be_visible()
        page.locator(f"#do-{at}-kind").select_option(kind)
        expect(page.locator("#rule")).to_have_attribute("data-said", "")
    page.get_by_role("button", name="Or if something else holds").click()
    expect(page.locator("#if-1-0-kind")).to_be_visible()
    page.locator("#if-1-0-kind").select_option(label="the channel")
    expect(page.locator("summary#if-1-0-value")).to_be_visible()
    page.get_by_role("button", name="Add a trigger").click()
    expect(page.locator("#when-1-kind")).to_be_visible()
    page.locator("#when-1-kind").select_option("waiting")
    expect(page.locator("#when-1-amount")).to_be_visible()
    page.locator("summary#if-1-0-value").click()


def last(path: str) -> Go:
    """The rule that is lowest on the page of rules."""

    def go(agent: Agent) -> None:
        agent.open("/rules").locator(f"#list-{path} .ruled__name").first.click()
        expect(agent.page.locator("#fired")).to_be_visible()

    return go


def asked(agent: Agent) -> None:
    """Why not, with rows that hold and rows that do not."""
    rows = [Condition("lastMessage.text", "contains", ["bent"]), Condition("ticket.channel", "is", ["email", "whatsapp"])]
    terms = Terms([Trigger("customer_wrote")], [rows, [Condition("hours.open", "is_false")]], [step.Close()])
    name = f"Bent by mail {stamps.new_id('tst')}"
    write(agent.desk, name, terms)
    talk = talks.wrote(agent.desk, "Bent?", BENT)
    page = agent.open(f"/conversations/{talk}/rules")
    page.locator("#why-rule").select_option(label=name)
    page.get_by_role("button", name="Ask why not").click()
    expect(page.locator("#answer .seen__one--no")).to_have_count(2)
    pause_all(agent.desk)


def told(agent: Agent) -> None:
    """The line a rule left in the thread, opened."""
    name = f"Hello {stamps.new_id('tst')}"
    write(agent.desk, name, Terms([Trigger("customer_wrote")], [[Condition("ticket.subject", "contains", ["told"])]], [step.Priority(1)]))
    talk = talks.wrote(agent.desk, "To be told", "Hello")
    until(lambda: lines(agent.desk, talk, "rule_applied"), "the rule")
    agent.open(f"/conversations/{talk}?view=open").locator(".happened--rule summary").click()
    expect(agent.page.get_by_role("link", name="Open the rule")).to_be_visible()
    pause_all(agent.desk)


def argued(agent: Agent) -> None:
    """A simulation that finds another rule which decides the same otherwise."""
    terms = Terms([Trigger("customer_wrote")], [], [step.Priority(-1)])
    write(agent.desk, "Nothing is urgent", terms)
    talks.wrote(agent.desk, "One more", BENT)
    simulated(agent)
    expect(agent.page.locator("#trial")).to_contain_text("Nothing is urgent")
    pause_all(agent.desk)


def imported(agent: Agent) -> None:
    page = agent.open("/rules/import")
    known = {"list": "tagging", "name": "Brought along", "when": [{"kind": "rated"}], "blocks": [], "steps": [{"do": "close"}]}
    lost = known | {"name": "To nobody", "steps": [{"do": "team", "team_id": "Nowhere"}]}
    page.get_by_label("Or its text").fill(json.dumps({"format": "tillside-rules", "version": 1, "rules": [known, lost]}))
    page.get_by_role("button", name="Import the rules").click()
    expect(page.locator("#report")).to_contain_text("1 rule added, 1 left out")


SCREENS: dict[str, Go] = {
    "rules": lambda agent: agent.open("/rules"),
    "new rule": lambda agent: agent.open("/rules/new?list=assignment&example=vip"),
    "rule with everything": everything,
    "rule in error": in_error,
    "rule simulated": simulated,
    "rule that ran": last("tagging"),
    "rule that argues": argued,
    "why not": asked,
    "thread with a rule": told,
    "import": lambda agent: agent.open("/rules/import"),
    "import report": imported,
    "business hours": lambda agent: agent.open("/settings/hours"),
    "assignment": lambda agent: agent.open("/settings/assignment"),
}


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_of_rules_is_fit_for_everybody(agent: Agent, pictures: Path | None, screen: str) -> None:
    SCREENS[screen](agent)
    fit.check(agent.page, pictures=pictures, name=screen)


def test_empty_lists_and_read_only_rules_are_fit_for_everybody(store: Store, page: Page, pictures: Path | None, problems: Problems) -> None:
    fresh = Desk(store)
    try:
        fresh.furnish()
        jonas = Agent(fresh, page).sign_in(COLLEAGUE)
        jonas.open("/rules")
        fit.check(page, pictures=pictures, name="rules empty, agent")
        one = write(fresh, "Bent corners", Terms([Trigger("customer_wrote")], [], [step.Tag(add=["bent"])]))
        jonas.open(f"/rules/{one.id}")
        fit.check(page, pictures=pictures, name="rule, agent")
        page.context.clear_cookies()
        Agent(fresh, page).sign_in().open("/rules")
        fit.check(page, pictures=pictures, name="rules empty")
    finally:
        fresh.close()
