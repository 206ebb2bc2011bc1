"""Actions in a real browser, with `tillside demo` and its shop: a refund with approval, a cancel by key, refusals with their reasons."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.conftest import Store
from tests.demo import buyer
from tests.journeys.test_demo import Demo, running
from tests.support import browser as browsers
from tests.support import fit


@pytest.fixture(scope="module")
def demo(kept: Store) -> Iterator[Demo]:
    with running(kept) as both:
        yield both


@pytest.fixture
def mia(demo: Demo, context: BrowserContext) -> Page:
    """The admin's tab."""
    return signed_in(demo, context.new_page(), demo.email, demo.password)


@pytest.fixture
def jonas(demo: Demo, mia: Page, browser: Browser, problems: browsers.Problems) -> Iterator[Page]:
    """An agent's tab in a browser of his own, with the password Mia handed him."""
    mia.goto(f"{demo.desk}/settings/team")
    mia.locator("tr", has_text="jonas@fernfold.example").get_by_role("button", name="New password").click()
    password = mia.locator("#new-password").inner_text()
    mia.goto(f"{demo.desk}/inbox?view=open")
    with_him = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    with_him.set_default_timeout(browsers.PATIENCE_MS)
    with_him.on("page", problems.watch)
    yield signed_in(demo, with_him.new_page(), "jonas@fernfold.example", password)
    with_him.close()


def signed_in(demo: Demo, page: Page, email: str, password: str) -> Page:
    page.goto(demo.desk)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox?view=*")
    return page


def opened(demo: Demo, page: Page, words: str) -> Page:
    """The conversation whose row says this."""
    page.goto(f"{demo.desk}/inbox?view=open")
    expect(page.locator("#desk[data-ready]")).to_have_count(1)
    page.locator(".row-card", has_text=words).locator("[data-row]").first.click()
    expect(page.locator("#order-card")).to_be_visible()
    return page


def card(page: Page) -> Locator:
    return page.locator("#order-card")


def act(page: Page, name: str) -> Locator:
    """The button of an action, with what stands under its name."""
    return card(page).locator(".acts__one", has_text=re.compile(rf"{name}(?! items)"))


def amount_of(page: Page) -> Decimal:
    """What the order on the card is worth; the demo's orders differ from day to day."""
    return Decimal(card(page).locator(".order__amount").inner_text().replace("€", "").replace(",", ""))


def test_a_refund_above_the_limit_is_approved_in_another_browser(
    demo: Demo, mia: Page, jonas: Page, pictures: Path | None, problems: browsers.Problems
) -> None:
    problems.expect("422")  # an amount with a comma
    lowered(demo, mia, "5")
    bell = int(mia.locator("[data-bell]").inner_text())
    whole = amount_of(opened(demo, jonas, "#10429"))
    jonas.keyboard.press("1")
    amount = jonas.locator("#act").get_by_label("Amount")
    expect(amount).to_be_focused()
    expect(amount).to_have_value(f"{whole}")
    amount.fill("6,50")
    jonas.keyboard.press("Enter")
    expect(jonas.locator("#act")).to_contain_text("Write 6.50.")
    amount.fill("6.50")
    jonas.keyboard.press("Enter")
    expect(jonas.locator("#asked")).to_contain_text("Refund of €6.50 for #10429 waits for approval")
    expect(jonas.locator("#asked")).to_contain_text("It is above the limit of 5.00 EUR.")
    expect(jonas.locator("#asked").get_by_role("button", name="Approve")).to_have_count(0)
    expect(act(jonas, "Refund")).to_contain_text("waits for approval")

    expect(mia.locator("#toasts")).to_contain_text("Jonas Weber asks for approval: Refund of 6.50 EUR for #10429")
    expect(mia.locator("[data-approvals]")).to_have_text("1")
    expect(mia.locator("[data-bell]")).to_have_text(f"{bell + 1}")
    mia.keyboard.press("g")
    mia.keyboard.press("n")
    mia.wait_for_url("**view=mentions")
    expect(mia.locator("[data-approvals-note]")).to_have_text("1 waiting for your approval")
    fit.check(mia, pictures=pictures, name="actions notifications")
    expect(mia.locator("#desk[data-ready]")).to_have_count(1)
    mia.keyboard.press("g")
    mia.keyboard.press("a")
    mia.wait_for_url("**/approvals")
    expect(mia.locator("#waiting")).to_contain_text("Refund of €6.50 for #10429")
    mia.get_by_role("button", name="Approve").click()
    expect(mia.locator("#lately")).to_contain_text("Mia Lindqvist")

    thread = jonas.locator("#thread")
    expect(thread).to_contain_text("Mia Lindqvist approved Refund of €6.50 for #10429, asked by Jonas Weber")
    expect(thread).to_contain_text(
        f"Refund of €6.50 for #10429 is done: €6.50 of order #10429 goes back, €{whole - Decimal('6.50')} stays paid."
    )
    expect(jonas.locator("#asked > *")).to_have_count(0)
    expect(card(jonas)).to_contain_text("−€6.50")  # the shop told the desk, and nobody loaded the page again
    expect(act(jonas, "Refund")).to_contain_text("Refund…")


def lowered(demo: Demo, mia: Page, limit: str) -> None:
    """The admin lets less be given back without asking."""
    mia.goto(f"{demo.desk}/settings/actions")
    mia.locator("tbody").get_by_role("link", name="Refund", exact=True).first.click()
    mia.locator("#limit_amount").fill(limit)
    mia.get_by_role("button", name="Keep it").click()
    expect(mia.locator("#limit_amount")).to_have_value(f"{limit}.00")
    mia.goto(f"{demo.desk}/inbox?view=open")
    expect(mia.locator("#desk[data-ready]")).to_have_count(1)


def test_what_is_declined_is_told_where_it_was_asked(demo: Demo, mia: Page, jonas: Page) -> None:
    left = f"{amount_of(opened(demo, jonas, '#10429')) - Decimal('6.50')}"
    jonas.keyboard.press("1")
    expect(jonas.locator("#act").get_by_label("Amount")).to_have_value(left)
    jonas.keyboard.press("Enter")
    expect(jonas.locator("#asked")).to_contain_text("waits for approval")
    opened(demo, mia, "#10429")
    mia.locator("#asked summary", has_text="Decline").click()
    mia.locator("#asked").get_by_label("Why").fill("Once is enough")
    mia.keyboard.press("Enter")
    expect(jonas.locator("#thread")).to_contain_text(f"Mia Lindqvist declined Refund of €{left} for #10429: Once is enough")
    expect(jonas.locator("#asked > *")).to_have_count(0)
    expect(act(jonas, "Refund")).to_contain_text("Refund…")


def test_without_script_it_is_links_and_forms(demo: Demo, mia: Page, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False, storage_state=mia.context.storage_state())
    page = plain.new_page()
    page.goto(f"{demo.desk}/orders?q=10430")
    page.get_by_role("link", name="#10430").first.click()
    page.locator("#acts").get_by_role("link", name="Change address").click()
    for label, said in (("Street and number", "Bryggen 5"), ("Postcode", "5003"), ("City", "Bergen")):
        page.get_by_label(label).fill(said)
    page.get_by_role("button", name="Change address").click()
    page.wait_for_url("**/orders/*")
    expect(mia.locator("body")).to_be_attached()
    mia.goto(page.url)
    expect(mia.locator("#everything")).to_contain_text("Bryggen 5")
    plain.close()


def test_one_of_several_lines_is_refunded_and_the_card_says_so(
    demo: Demo, mia: Page, pictures: Path | None, problems: browsers.Problems
) -> None:
    problems.expect("422")  # none chosen
    name, order_id = ordered(demo, mia)
    opened(demo, mia, "#10429")
    mia.goto(f"{mia.url.partition('?')[0]}?view=open&order={order_id}")
    expect(card(mia)).to_contain_text(name)
    mia.locator("#scroll").click()
    mia.keyboard.press("4")
    lines = mia.locator("#act [data-lines]")
    count, sum_ = lines.get_by_role("spinbutton"), lines.locator("output")
    expect(count).to_be_focused()
    expect(lines.get_by_role("checkbox")).to_have_count(1)
    expect(sum_).to_have_text("€0.00")
    mia.keyboard.press("Enter")
    expect(lines.locator(".field__error")).to_contain_text("choose at least one")
    expect(count).to_be_focused()
    fit.check(mia, pictures=pictures, name="actions lines in the sheet")
    mia.keyboard.press("ArrowUp")
    each = Decimal(sum_.inner_text().removeprefix("€"))
    mia.keyboard.press("ArrowUp")
    expect(sum_).to_have_text(f"€{2 * each}")
    mia.keyboard.press("ArrowUp")
    expect(count).to_have_value("2")
    mia.keyboard.press("ArrowDown")
    mia.keyboard.press("Enter")
    thread = mia.locator("#thread")
    expect(thread).to_contain_text(f"Mia Lindqvist started Refund items of €{each} for {name}: 1 × ")
    expect(thread).to_contain_text(f"Refund items of €{each} for {name} is done: €{each} of order {name} for 1 × ")
    expect(card(mia)).to_contain_text(f"−€{each}")  # the shop told the desk, and nobody loaded the page again

    mia.goto(f"{demo.desk}/settings/actions/runs")
    run = mia.locator("tbody tr", has_text=f"Refund items of €{each} for {name}")
    expect(run).to_contain_text(f"{each} EUR")
    run.locator("[data-row]").click()
    expect(mia.locator("#main")).to_contain_text("goes back")
    mia.get_by_role("link", name="The call to the shop").click()
    expect(mia.locator("#main")).to_contain_text("quantity")
    mia.goto(f"{demo.desk}/orders/{order_id}")
    mia.locator("#acts").get_by_role("link", name="Refund items").click()
    expect(mia.locator("[data-lines]")).to_contain_text("1 given back")
    expect(mia.locator("[data-lines]").get_by_role("checkbox")).to_have_count(2)


def ordered(demo: Demo, page: Page) -> tuple[str, str]:
    """Two notebooks and one tape, bought in the shop: what the order is called, and its id at the desk."""
    with httpx.Client(base_url=demo.shop, follow_redirects=True) as shop:
        found = re.search(r"#\d+", buyer.order(shop).text)
    assert found
    page.goto(f"{demo.desk}/orders")
    page.get_by_label("Find an order").fill(found[0])
    link = page.get_by_role("link", name=found[0]).first
    expect(link).to_be_visible()
    return found[0], str(link.get_attribute("href")).rpartition("/")[2]


def test_an_order_is_cancelled_by_its_key(demo: Demo, mia: Page) -> None:
    opened(demo, mia, "#10430")
    mia.keyboard.press("2")
    expect(mia.locator("#act")).to_contain_text("Cancel #10430")
    mia.keyboard.press("Enter")
    expect(mia.locator("#thread")).to_contain_text("Cancel for #10430 is done: Order #10430 is cancelled, €")
    expect(card(mia)).to_contain_text("Cancelled")
    expect(act(mia, "Change address")).to_contain_text("It is cancelled already.")
    mia.keyboard.press("2")
    expect(mia.locator("#toasts")).to_contain_text("Cancel: It is cancelled already.")
    expect(mia.locator("#act")).to_be_hidden()


def test_what_the_shop_cannot_do_is_told_and_can_be_tried_again(demo: Demo, mia: Page) -> None:
    opened(demo, mia, "Wholesale: forty notebooks")
    mia.keyboard.press("Control+k")
    mia.keyboard.type("cancel")
    expect(mia.locator("#command-list")).to_contain_text("Cancel…")
    mia.keyboard.press("Enter")
    mia.locator("#act").get_by_role("button", name="Cancel", exact=True).click()
    expect(mia.locator("#thread")).to_contain_text("Cancel for W-2207 failed: ")
    expect(act(mia, "Cancel")).to_contain_text("failed: ")
    card(mia).get_by_role("button", name="Try again: Cancel").click()
    expect(mia.locator("#thread")).to_contain_text("tried Cancel for W-2207 again")
    expect(act(mia, "Cancel")).to_contain_text("failed: ")


def test_an_action_is_declared_and_tried_in_the_settings(demo: Demo, mia: Page, problems: browsers.Problems) -> None:
    problems.expect("422")  # a state there is not
    mia.goto(f"{demo.desk}/settings/actions/new")
    mia.locator("#name").fill("Goodwill")
    mia.locator("#target_id").select_option(label="Shop: refund")
    first = mia.locator(".askrow").first
    first.get_by_label("Title").fill("Amount")
    first.get_by_label("Kind").select_option("money")
    first.get_by_label("Needed").check()
    mia.get_by_label("Condition", exact=True).first.select_option("state_in")
    mia.get_by_label("Values, set apart by commas").first.fill("flying")
    mia.get_by_role("button", name="Add the action").click()
    expect(mia.locator("#conditions-error")).to_contain_text("That is not a state of an order.")
    mia.get_by_label("Values, set apart by commas").first.fill("On the way, Delivered")
    mia.get_by_label("Why not, in your words").first.fill("Only once it has left us.")
    mia.get_by_role("button", name="Add the action").click()
    expect(mia.get_by_role("heading", level=1)).to_have_text("Goodwill")
    mia.get_by_label("Number of an order").fill("10430")
    mia.get_by_role("button", name="Look").click()
    expect(mia.locator("#trial")).to_contain_text("Only once it has left us.")
    mia.get_by_label("Number of an order").fill("10397")
    mia.get_by_role("button", name="Look").click()
    expect(mia.locator("#trial")).to_contain_text("It applies to #10397")
    expect(mia.locator("#trial-request")).to_contain_text('"orderId": "10397"')
    mia.goto(f"{demo.desk}/settings/actions")
    mia.locator("tr", has_text="Goodwill").get_by_role("button", name="Remove").click()
    expect(mia.locator("tr", has_text="Goodwill")).to_have_count(0)


def test_an_action_of_a_conversation_stands_in_its_menu_and_has_a_key(demo: Demo, mia: Page) -> None:
    mia.goto(f"{demo.desk}/settings/actions/new")
    mia.locator("#name").fill("Stop everything")
    mia.locator("#subject").select_option("conversation")
    mia.locator("#target_id").select_option(label="Shop: cancel an order")
    mia.locator("#position").select_option("9")
    mia.get_by_role("button", name="Add the action").click()
    expect(mia.get_by_role("heading", level=1)).to_have_text("Stop everything")
    opened(demo, mia, "#10429")
    mia.locator('details[data-menu="more"] summary').click()
    expect(mia.locator('details[data-menu="more"]').get_by_role("button", name="Stop everything")).to_be_visible()
    mia.keyboard.press("Escape")
    mia.locator("#scroll").click()
    mia.keyboard.press("9")
    expect(mia.locator("#thread")).to_contain_text("Stop everything is done: Order #10429 is cancelled, €")
    expect(card(mia)).to_contain_text("Cancelled")
    mia.goto(f"{demo.desk}/settings/actions")
    mia.locator("tr", has_text="Stop everything").first.get_by_role("button", name="Remove").click()
    expect(mia.get_by_label("Actions", exact=True).last).not_to_contain_text("Stop everything")


SCREENS = ("order card", "sheet", "form", "lines", "order", "waiting", "approvals", "run", "settings", "setting", "new", "runs")


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_of_actions_is_fit_for_everybody(
    demo: Demo, mia: Page, pictures: Path | None, problems: browsers.Problems, screen: str
) -> None:
    problems.bear("422")
    show(demo, mia, screen)
    fit.check(mia, pictures=pictures, name=f"actions {screen}")


def show(demo: Demo, page: Page, screen: str) -> None:
    """One screen, as full as it gets."""
    if screen in ("order card", "sheet", "waiting"):
        in_the_inbox(demo, page, screen)
    elif screen in ("form", "lines", "order"):
        page.goto(f"{demo.desk}/orders?q=10421")
        page.get_by_role("link", name="#10421").first.click()
        if screen == "lines":
            page.locator("#acts").get_by_role("link", name="Refund items").click()
            expect(page.locator("[data-lines]")).to_be_visible()
        if screen == "form":
            page.locator("#acts").get_by_role("link", name="Refund…", exact=False).first.click()
            expect(page.get_by_label("Amount")).to_be_visible()
    else:
        page.goto(demo.desk + PATHS[screen])
        if screen in ("setting", "run"):
            table = page.get_by_label("Actions", exact=True).last if screen == "setting" else page.get_by_label("Taken lately")
            table.locator("tbody a").first.click()
    expect(page.get_by_role("heading", level=1).first).to_be_attached()


PATHS = {
    "approvals": "/approvals",
    "run": "/settings/actions",
    "settings": "/settings/actions",
    "setting": "/settings/actions",
    "new": "/settings/actions/new",
    "runs": "/settings/actions/runs",
}


def in_the_inbox(demo: Demo, page: Page, screen: str) -> None:
    if screen == "order card":
        opened(demo, page, "Wholesale: forty notebooks")
        return
    opened(demo, page, "Return request from the account page")
    page.keyboard.press("1")
    amount = page.locator("#act").get_by_label("Amount")
    if screen == "waiting":
        amount.press("Enter")
        expect(page.locator("#asked")).to_contain_text("waits for approval")
        return
    amount.fill("1,5")
    amount.press("Enter")
    expect(page.locator("#act [aria-invalid]")).to_have_count(1)
