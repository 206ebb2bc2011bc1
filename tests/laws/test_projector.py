"""The projector's laws on the real store: repeat, reorder, cut into other batches, and the desk comes to know the same."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Store
from tests.laws import histories
from tests.laws.canon import Canon, canon
from tests.laws.histories import Told
from tests.support.inside import Inside, Tenant

EXAMPLES = settings(
    max_examples=settings().max_examples // 4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class Lab:
    """One desk and one loop for all examples of a test; every example has a workspace of its own."""

    def __init__(self, store: Store) -> None:
        self._runner = asyncio.Runner()
        self.inside: Inside = self.run(Inside.open(store))

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def close(self) -> None:
        self.run(self.inside.close())
        self._runner.close()

    async def told(self, *histories_told: list[Told], batch: int = 256) -> list[Canon]:
        """What fresh workspaces know after hearing one history each, one request per event, in this order."""
        tenants = [await self.hear(events) for events in histories_told]
        await self.inside.work(batch=batch)
        return [await self.canon(tenant) for tenant in tenants]

    async def hear(self, events: list[Told]) -> Tenant:
        """A fresh workspace whose log holds these events, after the shop introduced its customers."""
        tenant: Tenant = await self.inside.tenant()
        everything = [*map(histories.introduction, histories.CUSTOMERS), *events]
        await asyncio.gather(*[self.inside.take(tenant, [one.event], trust=one.trust) for one in everything])
        return tenant

    async def canon(self, tenant: Tenant) -> Canon:
        return await canon(self.inside.desk.store, tenant.workspace_id)


@pytest.fixture
def lab(store: Store) -> Iterator[Lab]:
    opened = Lab(store)
    yield opened
    opened.close()


@EXAMPLES
@given(events=histories.histories(), times=st.lists(st.integers(1, 5), min_size=9, max_size=9))
def test_repeating_every_event_changes_nothing(lab: Lab, events: list[Told], times: list[int]) -> None:
    async def example() -> None:
        again = [one for one, count in zip(events, times, strict=False) for _ in range(count)]
        once, often = await lab.told(events, again)
        assert often == once

    lab.run(example())


@EXAMPLES
@given(events=histories.histories(), chance=st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(lab: Lab, events: list[Told], chance: Any) -> None:
    async def example() -> None:
        shuffled = list(events)
        chance.shuffle(shuffled)
        one, other = await lab.told(events, shuffled)
        assert other == one

    lab.run(example())


@EXAMPLES
@given(events=histories.histories(), batch=st.integers(1, 4))
def test_where_a_batch_ends_changes_nothing(lab: Lab, events: list[Told], batch: int) -> None:
    async def example() -> None:
        assert await lab.told(events, batch=batch) == await lab.told(events)

    lab.run(example())
