"""A desk in the test's own process, with a workspace and two agents."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Store
from tests.conversations.room import Room
from tillside import stores
from tillside.base.settings import load


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Room]:
    desk = await stores.open_desk(load({}, data=store.data, database=store.url))
    yield await Room.furnished(desk)
    await desk.close()
