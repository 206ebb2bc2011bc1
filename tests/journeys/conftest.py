"""Who takes part: a desk, its agent and a shop for each test file, tabs for each test. A journey that ends a desk gets one of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.conftest import KIND, Store
from tests.journeys.cast import Agent, Desk, Visitor
from tests.storefront.peer import Shop, hosted


@pytest.fixture(scope="module")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for a whole file."""
    data: Path = tmp_path_factory.mktemp("desk") / "desk"
    if KIND == "sqlite":
        yield Store(KIND, data, None)
        return
    cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    yield Store(KIND, data, cluster.url(name))
    cluster.give_back(name)


@pytest.fixture(scope="module")
def desk(kept: Store) -> Iterator[Desk]:
    running = Desk(kept)
    running.furnish()
    yield running
    running.close()


@pytest.fixture
def empty_desk(store: Store) -> Iterator[Desk]:
    """A desk nobody has set up, for this test alone."""
    running = Desk(store)
    yield running
    running.close()


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with hosted(Shop()) as host:
        yield host


@pytest.fixture
def agent(desk: Desk, page: Page) -> Agent:
    return Agent(desk, page).enter()


@pytest.fixture
def visitor(desk: Desk, shop: Shop, context: BrowserContext) -> Visitor:
    return Visitor(shop, desk, context.new_page())


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """A folder for pictures of every screen, if one was asked for: `TILLSIDE_TEST_PICTURES=DIR`."""
    folder = os.environ.get("TILLSIDE_TEST_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder) if folder else None
