"""The desk as the edges hold it: stores, log, bells, vault, directory. Built in app.py, passed to every handler by the application's state."""

from pathlib import Path
from typing import cast

from starlette.requests import HTTPConnection

from tillside.base.bucket import Buckets
from tillside.base.meter import Meter
from tillside.base.outbound import Outbound
from tillside.base.settings import Settings
from tillside.base.vault import Vault
from tillside.connectors.directory import Directory
from tillside.edges.http.throttle import Throttle
from tillside.feeds.hub import Hub
from tillside.feeds.log import Log
from tillside.feeds.tail import Tails
from tillside.feeds.whispers import Whispers
from tillside.messenger.switchboard import Switchboard
from tillside.storage.database import Database
from tillside.targets.caller import Caller


class Desk:
    """`store` holds everything people see, `entries` the log (on PostgreSQL both are one database)."""

    def __init__(self, settings: Settings, *, store: Database, entries: Database, vault: Vault) -> None:
        self.settings = settings
        self.store = store
        self.entries = entries
        self.vault = vault
        self.log = Log(entries, queue_bytes=settings.intake_queue_bytes)
        self.bell = Hub(store)
        self.log_bell = self.bell if entries is store else Hub(entries)
        self.directory = Directory(store, vault)
        self.outbound = Outbound.of(settings)
        self.caller = Caller(vault, self.outbound)
        self.meter = Meter()
        self.throttle = Throttle()
        self.rest_buckets = Buckets(settings.rest_requests_per_second)
        self.shopper_buckets = Buckets(settings.shopper_requests_per_second, burst=settings.shopper_requests_per_second * 6)
        self.whispers = Whispers(store)
        self.tails = Tails(store, self.bell)
        self.switchboard = Switchboard(store, self.tails, self.whispers)
        self.setup_code = vault.code("setup")
        self.served_at = ""

    @property
    def data(self) -> Path:
        return self.settings.data

    @property
    def public_url(self) -> str:
        """The address to print in snippets and links, without a slash at the end: the setting, else where we listen."""
        return (self.settings.public_url or self.served_at or f"http://localhost:{self.settings.port}").rstrip("/")

    async def close(self) -> None:
        self.bell.stop()
        self.log_bell.stop()
        await self.outbound.close()
        await self.log.close()
        await self.store.close()
        if self.entries is not self.store:
            await self.entries.close()


def of(connection: HTTPConnection) -> Desk:
    """The desk a request came to."""
    return cast(Desk, connection.app.state.desk)
