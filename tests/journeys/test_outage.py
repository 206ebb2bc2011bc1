"""The desk is away, slow or broken: the shop's page works on, and what happened meanwhile arrives afterwards, once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.journeys.cast import Agent, Desk, Visitor
from tests.storefront.peer import Shop
from tests.support.browser import Problems

BUTTON = "<button onclick=\"this.textContent = 'Bought'\">Buy</button>"


@pytest.fixture
def fragile(empty_desk: Desk) -> Iterator[Desk]:
    empty_desk.furnish()
    yield empty_desk


def track(visitor: Visitor, name: str, count: int) -> None:
    for number in range(count):
        visitor.run(f"richpanel.track('view_product', {{id: '{name}-{number}', name: '{name} {number}.'}})")


def arrived_once(agent: Agent, name: str, count: int) -> None:
    """The inspector shows each of them, and after a while still once."""
    rows = agent.open("/events?q=view_product").locator("tr[data-event]")
    for _ in range(100):
        if rows.count() >= count:
            break
        agent.page.wait_for_timeout(200)
        agent.page.reload()
    expect(rows).to_have_count(count)
    agent.page.wait_for_timeout(1500)
    agent.page.reload()
    expect(rows).to_have_count(count)
    shown = sorted(text.split(f"{name} ")[1].split(".")[0] for text in rows.all_inner_texts())
    assert shown == [str(number) for number in range(count)]


def test_events_of_an_outage_arrive_exactly_once(fragile: Desk, shop: Shop, context: BrowserContext, problems: Problems) -> None:
    problems.expect("ERR_CONNECTION")
    problems.bear("ERR_CONTENT_LENGTH_MISMATCH")  # when the desk died in the middle of an answer
    tab = Visitor(shop, fragile, context.new_page())
    tab.open("/lamps", title="Lamps")
    tab.ready()
    fragile.process.kill9()
    track(tab, "outage", 4)
    tab.page.wait_for_timeout(500)
    tab.open("/cart", title="The cart while the desk is away")
    assert tab.page.title() == "The cart while the desk is away"
    fragile.start()
    tab.open("/again", title="The desk is back")
    tab.ready()
    arrived_once(Agent(fragile, context.new_page()).sign_in(), "outage", 4)


def test_a_desk_out_of_breath_holds_nobody_up(fragile: Desk, shop: Shop, context: BrowserContext) -> None:
    tab = Visitor(shop, fragile, context.new_page())
    tab.open("/lamps", title="Lamps")
    tab.ready()
    fragile.freeze()
    track(tab, "slow", 3)
    tab.page.set_default_timeout(15_000)  # the desk stays frozen longer
    shop.pages["/quick"] = shop.pages["/lamps"].replace("<h1>", f"{BUTTON}<h1>")
    tab.page.goto(f"{shop.origin}/quick", wait_until="domcontentloaded")
    tab.page.get_by_role("button", name="Buy").click()
    expect(tab.page.get_by_role("button", name="Bought")).to_be_visible()
    fragile.thaw()
    tab.ready()
    arrived_once(Agent(fragile, context.new_page()).sign_in(), "slow", 3)


def test_a_broken_desk_is_asked_again(fragile: Desk, shop: Shop, context: BrowserContext, problems: Problems) -> None:
    """A proxy before the desk answers 500 without having asked it, as proxies do while a desk is restarted."""
    problems.expect("500")
    tab = Visitor(shop, fragile, context.new_page())
    tab.page.route("**/v3/t", lambda route: route.fulfill(status=500, headers={"Access-Control-Allow-Origin": shop.origin}))
    tab.page.route("**/v2/bt", lambda route: route.fulfill(status=500, headers={"Access-Control-Allow-Origin": shop.origin}))
    tab.open("/lamps", title="Lamps")
    tab.ready()
    track(tab, "broken", 3)
    tab.page.wait_for_timeout(1200)
    tab.page.unroute_all()
    arrived_once(Agent(fragile, context.new_page()).sign_in(), "broken", 3)
