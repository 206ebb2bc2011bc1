"""What tests say about a visitor: which snippet the page has, what the shop's code calls, what the browser kept."""

from typing import Any

from playwright.sync_api import Page

from tests.storefront.peer import KEY, STATIC, Desk, Shop

LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visit:
    """One tab on one shop. `errors` collects every uncaught error of the page."""

    def __init__(self, shop: Shop, desk: Desk, page: Page) -> None:
        self.shop = shop
        self.desk = desk
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def snippet(self, key: str = KEY) -> str:
        """Our own recommended snippet, as a shop pastes it."""
        text = (STATIC / "snippet.txt").read_text()
        return text.replace("{{origin}}", self.desk.origin).replace("{{key}}", key)

    def loader(self, path: str = f"/v2/j/{KEY}", attributes: str = "") -> str:
        """Only the script tag, for pages that put up their own queue."""
        return f'<script async src="{self.desk.origin}{path}" {attributes}></script>'

    def open(self, before: str = "", after: str = "", path: str = "/", query: str = "") -> None:
        """Opens a page with our snippet; `before` and `after` are scripts of the shop around it."""
        head = f"<script>{before}</script>{self.snippet()}<script>{after}</script>"
        self.go(self.shop.page(head, path.partition("#")[0]) + query)

    def go(self, address: str) -> None:
        """Opens an address and waits until the tracker's methods are there."""
        self.page.goto(address)
        self.page.wait_for_function("window.richpanel && richpanel.ping && richpanel.ping() === true")

    def open_and_view(self, **page: Any) -> dict[str, Any]:
        """Opens a page, and waits for its page view to arrive."""
        seen = len(self.desk.named("page_view"))
        self.open(**page)
        return self.desk.wait_for("page_view", seen + 1)[-1]

    def call(self, script: str) -> Any:
        return self.page.evaluate(f"() => {{ {script} }}")

    def track(self, script: str, name: str) -> dict[str, Any]:
        """Runs the shop's script and gives the next event of that name."""
        seen = len(self.desk.named(name))
        self.call(script)
        return self.desk.wait_for(name, seen + 1)[-1]

    def settle(self, milliseconds: int = 400) -> None:
        """Time in which something could still be sent, for tests that say nothing is."""
        self.page.wait_for_timeout(milliseconds)

    def cookies(self) -> dict[str, Any]:
        return {cookie["name"]: cookie for cookie in self.page.context.cookies()}

    def cookie(self, name: str) -> str:
        return str(self.cookies().get(name, {}).get("value", ""))

    def local(self, name: str) -> Any:
        return self.page.evaluate("name => localStorage.getItem(name)", name)
