"""Every public method of the tracker, called on a page of a shop, seen at the desk."""

import re

from tests.storefront.visit import Visit
from tillside.events import event as reader
from tillside.events.shapes import Reading


def test_track_sends_the_event_with_its_properties(visit: Visit) -> None:
    visit.open()
    event = visit.track("richpanel.track('view_product', {id: 'lamp-1', price: 49.5})", "view_product")
    assert event["properties"] == {"id": "lamp-1", "price": 49.5}


def test_an_event_carries_the_whole_envelope(visit: Visit) -> None:
    event = visit.open_and_view(query="?utm=spring")
    assert event["appClientId"] == "fernfold10"
    assert event["version"].startswith("tillside-")
    assert isinstance(event["time"]["sentAt"], int)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", event["eventId"])
    assert event["did"] and event["sid"] and event["did"] != event["sid"]
    context = event["context"]
    assert context["page"] == {
        "url": visit.shop.origin + "/?utm=spring",
        "path": "/",
        "referrer": "",
        "title": "Paper lamps",
        "qs": {"utm": "spring"},
    }
    assert set(context["screen"]) == {"width", "height", "density"}
    assert context["timezone"] == visit.call("return Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert context["browser"] == {"lang": visit.call("return navigator.language")}
    assert context["userAgent"] == visit.call("return navigator.userAgent")


def test_the_desk_reads_browser_system_and_device_from_the_event(visit: Visit) -> None:
    said = reader.read(visit.open_and_view(), Reading(currency="EUR", region="DE", received_at=0))
    assert (said.client["browser"], said.client["os"], said.client["device"]) == ("Chrome", "Linux", "desktop")
    assert str(said.client["browser_version"]).split(".")[0].isdigit()


def test_a_page_without_query_says_false(visit: Visit) -> None:
    assert visit.open_and_view()["context"]["page"]["qs"] is False


def test_track_takes_the_time_it_happened_and_the_event_id_of_the_shop(visit: Visit) -> None:
    visit.open()
    event = visit.track("richpanel.track('order', {orderId: '1'}, {uid: 'ada'}, 1606758898000, 'shop-77')", "order")
    assert event["time"]["originalTimestamp"] == 1606758898000
    assert event["eventId"] == "shop-77"


def test_without_a_time_only_the_moment_of_the_call_is_said(visit: Visit) -> None:
    assert set(visit.open_and_view()["time"]) == {"sentAt"}


def test_identify_says_uid_and_traits(visit: Visit) -> None:
    visit.open()
    event = visit.track("richpanel.identify('ada-1', {firstName: 'Ada', phone: 9977090122})", "identify")
    assert event["userProperties"] == {"firstName": "Ada", "phone": 9977090122, "uid": "ada-1"}
    assert event["properties"] == {}


def test_identify_without_uid_keeps_the_uid_among_the_traits(visit: Visit) -> None:
    visit.open()
    assert visit.track("richpanel.identify(null, {uid: 'ada-1'})", "identify")["userProperties"] == {"uid": "ada-1"}


def test_identify_comes_through_track_with_null(visit: Visit) -> None:
    visit.open()
    event = visit.track("richpanel.track('identify', null, {uid: 'ada-1', email: 'ada@example.com'})", "identify")
    assert event["properties"] == {}
    assert event["userProperties"]["email"] == "ada@example.com"


def test_identify_comes_through_track_with_an_empty_array(visit: Visit) -> None:
    visit.open()
    event = visit.track("richpanel.track('identify', [], {uid: 'ada-1'})", "identify")
    assert (event["properties"], event["userProperties"]) == ({}, {"uid": "ada-1"})


def test_atr_onload_runs_the_function_at_once(visit: Visit) -> None:
    visit.open()
    assert visit.call("let ran = false; richpanel.atr('onload', () => { ran = true }); return ran") is True


def test_ping_answers_true(visit: Visit) -> None:
    visit.open()
    assert visit.call("return richpanel.ping()") is True


def test_debug_shows_events_and_sends_none(visit: Visit) -> None:
    visit.open_and_view()
    said: list[str] = []
    visit.page.on("console", lambda message: said.append(message.text))
    visit.call("richpanel.debug(true); richpanel.track('search', {query: 'lamp'})")
    visit.settle()
    assert visit.desk.named("search") == []
    assert any("search" in line for line in said)


def test_debug_off_sends_again(visit: Visit) -> None:
    visit.open()
    visit.call("richpanel.debug(true); richpanel.track('one'); richpanel.debug(false)")
    visit.track("richpanel.track('two')", "two")
    assert visit.desk.named("one") == []


def test_logout_starts_a_new_device_and_session_and_forgets_the_person(visit: Visit) -> None:
    visit.open()
    before = visit.track("richpanel.identify('ada-1', {email: 'ada@example.com'})", "identify")
    visit.call("localStorage.setItem('rpMessengerAuth', 'aa:bb'); richpanel.logout()")
    after = visit.track("richpanel.track('search', {query: 'x'})", "search")
    assert after["did"] != before["did"] and after["sid"] != before["sid"]
    assert after["userProperties"] is None and "userToken" not in after
    assert visit.local("rpuid") is None and visit.local("rpMessengerAuth") is None


def test_logout_silences_a_token_still_on_the_page(visit: Visit) -> None:
    visit.open(before="window.richpanelSettings = 'aa:bb'")
    assert visit.track("richpanel.track('one')", "one")["userToken"] == "aa:bb"
    visit.call("richpanel.logout()")
    assert "userToken" not in visit.track("richpanel.track('two')", "two")
    visit.call("window.richpanelSettings = 'cc:dd'")
    assert visit.track("richpanel.track('three')", "three")["userToken"] == "cc:dd"


def test_load_again_changes_nothing(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("richpanel.load('fernfold10'); richpanel.load('other')")
    visit.settle()
    assert len(visit.desk.named("page_view")) == 1
    assert visit.page.locator("script[src]").count() == 1


def test_sync_cart_items_is_harmless(visit: Visit) -> None:
    visit.open_and_view()
    assert visit.call("return richpanel.syncCartItems([{id: 1}])") is None


def test_the_properties_are_those_of_the_moment_of_the_call(visit: Visit) -> None:
    visit.open()
    event = visit.track("const cart = {items: 1}; richpanel.track('view_cart', cart); cart.items = 2", "view_cart")
    assert event["properties"] == {"items": 1}


def test_text_of_any_language_arrives_whole(visit: Visit) -> None:
    visit.open()
    event = visit.track("richpanel.track('search', {query: 'Lämpchen 🏮 灯 \\ud800', n: 9007199254740993n})", "search")
    assert event["properties"] == {"query": "Lämpchen 🏮 灯 \ud800", "n": "9007199254740993"}


def test_nonsense_is_dropped_without_a_word(visit: Visit) -> None:
    visit.open_and_view()
    visit.call(
        """
        const loop = {}; loop.self = loop;
        richpanel.track(); richpanel.track(null); richpanel.track({}); richpanel.track('loop', loop);
        richpanel.track('own', {toJSON() { throw new Error('mine') }});
        richpanel.identify(); richpanel.atr(); richpanel.atr('onload'); richpanel.consent('perhaps');
        richpanel.atr('onload', () => { throw new Error('the shop') });
        """
    )
    visit.track("richpanel.track('still_here')", "still_here")
    assert {event["event"] for event in visit.desk.events} <= {"page_view", "identify", "still_here"}


def test_the_documented_names_are_set_and_no_others(visit: Visit) -> None:
    visit.go(visit.shop.page("<script>window.before = Object.keys(window)</script>" + visit.loader()))
    added = visit.call("return Object.keys(window).filter(name => !before.includes(name) && name !== 'before')")
    assert sorted(added) == ["richpanel", "richpanelVersion", "richpanel_api_url", "richpanel_messenger_url", "richpanel_ws_url"]
    origin = visit.desk.origin
    assert visit.call("return [richpanel_api_url, richpanel_ws_url, richpanelVersion]") == [
        origin + "/v3",
        origin.replace("http", "ws"),
        "2.0.0.j",
    ]


def test_an_app_around_the_page_learns_the_device(visit: Visit) -> None:
    visit.open(before="window.told = []; window.Android = {updateDid(did) { told.push(did) }}")
    assert visit.call("return told") == [visit.cookie("rpdid")]


def test_an_app_that_fails_does_not_stop_the_tracker(visit: Visit) -> None:
    visit.open(before="window.Android = {updateDid() { throw new Error('app') }}")
    visit.desk.wait_for("page_view")
