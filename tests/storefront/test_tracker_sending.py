"""The way to the desk: the form of requests, and what happens when the desk refuses, is slow, is away, or answers nonsense."""

import json

import pytest

from tests.storefront.peer import Answer, until
from tests.storefront.visit import Visit

ENDLESS = Answer(status=503)


def test_an_event_is_a_json_post_without_cookies(visit: Visit) -> None:
    visit.page.context.add_cookies([{"name": "agent", "value": "signed-in", "url": visit.desk.origin}])
    visit.open_and_view()
    letter = visit.desk.letters[0]
    assert letter.path == "/v3/t"
    assert letter.headers["content-type"] == "application/json"
    assert letter.headers["origin"] == visit.shop.origin
    assert "cookie" not in letter.headers
    assert visit.desk.preflights[0]["access-control-request-headers"] == "content-type"


def test_events_of_one_moment_go_as_one_batch(visit: Visit) -> None:
    visit.open_and_view()
    visit.track("richpanel.track('one'); richpanel.track('two'); richpanel.track('three')", "three")
    letter = visit.desk.letters[-1]
    assert letter.path == "/v2/bt"
    assert [event["event"] for event in letter.events] == ["one", "two", "three"]
    assert len({event["eventId"] for event in letter.events}) == 3


def test_many_events_arrive_once_and_in_order_in_batches_of_25(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("for (let n = 0; n < 60; n++) richpanel.track('step', {n})")
    steps = visit.desk.wait_for("step", 60)
    assert [step["properties"]["n"] for step in steps] == list(range(60))
    assert max(len(letter.events) for letter in visit.desk.letters) == 25


def test_a_large_event_arrives_whole(visit: Visit) -> None:
    visit.open_and_view()
    assert len(visit.track("richpanel.track('big', {text: 'ü'.repeat(100000)})", "big")["properties"]["text"]) == 100_000


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_desk_in_trouble_gets_the_same_event_again(visit: Visit, status: int) -> None:
    visit.desk.answers = [Answer(status=status)]
    visit.open()
    first, second = visit.desk.wait_for("page_view", 2)
    assert first == second
    visit.settle()
    assert len(visit.desk.letters) == 2


QUICKER = "window.waits = []; const wait = setTimeout; window.setTimeout = (what, ms = 0) => (waits.push(ms), wait(what, ms / 20))"
"""Writes down how long the script means to wait, and waits a twentieth of it."""


def test_each_further_wait_is_longer(visit: Visit) -> None:
    visit.desk.answers = [Answer(status=500)] * 3
    visit.open(before=QUICKER)
    visit.desk.wait_for("page_view", 4)
    first, second, third = [wait for wait in visit.call("return waits") if wait >= 400]
    assert 500 <= first <= 1000 <= second <= 2000 <= third <= 4000


def test_retry_after_is_honoured(visit: Visit) -> None:
    visit.desk.answers = [Answer(status=429, headers={"Retry-After": "2"})]
    visit.open()
    visit.desk.wait_for("page_view", 2)
    first, second = visit.desk.letters
    assert second.at - first.at > 2.2


def test_a_desk_that_does_not_want_us_is_left_alone(visit: Visit) -> None:
    visit.desk.always = Answer(status=401)
    visit.open_and_view()
    visit.call("richpanel.track('one')")
    visit.settle()
    assert len(visit.desk.letters) == 1
    assert visit.local("tillsideOutbox") is None


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_event_is_dropped_and_the_next_goes_on(visit: Visit, status: int) -> None:
    visit.open_and_view()
    visit.desk.answers = [Answer(status=status)]
    said: list[str] = []
    visit.page.on("console", lambda message: said.append(message.text) if message.type == "warning" else None)
    visit.track("richpanel.track('bad')", "bad")
    visit.track("richpanel.track('good')", "good")
    visit.settle()
    assert len(visit.desk.named("bad")) == 1
    assert said == []


def test_a_refused_batch_is_sent_one_by_one_so_that_only_the_bad_event_is_lost(visit: Visit) -> None:
    visit.open_and_view()
    visit.desk.answers = [Answer(status=413), Answer(status=422)]
    visit.call("richpanel.track('bad'); richpanel.track('good')")
    visit.desk.wait_for("good", 2)
    sent = [[event["event"] for event in letter.events] for letter in visit.desk.letters]
    assert sent == [["page_view"], ["bad", "good"], ["bad"], ["good"]]


@pytest.mark.parametrize("body", ["", "<html>busy</html>", "null", "[" * 50_000])
def test_a_garbled_answer_does_no_harm(visit: Visit, body: str) -> None:
    visit.desk.always = Answer(body=body)
    visit.open_and_view()
    visit.track("richpanel.track('one')", "one")


def test_a_slow_desk_does_not_hold_up_the_page(visit: Visit) -> None:
    visit.desk.answers = [Answer(wait_seconds=2)]
    visit.open_and_view()
    spent = visit.call("const start = performance.now(); richpanel.track('one'); return performance.now() - start")
    assert spent < 1000  # the answer takes two seconds; the track itself, far less than one
    visit.settle()
    assert visit.desk.named("one") == []
    visit.desk.wait_for("one")


def test_a_desk_that_is_away_gets_the_events_when_it_is_back(visit: Visit) -> None:
    visit.open_and_view()
    visit.desk.down()
    visit.call("richpanel.track('one')")
    visit.settle()
    visit.desk.up()
    visit.desk.wait_for("one")
    until(lambda: visit.local("tillsideOutbox") is None, "an empty outbox", lambda: visit.local("tillsideOutbox"))


def test_a_page_whose_desk_is_away_works_as_before(visit: Visit) -> None:
    visit.desk.down()
    visit.page.goto(visit.shop.page(visit.snippet() + "<script>richpanel.track('one'); window.shop = 'open'</script>"))
    visit.settle()
    assert visit.call("return [shop, richpanel.q.length]") == ["open", 1]
    visit.desk.up()


def test_an_offline_visitor_is_heard_once_online(visit: Visit) -> None:
    visit.open_and_view()
    visit.page.context.set_offline(True)
    visit.call("richpanel.track('one')")
    visit.page.wait_for_function("!!localStorage.tillsideOutbox")
    visit.page.context.set_offline(False)
    visit.desk.wait_for("one", seconds=3)


def test_the_next_page_sends_what_the_last_one_could_not(visit: Visit) -> None:
    visit.open_and_view()
    visit.desk.always = ENDLESS
    visit.track("richpanel.track('one', {n: 1})", "one")
    visit.page.wait_for_function("!!localStorage.tillsideOutbox")
    visit.desk.always = None
    visit.open(path="/next")
    visit.desk.wait_for("page_view", 2)
    ids = {event["eventId"] for event in visit.desk.named("one")}
    assert len(visit.desk.named("one")) >= 2 and len(ids) == 1


def test_events_of_another_connector_are_not_sent_with_this_one(visit: Visit) -> None:
    visit.open_and_view()
    visit.desk.always = ENDLESS
    visit.track("richpanel.track('one')", "one")
    visit.page.wait_for_function("!!localStorage.tillsideOutbox")
    visit.desk.always = None
    sent = len(visit.desk.named("one"))
    visit.go(visit.shop.page(visit.loader("/v2/j/other"), "/other"))
    visit.desk.wait_for("page_view", 2)
    visit.settle()
    assert len(visit.desk.named("one")) == sent


def test_two_tabs_keep_each_others_events(visit: Visit) -> None:
    visit.open_and_view()
    visit.desk.always = ENDLESS
    other = visit.page.context.new_page()
    other.goto(visit.shop.origin + "/")
    other.wait_for_function("richpanel.ping() === true")
    visit.call("richpanel.track('left')")
    other.evaluate("richpanel.track('right')")
    visit.page.wait_for_function("/left/.test(localStorage.tillsideOutbox) && /right/.test(localStorage.tillsideOutbox)")


def test_what_is_kept_is_bounded_and_the_newest_stay(visit: Visit) -> None:
    visit.open_and_view()
    visit.desk.down()
    visit.call("for (let n = 0; n < 400; n++) richpanel.track('step', {n})")
    visit.page.wait_for_function("!!localStorage.tillsideOutbox")
    kept = json.loads(visit.local("tillsideOutbox"))
    assert len(kept) <= 50 and len(visit.local("tillsideOutbox")) <= 48_000
    assert [event["properties"]["n"] for event in kept] == list(range(400 - len(kept), 400))
    visit.desk.up()


def test_large_events_are_kept_only_while_they_fit(visit: Visit) -> None:
    visit.open_and_view()
    visit.desk.down()
    visit.call("for (let n = 0; n < 5; n++) richpanel.track('big', {n, text: 'x'.repeat(20000)})")
    visit.page.wait_for_function("!!localStorage.tillsideOutbox")
    assert [event["properties"]["n"] for event in json.loads(visit.local("tillsideOutbox"))] == [3, 4]
    visit.desk.up()


def test_a_token_is_never_kept(visit: Visit) -> None:
    visit.open_and_view(before="window.richpanelSettings = 'aa:secret'")
    visit.desk.down()
    visit.call("richpanel.track('one')")
    visit.page.wait_for_function("!!localStorage.tillsideOutbox")
    assert "secret" not in visit.local("tillsideOutbox")
    visit.desk.up()
    assert visit.desk.wait_for("one")[0]["userToken"] == "aa:secret"


def test_without_consent_events_wait_in_memory_only(visit: Visit) -> None:
    visit.open_and_view(before="window.tillside = {consent: 'pending'}")
    visit.desk.down()
    visit.call("richpanel.track('one')")
    visit.settle(800)
    assert visit.call("return Object.keys(localStorage)") == []
    visit.desk.up()
    visit.desk.wait_for("one")


def test_an_event_of_a_page_that_is_left_arrives_under_one_id(visit: Visit) -> None:
    """A request that was on its way when the page went may have arrived or not; whatever is sent again is the same event to the desk."""
    visit.open_and_view()
    address = visit.shop.page("", "/away")
    visit.call(f"richpanel.track('last'); location.href = '{address}'")
    visit.page.wait_for_url("**/away")
    visit.desk.wait_for("last")
    visit.open(path="/next")
    visit.settle()
    assert len({event["eventId"] for event in visit.desk.named("last")}) == 1


def test_a_closed_tab_loses_nothing(visit: Visit) -> None:
    visit.open_and_view()
    visit.call("richpanel.track('last')")
    visit.page.close(run_before_unload=True)
    visit.desk.wait_for("last")


def test_a_hidden_tab_sends_what_waits_at_once(visit: Visit) -> None:
    visit.open_and_view()
    hide = "Object.defineProperty(document, 'hidden', {value: true}); document.dispatchEvent(new Event('visibilitychange'))"
    visit.track(f"richpanel.track('one'); {hide}", "one")
    visit.settle()
    assert len(visit.desk.named("one")) == 1
    beacon = next(letter for letter in visit.desk.letters if letter.events[0]["event"] == "one")
    assert beacon.headers["content-type"].startswith("text/plain")


def test_leaving_while_the_desk_is_in_trouble_keeps_the_event_for_the_next_page(visit: Visit) -> None:
    visit.open_and_view()
    visit.desk.down()
    visit.call("richpanel.track('one')")
    visit.page.wait_for_function("!!localStorage.tillsideOutbox")
    visit.call("richpanel.track('last')")
    visit.page.goto(visit.shop.page("", "/away"))
    visit.desk.up()
    visit.open(path="/next")
    visit.desk.wait_for("last")
    assert len(visit.desk.wait_for("one")) == 1


def test_a_browser_without_beacon_keeps_the_event_for_the_next_page(visit: Visit) -> None:
    visit.open_and_view(before="navigator.sendBeacon = undefined")
    visit.call(f"richpanel.track('last'); location.href = '{visit.shop.page('', '/away')}'")
    visit.page.wait_for_url("**/away")
    visit.open(path="/next")
    assert len({event["eventId"] for event in visit.desk.wait_for("last")}) == 1


@pytest.mark.parametrize("refuse", ["window.fetch = undefined", "window.fetch = () => { throw new Error('blocked') }"])
def test_a_page_that_forbids_requests_sees_no_error(visit: Visit, refuse: str) -> None:
    visit.open(before=refuse)
    visit.call("richpanel.track('one')")
    visit.settle()
    assert visit.desk.letters == []


def test_a_content_policy_that_forbids_us_breaks_nothing(visit: Visit) -> None:
    policy = f"script-src {visit.desk.origin} 'unsafe-inline' 'unsafe-eval'; connect-src 'none'"
    visit.go(visit.shop.page(f'<meta http-equiv="Content-Security-Policy" content="{policy}">' + visit.snippet()))
    visit.call("richpanel.track('one')")
    visit.settle()
    assert visit.desk.letters == []


@pytest.mark.parametrize("script", ["<html>not found</html>", "throw", "", "\x00\x01"])
def test_a_script_that_is_garbage_leaves_the_shops_code_running(visit: Visit, script: str) -> None:
    visit.desk.scripts["/v2/j/fernfold10"] = script
    visit.page.goto(visit.shop.page(visit.snippet() + "<script>richpanel.track('one'); window.shop = 'open'</script>"))
    assert visit.call("return [shop, richpanel.q.length]") == ["open", 1]
    visit.errors.clear()  # the browser reports the foreign text as a syntax error; the page goes on
