"""Consent: nothing is kept on the device before the visitor agrees, and nothing stays when they do not."""

import pytest

from tests.storefront.peer import KEY
from tests.storefront.visit import Visit

PENDING = "window.tillside = {consent: 'pending'}"
DENIED = "window.tillside = {consent: 'denied'}"


def kept(visit: Visit) -> list[str]:
    return [*visit.cookies(), *visit.call("return Object.keys(localStorage)")]


def test_pending_keeps_everything_in_memory(visit: Visit) -> None:
    view = visit.open_and_view(before=PENDING)
    event = visit.track("richpanel.identify('ada-1', {city: 'Ulm'})", "identify")
    assert (event["did"], event["sid"]) == (view["did"], view["sid"])
    assert kept(visit) == []


def test_pending_can_stand_on_the_script_tag(visit: Visit) -> None:
    visit.go(visit.shop.page(visit.loader(f"/v2/j/{KEY}", 'data-consent="pending"')))
    visit.desk.wait_for("page_view")
    assert kept(visit) == []


def test_pending_reads_nothing_from_the_device(visit: Visit) -> None:
    visit.page.context.add_cookies([{"name": "rpdid", "value": "old", "url": visit.shop.origin}])
    view = visit.open_and_view(before=PENDING + "; localStorage.setItem('rpMessengerAuth', 'aa:bb')")
    assert view["did"] != "old" and "userToken" not in view


def test_granted_keeps_the_ids_used_so_far(visit: Visit) -> None:
    view = visit.open_and_view(before=PENDING)
    visit.track("richpanel.identify('ada-1', {city: 'Ulm'})", "identify")
    visit.call("richpanel.consent('granted')")
    assert (visit.cookie("rpdid"), visit.cookie("rpsid"), visit.cookie("rptkn")) == (view["did"], view["sid"], KEY)
    assert visit.local("rpuid") == "ada-1"
    assert visit.track("richpanel.track('one')", "one")["did"] == view["did"]


def test_granted_finds_the_device_of_an_earlier_visit_again(visit: Visit) -> None:
    visit.page.context.add_cookies([{"name": "rpdid", "value": "old", "url": visit.shop.origin}])
    visit.open_and_view(before=PENDING)
    visit.call("richpanel.consent('granted')")
    assert visit.track("richpanel.track('one')", "one")["did"] == "old"


def test_granted_does_not_mix_two_people_of_one_device(visit: Visit) -> None:
    visit.page.context.add_cookies([{"name": "rpdid", "value": "adas", "url": visit.shop.origin}])
    visit.open(before=PENDING + "; localStorage.setItem('rpuid', 'ada-1'); localStorage.setItem('userProperties', '{\"a\":1}')")
    bob = visit.track("richpanel.identify('bob-2')", "identify")
    visit.call("richpanel.consent('granted')")
    order = visit.track("richpanel.track('order', {orderId: '1'})", "order")
    assert order["did"] == bob["did"] != "adas"
    assert order["userProperties"] == {"uid": "bob-2"}


def test_granted_in_the_queue_counts(visit: Visit) -> None:
    visit.open_and_view(before=PENDING, after="richpanel.consent('granted')")
    assert visit.cookie("rpdid")


def test_granted_twice_changes_nothing(visit: Visit) -> None:
    before = visit.open_and_view()
    visit.call("richpanel.consent('granted'); richpanel.consent('granted')")
    assert visit.track("richpanel.track('one')", "one")["did"] == before["did"]


def test_denied_sends_nothing_and_keeps_nothing(visit: Visit) -> None:
    visit.open(before=DENIED)
    visit.call("richpanel.track('one'); richpanel.identify('ada-1')")
    visit.settle()
    assert visit.desk.letters == [] and kept(visit) == []


def test_denied_later_erases_what_was_kept(visit: Visit) -> None:
    visit.open_and_view()
    visit.track("richpanel.identify('ada-1')", "identify")
    visit.call("richpanel.track('waiting'); richpanel.consent('denied'); richpanel.track('one')")
    visit.settle()
    assert kept(visit) == []
    assert visit.desk.named("waiting") == visit.desk.named("one") == []


def test_granted_after_denied_starts_with_the_page_that_is_shown(visit: Visit) -> None:
    visit.open(before=DENIED)
    visit.call("richpanel.consent('granted')")
    assert visit.desk.wait_for("page_view")[0]["did"] == visit.cookie("rpdid")


def test_pending_again_stops_keeping(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("richpanel.consent('pending'); document.cookie = 'rpsid=;max-age=0'; richpanel.identify('ada-1')")
    visit.desk.wait_for("identify")
    assert "rpsid" not in visit.cookies() and visit.local("rpuid") is None


@pytest.mark.parametrize("broken", ["localStorage", "document.cookie"])
def test_a_browser_that_refuses_storage_still_counts_as_one_visitor(visit: Visit, broken: str) -> None:
    refuse = {
        "localStorage": "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})",
        "document.cookie": "Object.defineProperty(document, 'cookie', {get() { throw Error('no') }, set() { throw 1 }})",
    }
    first = visit.open_and_view(before=refuse[broken])
    second = visit.track("richpanel.identify('ada-1', {city: 'Ulm'})", "identify")
    order = visit.track("richpanel.track('order', {orderId: '1'})", "order")
    assert first["did"] == second["did"] == order["did"]
    assert order["userProperties"] == {"uid": "ada-1", "city": "Ulm"}
