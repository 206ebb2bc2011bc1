"""From an empty desk to the first page view that arrives while one looks: wizard, connector, snippet, light, inspector, customer."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.cast import EMAIL, PASSWORD, Desk, Visitor
from tests.storefront.peer import Shop


def set_up(page: Page, desk: Desk) -> None:
    page.goto(desk.url)
    page.get_by_label("Name of the workspace").fill("Fern & Fold")
    page.get_by_role("button", name="Go on to you").click()
    page.get_by_label("Your name").fill("Mia Larsen")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the workspace").click()
    page.get_by_label("Web address of the shop").fill("fern.example")
    page.get_by_role("button", name="Connect the shop").click()
    page.wait_for_url("**/connections/con_*")


def test_a_newcomer_sees_their_own_visit_arrive(empty_desk: Desk, shop: Shop, context: BrowserContext, page: Page) -> None:
    set_up(page, empty_desk)
    expect(page.locator(".light")).to_contain_text("Waiting for your first event")
    pasted = page.locator("#snippet").inner_text()
    tab = Visitor(shop, empty_desk, context.new_page())
    tab.open("/first", head=pasted, title="The first page")
    expect(page.locator(".light--on")).to_contain_text("The first event is here")
    page.get_by_role("link", name="See it").click()
    expect(page.locator("tr[data-event]", has_text="The first page")).to_be_visible()
    tab.open("/second", head=pasted, title="The second page")
    expect(page.locator("tr[data-event]", has_text="The second page")).to_be_visible()
    page.locator("tr[data-event]", has_text="The second page").get_by_role("link").first.click()
    page.locator("#detail").get_by_role("link", name="Visitor").click()
    page.wait_for_url("**/customers/*")
    page.get_by_text("Looked at 2 pages").click()
    expect(page.locator("#timeline")).to_contain_text("The first page")
    tab.open("/third", head=pasted, title="The third page")
    show_what_is_new(page)
    page.get_by_text("Looked at 3 pages").click()
    expect(page.locator("#timeline")).to_contain_text("The third page")


def show_what_is_new(page: Page) -> None:
    """The list under the pointer does not move by itself: what is new waits behind the pill."""
    expect(page.locator("#news")).to_contain_text("new")
    page.keyboard.press("n")
