"""A desk in the test's own process with a shop's target, a conversation about an order, and three people."""

from collections.abc import AsyncIterator

import pytest

from tests.actions.shop import Shop
from tests.conftest import Store
from tests.support.cart import open_cart
from tillside import stores
from tillside.base.settings import load


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    with open_cart() as cart:
        given = {"outbound_allow": "127.0.0.0/8", "outbound_ports": str(cart.port)}
        desk = await stores.open_desk(load({}, data=store.data, database=store.url, **given))
        yield await Shop.furnished(desk, cart)
        await desk.close()
