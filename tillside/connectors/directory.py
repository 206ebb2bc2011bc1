"""All connectors by key, in memory, for intake: it must know a key without waiting for the database at every event."""

import asyncio
import time

from tillside.base.vault import Vault
from tillside.connectors import connector
from tillside.connectors.connector import Connector
from tillside.storage.database import Database

_FRESH_SECONDS = 1.0
_MISS_SECONDS = 0.1


class Directory:
    """Read again at most a second after somebody asked, and at once (but not oftener than ten times a second) for an unknown key."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault
        self._by_key: dict[str, Connector] = {}
        self._by_id: dict[tuple[int, str], Connector] = {}
        self._read_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._missing: asyncio.Task[None] | None = None

    def peek(self, api_key: str) -> Connector | None:
        """The connector with this key, if it was read within the last second."""
        return self._by_key.get(api_key) if time.monotonic() - self._read_at < _FRESH_SECONDS else None

    async def only_place(self) -> tuple[int, str] | None:
        """The only workspace, and its only connector if there is just one: (id, connector id or ""); None with several workspaces."""
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            await self.refresh()
        workspaces = {workspace_id for workspace_id, _ in self._by_id}
        if len(workspaces) != 1:
            return None
        return workspaces.pop(), next(iter(self._by_id))[1] if len(self._by_id) == 1 else ""

    async def find(self, api_key: str) -> Connector | None:
        """The connector with this key; None only when a reading that began after the question shows none.

        Whoever asks for an unknown key meanwhile waits for the same reading: the first hundred events after a start are not refused.
        """
        found = self._by_key.get(api_key)
        if found is None:
            if self._missing is None:
                self._missing = asyncio.create_task(self._read_for_the_missing())
            await asyncio.shield(self._missing)
            return self._by_key.get(api_key)
        if time.monotonic() - self._read_at > _FRESH_SECONDS and self._reading is None:
            self._reading = asyncio.create_task(self.refresh())
        return found

    async def _read_for_the_missing(self) -> None:
        rest = self._read_at + _MISS_SECONDS - time.monotonic()
        if rest > 0:
            await asyncio.sleep(rest)
        self._missing = None
        await self.refresh()

    async def get(self, workspace_id: int, connector_id: str) -> Connector | None:
        """The connector with this id, as it is now or was a second ago."""
        if (workspace_id, connector_id) not in self._by_id or time.monotonic() - self._read_at > _FRESH_SECONDS:
            await self.refresh()
        return self._by_id.get((workspace_id, connector_id))

    async def refresh(self) -> None:
        """Read all connectors again: after a change of our own, so that it holds at once."""
        self._read_at = time.monotonic()
        try:
            found = await connector.all_of_installation(self._database, self._vault)
        finally:
            self._reading = None
        self._by_key = {one.api_key: one for one in found}
        self._by_id = {(one.workspace_id, one.id): one for one in found}

    def keys(self) -> list[str]:
        return sorted(self._by_key)
