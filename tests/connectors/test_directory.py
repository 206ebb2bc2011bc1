"""The directory that intake asks: nobody is refused because somebody else asked first."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Store
from tests.support.inside import Inside
from tillside.connectors.directory import Directory


@pytest.fixture
async def inside(store: Store) -> AsyncIterator[Inside]:
    opened = await Inside.open(store)
    yield opened
    await opened.close()


async def test_everybody_who_asks_at_the_start_finds_the_key(inside: Inside) -> None:
    tenant = await inside.tenant()
    fresh = Directory(inside.desk.store, inside.desk.vault)
    found = await asyncio.gather(*[fresh.find(tenant.connector.api_key) for _ in range(100)])
    assert {one.id if one else None for one in found} == {tenant.connector.id}


async def test_a_shop_connected_a_moment_after_a_stranger_asked_is_found(inside: Inside) -> None:
    directory = Directory(inside.desk.store, inside.desk.vault)
    assert await directory.find("nobody10") is None
    tenant = await inside.tenant()
    found = await asyncio.gather(directory.find("nobody10"), directory.find(tenant.connector.api_key))
    assert found[0] is None and found[1] is not None
