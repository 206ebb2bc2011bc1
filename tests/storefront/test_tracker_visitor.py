"""Device, session, person and token: what the browser keeps, and what each event says of who it was."""

import json
import time

from tests.storefront.peer import KEY
from tests.storefront.visit import Visit

TOKEN = "00ff:aa11"


def test_device_session_and_key_are_kept_in_the_documented_cookies(visit: Visit) -> None:
    event = visit.open_and_view()
    cookies = visit.cookies()
    assert (cookies["rpdid"]["value"], cookies["rpsid"]["value"]) == (event["did"], event["sid"])
    assert cookies["rptkn"]["value"] == KEY
    assert abs(cookies["rpsid"]["expires"] - time.time() - 6 * 3600) < 60
    assert cookies["rpdid"]["expires"] - time.time() > 399 * 86400  # Chromium shortens 3.7 years to 400 days
    assert {cookies[name]["sameSite"] for name in ("rpdid", "rpsid", "rptkn")} == {"Lax"}


def test_the_device_and_session_stay_over_pages(visit: Visit) -> None:
    first = visit.open_and_view()
    second = visit.open_and_view(path="/lamps")
    assert (first["did"], first["sid"]) == (second["did"], second["sid"])


def test_a_device_known_from_before_is_kept(visit: Visit) -> None:
    visit.page.context.add_cookies([{"name": "rpdid", "value": "old-device", "url": visit.shop.origin}])
    assert visit.open_and_view()["did"] == "old-device"


WRITES = """
const held = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
window.written = []; window.looks = 0;
Object.defineProperty(document, 'cookie', {
  get() { looks++; return held.get.call(document) },
  set(text) { written.push(text.split('=')[0]); held.set.call(document, text) },
});
"""


def test_cookies_are_written_once_a_page_and_read_once_a_moment(visit: Visit) -> None:
    visit.open_and_view(before=WRITES)
    visit.call("for (let n = 0; n < 20; n++) richpanel.track('step', {n})")
    visit.desk.wait_for("step", 20)
    assert sorted(visit.call("return written")) == ["rpdid", "rpsid", "rptkn"]
    assert visit.call("return looks") <= 4
    visit.open_and_view(before=WRITES, path="/next")
    assert visit.call("return written") == ["rpsid"]


def test_a_device_that_another_tab_renewed_is_seen(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("document.cookie = 'rpdid=renewed;path=/'")
    visit.settle(1100)
    assert visit.track("richpanel.track('one')", "one")["did"] == "renewed"


def test_another_connectors_key_starts_a_new_device(visit: Visit) -> None:
    first = visit.open_and_view()
    visit.track("richpanel.identify('ada-1')", "identify")
    visit.go(visit.shop.page(visit.loader("/v2/j/other"), "/other"))
    second = visit.desk.wait_for("page_view", 2)[1]
    assert second["did"] != first["did"] and second["sid"] != first["sid"]
    assert visit.local("rpuid") is None and visit.cookie("rptkn") == "other"


def test_the_anonymous_device_goes_on_when_its_person_is_named(visit: Visit) -> None:
    before = visit.open_and_view()
    after = visit.track("richpanel.identify('ada-1')", "identify")
    assert after["did"] == before["did"]
    assert visit.local("rpuid") == "ada-1"


def test_another_uid_starts_a_new_device_and_forgets_the_traits(visit: Visit) -> None:
    visit.open()
    ada = visit.track("richpanel.identify('ada-1', {email: 'ada@example.com'})", "identify")
    bob = visit.track("richpanel.identify('bob-2', {city: 'Ulm'})", "identify")
    assert bob["did"] != ada["did"] and bob["sid"] != ada["sid"]
    assert bob["userProperties"] == {"city": "Ulm", "uid": "bob-2"}
    assert visit.local("rpuid") == "bob-2"


def test_the_same_uid_on_the_next_page_keeps_the_device(visit: Visit) -> None:
    visit.open()
    first = visit.track("richpanel.identify(42)", "identify")
    visit.open(path="/next")
    assert visit.track("richpanel.identify('42')", "identify")["did"] == first["did"]


def test_the_page_view_of_a_page_that_names_another_person_is_theirs(visit: Visit) -> None:
    visit.open()
    visit.track("richpanel.identify('ada-1')", "identify")
    visit.desk.wait_for("page_view")
    event = visit.open_and_view(path="/next", after="richpanel.identify('bob-2')")
    assert event["did"] == visit.desk.wait_for("identify", 2)[1]["did"]


def test_traits_are_said_once_and_null_afterwards(visit: Visit) -> None:
    visit.open()
    said = visit.track("richpanel.track('search', {}, {uid: 'ada-1', city: 'Ulm'})", "search")
    again = visit.track("richpanel.track('view_cart', [], {uid: 'ada-1', city: 'Ulm'})", "view_cart")
    changed = visit.track("richpanel.track('add_to_cart', {}, {city: 'Bonn'})", "add_to_cart")
    assert said["userProperties"] == {"uid": "ada-1", "city": "Ulm"}
    assert again["userProperties"] is None and again["properties"] == {}
    assert changed["userProperties"] == {"uid": "ada-1", "city": "Bonn"}


def test_an_order_always_says_whose_it_is(visit: Visit) -> None:
    visit.open()
    visit.track("richpanel.identify('ada-1', {email: 'ada@example.com'})", "identify")
    order = visit.track("richpanel.track('order', {orderId: '1'})", "order")
    assert order["userProperties"] == {"email": "ada@example.com", "uid": "ada-1"}


def test_the_shops_cookies_are_read_as_traits(visit: Visit) -> None:
    values = {"rp_email": "ada%40example.com", "rp_firstName": "Ada", "rp_lastName": "L%C3%B8v"}
    visit.page.context.add_cookies([{"name": name, "value": value, "url": visit.shop.origin} for name, value in values.items()])
    assert visit.open_and_view()["userProperties"] == {"email": "ada@example.com", "firstName": "Ada", "lastName": "Løv"}


def test_what_others_wrote_into_our_places_does_no_harm(visit: Visit) -> None:
    visit.page.context.add_cookies([{"name": "rp_email", "value": "%E0%A4%A", "url": visit.shop.origin}])
    spoil = "['userProperties', 'tillsideOutbox', 'mage-cache-storage'].forEach(name => localStorage.setItem(name, '{oops'))"
    visit.open(before=spoil)
    assert visit.track("richpanel.identify('ada-1')", "identify")["userProperties"] == {"uid": "ada-1"}


def test_the_token_travels_with_each_event(visit: Visit) -> None:
    visit.open(before=f"window.richpanelSettings = '{TOKEN}'")
    assert visit.desk.wait_for("page_view")[0]["userToken"] == TOKEN


def test_a_token_set_late_joins_the_events_that_still_wait(visit: Visit) -> None:
    visit.open()
    event = visit.track(f"richpanel.track('one'); window.richpanelSettings = '{TOKEN}'", "one")
    assert event["userToken"] == TOKEN


def test_an_event_keeps_the_token_of_its_own_moment(visit: Visit) -> None:
    visit.open(before="window.richpanelSettings = 'aa:01'")
    assert visit.track("richpanel.track('one'); window.richpanelSettings = 'bb:02'", "one")["userToken"] == "aa:01"


def test_a_token_taken_away_is_gone(visit: Visit) -> None:
    visit.open(before=f"window.richpanelSettings = '{TOKEN}'")
    visit.call("delete window.richpanelSettings")
    assert "userToken" not in visit.track("richpanel.track('one')", "one")


def test_only_text_is_a_token(visit: Visit) -> None:
    visit.open(before="window.richpanelSettings = {id: 1}")
    assert "userToken" not in visit.desk.wait_for("page_view")[0]


def test_a_token_is_read_from_local_storage(visit: Visit) -> None:
    visit.open(before=f"localStorage.setItem('rpMessengerAuth', '{TOKEN}')")
    assert visit.desk.wait_for("page_view")[0]["userToken"] == TOKEN


def test_a_token_is_read_from_magentos_storage(visit: Visit) -> None:
    held = json.dumps({"customsection": {"data": TOKEN, "normalData": {}}})
    visit.open(before=f"localStorage.setItem('mage-cache-storage', '{held}')")
    assert visit.desk.wait_for("page_view")[0]["userToken"] == TOKEN


def test_a_token_is_read_from_the_address(visit: Visit) -> None:
    assert visit.open_and_view(query=f"?encryptUserData={TOKEN}")["userToken"] == TOKEN


def test_an_empty_token_in_the_address_is_none(visit: Visit) -> None:
    assert "userToken" not in visit.open_and_view(query="?encryptUserData=null")
