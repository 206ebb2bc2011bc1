"""A desk, a mail server, and the post between them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import Store
from tests.conversations.room import Room
from tests.email.office import Office
from tests.support.mail_server import MailServer
from tillside import stores
from tillside.base.settings import load


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Room]:
    desk = await stores.open_desk(load({}, data=store.data, database=store.url))
    yield await Room.furnished(desk)
    await desk.close()


@pytest.fixture
def peer() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def office(room: Room, peer: MailServer) -> Office:
    return Office(room, peer)
