"""The story of the demo's inbox: believable, always the same, and about orders that are as it says."""

from collections import Counter

import pytest

from tests.demo.test_seed import KEY, NOW
from tillside.demo import seed
from tillside.demo.orders import Order
from tillside.demo.seed import talks
from tillside.demo.seed.talks import Talk

HOUR = 3_600_000
MOMENTS = (NOW, NOW + 7 * HOUR, NOW + 41 * HOUR, 1_820_000_000_000)


@pytest.fixture(scope="module", params=MOMENTS, ids=["monday", "afternoon", "wednesday", "another-year"])
def told(request: pytest.FixtureRequest) -> tuple[int, dict[int, Order], list[Talk]]:
    orders = seed.generate(request.param, key=KEY, shop_url="http://127.0.0.1:8081").orders
    return request.param, {order.id: order for order in orders}, talks.tell(orders, request.param)


def test_the_same_moment_gives_the_same_words(told: tuple[int, dict[int, Order], list[Talk]]) -> None:
    now, orders, found = told
    assert talks.tell(tuple(orders.values()), now) == found


def test_thirty_conversations_happen_in_the_past_each_in_its_order(told: tuple[int, dict[int, Order], list[Talk]]) -> None:
    now, _, found = told
    assert len(found) == len({talk.key for talk in found}) == 30
    for talk in found:
        times = [step.at for step in talk.steps]
        assert times == sorted(times) and now - 20 * 24 * HOUR < times[0] <= times[-1] < now, talk.key
        assert talk.steps[0].by == talks.CUSTOMER and talk.steps[0].does == "writes"


def test_every_state_and_every_kind_of_thing_is_there(told: tuple[int, dict[int, Order], list[Talk]]) -> None:
    _, _, found = told
    does = Counter(step.does for talk in found for step in talk.steps)
    assert set(does) == set(talks.Does.__args__)  # type: ignore[attr-defined]  # the words of a Literal
    assert Counter(talk.channel for talk in found).keys() == {"email", "messenger", "api"}
    assert {step.by for talk in found for step in talk.steps} == {talks.CUSTOMER, talks.NOBODY, "mia", "jonas", "aylin"}
    assert {step.said for talk in found for step in talk.steps if step.does == "snoozes"} == {"reply", "2", "3", "5"}
    assert any(step.file for talk in found for step in talk.steps)


def test_what_is_said_of_an_order_is_true_of_it(told: tuple[int, dict[int, Order], list[Talk]]) -> None:
    now, orders, found = told
    about = [(talk, orders[talk.order]) for talk in found if talk.order]
    assert len(about) >= 15
    for talk, order in about:
        assert order.email == talk.email and order.placed_at < now
    named = {talk.subject: order for talk, order in about}
    assert named["My parcel has not moved for days"].is_stuck(now)
    assert named["Pago rechazado"].state == "payment_failed"
    assert named["Please cancel my order"].state == "cancelled"
    assert 0 < named["When does my money come back?"].refunded < named["When does my money come back?"].total
    assert not [step.said for talk in found for step in talk.steps if "{" in step.said]
