"""A desk of two workspaces, with people who may much and little, as the tests of the web interface need it."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from tests.agent.counter import Counter, opened
from tests.agent.visitor import PASSWORD, Visitor
from tests.conftest import Store
from tillside import app
from tillside.agents import agent, workspace
from tillside.base import settings
from tillside.connectors import connector
from tillside.edges.http.desk import Desk


@pytest.fixture
async def fresh(store: Store) -> AsyncIterator[Starlette]:
    """The application on an empty store."""
    built = app.build(settings.load({}, data=store.data, database=store.url))
    async with built.router.lifespan_context(built):
        yield built


@pytest.fixture
async def house(fresh: Starlette) -> Starlette:
    """Fern & Fold with an admin and an agent and one shop; beside it a stranger's workspace."""
    desk: Desk = fresh.state.desk
    async with desk.store.write() as tx:
        fern = await workspace.create(tx, "Fern & Fold", time_zone="Europe/Oslo", currency="EUR", region="NO")
        await agent.add(tx, fern.id, "mia@fern.example", name="Mia Larsen", role="admin", password=PASSWORD)
        await agent.add(tx, fern.id, "jonas@fern.example", name="Jonas Weber", role="agent", password=PASSWORD)
        await connector.add(tx, desk.vault, fern, "fern.example")
        other = await workspace.create(tx, "Other", time_zone="UTC")
        await agent.add(tx, other.id, "zoe@other.example", name="Zoe", role="admin", password=PASSWORD)
        await connector.add(tx, desk.vault, other, "other.example")
    return fresh


@pytest.fixture
async def mia(house: Starlette) -> Visitor:
    visitor = Visitor(house)
    await visitor.sign_in("mia@fern.example")
    return visitor


@pytest.fixture
async def jonas(house: Starlette) -> Visitor:
    visitor = Visitor(house)
    await visitor.sign_in("jonas@fern.example")
    return visitor


@pytest.fixture
async def counter(store: Store) -> AsyncIterator[Counter]:
    """A desk of one workspace and one shop that sends, for the pages of customers, orders and events."""
    async with opened(store) as counter:
        yield counter
