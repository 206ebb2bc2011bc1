"""The event inspector: what arrived, what was made of it, whom it joined; and parked events that are worked in again."""

import base64
import json
import re

import pytest

from tests.agent.counter import KEY, START, Counter, look, order
from tillside.base import signing
from tillside.orders.book import Book

pytestmark = pytest.mark.anyio


async def first(counter: Counter, query: str) -> str:
    """The address of the newest event a filter leaves."""
    return next(link for link in (await counter.page(f"/events?{query}")).links if "event=" in link)


async def test_an_empty_inspector_says_what_to_do_next(counter: Counter) -> None:
    page = await counter.page("/events")
    assert "Nothing has arrived yet" in page.text and "Choose an event" in page.text


async def test_a_refused_field_is_named_with_the_words_of_the_api(counter: Counter) -> None:
    bad = order(1, items=[{"id": "1", "name": "A", "price": "12,50", "quantity": 1}])
    answer = await counter.client.post("/v2/t", json={"h": base64.b64encode(json.dumps({"appClientId": KEY, **bad}).encode()).decode()})
    await counter.settled()
    error = answer.json()["error"]
    page = await counter.page(await first(counter, "verdict=refused"))
    assert error["field"] in page.text and error["message"].partition(": ")[2] in page.text and error["hint"] in page.text
    assert "Nothing of this event was applied" in page.text
    assert re.search(r'code__line--bad">[^\n]*?12,50', page.html)


async def test_a_correction_shows_what_came_and_how_it_was_read(counter: Counter) -> None:
    await counter.signed(order(1, currency="usd"))
    page = await counter.page(await first(counter, "verdict=corrected"))
    assert "properties.currency" in page.text and '"usd" → "USD"' in page.text
    assert re.search(r'code__line--fixed">[^\n]*?usd', page.html)


async def test_a_body_nobody_could_decode_is_shown_as_it_came(counter: Counter) -> None:
    answer = await counter.client.post("/v2/t", json={"h": "!!!not base64"})
    assert answer.status_code == 400, answer.text
    await counter.settled()
    page = await counter.page(await first(counter, "verdict=refused"))
    assert "not decoded" in page.text and "!!!not base64" in page.text


async def test_an_event_says_whom_it_joined_and_why(counter: Counter) -> None:
    await counter.event(look("Home"))
    await counter.event({**look("x"), "event": "identify", "userProperties": {"uid": "9", "email": "eva@example.com"}})
    page = await counter.page(await first(counter, "q=page_view"))
    said = page.labelled["Joined to"][0]
    assert "eva@example.com" in said and "by browser browser-1" in said and "named on this browser" in said


async def test_a_refused_token_leaves_the_event_accepted_and_says_so(counter: Counter) -> None:
    await counter.signed(order(1))
    token = signing.make_token({"uid": "7", "email": "mallory@example.com"}, "the shop's secret")
    await counter.event({**look("x"), "event": "identify", "userToken": token})
    page = await counter.page(await first(counter, "q=identify"))
    assert "Event accepted, identity refused" in page.text
    assert "not known together" in page.text and "Accepted" in page.text


@pytest.mark.parametrize("said", ["ada@example.com", "4711", "order", "%234711"])
async def test_events_are_found_by_person_order_and_name(counter: Counter, said: str) -> None:
    await counter.signed(order(4711))
    await counter.event(look("Elsewhere"))
    page = await counter.page(f"/events?q={said}")
    assert page.html.count("data-event=") == 1 and "#4711" in page.text


async def test_a_refused_event_is_found_by_the_address_it_named(counter: Counter) -> None:
    await counter.event({**order(1), "properties": {"amount": 1}})
    page = await counter.page("/events?q=ada@example.com")
    assert "Refused" in page.text and page.html.count("data-event=") == 1


async def test_the_list_goes_on_where_it_ended(counter: Counter) -> None:
    await counter.signed(*[order(n, at=START + n) for n in range(70)])
    page = await counter.page("/events")
    further = await counter.page(next(link for link in page.links if "before=" in link))
    assert page.html.count("data-event=") == 60 and further.html.count("data-event=") == 10


async def test_tallies_count_the_last_hour_by_result(counter: Counter) -> None:
    await counter.signed(order(1), order(2, currency="usd"))
    await counter.event({"event": "order", "properties": {"amount": 1}})
    text = (await counter.page("/events")).text
    assert "All 3" in text and "Accepted 1" in text and "Corrected 1" in text and "Refused 1" in text


async def test_news_are_counted_within_the_filter(counter: Counter) -> None:
    await counter.signed(order(1))
    after = re.search(r'id="after" name="after" value="(\d+)"', (await counter.page("/events")).html)
    assert after
    assert (await counter.client.get(f"/events/news?after={after[1]}")).status_code == 204
    await counter.signed(order(2))
    assert "1 new" in (await counter.page(f"/events/news?after={after[1]}")).text
    assert (await counter.client.get(f"/events/news?verdict=refused&after={after[1]}")).status_code == 204


async def test_a_parked_event_is_shown_and_worked_in_again_once_its_cause_is_mended(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    add = Book.add

    def broken(self: Book, *given: object, **named: object) -> object:
        raise ZeroDivisionError("a page is missing")

    with monkeypatch.context() as while_broken:
        while_broken.setattr(Book, "add", broken)
        await counter.signed(order(1), look("Home") | {"did": "browser-2"})
    assert Book.add is add
    path = await first(counter, "verdict=parked")
    page = await counter.page(path)
    assert "Parked after 3 tries" in page.text and "ZeroDivisionError: a page is missing" in page.text
    assert "No order has arrived yet" in (await counter.page("/orders")).text
    event_id = path.rpartition("=")[2]
    assert (await counter.post(f"/events/{event_id}/retries")).status_code == 303
    assert "#1" in (await counter.page("/orders")).text
    settled = await counter.page(path)
    assert "then sent in again" in settled.text and "Work it in again" not in settled.text
    assert (await counter.page("/customers?q=browser-2")).html.count('id="row-cus_') == 1


async def test_an_event_of_nobody_or_of_nowhere_is_an_honest_404(counter: Counter) -> None:
    assert (await counter.client.get("/events?event=123")).status_code == 404
    assert (await counter.post("/events/123/retries")).status_code == 404


async def test_ten_and_a_thousand_events_cost_the_same_number_of_queries(counter: Counter) -> None:
    paths = ("/events", "/events?q=ada", "/events?verdict=accepted")
    await counter.signed(*[order(n, at=START + n) for n in range(10)])
    few = [await counter.queries(path) for path in paths]
    await counter.signed(*[order(n, at=START + n) for n in range(10, 1000)])
    assert [await counter.queries(path) for path in paths] == few


async def test_only_my_browser_is_found_by_the_mark_in_the_address_it_opened(counter: Counter) -> None:
    asked = await counter.page("/events/mine")
    [code] = set(re.findall(r"[?]tillside=(\w{10})", asked.html))
    assert f"https://fern.example/?tillside={code}" in asked.links and "/events/mine" in (await counter.page("/events")).links
    await counter.event(look("Of somebody else", did="browser-2"))
    path = f"/events/mine?code={code}"
    assert "Waiting for your browser" in await counter.text(path) and code in await counter.text(path)
    mine = look("Of mine")
    mine["context"]["page"]["url"] += f"?tillside={code}"
    await counter.event(mine)
    await counter.event(look("A page later"))
    answer = await counter.client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/events?q=browser-1")
    assert (await counter.client.get(path, headers={"hx-request": "true"})).headers["hx-redirect"] == "/events?q=browser-1"
    shown = (await counter.page("/events?q=browser-1")).text
    assert "Of mine" in shown and "A page later" in shown and "Of somebody else" not in shown


@pytest.mark.parametrize("code", ["", "%25", "short", "../../x", "ABCDEFGHIJ"])
async def test_a_mark_that_is_none_of_ours_finds_nobody_and_gets_a_fresh_one(counter: Counter, code: str) -> None:
    page = look("Home")
    page["context"]["page"]["url"] += f"?tillside={code}"
    await counter.event(page)
    html = await counter.text(f"/events/mine?code={code}")
    assert re.search(r"[?]tillside=[a-z2-7]{10}", html) and f"tillside={code}<" not in html
