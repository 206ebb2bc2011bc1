"""A whole way through the desk without a pointer."""

from playwright.sync_api import Page, expect

from tests.journeys.cast import EMAIL, PASSWORD, Desk, Visitor


def keys(page: Page, *pressed: str) -> None:
    for one in pressed:
        page.keyboard.press(one)


def stands_at(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    expect(page.locator("html[data-scripted]")).to_have_count(1)


def sign_in(page: Page, desk: Desk) -> None:
    page.goto(desk.url)
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(EMAIL)
    keys(page, "Tab")
    page.keyboard.type(PASSWORD)
    keys(page, "Enter")
    stands_at(page, "All open")
    keys(page, "g", "c")


def test_everything_is_reached_by_keys_alone(desk: Desk, visitor: Visitor, page: Page) -> None:
    for name in ("Ada", "Bo"):
        visitor.open(f"/{name}", after=f"richpanel.identify('{name}-1', {{firstName: '{name}', lastName: 'Keys'}})")
        visitor.ready()
    page.bring_to_front()
    sign_in(page, desk)
    stands_at(page, "Customers")
    expect(page.locator("#rows")).to_contain_text("Keys")
    keys(page, "g", "o")
    stands_at(page, "Orders")
    keys(page, "g", "c")
    stands_at(page, "Customers")
    keys(page, "j")
    expect(page.locator("#rows a[data-row]").first).to_be_focused()
    keys(page, "Enter")
    stands_at(page, "Keys")
    page.go_back()
    stands_at(page, "Customers")
    keys(page, "/")
    expect(page.get_by_label("Find a customer")).to_be_focused()
    page.keyboard.type("Bo")
    expect(page.locator("#rows a[data-row]")).to_have_count(1)
    keys(page, "Escape", "j", "Enter")
    stands_at(page, "Bo")


def test_the_sheet_of_keys_names_them(desk: Desk, page: Page) -> None:
    sign_in(page, desk)
    stands_at(page, "Customers")
    keys(page, "Tab")
    expect(page.get_by_role("link", name="Go to the list")).to_be_focused()
    keys(page, "Enter", "?")
    sheet = page.get_by_role("dialog", name="Keyboard")
    expect(sheet).to_be_visible()
    for word in ("Customers", "Orders", "Events", "Search", "Next row", "Show what is new"):
        expect(sheet).to_contain_text(word)
    keys(page, "Escape")
    expect(sheet).to_be_hidden()
    keys(page, "g", "e")
    stands_at(page, "Event inspector")


def test_closing_the_sheet_gives_the_focus_back(desk: Desk, page: Page) -> None:
    """However it was opened and however it is closed."""
    sign_in(page, desk)
    stands_at(page, "Customers")
    sheet, place = page.get_by_role("dialog", name="Keyboard"), page.get_by_role("link", name="Orders", exact=True)
    for close in ("Escape", "Enter"):  # the button that closes has the focus, so Enter presses it
        place.focus()
        keys(page, "?")
        expect(sheet).to_be_visible()
        keys(page, close)
        expect(sheet).to_be_hidden()
        expect(place).to_be_focused()
        keys(page, "g", "o")
        stands_at(page, "Orders")
        keys(page, "g", "c")
        stands_at(page, "Customers")
    menu = page.locator("summary.rail__place")
    for way in ("keys", "pointer"):
        menu.click()
        choice = page.get_by_role("button", name="Keyboard")
        choice.press("Enter") if way == "keys" else choice.click()
        expect(sheet).to_be_visible()
        keys(page, "Escape")
        expect(sheet).to_be_hidden()
        expect(menu).to_be_focused()
