"""The sender is killed again and again, mostly with an answer in its hand: nothing is lost, and a repetition keeps its id."""

import pytest

from tests.conftest import Store
from tests.targets import kills
from tests.targets.yard import Yard

pytestmark = pytest.mark.anyio


async def test_twenty_kills_lose_nothing_and_keep_the_id(yard: Yard, store: Store) -> None:
    outcome = await kills.play(yard, store, 20)
    assert outcome.is_fine, outcome.words()
    assert outcome.calls == 60
    assert outcome.repeated > 0, "no kill fell between an answer and its commit: the rig proves nothing"
    assert set(outcome.states) <= {"done", "dead"}
