"""What an answer says about the customer becomes one more statement about them, vouched for no further than they are known."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Store
from tests.support.inside import Inside, Tenant
from tests.targets.samples import TARGET, call
from tillside.agents.actor import DESK
from tillside.base.trust import Trust
from tillside.conversations import opening
from tillside.conversations.opening import Opening
from tillside.customers import listing, person
from tillside.customers.person import Person
from tillside.targets.calls import Call
from tillside.targets.learning import Learner
from tillside.targets.mapping import read
from tillside.targets.shape import Mapping


@pytest.fixture
async def inside(store: Store) -> AsyncIterator[Inside]:
    opened = await Inside.open(store)
    yield opened
    await opened.close()


async def known(inside: Inside, tenant: Tenant, trust: Trust) -> tuple[Person, Call]:
    """Ada, named by the shop, with a call for her conversation."""
    await inside.take(tenant, [{"event": "identify", "userProperties": {"uid": "7", "email": "ada@example.com", "name": "Ada"}}], trust=trust)
    await inside.work()
    ada = (await listing.page(inside.desk.store, tenant.workspace_id))[0]
    async with inside.desk.store.write() as tx:
        talk = await opening.open(tx, tenant.workspace_id, Opening(channel="email", subject="Hi", profile_id=ada.id), by=DESK)
    return await ada_now(inside, tenant, ada.id), call(workspace_id=tenant.workspace_id, conversation_id=talk.id, attempts=1)


async def ada_now(inside: Inside, tenant: Tenant, profile_id: str) -> Person:
    store, w = inside.desk.store, tenant.workspace_id
    return await person.read(store, w, await person.root_of(store, w, profile_id))


@pytest.mark.parametrize("trust", [Trust.PROVEN, Trust.TYPED])
async def test_a_fact_counts_once_and_lifts_nobody(inside: Inside, trust: Trust) -> None:
    tenant = await inside.tenant()
    ada, made = await known(inside, tenant, trust)
    level = max(handle.trust for handle in ada.handles)
    mapping = [Mapping("/points", "customer", "loyaltyPoints"), Mapping("/deep", "customer", "deep")]
    drawn = read(TARGET.__class__(name="x", workspace_id=1, id="tgt_x", mapping=mapping), {"points": 120, "deep": {"not": "plain"}})
    learner = Learner(inside.desk.store, inside.desk.vault, inside.desk.log)
    for _ in range(2):
        assert await learner.learn(made, drawn.customer)
    await inside.work()
    now = await ada_now(inside, tenant, ada.id)
    assert {name: int(value) for name, (value, _) in now.seen.items() if "oyalty" in name} == {"loyaltyPoints": 120}
    assert max(handle.trust for handle in now.handles) == level
    rows = await inside.desk.store.read("select name from event where workspace_id = :w order by id limit 9", w=tenant.workspace_id)
    assert len(rows) == 2


async def test_a_fact_about_nobody_is_kept_nowhere(inside: Inside) -> None:
    tenant = await inside.tenant()
    async with inside.desk.store.write() as tx:
        talk = await opening.open(tx, tenant.workspace_id, Opening(channel="email", subject="Hi"), by=DESK)
    learner = Learner(inside.desk.store, inside.desk.vault, inside.desk.log)
    assert not await learner.learn(call(workspace_id=tenant.workspace_id, conversation_id=talk.id), {"loyaltyPoints": 1})
