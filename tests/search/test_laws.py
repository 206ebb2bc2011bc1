"""Whatever is said, in whatever words: a search finds exactly what reading everything finds, on either store, and nothing of a neighbour."""

import asyncio
import itertools
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.conftest import Store
from tests.search.questions import Questions
from tillside import stores
from tillside.base import words
from tillside.base.settings import load
from tillside.conversations import answering, handing, indexing, message, states
from tillside.search import walking

LETTERS = st.text(alphabet="abÄß1日อ-'.\n", min_size=1, max_size=6)
TEXTS = st.lists(LETTERS, min_size=1, max_size=6).map(" ".join).filter(lambda text: text.strip() != "")
TALKS = st.lists(st.tuples(st.lists(TEXTS, min_size=1, max_size=4), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=5)
"""What is said, whether it is Mia's, whether it is closed, whether the last message is removed."""


class Lab:
    """One desk and one loop for all examples; every example has companies of its own."""

    def __init__(self, store: Store) -> None:
        self._runner = asyncio.Runner()
        self._desk = self.run(stores.open_desk(load({}, data=store.data, database=store.url)))
        self._numbers = itertools.count(1)

    def run(self, work: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await work

        return self._runner.run(wait())

    def company(self) -> Questions:
        company: Questions = self.run(Questions.furnished(self._desk, next(self._numbers)))
        return company

    def close(self) -> None:
        self.run(self._desk.close())
        self._runner.close()


@pytest.fixture(scope="module")
def lab(module_store: Store) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "STRETCH", 4)
        patch.setattr(walking, "AT_ONCE", 3)
        made = Lab(module_store)
        yield made
        made.close()


async def said(asking: Questions, talks: list[tuple[list[str], bool, bool, bool]]) -> None:
    room = asking.room
    for texts, is_mine, is_closed, is_removed in talks:
        one = await asking.opened("Talk", *texts)
        if is_mine:
            await room.do(handing.assign, one, room.mia.id, by=room.mia)
        if is_removed:
            last = (await message.page(room.desk.store, room.workspace_id, one.id))[-1]
            await room.do(answering.remove, last, by=room.mia)
        if is_closed:
            await room.do(states.close, await room.now(one), by=room.mia)


@settings(max_examples=max(settings().max_examples // 8, 6), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    talks=TALKS, others=TALKS, typed=st.lists(LETTERS, min_size=1, max_size=2), narrowed=st.sampled_from(["", "assignee:me", "status:closed"])
)
def test_what_is_found_is_what_is_there(
    lab: Lab, talks: list[tuple[list[str], bool, bool, bool]], others: list[tuple[list[str], bool, bool, bool]], typed: list[str], narrowed: str
) -> None:
    asking, neighbour = lab.company(), lab.company()
    lab.run(said(asking, talks))
    lab.run(said(neighbour, others))
    looked_for = [" ".join(words.of(word)) for word in typed if words.of(word)]
    assume(looked_for)
    expected = lab.run(asking.naive(*looked_for, narrowed=narrowed))
    assert lab.run(asking.texts(f"{' '.join(typed)} {narrowed}", count=2)) == expected
