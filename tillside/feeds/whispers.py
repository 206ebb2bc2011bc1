"""What is only for now: who is writing. Told to whoever listens at this moment, in this process or another; kept nowhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec
from msgspec import Struct

from tillside.storage.database import Database


class Whisper(Struct, frozen=True):
    """Somebody writes in a conversation, or stopped (`is_on` False). `side`: who they are, so that the other side hears it."""

    workspace_id: int
    conversation_id: str
    side: Literal["shop", "shopper"]
    name: str
    is_on: bool = True


Hear = Callable[[Whisper], None]


class Whispers:
    """One per store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[int, list[Hear]] = {}
        database.on_whisper.append(self._heard)

    async def tell(self, whisper: Whisper) -> None:
        await self._database.whisper(msgspec.json.encode(whisper).decode())

    @contextmanager
    def hearing(self, workspace_id: int, hear: Hear) -> Iterator[None]:
        """From now on `hear` is called with whatever is whispered in a workspace; it must be quick."""
        listeners = self._listeners.setdefault(workspace_id, [])
        listeners.append(hear)
        try:
            yield
        finally:
            listeners.remove(hear)
            if not listeners and self._listeners.get(workspace_id) is listeners:
                del self._listeners[workspace_id]

    def _heard(self, text: str) -> None:
        whisper = msgspec.json.decode(text, type=Whisper)
        for hear in tuple(self._listeners.get(whisper.workspace_id, ())):
            hear(whisper)
