"""A desk for the command line's tests: a workspace, a connector and a REST key, made the quick way; commands run as real processes."""

import pytest

from tests.cli.house import House
from tests.conftest import Store
from tests.support.postgres import alone


@pytest.fixture
def house(store: Store) -> House:
    """A desk that was set up, not serving."""
    made = House(store)
    alone(made.furnish())
    return made


@pytest.fixture
def bare(store: Store) -> House:
    """A place where no desk was ever set up."""
    return House(Store(store.kind, store.data.with_name("bare"), store.url))
