"""The list of orders: newest first, by state, by whatever names one."""

from typing import Any

import pytest

from tests.agent.counter import DAY, START, Counter, order

pytestmark = pytest.mark.anyio
PARCEL = [{"id": "p1", "status": "in transit", "tracking": [{"trackingNumber": "1Z999", "trackingCompany": "UPS"}]}]


async def test_an_empty_list_says_what_to_do_next(counter: Counter) -> None:
    page = await counter.page("/orders")
    assert "No order has arrived yet" in page.text and "/connections" in page.links


@pytest.mark.parametrize("said", ["606243", "%23606243", "11111", "ada@example.com", "1Z999", "ada exam", "ADA"])
async def test_an_order_is_found_by_number_name_email_tracking_number_and_customer(counter: Counter, said: str) -> None:
    wanted = order("11111", fulfillment=PARCEL)
    wanted["properties"]["orderName"] = "#606243"
    await counter.signed(wanted, order(2, email="zoe@example.com", uid="8"))
    page = await counter.page(f"/orders?q={said}")
    assert "#606243" in page.text and "#2 " not in page.text


async def test_the_newest_stands_first_and_states_narrow_the_list(counter: Counter) -> None:
    await counter.signed(order(1), order(2, at=START + DAY, status="cancelled"), order(3, at=START + 2 * DAY, fulfillment=PARCEL))
    text = (await counter.page("/orders")).text
    assert text.index("#3 ") < text.index("#2 ") < text.index("#1 ")
    cancelled = (await counter.page("/orders?state=cancelled")).text
    assert "#2 " in cancelled and "#1 " not in cancelled and "#3 " not in cancelled
    assert "#3 " in (await counter.page("/orders?state=on_the_way")).text


@pytest.mark.parametrize("said", [{"totalRefundedAmount": 5}, {"paymentStatus": "Partially Refunded"}, {"totalRefundedAmount": 20}, {}])
async def test_lists_say_part_refunded_where_the_order_s_page_says_it(counter: Counter, said: dict[str, Any]) -> None:
    await counter.signed(order(1, **said))
    path = next(link for link in (await counter.page("/orders")).links if link.startswith("/orders/ord_"))
    is_said = "Part refunded" in (await counter.page(path)).text
    assert is_said is (said not in ({}, {"totalRefundedAmount": 20}))
    owner = next(link for link in (await counter.page(path)).links if link.startswith("/customers/cus_"))
    for place in ("/orders", owner):
        rows = (await counter.text(place)).partition('<tr id="row-ord_')[2].partition("</tbody>")[0]
        assert ("Part refunded" in rows) is is_said, place


async def test_orders_of_one_customer_include_those_of_everything_merged_in(counter: Counter) -> None:
    await counter.event({**order(1, email="eva@example.com", uid="9"), "did": "browser-1"})
    page = await counter.page("/customers?q=eva")
    customer = next(link for link in page.links if link.startswith("/customers/cus_"))
    assert "#1 " in (await counter.page(f"/orders?customer={customer.rpartition('/')[2]}")).text


async def test_no_order_fits_is_said_in_words(counter: Counter) -> None:
    await counter.signed(order(1))
    assert "No order fits" in (await counter.page("/orders?q=nothing-like-it")).text


async def test_the_list_goes_on_where_it_ended(counter: Counter) -> None:
    await counter.signed(*[order(n, at=START + n) for n in range(120)])
    seen, path = [], "/orders"
    while path:
        page = await counter.page(path)
        seen += [link for link in page.links if link.startswith("/orders/ord_")]
        path = next((link for link in page.links if "before=" in link), "")
    assert len(seen) == len(set(seen)) == 120


async def test_news_count_orders_placed_since(counter: Counter) -> None:
    await counter.signed(order(1))
    assert (await counter.client.get(f"/orders/news?after={START * 1000}")).status_code == 204
    await counter.signed(order(2, at=START + DAY))
    assert "1 new" in (await counter.page(f"/orders/news?after={START * 1000}")).text


async def test_ten_and_a_thousand_orders_cost_the_same_number_of_queries(counter: Counter) -> None:
    paths = ("/orders", "/orders?q=ada", "/orders?state=packed")
    await counter.signed(*[order(n, at=START + n) for n in range(10)])
    few = [await counter.queries(path) for path in paths]
    await counter.signed(*[order(n, at=START + n) for n in range(10, 1000)])
    assert [await counter.queries(path) for path in paths] == few
