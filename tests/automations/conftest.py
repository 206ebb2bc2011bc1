"""A desk whose rules are worked by hand."""

import pytest

from tests.automations.automated import Automated
from tests.conversations.conftest import room
from tests.conversations.room import Room

__all__ = ["room"]


@pytest.fixture
async def desk(room: Room) -> Automated:
    return await Automated.begun(room)
