"""Who is who: merging in any grouping gives the same people, and taking a merge back gives the people before it."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Store
from tests.laws.canon import canon
from tests.support.inside import Inside, Tenant
from tillside.base.trust import Trust
from tillside.customers import person
from tillside.projector.changes import Change

SENT = 1_795_400_000_000


@pytest.fixture
async def inside(store: Store) -> AsyncIterator[Inside]:
    opened = await Inside.open(store)
    yield opened
    await opened.close()


async def people(inside: Inside) -> tuple[Tenant, list[str]]:
    """Three customers, each with an order and a city, and their profile ids."""
    tenant = await inside.tenant()
    for place, city in enumerate(("Oslo", "Bergen", "Paris")):
        order = {
            "event": "order",
            "userProperties": {"uid": f"u{place}", "email": f"{city.lower()}@shop.example", "city": city},
            "properties": {
                "orderId": f"100{place}",
                "amount": 10 + place,
                "currency": "USD",
                "items": [{"id": "1", "price": 1, "quantity": 1}],
            },
            "time": {"sentAt": SENT + place * 1000},
        }
        await inside.take(tenant, [order], trust=Trust.PROVEN)
    await inside.work()
    rows = await inside.desk.store.read(
        "select profile_id from identifier where workspace_id = :w and kind = 'uid' order by value", w=tenant.workspace_id
    )
    return tenant, [row[0] for row in rows]


def merge(one: str, into: str) -> Change:
    return Change("merge", by="agt_1", name="Ada", profile_id=one, into_id=into)


def part(one: str) -> Change:
    return Change("part", by="agt_1", name="Ada", profile_id=one)


async def test_merging_three_profiles_is_associative_and_commutative(inside: Inside) -> None:
    known = []
    for pairs in ([(0, 1), (1, 2)], [(1, 2), (0, 1)], [(2, 1), (1, 0)], [(0, 2), (1, 2)], [(2, 0), (1, 0)], [(1, 0), (2, 1)]):
        tenant, ids = await people(inside)
        for one, into in pairs:
            await inside.change(tenant, merge(ids[one], ids[into]))
        await inside.work()
        seen = await canon(inside.desk.store, tenant.workspace_id)
        known.append((seen.people, seen.figures))
    assert all(other == known[0] for other in known[1:])
    (figures,) = known[0][1].values()
    assert figures == {"USD": 3300, "orders": 3}


async def test_merging_twice_is_merging_once(inside: Inside) -> None:
    tenant, ids = await people(inside)
    await inside.change(tenant, merge(ids[0], ids[1]))
    await inside.work()
    once = await canon(inside.desk.store, tenant.workspace_id)
    await inside.change(tenant, merge(ids[0], ids[1]))
    await inside.change(tenant, merge(ids[1], ids[0]))
    await inside.work()
    again = await canon(inside.desk.store, tenant.workspace_id)
    assert (again.people, again.orders, again.figures) == (once.people, once.orders, once.figures)


@pytest.mark.parametrize("pairs", [[(0, 1)], [(0, 1), (1, 2)], [(2, 0), (1, 0)]])
async def test_taking_a_merge_back_leaves_no_trace(inside: Inside, pairs: list[tuple[int, int]]) -> None:
    tenant, ids = await people(inside)
    visit = {"event": "page_view", "did": "d1", "time": {"sentAt": SENT - 50_000_000}}
    await inside.take(tenant, [visit])
    await inside.work()
    before = await canon(inside.desk.store, tenant.workspace_id)
    browser = await inside.desk.store.one(
        "select profile_id from identifier where workspace_id = :w and kind = 'device'", w=tenant.workspace_id
    )
    assert browser is not None
    pairs = [*pairs, (3, pairs[-1][1])]
    ids = [*ids, browser[0]]
    for one, into in pairs:
        await inside.change(tenant, merge(ids[one], ids[into]))
    await inside.work()
    assert (await canon(inside.desk.store, tenant.workspace_id)).people != before.people
    store, w = inside.desk.store, tenant.workspace_id
    each = {one: await person.read(store, w, await person.root_of(store, w, one)) for one in ids}
    assert await person.of_many(store, w, [*ids, "cus_nobody"]) == each and await person.of_many(store, w, []) == {}
    for one, _ in reversed(pairs):
        await inside.change(tenant, part(ids[one]))
    await inside.work()
    after = await canon(inside.desk.store, tenant.workspace_id)
    assert (after.people, after.orders, after.figures) == (before.people, before.orders, before.figures)


async def test_people_an_agent_parted_stay_apart(inside: Inside) -> None:
    """What the shop says afterwards does not join them again; only an agent does."""
    tenant = await inside.tenant()
    server = Trust.PROVEN
    await inside.take(tenant, [{"event": "identify", "userProperties": {"email": "a@shop.example"}, "time": {"sentAt": SENT}}], trust=server)
    await inside.take(tenant, [{"event": "identify", "userProperties": {"uid": "u1"}, "time": {"sentAt": SENT}}], trust=server)
    both = {"event": "identify", "userProperties": {"uid": "u1", "email": "a@shop.example"}, "time": {"sentAt": SENT + 1}}
    await inside.take(tenant, [both], trust=server)
    await inside.work()
    one = await inside.desk.store.one("select id, into_id from profile where workspace_id = :w and into_id is not null", w=tenant.workspace_id)
    assert one is not None, "an id and an e-mail vouched for together belong to one person"
    await inside.change(tenant, part(one[0]))
    await inside.take(tenant, [{**both, "time": {"sentAt": SENT + 2}}], trust=server)
    await inside.work()
    left = await inside.desk.store.read("select id from profile where workspace_id = :w and into_id is not null", w=tenant.workspace_id)
    assert left == []
