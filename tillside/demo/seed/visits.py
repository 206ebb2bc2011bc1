"""What browsers said: visits that led to an order, visits of people who only looked, and a few who typed their address."""

from collections.abc import Iterator
from random import Random
from typing import Any

from tillside.demo import basket, catalogue, statements
from tillside.demo.catalogue import Product
from tillside.demo.orders import Order
from tillside.demo.people import Person
from tillside.demo.seed.history import Life
from tillside.demo.seed.said import DAY, HOUR, MINUTE, Said, new_id
from tillside.demo.statements import Event

STRANGERS = 34
LOOKED_BACK = 16 * DAY
SEARCHES = ("dotted", "wax", "advent", "fountain", "tape", "takk", "gift wrap", "a4")
REFERRERS = ("", "", "", "https://search.example/", "https://letters.example/slow-post", "https://social.example/fernfold")

# type, is it a phone, system, system version, browser, browser version, width, height, density
DEVICES = (
    ("desktop", 0, "macOS", "15.1", "Safari", "18.1", 1440, 900, 2),
    ("desktop", 0, "Windows", "11", "Firefox", "133.0", 1920, 1080, 1),
    ("desktop", 0, "Linux", "", "Chrome", "131.0", 1680, 1050, 1),
    ("mobile", 1, "iOS", "18.1", "Safari", "18.1", 393, 852, 3),
    ("mobile", 1, "Android", "15", "Chrome", "131.0", 412, 915, 2),
)


class _Browser:
    """One visit: ids, device and address stay the same, the clock moves on."""

    def __init__(self, chance: Random, at: int, *, key: str, shop_url: str, did: str = "", sid: str = "") -> None:
        self.chance, self.at, self.key, self.shop_url = chance, at, key, shop_url
        self.did, self.sid = did or new_id(chance), sid or new_id(chance)
        self.device = DEVICES[int(self.did.replace("-", "")[:6], 16) % len(DEVICES)]
        self.referrer = chance.choice(REFERRERS)
        self.person: Person | None = None

    def says(self, event: str, properties: dict[str, Any], *, path: str, title: str, traits: dict[str, Any] | None = None) -> Said:
        body: Event = {
            "event": event,
            "appClientId": self.key,
            "eventId": new_id(self.chance),
            "did": self.did,
            "sid": self.sid,
            "version": "2.0.0",
            "properties": properties,
            "time": {"sentAt": self.at},
            "context": self._context(path, title),
        }
        said = Said(self.at, body | ({"userProperties": traits} if traits else {}), is_signed=False, signed_in=self.person)
        self.at += self.chance.randrange(4_000, 70_000)
        return said

    def page(self, path: str, title: str) -> Said:
        return self.says("page_view", {"name": title}, path=path, title=title)

    def looks_at(self, product: Product) -> list[Said]:
        path = f"/products/{product.slug}"
        seen = statements.product_properties(product, self.shop_url)
        return [self.page(path, product.name), self.says("view_product", seen, path=path, title=product.name)]

    def puts_in(self, position: basket.Position) -> Said:
        put = statements.position_properties(position, self.shop_url, quantity=position.quantity)
        return self.says("add_to_cart", put, path="/cart", title="Cart")

    def _context(self, path: str, title: str) -> dict[str, Any]:
        kind, is_mobile, system, system_version, browser, browser_version, width, height, density = self.device
        url = self.shop_url + path
        return {
            "page": {"url": url, "path": path, "referrer": self.referrer, "title": f"{title} · Fern & Fold", "qs": False},
            "device": {"type": kind, "isMobile": is_mobile},
            "os": {"name": system, "version": system_version},
            "browser": {"name": browser, "version": browser_version, "family": browser, "lang": "en", "cookies": 1},
            "screen": {"width": width, "height": height, "density": density},
            "timezone": "Europe/Oslo",
        }


def before_orders(lives: list[Life], chance: Random, now_ms: int, *, key: str, shop_url: str) -> list[Said]:
    """Everybody who ordered lately looked around first, on the device the order names."""
    said: list[Said] = []
    for life in lives:
        order = life[0]
        if now_ms - order.placed_at < LOOKED_BACK:
            browser = _Browser(chance, order.placed_at, key=key, shop_url=shop_url, did=order.did, sid=order.sid)
            visit = list(_bought(browser, order))
            late_by = browser.at - order.placed_at
            said += [_earlier(one, late_by) for one in visit]
    return said


def of_strangers(chance: Random, now_ms: int, *, key: str, shop_url: str) -> list[Said]:
    """People nobody knows; every seventh leaves an address for the newsletter and stays a visitor all the same."""
    said: list[Said] = []
    for number in range(STRANGERS):
        ago = chance.randrange(2 * MINUTE, 3 * HOUR) if number < 8 else chance.randrange(3 * HOUR, LOOKED_BACK)
        browser = _Browser(chance, now_ms - ago - 12 * MINUTE, key=key, shop_url=shop_url)
        said += [one for one in _looked_around(browser) if one.at < now_ms]
        if number % 7 == 3:
            typed = {"uid": f"stroller{number}@example.com", "email": f"stroller{number}@example.com", "newsletter": True}
            said.append(browser.says("identify", {}, path="/", title="Paper worth keeping", traits=typed))
    return said


def _bought(browser: _Browser, order: Order) -> Iterator[Said]:
    yield browser.page("/", "Paper worth keeping")
    if order.uid:
        browser.person = Person(order.uid, order.billing.first_name, order.billing.last_name, order.email)
    for line in order.lines:
        product = catalogue.by_id(line.product_id)
        option = product and product.option(line.option_id)
        if product and option:
            yield from browser.looks_at(product)
            yield browser.puts_in(basket.Position(product, option, line.quantity))
    yield browser.says("checkout_start", {}, path="/checkout", title="Checkout")
    if not order.uid:
        typed = {
            "uid": order.email,
            "email": order.email,
            "firstName": order.billing.first_name,
            "lastName": order.billing.last_name,
        }
        yield browser.says("identify", {}, path="/checkout", title="Checkout", traits=typed)


def _looked_around(browser: _Browser) -> Iterator[Said]:
    chance = browser.chance
    yield browser.page("/", "Paper worth keeping")
    shelf = chance.choice(catalogue.CATEGORIES)
    path = f"/shelves/{shelf.slug}"
    yield browser.page(path, shelf.name)
    yield browser.says("view_category", statements.category_properties(shelf), path=path, title=shelf.name)
    if chance.random() < 0.35:
        yield browser.says("search", {"query": chance.choice(SEARCHES)}, path="/search", title="Search")
    product = None
    for product in chance.sample(catalogue.within(shelf), chance.randint(1, 2)):
        yield from browser.looks_at(product)
    if product and chance.random() < 0.4:
        position = basket.Position(product, chance.choice(product.options), 1)
        yield browser.puts_in(position)
        if chance.random() < 0.4:
            gone = statements.position_properties(position, browser.shop_url, quantity=1)
            yield browser.says("remove_from_cart", gone, path="/cart", title="Cart")


def _earlier(said: Said, by_ms: int) -> Said:
    at = said.at - by_ms
    return Said(at, said.event | {"time": {"sentAt": at}}, is_signed=False, signed_in=said.signed_in)
