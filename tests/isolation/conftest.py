"""One desk with three workspaces for the whole matrix."""

from collections.abc import Iterator

import pytest

from tests.conftest import Store
from tests.isolation import world
from tests.isolation.world import Place
from tests.support.served import Served, serving
from tillside.base.settings import load


@pytest.fixture(scope="module")
def served(module_store: Store) -> Iterator[Served]:
    """Without limits: a refusal here is never a question of how many came before."""
    free = {f"{one}_requests_per_second": 0 for one in ("address", "rest", "shopper")}
    with serving(load({}, data=module_store.data, database=module_store.url, key_events_per_second=0, **free)) as running:
        yield running


@pytest.fixture(scope="module")
def fern(served: Served) -> Place:
    """Whose things nobody else may see."""
    return built(served, "fern", "canary-fern")


@pytest.fixture(scope="module")
def other(served: Served) -> Place:
    """Another workspace, whose people are curious."""
    return built(served, "other", "word-of-other")


@pytest.fixture(scope="module")
def control(served: Served) -> Place:
    """Whose owner does everything there is."""
    return built(served, "control", "canary-control")


def built(served: Served, name: str, word: str) -> Place:
    made = served.do(world.place(served, name, word))
    world.customer(served, made)
    served.do(world.furnish(served, made))
    made.ids["event"] = served.do(world.park(served, made))
    world.open_for(served, made)
    made.ids = served.do(world.talk(served, made))
    served.settle()
    return made
