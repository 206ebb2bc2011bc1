"""The reference page in a browser: readable by everybody, each call found, opened and read."""

from playwright.sync_api import Browser, expect

from tests.support import fit
from tests.support.browser import Problems
from tests.support.served import Served
from tillside.edges import api


def test_the_reference_is_fit_for_everybody_closed_and_opened(served: Served, browser: Browser, problems: Problems) -> None:
    page = browser.new_page()
    problems.watch(page)
    page.goto(f"{served.url}/v1/reference")
    expect(page.locator("details")).to_have_count(len(api.endpoints()))
    fit.check(page)
    page.locator("#createConversation > summary").click()
    expect(page.locator("#createConversation pre")).to_contain_text("Where is my parcel?")
    fit.check(page)
    page.close()


def test_a_call_is_reached_by_its_address_and_opened_by_keys(served: Served, browser: Browser, problems: Problems) -> None:
    page = browser.new_page()
    problems.watch(page)
    page.goto(f"{served.url}/v1/reference")
    page.get_by_role("link", name="order", exact=True).press("Enter")
    page.wait_for_url("**#order")
    page.locator("#createAnOrder > summary").press("Enter")
    expect(page.locator("#createAnOrder").get_by_text('"orderId": "1001"')).to_be_visible()
    page.close()
