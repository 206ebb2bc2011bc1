"""Arrivals while somebody reads: nothing moves under the hand, and nothing that was asked for is swept away."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.cast import Agent, Visitor


def buy(visitor: Visitor, number: str) -> None:
    visitor.run(
        f"richpanel.track('order', {{orderId: '{number}', orderName: '#{number}', amount: 12.5, currency: 'EUR', createdAt: Date.now()}})"
    )
    visitor.desk.order(number)


def top(row: Locator) -> float:
    box = row.bounding_box()
    assert box is not None
    return box["y"]


def pill(page: Page) -> Locator:
    return page.locator("#news").get_by_text("new")


@pytest.mark.parametrize("path", ["/customers", "/orders", "/events"])
def test_a_row_under_the_pointer_stays_where_it_is(agent: Agent, visitor: Visitor, path: str) -> None:
    visitor.open()
    visitor.ready()
    buy(visitor, f"1{len(path)}")
    page = agent.open(path)
    row = page.locator("#rows tr").first
    row.hover()
    page.wait_for_timeout(800)  # what was on its way before the hand came is drawn now
    known, before = row.inner_text(), top(row)
    buy(visitor, f"2{len(path)}")
    visitor.open("/more", title="One more page")
    expect(pill(page)).to_be_visible()
    assert (row.inner_text(), top(row)) == (known, before)
    pill(page).evaluate("pill => pill.click()")  # by the keyboard, say: a pointer on its way there lets go of the row, and the pill is taken
    expect(page.locator("#rows tr").first).not_to_have_text(known)


def test_an_arrival_is_drawn_at_once_while_nobody_touches_the_list(agent: Agent, visitor: Visitor) -> None:
    page = agent.open("/orders")
    page.mouse.move(5, 5)
    visitor.open()
    visitor.ready()
    buy(visitor, "777")
    expect(page.get_by_role("link", name="#777")).to_be_visible()


def test_a_pill_drawn_while_another_settles_is_taken_without_leaving_the_page(agent: Agent, visitor: Visitor) -> None:
    visitor.open()
    visitor.ready()
    page = agent.open("/customers")
    page.mouse.move(5, 5)
    page.evaluate("document.getElementById('rows').replaceChildren()")
    page.evaluate("""async () => {
        window.isStillHere = true;
        const answer = await fetch("/customers/news?after=1");
        const news = document.getElementById("news");
        news.innerHTML = await answer.text();
        news.dispatchEvent(new CustomEvent("htmx:afterSettle", {bubbles: true}));
    }""")
    expect(page.locator("#rows tr").first).to_be_visible()
    assert page.evaluate("window.isStillHere")


@pytest.mark.parametrize(("path", "words", "shown"), [("/customers", "nobody-at-all", "Nobody by that name"), ("/orders", "#31", "#31")])
def test_a_search_is_not_swept_away_by_an_arrival(agent: Agent, visitor: Visitor, path: str, words: str, shown: str) -> None:
    visitor.open()
    visitor.ready()
    buy(visitor, "31")
    page = agent.open(path)
    page.mouse.move(5, 5)
    page.locator("#find").fill(words)
    expect(page.locator("#found")).to_contain_text(shown)
    expect(page.locator("#found tbody tr")).to_have_count(int(path == "/orders"))
    buy(visitor, f"32{len(path)}")
    visitor.open("/else", title="Something else")
    page.wait_for_timeout(2500)
    expect(page.locator("#found")).to_contain_text(shown)
    expect(page.locator("#found tbody tr")).to_have_count(int(path == "/orders"))


def test_a_chosen_state_is_not_swept_away_by_an_arrival(agent: Agent, visitor: Visitor) -> None:
    visitor.open()
    visitor.ready()
    buy(visitor, "41")
    page = agent.open("/orders")
    page.mouse.move(5, 5)
    page.get_by_label("State").select_option("Cancelled")
    expect(page.locator("#found")).to_contain_text("No order fits")
    page.get_by_label("State").blur()
    buy(visitor, "42")
    page.wait_for_timeout(2500)
    expect(page.locator("#found")).to_contain_text("No order fits")
