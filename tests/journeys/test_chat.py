"""A shopper in the demo shop and an agent at the desk, each in a browser of their own, talk live."""

import re
import struct
import zlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.conftest import Store
from tests.journeys.test_demo import Demo, running
from tests.support import axe
from tests.support.browser import PATIENCE_MS, Problems


@pytest.fixture(scope="module")
def demo(kept: Store) -> Iterator[Demo]:
    with running(kept) as both:
        yield both


@pytest.fixture
def shop(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def desk(demo: Demo, context: BrowserContext, problems: Problems) -> Iterator[Page]:
    """The agent's own browser, signed in, with all open conversations before them."""
    assert context.browser is not None
    other = context.browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    other.set_default_timeout(PATIENCE_MS)
    other.on("page", problems.watch)
    tab = other.new_page()
    tab.goto(demo.desk)
    tab.get_by_label("E-mail").fill(demo.email)
    tab.get_by_label("Password").fill(demo.password)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/inbox?view=*")
    expect(tab.locator("#desk[data-ready]")).to_have_count(1)
    yield tab
    other.close()


def picture(side: int = 24) -> bytes:
    """A green square, as PNG."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = (b"\0" + b"\x2f\x5a\x3f" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def begin(shop: Page, demo: Demo, email: str, text: str) -> FrameLocator:
    """The shopper opens the messenger of the demo shop, says where an answer may go, and asks."""
    shop.goto(demo.shop)
    shop.locator("#tillside-messenger button").click()
    panel = shop.frame_locator("#richpanel_messenger_iframe")
    panel.get_by_role("button", name="Ask a question").click()
    panel.get_by_role("textbox", name="E-mail").fill(email)
    panel.get_by_role("button", name="Start the conversation").click()
    say(panel, text)
    return panel


def say(panel: FrameLocator, text: str) -> None:
    panel.get_by_role("textbox", name="Your message").fill(text)
    panel.get_by_role("textbox", name="Your message").press("Enter")
    expect(panel.locator(".till-say--mine").last).to_contain_text(text)


def test_a_shopper_asks_an_agent_answers_by_keyboard_and_the_shopper_rates(demo: Demo, shop: Page, desk: Page) -> None:
    panel = begin(shop, demo, "vera@example.com", "Is the green notebook dotted?")
    expect(desk.locator("#news")).to_contain_text("1 new")
    desk.keyboard.press("n")
    row = desk.locator(".row-card").filter(has_text="Is the green notebook dotted?")
    expect(row).to_be_visible()
    for _ in desk.locator("#rows [data-row]").all():  # who waits longest stands first: the newest is found further down
        desk.keyboard.press("j")
        if row.locator("[data-row]:focus").count():
            break
    expect(row.locator("[data-row]")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#thread")).to_contain_text("Is the green notebook dotted?")
    expect(panel.locator(".till-say--mine").last).to_contain_text("Read")

    panel.get_by_role("textbox", name="Your message").press_sequentially("It is for")
    expect(desk.locator("#shopper-writing")).to_be_visible()
    say(panel, "It is for my daughter")
    expect(desk.locator("#thread")).to_contain_text("It is for my daughter")
    expect(desk.locator("#shopper-writing")).to_be_hidden()
    expect(panel.locator(".till-say--mine").last).to_contain_text("Read")

    desk.keyboard.press("n")
    desk.keyboard.type("canary of a note")
    expect(desk.locator("#kept")).to_contain_text("Draft kept")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".message--note")).to_contain_text("canary of a note")
    expect(panel.get_by_text("Mia is writing")).to_have_count(0)
    desk.keyboard.press("r")
    desk.keyboard.type("Yes, it is dotted.")
    expect(panel.get_by_text("Mia is writing")).to_be_attached()
    desk.keyboard.press("Control+Enter")
    expect(panel.get_by_role("log")).to_contain_text("Yes, it is dotted.")
    expect(panel.get_by_text("Mia is writing")).to_be_hidden()
    expect(desk.locator(".message--ours").last).to_contain_text("Seen")
    expect(panel.locator("body")).not_to_contain_text("canary")

    desk.keyboard.press("c")
    expect(desk.locator("#toasts")).to_contain_text("closed")
    panel.get_by_role("button", name="Amazing").click()
    panel.get_by_role("textbox", name="Anything to add?").fill("So quick")
    panel.get_by_role("button", name="Add comment").click()
    expect(panel.get_by_text("Thank you. It is kept.")).to_be_visible()
    desk.goto(f"{demo.desk}/inbox?view=closed")
    desk.locator(".row-card").filter(has_text="Is the green notebook dotted?").locator("[data-row]").click()
    expect(desk.locator("#thread")).to_contain_text(re.compile("rated it Amazing: “So quick”"))


def test_a_stranger_shows_by_a_code_who_they_are_and_the_order_opens(demo: Demo, shop: Page, desk: Page, problems: Problems) -> None:
    problems.expect("422")  # the code that is not right
    panel = begin(shop, demo, "ingrid.halvorsen@example.com", "Please send it to another address")
    expect(desk.locator("#news")).to_contain_text("new")
    desk.goto(f"{demo.desk}/inbox?view=open")
    desk.locator(".row-card").filter(has_text="Please send it to another address").locator("[data-row]").click()
    expect(desk.locator("#trust")).to_contain_text("Anyone could have typed this.")
    expect(desk.locator("#pane")).to_contain_text("No order is known")
    desk.keyboard.press("v")
    expect(desk.get_by_label("E-mail they ordered with")).to_be_focused()
    expect(desk.get_by_label("E-mail they ordered with")).to_have_value("ingrid.halvorsen@example.com")
    assert not axe.violations(desk)
    desk.keyboard.press("Enter")
    expect(desk.locator("#thread")).to_contain_text("sent a code to ingrid.halvorsen@example.com")
    code = demo.process.wait_for(re.compile(r"one-time code for ingrid\.halvorsen@example\.com is (\d{6})"))[1]
    asked = panel.get_by_label("The code we sent to i•••@e•••.com")
    asked.fill("000000" if code != "000000" else "111111")
    asked.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("not right")
    asked.fill(code)
    asked.press("Enter")
    expect(asked).to_be_hidden()
    expect(desk.locator("#thread")).to_contain_text("was entered here")
    expect(desk.locator("#trust")).not_to_contain_text("Anyone could have typed this.")
    expect(desk.locator("#pane .order")).to_be_visible()


def test_a_picture_goes_both_ways(demo: Demo, shop: Page, desk: Page) -> None:
    panel = begin(shop, demo, "noah@example.com", "The lid of the box is loose")
    with shop.expect_file_chooser() as chosen:
        panel.get_by_role("button", name="Add a picture or file").click()
    chosen.value.set_files({"name": "corner.png", "mimeType": "image/png", "buffer": picture()})
    expect(panel.locator(".till-write__files")).to_contain_text("corner.png")
    panel.get_by_role("textbox", name="Your message").press("Enter")
    shown = panel.locator(".till-say--mine img")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 24

    desk.goto(f"{demo.desk}/inbox?view=open")
    desk.locator(".row-card").filter(has_text="The lid of the box is loose").locator("[data-row]").click()
    theirs = desk.locator("#thread .picture img")
    expect(theirs).to_be_visible()
    assert theirs.evaluate("image => image.decode().then(() => image.naturalWidth)") == 24
    desk.keyboard.press("r")
    expect(desk.locator("#editor")).to_be_focused()
    desk.locator("#composer input[name=file]").set_input_files({"name": "new-corner.png", "mimeType": "image/png", "buffer": picture(16)})
    expect(desk.locator("#composer")).to_contain_text("new-corner.png")
    desk.keyboard.type("Like this one?")
    desk.keyboard.press("Control+Enter")
    expect(panel.get_by_role("log")).to_contain_text("Like this one?")
    answer = panel.locator(".till-say img").last
    expect(answer).to_be_visible()
    assert answer.evaluate("image => image.decode().then(() => image.naturalWidth)") == 16
