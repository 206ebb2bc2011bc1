"""The messenger in a real browser, on a shop of another site: what a shopper does, and what the shop's page must never feel."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.messenger.shopper import close, note, reply, switch_on
from tests.storefront.peer import Shop, hosted
from tests.support import axe
from tests.support.browser import Problems
from tests.support.served import SECRET, Served, Tenant
from tillside.agents.hours import Week
from tillside.base.signing import make_token
from tillside.feeds.whispers import Whisper
from tillside.messenger.settings import Field, Messenger, Opening, Own

FRAME = "#richpanel_messenger_iframe"


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with hosted(Shop()) as host:
        yield host


class Visit:
    """A shopper's tab on a page with our snippet."""

    def __init__(self, served: Served, tenant: Tenant, shop: Shop, page: Page) -> None:
        self.served, self.tenant, self.shop, self.page = served, tenant, shop, page

    def open(self, path: str = "/", *, head: str = "", body: str = "") -> None:
        self.shop.page(head + loader(self.served.url, self.tenant.key), path)
        self.shop.pages[path] = self.shop.pages[path].replace("</body>", body + "</body>")
        self.page.goto(self.shop.origin.replace("127.0.0.1", "localhost") + path)

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator(FRAME)

    def launch(self) -> None:
        self.page.locator("#tillside-messenger button").click()
        expect(self.frame.get_by_role("heading", level=1)).to_be_visible()

    def write(self, text: str) -> None:
        self.frame.get_by_role("textbox", name="Your message").fill(text)
        self.frame.get_by_role("textbox", name="Your message").press("Enter")
        expect(self.frame.locator(".till-say--mine").last).to_contain_text(text)
        expect(self.frame.locator(".till-say--mine").last).to_contain_text("Sent")

    def ask(self, text: str) -> str:
        """Begin a conversation; its id."""
        self.launch()
        self.frame.get_by_role("button", name="Ask a question").click()
        self.write(text)
        rows = self.served.rows("select id from conversation where workspace_id = :w order by number", w=self.tenant.workspace_id)
        return str(rows[-1][0])


def loader(desk: str, key: str) -> str:
    return (
        "<script>(function(p){var d=p.richpanel=p.richpanel||[];d.q=d.q||[];"
        '["track","identify","debug","atr","ping","logout","consent"].forEach(function(n){d[n]=d[n]||function(){'
        "d.q.push([n].concat([].slice.call(arguments)));};});})(window);</script>"
        f'<script async src="{desk}/v2/j/{key}"></script>'
    )


@pytest.fixture
def visit(served: Served, tenant: Tenant, shop: Shop, page: Page) -> Visit:
    switch_on(served, tenant)
    return Visit(served, tenant, shop, page)


def test_a_shopper_asks_and_hears_the_answer_live(visit: Visit) -> None:
    visit.open()
    conversation = visit.ask("Where is my parcel?")
    note(visit.served, visit.tenant, conversation, "canary-note")
    visit.served.do(visit.served.desk.whispers.tell(Whisper(visit.tenant.workspace_id, conversation, "shop", "Mia Lund")))
    expect(visit.frame.get_by_text("Mia is writing")).to_be_attached()
    reply(visit.served, visit.tenant, conversation, "It leaves today.")
    expect(visit.frame.get_by_role("log")).to_contain_text("It leaves today.")
    expect(visit.frame.locator(".till-say__mark").first).to_contain_text("Read")
    expect(visit.frame.locator("body")).not_to_contain_text("canary-note")
    close(visit.served, visit.tenant, conversation)
    visit.frame.get_by_role("button", name="Amazing").click()
    visit.frame.get_by_role("textbox", name="Anything to add?").fill("So quick")
    visit.frame.get_by_role("button", name="Add comment").click()
    expect(visit.frame.get_by_text("Thank you. It is kept.")).to_be_visible()
    rated = visit.served.rows("select rating, rating_comment from conversation where workspace_id = :w", w=visit.tenant.workspace_id)
    assert rated == [(5, "So quick")]


def test_text_and_conversation_are_there_on_the_next_page(visit: Visit) -> None:
    visit.open()
    visit.ask("Where is my parcel?")
    visit.frame.get_by_role("textbox", name="Your message").press_sequentially("Half a thou")
    visit.page.wait_for_timeout(300)
    visit.open("/next")
    expect(visit.frame.get_by_role("textbox", name="Your message")).to_have_value("Half a thou")
    expect(visit.frame.get_by_role("log")).to_contain_text("Where is my parcel?")


def test_without_consent_nothing_is_kept_on_the_device(visit: Visit, context: BrowserContext) -> None:
    visit.open(head='<script>window.tillside = {consent: "pending"};</script>')
    visit.ask("Where is my parcel?")
    assert visit.page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    assert context.cookies() == []
    visit.page.evaluate('richpanel.consent("granted")')
    assert visit.page.evaluate('JSON.parse(localStorage.getItem("tillsideMessenger")).token').startswith("vis_")


def test_the_whole_way_by_keyboard(visit: Visit) -> None:
    visit.open()
    page = visit.page
    expect(page.locator("#tillside-messenger button")).to_be_visible()
    page.locator("#tillside-messenger button").focus()
    page.keyboard.press("Enter")
    expect(visit.frame.get_by_role("heading", level=1)).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        if visit.frame.get_by_role("button", name="Ask a question").evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(visit.frame.get_by_role("textbox", name="Your message")).to_be_focused()
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    expect(visit.frame.get_by_role("log")).to_contain_text("By hand")
    page.keyboard.press("Escape")
    expect(page.locator(FRAME)).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "tillside-messenger"


def test_what_could_not_be_sent_is_kept_and_sent_later(visit: Visit, problems: Problems) -> None:
    problems.expect("ERR_INTERNET_DISCONNECTED")
    visit.open()
    visit.ask("First")
    visit.page.context.set_offline(True)
    visit.frame.get_by_role("textbox", name="Your message").fill("Second")
    visit.frame.get_by_role("textbox", name="Your message").press("Enter")
    expect(visit.frame.get_by_text("Not sent yet. It is kept here.")).to_be_visible()
    visit.frame.get_by_role("button", name="Send again").click()
    expect(visit.frame.get_by_text("Not sent yet. It is kept here.")).to_be_visible()
    visit.page.context.set_offline(False)
    expect(visit.frame.locator(".till-say--mine").last).to_contain_text("Sent")
    texts = visit.served.rows("select text from message where workspace_id = :w order by at", w=visit.tenant.workspace_id)
    assert texts == [("First",), ("Second",)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_place_passes_axe_and_fits_a_small_phone(visit: Visit, theme: str, problems: Problems) -> None:
    problems.expect("Applying inline style")  # axe measures with styles of its own, which the panel's policy refuses
    switch_on(
        visit.served, visit.tenant, Messenger(is_enabled=True, fields=(Field("email", "E-mail", "email", True),), week=Week(is_always=False))
    )
    visit.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    visit.page.set_viewport_size({"width": 320, "height": 640})
    visit.open()
    visit.launch()
    inner = visit.page.frame(url=lambda url: "/frame" in url)
    assert inner is not None

    def check() -> None:
        assert inner is not None
        assert inner.evaluate("document.documentElement.scrollWidth") <= 320
        assert axe.violations(inner) == []

    check()
    visit.frame.get_by_role("button", name="See all your conversations").click()
    check()
    visit.frame.get_by_role("button", name="Back").click()
    visit.frame.get_by_role("button", name="Ask a question").click()
    visit.frame.get_by_role("button", name="Start the conversation").click()
    expect(visit.frame.get_by_role("alert")).to_contain_text("Fill in: E-mail")
    check()
    visit.frame.get_by_role("textbox", name="E-mail").fill("ada@example.com")
    visit.frame.get_by_role("button", name="Start the conversation").click()
    visit.write("A very long word: " + "x" * 120)
    (row,) = visit.served.rows("select id from conversation where workspace_id = :w", w=visit.tenant.workspace_id)
    reply(visit.served, visit.tenant, str(row[0]), "An answer with https://shop.example/a/very/long/address/that/goes/on/and/on/for/ever")
    expect(visit.frame.get_by_role("log")).to_contain_text("An answer")
    check()
    close(visit.served, visit.tenant, str(row[0]))
    visit.frame.get_by_role("button", name="Great").click()
    check()
    visit.frame.get_by_role("button", name="Back").click()
    check()


def test_a_language_from_right_to_left_turns_the_panel(visit: Visit) -> None:
    visit.open()
    visit.launch()
    visit.page.evaluate('RichpanelMessenger.updateWidgetLanguage("ar")')
    expect(visit.frame.locator("html")).to_have_attribute("dir", "rtl")
    expect(visit.frame.get_by_role("button", name="اطرح سؤالاً")).to_be_visible()


def test_the_page_api_the_messages_the_hash_and_own_launchers(visit: Visit) -> None:
    own = Own(messenger=(".chat-link",), send_message=(Opening((".size-help",), "Which size fits me?"),))
    switch_on(visit.served, visit.tenant, Messenger(is_enabled=True, fields=(), own=own))
    body = '<a href="#" class="chat-link">Chat</a> <button class="size-help"><b>Size help</b></button>'
    visit.open(body=body)
    page, shown = visit.page, visit.page.locator(FRAME)
    expect(page.locator("#tillside-messenger button")).to_be_visible()
    assert sorted(page.evaluate("Object.keys(RichpanelMessenger)")) == sorted(
        ["initialize", "destroy", "update", "updateWidgetLanguage", "logout", "login"]
    )
    page.get_by_text("Size help").click()
    expect(visit.frame.get_by_role("textbox", name="Your message")).to_have_value("Which size fits me?")
    page.evaluate('postMessage({actionName: "HIDE_MESSENGER"}, "*")')
    expect(shown).to_be_hidden()
    expect(page.locator("#tillside-messenger button")).to_be_hidden()
    page.evaluate('postMessage({actionName: "SHOW_MESSENGER"}, "*")')
    expect(page.locator("#tillside-messenger button")).to_be_visible()
    page.evaluate('postMessage({actionName: "LAUNCH_MESSENGER"}, "*")')
    expect(shown).to_be_visible()
    page.keyboard.press("Escape")
    page.evaluate('postMessage({actionName: "HIDE_MESSENGER"}, "*"); postMessage({actionName: "SHOW_MESSENGER"}, "*")')
    expect(shown).to_be_hidden()
    page.evaluate('location.hash = "#rp-customer-widget-open"')
    expect(shown).to_be_visible()
    page.evaluate("RichpanelMessenger.destroy()")
    expect(shown).to_have_count(0)
    page.evaluate("RichpanelMessenger.initialize()")
    expect(page.locator("#tillside-messenger button")).to_be_visible()


def test_signing_in_and_out_on_the_page(visit: Visit) -> None:
    visit.open()
    visit.launch()
    token = make_token({"id": "cust-1", "firstName": "Ada", "email": "ada@example.com"}, SECRET)
    visit.page.evaluate("token => RichpanelMessenger.login(token)", token)
    expect(visit.frame.get_by_role("heading", level=1)).to_contain_text("Ada")
    visit.frame.get_by_role("button", name="Ask a question").click()
    visit.write("canary-ada")
    visit.page.evaluate("window.richpanelSettings = null; RichpanelMessenger.logout()")
    expect(visit.page.locator(FRAME)).to_have_count(0)
    visit.launch()
    expect(visit.frame.locator("body")).not_to_contain_text("Ada")


def test_the_frame_reaches_neither_the_page_nor_the_desk(visit: Visit) -> None:
    visit.open()
    visit.launch()
    inner = visit.page.frame(url=lambda url: "/frame" in url)
    assert inner is not None
    assert inner.evaluate("origin") == "null"
    for forbidden in ("parent.document.title", "document.cookie", "localStorage.length"):
        assert inner.evaluate(f"(() => {{ try {{ {forbidden}; return 'reached'; }} catch {{ return 'closed'; }} }})()") == "closed"


def test_a_page_with_the_messenger_off_loads_nothing_of_it(served: Served, tenant: Tenant, shop: Shop, page: Page) -> None:
    switch_on(served, tenant, Messenger())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit = Visit(served, tenant, shop, page)
    with page.expect_response("**/settings"):
        visit.open()
    page.wait_for_timeout(200)
    assert [url for url in asked if "/messenger/files/" in url] == []
    assert page.evaluate("typeof RichpanelMessenger") == "undefined"
