"""A yard for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Store
from tests.conversations.room import Room
from tests.support.receiver import Receiver
from tests.targets.yard import Yard
from tillside import stores
from tillside.base.settings import load


@pytest.fixture
async def yard(store: Store) -> AsyncIterator[Yard]:
    desk = await stores.open_desk(load({}, data=store.data, database=store.url))
    with Receiver() as receiver:
        made = Yard(await Room.furnished(desk), receiver)
        yield made
        await made.close()
    await desk.close()
