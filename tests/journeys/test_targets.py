"""HTTP targets in a browser: built, looked at, tried, sent by hand, followed while they fail, sent again; every screen fit for everybody."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Store
from tests.journeys import talks
from tests.journeys.cast import COLLEAGUE, Agent, Desk
from tests.journeys.test_inbox import opened
from tests.support import behave, fit
from tests.support.browser import Problems
from tests.support.receiver import Receiver
from tillside.actions import action as actions
from tillside.automations import rule as rules
from tillside.automations.conditions import Condition
from tillside.automations.terms import Terms, Trigger
from tillside.macros import macro as macros
from tillside.macros import step
from tillside.storage.database import Database

JSON = [("content-type", "application/json")]
TAKEN = behave.answer(201, b'{"hold": {"number": "H-7", "until": "2026-12-04"}}', headers=JSON)
Go = Callable[[Agent, str], object]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def desk(kept: Store, receiver: Receiver) -> Iterator[Desk]:
    """A desk whose operator lets it call the receiver beside it."""
    running = Desk(kept, "--outbound-allow", "127.0.0.0/8", "--outbound-ports", str(receiver.port))
    running.furnish()
    yield running
    running.close()


@pytest.fixture(scope="module")
def talk(desk: Desk) -> str:
    """Somebody with an order, who wrote."""
    talks.customer(desk, "ingrid@example.com", "Ingrid", "10422")
    said = "The corner of #10422 came bent."
    return talks.wrote(desk, "Corners bent", said, name="Ingrid Example", email="ingrid@example.com")


def put(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)


def built(agent: Agent, name: str, url: str, *, is_once: bool = False, **more: str) -> str:
    """A target, by its form alone; the path of its page."""
    page = agent.open("/targets/new")
    if is_once:
        page.get_by_text("Once, as Richpanel").click()
    put(page, name=name, url=url, body='{"order": "{{order.number}}"}', **more)
    page.get_by_role("button", name="Add the target").click()
    page.get_by_role("heading", level=1, name=name).wait_for()
    return page.locator(".page__acts a").first.get_attribute("href", timeout=30_000).removesuffix("/edit")  # type: ignore[union-attr]  # every target can be edited


def by_hand(agent: Agent, talk: str, name: str) -> Page:
    page = opened(agent, talk)
    page.keyboard.press("S")
    page.get_by_role("link", name=name).click()
    before = page.locator(".happened__outcome").count()
    page.locator("#handing").get_by_role("button", name="Send it").click()
    expect(page.locator(".happened__outcome")).to_have_count(before + 1)
    return page


def test_a_target_is_built_looked_at_tried_saved_and_sent_by_hand(agent: Agent, receiver: Receiver, talk: str) -> None:
    url = receiver.does("/holds", TAKEN)
    page = agent.open("/targets")
    page.get_by_role("link", name="Build the first target").click()
    put(page, name="Warehouse: hold a replacement", url=url, body='{"order": ""}')
    page.locator("#body").evaluate("field => field.setSelectionRange(11, 11)")
    page.get_by_text("Placeholders", exact=True).click()
    page.locator("[data-picker-find]").fill("order shop")
    page.locator("[data-insert='{{order.number}}']").click()
    expect(page.locator("#body")).to_have_value('{"order": "{{order.number}}"}')
    page.get_by_role("button", name="Add a header").click()
    page.locator("[name=header-0-name]").fill("x-key")
    page.locator("[name=header-0-value]").fill("of the warehouse")
    page.locator("[name=header-0-secret]").check()
    page.locator("[name=mapping-0-pointer]").fill("/hold/number")
    page.locator("[name=mapping-0-key]").fill("Hold")
    page.get_by_text("As a note").click()
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#request")).to_contain_text('"order": "10422"')
    page.locator("#body").fill('{"order": "{{order.number}}", "reason": "damaged"}')
    expect(page.locator("#request")).to_contain_text('"reason": "damaged"')
    assert not receiver.got, "a look sends nothing"
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("Answered 201")
    expect(page.locator("#answer")).to_contain_text('"number": "H-7"')
    assert json.loads(receiver.got[0].body) == {"order": "10422", "reason": "damaged"}
    page.get_by_role("button", name="Add the target").click()
    expect(page.locator("#signing-secret")).to_contain_text("whsec_")
    page.reload()
    expect(page.get_by_text("whsec_")).to_have_count(0)
    page = by_hand(agent, talk, "Warehouse: hold a replacement")
    expect(page.locator("#thread")).to_contain_text("Mia Larsen sent it to Warehouse: hold a replacement")
    expect(page.locator("#handing")).to_be_empty()
    expect(page.locator(".happened__outcome")).to_contain_text("201")
    expect(page.locator("#thread .message--note").last).to_contain_text("H-7")
    assert receiver.got[-1].header("x-key") == "of the warehouse" and receiver.got[-1].header("webhook-signature").startswith("v1,")
    page.locator(".happened__outcome").click()
    expect(page.locator("#chosen")).to_contain_text("took it")
    expect(page.locator("#chosen #request")).to_contain_text("••••")


def test_a_receiver_that_fails_recovers_and_a_replay_drains_in_order(desk: Desk, agent: Agent, receiver: Receiver, talk: str) -> None:
    path = built(agent, "Cart: cancel", receiver.does("/cancel", *[behave.answer(422, b"closed for stocktaking")] * 4, TAKEN))
    bell = agent.page.context.new_page()
    bell.goto(f"{desk.url}/inbox?view=mentions")
    others = [talk, *[talks.wrote(desk, f"Another {number}", "Cancel it, please") for number in range(2)]]
    for one in (*others, talk):
        by_hand(agent, one, "Cart: cancel")
        expect(agent.page.locator(".happened__outcome").last).to_contain_text("422")
    failed = [got.header("webhook-id") for got in receiver.at("/cancel")]
    alert = bell.locator("#alerts article", has_text="Cart: cancel")
    expect(alert).to_have_count(1)
    expect(bell.locator("[data-bell]")).to_have_text("1")
    alert.get_by_role("link", name="Show them").click()
    bell.wait_for_url("**state=failed")
    page = agent.open(path)
    expect(page.get_by_text("4 calls of Cart: cancel were given up")).to_be_visible()
    page.get_by_role("link", name="Failed 4").click()
    page.wait_for_url("**state=failed")
    expect(page.locator("#rows tr[data-event]")).to_have_count(4)
    page.locator("#rows a[data-row]").last.click()
    expect(page.locator("#chosen")).to_contain_text("answered 422.")
    page.get_by_role("link", name="Answer 422").click()
    expect(page.locator("#answer")).to_contain_text("closed for stocktaking")
    page.get_by_title("More").click()
    page.get_by_role("link", name="Send a stretch of time again").click()
    page.get_by_role("button", name="Count them").click()
    page.get_by_role("button", name="Send all 4 again, in order").click()
    again = receiver.wait_for(8, "/cancel")[4:]
    assert sorted(got.header("webhook-id") for got in again) == sorted(failed)
    mine = [failed[0], failed[3]]
    assert [got.header("webhook-id") for got in again if got.header("webhook-id") in mine] == mine, "those of one conversation keep their order"
    bell.close()
    page = agent.open(path)
    expect(page.get_by_text("were given up")).to_have_count(0)
    expect(page.locator("#rows .chip--good")).to_have_count(4)


def test_a_call_that_waits_changes_on_the_screen_by_itself(desk: Desk, agent: Agent, receiver: Receiver, talk: str) -> None:
    path = built(agent, "Slow one", receiver.does("/slow", behave.answer(503, retry_after="3000")))
    by_hand(agent, talk, "Slow one")
    expect(agent.page.locator(".happened__outcome").last).to_contain_text("again")
    page = agent.open(path)
    row = page.locator("#rows tr[data-event]").first
    row.get_by_role("link").click()
    expect(page.locator("#chosen")).to_contain_text("The request is kept and goes out again")
    receiver.does("/slow", TAKEN)
    delivery = page.locator("#chosen").get_attribute("data-chosen")
    key = {"x-richpanel-key": desk.rest_key}
    answer = httpx.post(f"{desk.url}/v1/deliveries/{delivery}/resend", headers=key, trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
    expect(page.locator("#chosen")).to_contain_text("Slow one took it, ")
    expect(row).to_contain_text("201")
    expect(page.locator("#chosen").get_by_role("link", name="2 tries")).to_be_visible()


def test_without_a_script_a_target_is_built_looked_at_and_sent(
    desk: Desk, agent: Agent, browser: Browser, receiver: Receiver, talk: str, problems: Problems
) -> None:
    bare = browser.new_context(java_script_enabled=False)
    problems.watch(page := bare.new_page())
    bare.add_cookies(desk.cookies)
    plain = Agent(desk, page)
    plain.open("/targets/new")
    put(page, name="Plain", url=receiver.does("/plain", TAKEN), body='{"order": "{{order.number}}"}')
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#request")).to_contain_text('"order"')
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("Answered 201")
    page.get_by_role("button", name="Add the target").click()
    page.get_by_role("heading", level=1, name="Plain").wait_for()
    plain.open(f"/conversations/{talk}")
    page.locator("details[data-menu=targets] summary").click()
    page.get_by_role("link", name="Plain").click()
    page.get_by_role("button", name="Send it").dblclick()
    page.wait_for_url(re.compile(rf"/(conversations/{talk}(\?|$)|deliveries/dlv_)"))
    receiver.wait_for(2, "/plain")
    page = plain.open(f"/conversations/{talk}")
    expect(page.locator(".happened__outcome", has_text="201").last).to_be_visible()
    assert len(receiver.at("/plain")) == 2, "the test, and one call of two presses"
    page.locator(".happened__outcome").last.click()
    for part in ("Answer 201", "1 try", "Request"):
        page.get_by_role("link", name=part).click()
        expect(page.get_by_role("link", name=part)).to_have_attribute("aria-current", "true")
    bare.close()


def test_a_card_stands_beside_the_conversation_when_the_other_side_answered(agent: Agent, receiver: Receiver, talk: str) -> None:
    receiver.does("/points", behave.answer(200, b'{"points": 12}', headers=JSON, after=0.3))
    page = agent.open("/targets/new")
    page.select_option("#method", "GET")
    put(page, name="Loyalty", url=receiver.url("/points?of={{customer.email}}"))
    page.get_by_text("Look it up for every conversation").click()
    page.locator("[name=mapping-0-pointer]").fill("/points")
    page.locator("[name=mapping-0-key]").fill("Points")
    page.get_by_role("button", name="Add the target").click()
    page.get_by_role("heading", level=1, name="Loyalty").wait_for()
    page = opened(agent, talk)
    expect(page.locator("#pane")).to_contain_text("Loyalty")
    expect(page.locator("#pane .answer")).to_have_text(re.compile(r"\s*Points\s*12\s*"))
    assert f"of={quote('ingrid@example.com')}" in receiver.at("/points")[0].target


def chosen(tab: str) -> Go:
    def go(agent: Agent, talk: str) -> None:
        page = agent.open("/deliveries?cause=hand")
        page.locator("#rows a[data-row]").first.click()
        page.locator("#chosen[data-chosen] .tabs").get_by_role("link", name=re.compile(tab)).click()

    return go


def of_first(step: str = "") -> Go:
    def go(agent: Agent, talk: str) -> None:
        path = agent.open("/targets").locator("[data-row]").first.get_attribute("href")
        agent.open(f"{path}{step}")

    return go


def wrong(agent: Agent, talk: str) -> None:
    page = agent.open("/targets/new")
    put(page, name="Wrong", url="ftp://cart.example")
    page.get_by_role("button", name="Add the target").click()
    expect(page.locator("#url-error")).to_be_visible()


def signing_in(agent: Agent, talk: str) -> None:
    page = agent.open("/targets/new")
    page.get_by_text("OAuth 2").click()
    expect(page.locator("#auth_proof")).to_be_visible()


def tried(agent: Agent, talk: str) -> None:
    of_first("/edit")(agent, talk)
    agent.page.get_by_text("Placeholders", exact=True).click()
    agent.page.get_by_role("button", name="Test", exact=True).click()
    expect(agent.page.locator("#answer")).to_be_visible()


def handing(agent: Agent, talk: str) -> None:
    page = opened(agent, talk)
    page.keyboard.press("S")
    page.locator("details[data-menu=targets] a").first.click()
    expect(page.locator("#handing form")).to_be_visible()


def menu(agent: Agent, talk: str) -> None:
    opened(agent, talk).keyboard.press("S")
    expect(agent.page.locator("details[data-menu=targets] .menu")).to_be_visible()


SCREENS: dict[str, Go] = {
    "bell": lambda agent, talk: agent.open("/inbox?view=mentions"),
    "targets": lambda agent, talk: agent.open("/targets"),
    "target": of_first(),
    "new target": lambda agent, talk: agent.open("/targets/new"),
    "target with a mistake": wrong,
    "target that signs in": signing_in,
    "target tried out": tried,
    "removal": of_first("/removal"),
    "replay": of_first("/replays?since=2020-01-01T00:00&until=&which=all"),
    "deliveries": lambda agent, talk: agent.open("/deliveries"),
    "deliveries without a match": lambda agent, talk: agent.open("/deliveries?q=nothing-at-all"),
    "delivery": chosen("Request"),
    "delivery, answer": chosen("nswer"),
    "delivery, tries": chosen("tr(y|ies)"),
    "send to": menu,
    "look before sending": handing,
    "card": lambda agent, talk: opened(agent, talk),
}


@pytest.fixture(scope="module")
def filled(desk: Desk, receiver: Receiver, talk: str, browser: Browser) -> str:
    """Targets of each state with calls of each kind, whatever tests ran before."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    agent = Agent(desk, context.new_page()).enter()
    built(agent, "A first one", receiver.does("/first", TAKEN))
    built(agent, "Refuses", receiver.does("/refuses", behave.answer(422, b"no")))
    built(agent, "Gone", receiver.does("/gone", behave.answer(410)))
    built(agent, "Locked", receiver.does("/locked", behave.answer(401)), is_once=True)
    for name, answer in (("A first one", "201"), ("Refuses", "422"), ("Gone", "410"), *[("Locked", "401")] * 5):
        by_hand(agent, talk, name)
        expect(agent.page.locator(".happened__outcome").last).to_contain_text(answer)
    context.close()
    return talk


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_of_targets_is_fit_for_everybody(agent: Agent, filled: str, problems: Problems, pictures: Path | None, screen: str) -> None:
    problems.bear("422")
    SCREENS[screen](agent, filled)
    fit.check(agent.page, pictures=pictures, name=f"targets {screen}")


def test_an_empty_desk_teaches_the_next_step_and_an_agent_sees_what_is_theirs(empty_desk: Desk, page: Page, pictures: Path | None) -> None:
    empty_desk.furnish()
    mia = Agent(empty_desk, page).sign_in()
    for path in ("/targets", "/deliveries"):
        mia.open(path)
        fit.check(page, pictures=pictures, name=f"empty{path.replace('/', '-')}")
    page.context.clear_cookies()
    jonas = Agent(empty_desk, page).sign_in(COLLEAGUE)
    expect(jonas.open("/targets").get_by_text("An admin of your workspace can build one.")).to_be_visible()


def test_one_target_is_called_by_hand_by_a_button_a_macro_and_a_rule(desk: Desk, agent: Agent, receiver: Receiver, talk: str) -> None:
    name = "Told of everything"
    target_id = built(agent, name, receiver.does("/told", TAKEN)).rpartition("/")[2]
    bind(desk, target_id)
    by_hand(agent, talk, name)
    page = opened(agent, talk)
    page.keyboard.press("9")
    expect(page.locator("#thread")).to_contain_text("Ring the bell is done")
    page.keyboard.press("/")
    page.keyboard.type("sound the")
    expect(page.locator("#macro-preview")).to_contain_text(name)
    page.keyboard.press("Enter")
    expect(page.locator("#editor")).to_contain_text("It is on its way.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("sent")
    talks.writes_again(desk, talk, "Is that the siren?")
    receiver.wait_for(4, "/told", seconds=30)
    page = agent.open(f"/deliveries?target={target_id}")
    for cause in ("by hand", "Ring the bell", "Sound the horn", "Siren"):
        expect(page.locator("main")).to_contain_text(cause)


def bind(desk: Desk, target_id: str) -> None:
    """The target as a button of the conversation, as a macro's step and as a rule's."""

    async def work(store: Database, workspace_id: int) -> None:
        async with store.write() as tx:
            await actions.add(tx, workspace_id, actions.Plan("Ring the bell", target_id, subject="conversation", position=9))
            await macros.add(tx, workspace_id, "Sound the horn", "<p>It is on its way.</p>", steps=[step.CallTarget(target_id)])
            terms = Terms([Trigger("customer_wrote")], [[Condition("lastMessage.text", "contains", ["siren"])]], [step.CallTarget(target_id)])
            await rules.add(tx, workspace_id, "tagging", "Siren", terms, live=True)

    talks.do(desk, work)
