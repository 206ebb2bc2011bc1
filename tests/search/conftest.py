"""A company's desk and its questions."""

import itertools
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Store
from tests.search.questions import Questions
from tillside import stores
from tillside.base.settings import load
from tillside.conversations import indexing


@pytest.fixture
async def asking(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Questions]:
    """Stretches are short, so that a few messages fill several."""
    monkeypatch.setattr(indexing, "STRETCH", 4)
    opened = await stores.open_desk(load({}, data=store.data, database=store.url))
    yield await Questions.furnished(opened, next(itertools.count(1)))
    await opened.close()
