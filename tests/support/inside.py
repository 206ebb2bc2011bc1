"""A desk inside the test's own process: real stores, real log, real projector; events enter as intake would store them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from tests.conftest import Store
from tillside import stores
from tillside.agents import workspace
from tillside.base.settings import load
from tillside.base.trust import Trust
from tillside.connectors import connector as connectors
from tillside.connectors.connector import Connector
from tillside.edges.capture import verdicts
from tillside.edges.http.desk import Desk
from tillside.feeds.follow import Elsewhere, Follower
from tillside.feeds.log import Entry, Wire
from tillside.projector import work
from tillside.projector.changes import Change
from tillside.projector.work import Projector

ARRIVAL = 1_795_500_000_000_000
_ENCODE = msgspec.json.Encoder().encode


class Tenant(NamedTuple):
    """A workspace with one connected shop."""

    workspace_id: int
    connector: Connector


class Inside:
    """The desk and its projector, worked by hand."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._tenants = 0

    @classmethod
    async def open(cls, store: Store) -> "Inside":
        return cls(await stores.open_desk(load({}, data=store.data, database=store.url)))

    async def tenant(self) -> Tenant:
        """A fresh workspace: nothing of another one can reach it."""
        self._tenants += 1
        desk = self.desk
        async with desk.store.write() as tx:
            place = await workspace.create(tx, f"Shop {self._tenants}", currency="USD", region="US")
            shop = await connectors.add(tx, desk.vault, place, "shop", secret="test-secret-for-interop")
        await desk.directory.refresh()
        return Tenant(place.id, shop)

    async def take(self, tenant: Tenant, events: Sequence[dict[str, Any]], *, trust: Trust = Trust.TYPED, at: int = ARRIVAL) -> int:
        """Store one request of these events, judged by intake; returns its position in the log."""
        body = _ENCODE({"event": "send_batch", "appClientId": tenant.connector.api_key, "events": list(events)})
        judged = verdicts.judge(verdicts.split(body, limit_events=500), tenant.connector, at, is_signed=trust >= Trust.PROVEN)
        return await self.desk.log.append(
            Entry(
                workspace_id=tenant.workspace_id,
                connector_id=tenant.connector.id,
                kind="refused" if judged.is_refused else "events",
                received_at=at,
                sender="server" if trust >= Trust.PROVEN else "browser",
                trust=int(trust),
                wire=Wire(charset="utf-8", currency="USD", region="US"),
                body=body,
                notes=judged.notes,
            )
        )

    async def change(self, tenant: Tenant, change: Change, *, at: int = ARRIVAL) -> int:
        """Store a change an agent made."""
        return await self.desk.log.append(
            Entry(
                workspace_id=tenant.workspace_id,
                connector_id=tenant.connector.id,
                kind="change",
                received_at=at,
                sender="agent",
                trust=int(Trust.PROVEN),
                wire=Wire(),
                body=_ENCODE(change),
            )
        )

    def follower(self, *, batch: int = 256, elsewhere: Elsewhere | None = None) -> Follower:
        """A projector as the house builds it, with batches of another size, or read elsewhere, where a test wants them so."""
        desk, work_in = self.desk, Projector(self.desk.directory)
        return Follower(work.NAME, entries=desk.entries, desk=desk.store, bell=desk.log_bell, work=work_in, batch=batch, elsewhere=elsewhere)

    async def work(self, *, batch: int = 256, elsewhere: Elsewhere | None = None) -> None:
        """Work in everything that is stored."""
        follower = self.follower(batch=batch, elsewhere=elsewhere)
        assert await follower.claim()
        while await follower.step():
            pass
        await follower.release()

    async def close(self) -> None:
        await self.desk.close()
