"""Page views: which moves count as a page, and who is not counted."""

import pytest
from playwright.sync_api import Browser

from tests.storefront.peer import KEY, Desk, Shop
from tests.storefront.visit import Visit


def paths(visit: Visit) -> list[str]:
    return [event["context"]["page"]["url"].removeprefix(visit.shop.origin) for event in visit.desk.named("page_view")]


def test_an_anonymous_visitor_is_seen(visit: Visit) -> None:
    event = visit.open_and_view()
    assert event["userProperties"] is None and event["did"]


def test_a_page_is_counted_once(visit: Visit) -> None:
    visit.open_and_view()
    visit.settle()
    assert paths(visit) == ["/"]


def test_moving_inside_a_single_page_shop_counts_each_address(visit: Visit) -> None:
    visit.open_and_view()
    for number, move in enumerate(["pushState({}, '', '/lamps')", "replaceState({}, '', '/lamps/1')", "back()"], start=2):
        visit.call(f"history.{move}")
        visit.desk.wait_for("page_view", number)
    assert paths(visit) == ["/", "/lamps", "/lamps/1", "/"]


def test_a_move_knows_the_address_before_and_the_new_title(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("history.pushState({}, '', '/lamps'); document.title = 'All lamps'")
    page = visit.desk.wait_for("page_view", 2)[1]["context"]["page"]
    assert (page["referrer"], page["title"], page["path"]) == (visit.shop.origin + "/", "All lamps", "/lamps")


def test_a_state_change_without_a_new_address_is_no_page(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("history.pushState({step: 2}, ''); history.replaceState({step: 3}, '', location.href)")
    visit.settle()
    assert paths(visit) == ["/"]


def test_an_anchor_is_no_page_and_a_hash_route_is_one(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("location.hash = 'reviews'")
    visit.call("location.hash = '#/cart'")
    visit.desk.wait_for("page_view", 2)
    visit.settle()
    assert paths(visit) == ["/", "/#/cart"]


def test_the_history_methods_of_the_page_keep_working(visit: Visit) -> None:
    visit.open()
    assert visit.call("return [history.pushState({n: 1}, '', '/x'), history.state.n, location.pathname]") == [None, 1, "/x"]
    error = "try { history.pushState({}, '', 'https://other.example/'); return 'none' } catch (error) { return error.name }"
    assert visit.call(error) == "SecurityError"


def test_the_shops_own_page_view_takes_the_place_of_ours(visit: Visit) -> None:
    visit.open(after="richpanel.track('page_view', {name: 'Homepage'})")
    visit.desk.wait_for("page_view")
    visit.call("history.pushState({}, '', '/thanks'); richpanel.track('page_view', {name: 'Thank you'})")
    visit.desk.wait_for("page_view", 2)
    visit.settle()
    assert [event["properties"] for event in visit.desk.named("page_view")] == [{"name": "Homepage"}, {"name": "Thank you"}]


def test_page_views_can_be_left_to_the_shop(visit: Visit) -> None:
    visit.go(visit.shop.page(visit.loader(f"/v2/j/{KEY}", 'data-page-views="off"')))
    visit.call("history.pushState({}, '', '/lamps')")
    visit.track("richpanel.track('page_view', {name: 'Lamps'})", "page_view")
    visit.settle()
    assert paths(visit) == ["/lamps"]


def test_coming_back_to_a_page_the_browser_kept_is_a_view(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    visit.desk.wait_for("page_view", 2)


def test_a_token_in_the_address_is_not_shown(visit: Visit) -> None:
    page = visit.open_and_view(query="?a=1&encryptUserData=aa:bb&b=2")["context"]["page"]
    assert page["url"].endswith("/?a=1&encryptUserData=&b=2")
    assert page["qs"] == {"a": "1", "encryptUserData": "", "b": "2"}


@pytest.mark.parametrize(
    ("agent", "is_counted"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", False),
        ("Mozilla/5.0 (compatible; YandexBot/3.0)", False),
        ("Mozilla/5.0 (compatible; Bytespider)", False),
        ("facebookexternalhit/1.1", False),
        ("Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36", True),
    ],
)
def test_robots_are_not_counted(browser: Browser, shop: Shop, desk: Desk, agent: str, is_counted: bool) -> None:
    context = browser.new_context(user_agent=agent)
    visit = Visit(shop, desk, context.new_page())
    visit.page.goto(shop.page(visit.loader()))
    visit.page.wait_for_function("!!(window.richpanel && richpanel.track)")
    visit.call("richpanel.track('one')")
    visit.settle()
    assert (bool(desk.named("page_view")), bool(desk.named("one")), bool(visit.cookies())) == (is_counted,) * 3
    assert visit.errors == []
    context.close()


CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:120.0) Gecko/20100101"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "device", "system", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "desktop", ("Windows", "10.0"), "Chrome"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 Edg/120.0.1", "desktop", ("Windows", "10.0"), "Edge"),
        (f"Mozilla/5.0 (Linux; Android 13; Pixel 7) {CHROME} Mobile Safari/537.36", "mobile", ("Android", "13"), "Chrome"),
        (f"Mozilla/5.0 (Linux; Android 13; SM-X700) {CHROME} Safari/537.36", "tablet", ("Android", "13"), "Chrome"),
        (f"{IPHONE} Version/17.2 Mobile/15E148 Safari/604.1", "mobile", ("iOS", "17.2"), "Safari"),
        (f"{IPHONE} CriOS/120.0 Mobile/15E148 Safari/604.1", "mobile", ("iOS", "17.2"), "Chrome"),
        (f"{MAC} Firefox/120.0", "desktop", ("macOS", "10.15"), "Firefox"),
    ],
)
def test_device_system_and_browser_are_named(
    browser: Browser, shop: Shop, desk: Desk, agent: str, device: str, system: tuple[str, str], name: str
) -> None:
    context = browser.new_context(user_agent=agent)
    visit = Visit(shop, desk, context.new_page())
    said = visit.open_and_view()["context"]
    context.close()
    assert said["device"]["type"] == device and said["device"]["isMobile"] == (device != "desktop")
    assert (said["os"]["name"], said["os"]["version"]) == system
    assert said["browser"]["name"] == name
