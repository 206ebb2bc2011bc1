"""The rooms of conversations and of actions, as macros use them."""

from tests.actions.conftest import shop
from tests.conversations.conftest import room

__all__ = ["room", "shop"]
