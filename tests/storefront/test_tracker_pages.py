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
    if is_counted:
        desk.wait_for("one")
    visit.settle()
    assert (bool(desk.named("page_view")), bool(desk.named("one")), bool(visit.cookies())) == (is_counted,) * 3
    assert visit.errors == []
    context.close()


BUSY = "window.requestIdleCallback = (run, options) => { window.waits = [run, options] }"


def test_the_page_goes_first(visit: Visit) -> None:
    visit.page.goto(visit.shop.page(f"<script>{BUSY}</script>" + visit.snippet()))
    visit.page.wait_for_function("!!window.waits")
    visit.settle()
    assert visit.desk.letters == [] and visit.cookies() == {} and visit.call("return localStorage.length") == 0
    assert visit.call("return waits[1].timeout") == 1000
    visit.call("waits[0]()")
    visit.desk.wait_for("page_view")


def test_a_call_does_not_wait_for_a_quiet_moment(visit: Visit) -> None:
    visit.open(before=BUSY, after="richpanel.track('early')")
    visit.call("richpanel.track('one')")
    visit.desk.wait_for("one")
    assert [event["event"] for event in visit.desk.events] == ["early", "page_view", "one"]


def test_a_page_left_before_it_was_quiet_is_still_counted(visit: Visit) -> None:
    visit.page.goto(visit.shop.page(f"<script>{BUSY}</script>" + visit.snippet() + "<script>richpanel.track('early')</script>"))
    visit.page.wait_for_function("!!window.waits")
    visit.page.goto(visit.shop.page("", "/away"))
    visit.desk.wait_for("early")
    assert paths(visit) == ["/"]


def test_a_browser_without_idle_moments_is_served_too(visit: Visit) -> None:
    visit.page.goto(visit.shop.page("<script>window.requestIdleCallback = undefined</script>" + visit.snippet()))
    visit.desk.wait_for("page_view")
