"""The page of one customer: how they are known, what they bought, their story, and what people change by hand."""

import re

import pytest

from tests.agent.counter import DAY, START, Counter, Page, look, order
from tillside.base import signing

pytestmark = pytest.mark.anyio
FIRST = START // 1000 * 1000


async def customer(counter: Counter, said: str) -> str:
    """The address of the first customer a search finds."""
    return next(link for link in (await counter.page(f"/customers?q={said}")).links if link.startswith("/customers/cus_"))


async def test_a_signed_order_shows_whom_we_know_how_and_what_they_spent(counter: Counter) -> None:
    first, second = order(1), order(2, at=START + DAY, amount="30.50")
    first["userProperties"] |= {"city": "Bergen", "favourite_paper": "dotted"}
    await counter.signed(first, second, order(3, at=START + 2 * DAY, status="cancelled"))
    page = await counter.page(await customer(counter, "ada"))
    assert page.labelled["Spent"][0].startswith("$50.50") and page.labelled["Orders"][0] == "31 cancelled, average $25.25"
    assert page.labelled["Last order"][0].startswith("#3")
    assert "Shop account 7" in page.text and "the shop's server" in page.text and "trust--proven" in page.html
    assert page.labelled["City"][0].startswith("Bergen") and page.labelled["favourite_paper"][0].startswith("dotted")
    assert "Placed order #2 for $30.50" in page.text


async def test_what_does_not_count_is_said_beside_the_number_and_the_list(counter: Counter) -> None:
    plan = {**order("s1", status="active"), "event": "subscription"}
    ended = {**order("s2", status="cancelled"), "event": "subscription"}
    await counter.signed(order(1), order(2, status="cancelled"), order(3, status="failed"), plan, ended)
    path = await customer(counter, "ada")
    page = await counter.page(path)
    assert page.labelled["Orders"][0] == "31 cancelled, 1 with a failed payment, average $20.00"
    assert page.labelled["Subscriptions"] == ["21 active, 1 cancelled"]
    assert "Orders 3 orders, 1 cancelled, 1 with a failed payment · 2 subscriptions, 1 active, 1 cancelled" in page.text
    assert page.html.count('<tr id="row-ord_') == 5
    assert "3 orders" in (await counter.page("/customers?q=ada")).text


async def test_somebody_with_a_subscription_only_has_no_orders(counter: Counter) -> None:
    await counter.signed({**order("s1", status="active"), "event": "subscription"})
    page = await counter.page(await customer(counter, "ada"))
    assert page.labelled["Orders"][0] == "0none yet" and page.labelled["Subscriptions"] == ["11 active"]


async def test_currencies_are_never_added_together(counter: Counter) -> None:
    await counter.signed(order(1), order(2, currency="EUR", amount=5))
    page = await counter.page(await customer(counter, "ada"))
    assert page.labelled["Spent in USD"][0].startswith("$20.00") and page.labelled["Spent in EUR"][0].startswith("€5.00")


async def test_visits_fold_into_one_line_and_days_have_headings(counter: Counter) -> None:
    for number in range(5):
        await counter.event(look(f"Page {number}", at=START + number * 1000))
    await counter.event(look("Another day", sid="visit-2", at=START + 3 * DAY))
    page = await counter.page(await customer(counter, "browser-1"))
    assert "Looked at 5 pages in 4 s" in page.text and "Opened Page 3" in page.text
    assert page.html.count('class="timeline__day"') == 2


async def test_tabs_show_orders_or_visits_alone(counter: Counter) -> None:
    await counter.event({**order(1), "did": "browser-1"})
    await counter.event(look("Home"))
    path = await customer(counter, "ada")
    assert "Opened Home" not in (await counter.page(f"{path}?show=orders")).text
    visits = (await counter.page(f"{path}?show=visits")).text
    assert "Opened Home" in visits and "Placed order" not in visits


async def test_the_story_goes_on_where_it_ended(counter: Counter) -> None:
    events = [{"event": f"told_{n}", "properties": {"n": n}, "userProperties": {"uid": "7"}, "time": {"sentAt": START + n}} for n in range(130)]
    await counter.signed(*events)
    path = await customer(counter, "7")
    first = await counter.page(path)
    second = await counter.page(next(link for link in first.links if "before=" in link))
    told = [set(re.findall(r"told_\d+", page.text)) for page in (first, second)]
    assert len(told[0]) == 100 and len(told[1]) == 30 and not told[0] & told[1]


async def test_a_browser_joins_whoever_is_named_on_it_and_says_why(counter: Counter) -> None:
    await counter.event(look("Before the name"))
    await counter.event({**look("x"), "event": "identify", "userProperties": {"uid": "9", "email": "eva@example.com"}})
    page = await counter.page(await customer(counter, "eva"))
    assert "Before the name" in page.text and "named on this browser" in page.text and "Browser browser-1" in page.text


async def test_a_merge_joins_two_and_taking_it_back_parts_them_again(counter: Counter) -> None:
    await counter.signed(order(1), order(2, email="zoe@example.com", uid="8"))
    ada, zoe = await customer(counter, "ada"), await customer(counter, "zoe")
    chosen = await counter.page(f"{ada}/merge?q=zoe")
    assert zoe in chosen.links and ada not in [link for link in chosen.links if link == ada and "Merge" in link]
    done = await counter.post(f"{ada}/merges", profile_id=zoe.rpartition("/")[2])
    assert done.status_code == 303 and done.headers["location"] == ada
    together = await counter.page(ada)
    assert together.labelled["Orders"][0].startswith("2") and "Mia Larsen said they are one person" in together.text
    moved = await counter.client.get(zoe)
    assert moved.status_code == 303 and moved.headers["location"] == ada
    await counter.post(f"{ada}/separations", profile_id=zoe.rpartition("/")[2])
    assert (await counter.page(ada)).labelled["Orders"][0].startswith("1")
    assert (await counter.page(zoe)).labelled["Orders"][0].startswith("1")


async def test_nobody_is_merged_with_themselves_or_across_workspaces(counter: Counter) -> None:
    await counter.signed(order(1))
    ada = await customer(counter, "ada")
    assert (await counter.post(f"{ada}/merges", profile_id=ada.rpartition("/")[2])).status_code == 422
    assert (await counter.post(f"{ada}/merges", profile_id="cus_of_somebody_else")).status_code == 404


async def test_what_contradicts_is_held_until_somebody_accepts_it(counter: Counter) -> None:
    await counter.signed(order(1))
    token = signing.make_token({"uid": "7", "email": "ada@example.com", "firstName": "Adele"}, "the shop's secret")
    await counter.event({**look("x", at=START + DAY), "event": "identify", "userToken": token})
    ada = await customer(counter, "ada")
    held = await counter.page(ada)
    assert held.labelled["First name"] == ["Adele signed instead of Ada", "Ada proven"]
    assert (await counter.post(f"{ada}/acceptances")).status_code == 303
    after = await counter.page(ada)
    assert after.labelled["First name"] == ["Adele proven"] and "Mia Larsen accepted what was held" in after.text


async def test_changes_survive_in_the_log_as_entries_of_the_agent(counter: Counter) -> None:
    await counter.signed(order(1), order(2, email="zoe@example.com", uid="8"))
    ada, zoe = await customer(counter, "ada"), await customer(counter, "zoe")
    await counter.post(f"{ada}/merges", profile_id=zoe.rpartition("/")[2])
    rows = await counter.desk.entries.read("select kind, sender, trust from entry order by position desc limit 1")
    assert rows == [("change", "agent", 3)]


async def test_the_pill_counts_what_came_for_this_customer_only(counter: Counter) -> None:
    await counter.signed(order(1), order(2, email="zoe@example.com", uid="8"))
    ada = await customer(counter, "ada")
    after = re.search(r'id="after" name="after" value="(\d+)"', (await counter.page(ada)).html)
    assert after
    await counter.signed(order(3, email="zoe@example.com", uid="8", at=START + DAY))
    assert (await counter.client.get(f"{ada}/news?after={after[1]}")).status_code == 204
    await counter.signed(order(4, at=START + DAY))
    assert "1 new" in Page(await counter.text(f"{ada}/news?after={after[1]}")).text


async def test_a_customer_that_is_not_there_is_an_honest_404(counter: Counter) -> None:
    assert (await counter.client.get("/customers/cus_nobody")).status_code == 404


async def test_what_a_shop_sends_is_text_and_never_markup(counter: Counter) -> None:
    hostile = order(1, gift="<script>alert(1)</script>")
    hostile["userProperties"] |= {"firstName": '"><img src=x onerror=alert(1)>', "homepage": "javascript:alert(1)"}
    await counter.signed(hostile)
    page = await counter.page(await customer(counter, "7"))
    assert "<img src=x" not in page.html and not [link for link in page.links if link.startswith("javascript:")]
    assert "javascript:alert(1)" in page.text


async def test_ten_and_a_thousand_events_cost_the_same_number_of_queries(counter: Counter) -> None:
    await counter.signed(*[order(n, at=START + n) for n in range(10)])
    ada = await customer(counter, "ada")
    few = await counter.queries(ada)
    await counter.signed(*[order(n, at=START + n) for n in range(10, 1000)])
    assert await counter.queries(ada) <= few + 1  # one more says how many orders there are beyond those shown
