"""The list of customers: who is in it, in what order, and how somebody is found."""

from typing import Any

import pytest

from tests.agent.counter import DAY, START, Counter, look, order

pytestmark = pytest.mark.anyio


async def test_an_empty_desk_says_what_to_do_next(counter: Counter) -> None:
    page = await counter.page("/customers")
    assert "Nobody has been here yet" in page.text
    assert "/connections" in page.links


async def test_whoever_was_here_last_stands_first_and_visitors_are_called_visitors(counter: Counter) -> None:
    await counter.signed(order(1))
    await counter.event(look("Home", at=START + DAY))
    everybody = (await counter.page("/customers")).text
    assert everybody.index("Visitor") < everybody.index("Ada Example")
    assert "Ada Example" not in (await counter.page("/customers?show=visitors")).text
    assert "Ada Example" in (await counter.page("/customers?show=customers")).text


@pytest.mark.parametrize("said", ["ada", "ad", "exam ada", "ADA@example.com", "7", "#4711", "4711", "+1 202 555 0143", "(202) 555-0143"])
async def test_somebody_is_found_by_whatever_people_know_of_them(counter: Counter, said: str) -> None:
    named = order(4711)
    named["userProperties"]["phone"] = "+12025550143"
    await counter.signed(named, order(12, email="zoe@other.example", uid="8", at=START + DAY))
    page = await counter.page(f"/customers?q={said.replace('+', '%2B').replace('#', '%23')}")
    assert "ada@example.com" in page.text
    assert "zoe@other.example" not in page.text


async def test_a_search_without_a_match_keeps_the_words_and_teaches(counter: Counter) -> None:
    await counter.signed(order(1))
    page = await counter.page("/customers?q=%3Cb%3Enobody")
    assert "Nobody by that name" in page.text and "<b>nobody" in page.text
    assert "<b>nobody" not in page.html


async def test_a_merged_browser_is_not_a_line_of_its_own_and_finds_the_person(counter: Counter) -> None:
    await counter.event(look("Home", did="browser-of-ada"))
    await counter.event({**look("Home", did="browser-of-ada"), "event": "identify", "userProperties": {"uid": "9", "email": "eva@example.com"}})
    page = await counter.page("/customers?q=browser-of-ada")
    assert page.html.count('id="row-cus_') == 1
    assert "eva@example.com" in page.text


async def test_the_list_goes_on_where_it_ended(counter: Counter) -> None:
    await counter.signed(*[order(n, email=f"c{n}@example.com", uid=str(n), at=START + n) for n in range(60)])
    first = await counter.page("/customers")
    further = next(link for link in first.links if "before=" in link)
    second = await counter.page(further)
    assert first.html.count('id="row-cus_') == 50
    assert second.html.count('id="row-cus_') == 10
    assert "c59@example.com" in first.text and "c0@example.com" in second.text and "c0@example.com" not in first.text


async def test_figures_in_the_list_count_the_orders_of_everything_merged_in(counter: Counter) -> None:
    await counter.signed(order(1), order(2, at=START + DAY), order(3, status="cancelled"))
    text = (await counter.page("/customers")).text
    assert "3 orders" in text and "$40.00" in text


async def test_figures_nobody_vouched_for_carry_the_seal_of_typed(counter: Counter) -> None:
    await counter.event(order(1))
    page = await counter.page("/customers")
    assert "$20.00" in page.text and "trust--typed" in page.html


async def test_news_are_counted_and_silence_is_silent(counter: Counter) -> None:
    await counter.signed(order(1, at=START))
    assert (await counter.client.get(f"/customers/news?after={START * 1000}")).status_code == 204
    await counter.event(look("Home", at=START + 5000))
    assert "1 new" in (await counter.page(f"/customers/news?after={START * 1000}")).text


@pytest.mark.parametrize("path", ["/customers/news", "/orders/news", "/events/news"])
async def test_a_page_that_does_not_say_since_when_has_no_news(counter: Counter, path: str) -> None:
    """A search must not be swept away by an arrival."""
    await counter.signed(order(1))
    assert (await counter.client.get(path)).status_code == 204
    searched = await counter.page(path.replace("/news", "?q=ada"))
    assert path.startswith("/events") or 'name="after" value=""' in searched.html


async def test_ten_and_a_thousand_customers_cost_the_same_number_of_queries(counter: Counter) -> None:
    await counter.signed(*[order(n, email=f"c{n}@example.com", uid=str(n), at=START + n) for n in range(10)])
    few = [await counter.queries(path) for path in ("/customers", "/customers?q=ada")]
    await counter.signed(*[order(n, email=f"c{n}@example.com", uid=str(n), at=START + n) for n in range(10, 1000)])
    assert [await counter.queries(path) for path in ("/customers", "/customers?q=ada")] == few


def named(first: str, last: str, *, at: int = START, **more: str) -> dict[str, Any]:
    """What the shop says of its customer 7, who is called differently now and then."""
    person = {"uid": "7", "firstName": first, "lastName": last, **more}
    return {"event": "identify", "properties": {}, "userProperties": person, "time": {"sentAt": at}}


async def found(counter: Counter, said: str) -> bool:
    return any(link.startswith("/customers/cus_") for link in (await counter.page(f"/customers?q={said}")).links)


async def test_a_renamed_person_is_found_by_the_present_name_only(counter: Counter) -> None:
    await counter.signed(named("Ada", "Example", email="ada@example.com"))
    assert await found(counter, "ada") and await found(counter, "exam") and await found(counter, "ada@example.com")
    await counter.signed(named("Grace", "Hopper", at=START + DAY))
    assert await found(counter, "grace") and await found(counter, "hopp")
    assert not await found(counter, "exam") and not await found(counter, "ada exam")
    assert await found(counter, "ada@example.com")


async def test_a_name_in_both_names_is_one_still(counter: Counter) -> None:
    await counter.signed(named("Ada", "Example"), named("Ada", "Hopper", at=START + DAY))
    assert await found(counter, "ada") and await found(counter, "ada hopper") and not await found(counter, "example")


async def test_a_name_said_late_about_an_earlier_day_changes_nothing(counter: Counter) -> None:
    await counter.signed(named("Grace", "Hopper", at=START + DAY))
    await counter.signed(named("Ada", "Example"))
    assert await found(counter, "hopper") and not await found(counter, "example")


async def test_a_name_typed_in_a_browser_does_not_find_whom_the_shop_calls_otherwise(counter: Counter) -> None:
    await counter.event({**look("Home"), "event": "identify", "userProperties": {"firstName": "Mickey", "lastName": "Mouse"}})
    assert await found(counter, "mouse")
    await counter.signed({**named("Ada", "Example"), "did": "browser-1"})
    assert await found(counter, "ada example") and not await found(counter, "mouse")


async def test_a_merge_taken_back_gives_each_their_words_again(counter: Counter) -> None:
    await counter.signed(named("Ada", "Example"), order(2, email="zoe@example.com", uid="8"))
    ada, zoe = [next(p for p in (await counter.page(f"/customers?q={q}")).links if "/cus_" in p) for q in ("ada", "zoe")]
    await counter.post(f"{ada}/merges", profile_id=zoe.rpartition("/")[2])
    assert await found(counter, "ada") is not await found(counter, "zoe")
    assert await found(counter, "zoe@example.com")
    await counter.post(f"{ada}/separations", profile_id=zoe.rpartition("/")[2])
    assert await found(counter, "ada") and await found(counter, "zoe")
